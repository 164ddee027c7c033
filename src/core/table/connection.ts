import { SnapshotError } from '../errors.js';

/** One row, with the keys of the json and csv formats. */
export interface Connection {
  readonly protocol: 'TCP';
  readonly family: 'IPv4';
  /** The number as it stands in the raw table, whatever its value. */
  readonly state: number;
  readonly stateName: string;
  readonly localAddress: string;
  readonly localPort: number;
  /** As it stands in the raw table. Has no meaning where the state is LISTEN. */
  readonly remoteAddress: string;
  /** As it stands in the raw table. Has no meaning where the state is LISTEN. */
  readonly remotePort: number;
  readonly pid: number;
  /** Name of the owning process; null where the snapshot does not tell. */
  readonly process: string | null;
  readonly offload: number;
  readonly offloadName: string;
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
