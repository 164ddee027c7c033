import type { Decoder } from '../decoder.js';
import type { Snapshot, SnapshotInfo } from '../snapshot.js';
import type { Table } from '../table/table.js';
import { busyRemotes } from './busyRemote.js';
import { ephemeralPorts } from './ephemeralPorts.js';
import type { Finding, Rule } from './finding.js';
import { listenersOnAllAddresses } from './listeners.js';
import { oddPortHalves, slackNotZero, unknownValues } from './oddities.js';
import { pileUps } from './pileUps.js';
import { reusedPids } from './reusedPids.js';
import type { Traits } from './traits.js';

/** In this order, where findings are as severe as each other. */
const RULES: readonly Rule[] = [
  ephemeralPorts,
  pileUps,
  busyRemotes,
  listenersOnAllAddresses,
  reusedPids,
  unknownValues,
  oddPortHalves,
  slackNotZero,
];

/**
 * What an expert would see first in a snapshot: warnings before notices.
 *
 * @throws SnapshotError as `decodeSnapshot` does
 */
export function findFindings(decoder: Decoder, snapshot: Snapshot): Finding[] {
  using table = decoder.decodeSnapshot(snapshot);
  return findingsIn(table, snapshot);
}

/** As findFindings, for a snapshot that has been decoded to this table. */
export function findingsIn(table: Table, snapshot: SnapshotInfo): Finding[] {
  return sorted(RULES.flatMap((rule) => rule.find(table, snapshot)));
}

/** The rules that may find something in a snapshot whose rows have these traits. */
export function promisingRules(traits: Traits, snapshot: SnapshotInfo): Rule[] {
  return RULES.filter((rule) => rule.mayFind(traits, snapshot));
}

function sorted(found: readonly Finding[]): Finding[] {
  return [
    ...found.filter(({ severity }) => severity === 'warning'),
    ...found.filter(({ severity }) => severity === 'notice'),
  ];
}
