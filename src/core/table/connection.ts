import { SnapshotError } from '../errors.js';
import type { Owner } from './owners.js';
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
  /** What is known of the owner (see OWNERS). This key and the following ones are there where the snapshot tells of them. */
  readonly owner?: Owner;
  /** When the socket was created, in UTC: `2026-11-23T19:01:35.123456Z`. */
  readonly created?: string | null;
  /** The module that owns the socket; of a Windows service its own name. */
  readonly module?: string | null;
  /** User id of the socket's creator. */
  readonly uid?: number | null;
  /** Inode number of the socket; 0 where no process can have it open. */
  readonly inode?: number | null;
  /** Index of the interface that the socket is bound to; 0 where it is to none. */
  readonly interface?: number | null;
  /**
   * In a recording, of a connection without an owner: the process that owned it last, and the number of the snapshot of the same file in
   * which it did. Inferred from earlier snapshots when this one was recorded.
   */
  readonly lastPid?: number | null;
  readonly lastProcess?: string | null;
  readonly lastSnapshot?: number | null;
  /** The upper 16 bits of what the port is stored in: they are no part of it, and mostly zero. Only where they are asked for. */
  readonly localPortHigh?: number | null;
  readonly remotePortHigh?: number | null;
}

export type ConnectionKey = keyof Connection;

/** The keys that every row has. */
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

/** Further keys, of rows whose snapshot tells of them. */
export const TOLD_KEYS = [
  'owner',
  'created',
  'module',
  'uid',
  'inode',
  'interface',
  'lastPid',
  'lastProcess',
  'lastSnapshot',
] as const satisfies readonly ConnectionKey[];

/** All that not every row has: those, and what is there for whoever asks. */
export const ADDED_KEYS = [
  ...TOLD_KEYS,
  'localPortHigh',
  'remotePortHigh',
] as const satisfies readonly ConnectionKey[];

export type AddedKey = (typeof ADDED_KEYS)[number];

const ALL_KEYS: readonly ConnectionKey[] = [...CONNECTION_KEYS, ...ADDED_KEYS];

export function isConnectionKey(name: string): name is ConnectionKey {
  return (ALL_KEYS as readonly string[]).includes(name);
}

export function isAddedKey(name: string): name is AddedKey {
  return (ADDED_KEYS as readonly string[]).includes(name);
}

/** @throws SnapshotError `unknown-field` */
export function connectionKeys(columns: readonly string[]): ConnectionKey[] {
  return columns.map((name) => {
    if (isConnectionKey(name)) return name;
    throw new SnapshotError('unknown-field', `no column "${name}"; there are ${ALL_KEYS.join(', ')}`);
  });
}
