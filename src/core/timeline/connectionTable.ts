import type { Decoder } from '../decoder.js';
import type { Columns } from '../table/columns.js';
import {
  FAMILY_NUMBERS,
  NO_VALUE,
  PROTOCOL_NUMBERS,
  type ColumnSet,
  type StoredField,
} from '../table/fields.js';
import { KEY_COLUMNS } from '../table/keyedRows.js';
import type { Table } from '../table/table.js';
import { keyPlace } from './keyText.js';
import type { Timeline } from './timelineData.js';

/**
 * The connections of a timeline as a table, a row for each, to be ordered, selected and counted as rows of a snapshot are. State: the last
 * one. Pid and process: the last owner that it got. Call `free` when done.
 *
 * @throws SnapshotError `out-of-memory`
 */
export function connectionTable(timeline: Timeline, decoder: Decoder): Table {
  const { connections, coverages } = timeline;
  const isWide = coverages.some(({ protocol, family }) => protocol !== 'TCP' || family !== 'IPv4');
  const { names, numberOf } = processNames(timeline);
  const set: ColumnSet = isWide ? 'wide' : 'plain';
  const shape = { rowCount: connections.count, columns: set, coverage: 'connections of a recording' };
  return decoder.makeTable(shape, names, (columns) => {
    fillEnds(timeline, columns);
    fillOwners(timeline, columns, numberOf);
    const { starts, state } = connections.states;
    const states = columns.borrow('state');
    for (let row = 0; row < connections.count; row++) states[row] = state[starts[row + 1]! - 1]!;
    columns.borrow('offload').fill(isWide ? NO_VALUE : 0);
  });
}

/** Addresses and ports from the keys, and what else is the same in all rows of a coverage. */
function fillEnds(timeline: Timeline, columns: Columns): void {
  const { count, keys } = timeline.connections;
  const fields: StoredField[] = ['local', 'remote'];
  if (columns.isWide) fields.push(...KEY_COLUMNS.IPv6.local, ...KEY_COLUMNS.IPv6.remote);
  const views = new Map(fields.map((field) => [field, columns.borrow(field)]));
  for (const view of views.values()) view.fill(0);
  const [lport, rport] = [columns.borrow('lport'), columns.borrow('rport')];
  const kinds = columns.isWide ? [columns.borrow('protocol'), columns.borrow('family')] : [];
  for (let row = 0; row < count; row++) {
    const { coverage, at } = keyPlace(timeline, row);
    const ports = keys.words[at]!;
    lport[row] = ports >>> 16;
    rport[row] = ports & 0xffff;
    const { local, remote } = KEY_COLUMNS[coverage.family];
    let word = at + 1;
    for (const field of local) views.get(field)![row] = keys.words[word++]!;
    for (const field of remote) views.get(field)![row] = keys.words[word++]!;
    if (columns.isWide) {
      kinds[0]![row] = PROTOCOL_NUMBERS[coverage.protocol];
      kinds[1]![row] = FAMILY_NUMBERS[coverage.family];
    }
  }
}

function fillOwners(
  { connections, owners }: Timeline,
  columns: Columns,
  nameNumber: (process: string | null) => number,
): void {
  const { starts, owner } = connections.owners;
  const names = owners.map(({ process }) => nameNumber(process));
  const [pids, processes] = [columns.borrow('pid'), columns.borrow('process')];
  for (let row = 0; row < connections.count; row++) {
    const last = starts[row + 1]! - 1;
    const number = last < starts[row]! ? undefined : owner[last]!;
    pids[row] = number === undefined ? 0 : owners[number]!.pid;
    processes[row] = number === undefined ? 0 : names[number]!;
  }
}

function processNames({ owners }: Timeline): {
  readonly names: readonly string[];
  readonly numberOf: (process: string | null) => number;
} {
  const distinct = new Set(owners.map(({ process }) => process ?? ''));
  distinct.delete('');
  const names = ['', ...[...distinct].sort()];
  const numbers = new Map(names.map((name, number) => [name, number]));
  return { names, numberOf: (process) => numbers.get(process ?? '')! };
}
