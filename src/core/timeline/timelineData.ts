import type { SnapshotErrorCode } from '../errors.js';
import type { Gap } from '../file/noteFrames.js';
import type { Family, Protocol } from '../tableClass.js';
import type { Beacon } from './beacons.js';
import type { CounterSeries } from './counters.js';
import type { TimelineOwner } from './owners.js';
import type { SnapshotSeries } from './series.js';

/** What a recording says of its connections over time. Plain objects and typed arrays: it can be posted to a worker, or from one. */
export interface Timeline {
  /** Name of the machine, where the first snapshot that could be read tells. */
  readonly host: string | null;
  readonly snapshots: SnapshotSeries;
  /** Which sockets were recorded. What a snapshot does not have, because a table could not be taken, is not looked at there. */
  readonly coverages: readonly Coverage[];
  readonly connections: ConnectionHistory;
  /** Processes that owned connections. */
  readonly owners: readonly TimelineOwner[];
  readonly beacons: readonly Beacon[];
  /** The counters of the machine's network. */
  readonly counters: readonly CounterSeries[];
  /** What could not be read, of which connections are taken to go on as they were before. */
  readonly unreadable: readonly UnreadableSnapshot[];
  /** Classes of tables that this version cannot decode: their rows are missing. */
  readonly undecoded: readonly string[];
  /** Moments at which no snapshot could be taken, as the recording notes them. */
  readonly gaps: readonly RecordedGap[];
}

/** A tick at which no snapshot could be taken, and the number of the snapshot that comes after it. */
export interface RecordedGap extends Gap {
  readonly before: number;
}

/** Sockets that snapshots cover: those of one protocol and family, all of them, or listeners, or connections only. */
export interface Coverage {
  readonly protocol: Protocol;
  readonly family: Family;
  readonly scope: string;
  /** Numbers of the first and the last snapshot that have them. */
  readonly first: number;
  readonly last: number;
  /** How many snapshots have them. */
  readonly snapshots: number;
}

/** A snapshot that could not be read, or of which a table could not; or the note of a gap. */
export interface UnreadableSnapshot {
  /** Number of the snapshot; null for the note of a gap. */
  readonly snapshot: number | null;
  readonly code: SnapshotErrorCode;
  readonly reason: string;
  /** Offset in the file or in the raw table; null where there is no such place. */
  readonly offset: number | null;
}

/**
 * Connections, numbered from 0 in the order in which they were first seen: one for each connection key, whatever came and went under it.
 * Use `timelineConnection` to read one. Lists of several connections stand side by side: those of connection i from `starts[i]` up
 * to `starts[i + 1]`.
 */
export interface ConnectionHistory {
  readonly count: number;
  /** Number of the coverage, and the key behind it (table/keyedRows.ts). */
  readonly keys: { readonly starts: Uint32Array; readonly words: Uint32Array };
  /** In how many snapshots each was seen. */
  readonly seen: Uint32Array;
  /** Each time that it was there without interruption: the first and the last snapshot. */
  readonly spans: {
    readonly starts: Uint32Array;
    readonly first: Uint32Array;
    readonly last: Uint32Array;
  };
  /** The state at the beginning of each span and after each change, and the snapshot at which it was first seen. */
  readonly states: {
    readonly starts: Uint32Array;
    readonly state: Uint32Array;
    readonly since: Uint32Array;
  };
  /** Each owner, as a number in `owners`, and the snapshot at which it was first seen. */
  readonly owners: {
    readonly starts: Uint32Array;
    readonly owner: Uint32Array;
    readonly since: Uint32Array;
  };
}
