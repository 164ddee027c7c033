import { SnapshotError } from '../errors.js';
import type { Family, Protocol } from '../tableClass.js';

/** One row, with the keys of the json and csv formats. What its protocol does not have, or its table does not tell, is null. */
export interface Connection {
  readonly protocol: Protocol;
  readonly family: Family;
  /** The number as it stands in the raw table, whatever its value. UDP has no states. */
  readonly state: number | null;
  readonly stateName: string | null;
  /** IPv6 addresses with their scope id, where that is not 0: `fe80::1%3`. */
  readonly localAddress: string;
  readonly localPort: number;
  /** As it stands in the raw table. Has no meaning where the state is LISTEN. UDP has no remote ends. */
  readonly remoteAddress: string | null;
  /** As it stands in the raw table. Has no meaning where the state is LISTEN. */
  readonly remotePort: number | null;
  readonly pid: number;
  /** Name of the owning process; null where the snapshot does not tell. */
  readonly process: string | null;
  readonly offload: number | null;
  readonly offloadName: string | null;
}

export type ConnectionKey = keyof Connection;

export const CONNECTION_KEYS = [
  'protocol',
  'family',
  'state',
  'stateName',
  'localAddress',
  'localPort',
  'remoteAddress',
  'remotePort',
  'pid',
  'process',
  'offload',
  'offloadName',
] as const satisfies readonly ConnectionKey[];

export function isConnectionKey(name: string): name is ConnectionKey {
  return (CONNECTION_KEYS as readonly string[]).includes(name);
}

/** @throws SnapshotError `unknown-field` */
export function connectionKeys(columns: readonly string[] = CONNECTION_KEYS): ConnectionKey[] {
  return columns.map((name) => {
    if (isConnectionKey(name)) return name;
    throw new SnapshotError('unknown-field', `no column "${name}"; there are ${CONNECTION_KEYS.join(', ')}`);
  });
}
