import { formatUtc } from '../text/time.js';
import { timelineConnection, type TimelineConnection } from './connection.js';
import type { Timeline } from './timelineData.js';

/** A connection as json and ndjson have it: with the keys of a row, as it was last, and what became of it. */
export interface DescribedConnection extends TimelineConnection {
  /** The last state, and the last owner that it got. */
  readonly state: number | null;
  readonly stateName: string | null;
  readonly pid: number;
  readonly process: string | null;
  /** Null where the snapshots do not tell their times. */
  readonly firstSeenTime: string | null;
  readonly lastSeenTime: string | null;
}

export function describeConnection(timeline: Timeline, number: number): DescribedConnection {
  const connection = timelineConnection(timeline, number);
  const { firstSeen, lastSeen, seen, of, spans, states, owners, ...ends } = connection;
  const state = states.at(-1);
  const owner = owners.at(-1);
  return {
    ...ends,
    state: state?.state ?? null,
    stateName: state?.stateName ?? null,
    pid: owner?.pid ?? 0,
    process: owner?.process ?? null,
    firstSeen,
    firstSeenTime: snapshotTime(timeline, firstSeen),
    lastSeen,
    lastSeenTime: snapshotTime(timeline, lastSeen),
    seen,
    of,
    spans,
    states,
    owners,
  };
}

/** When a snapshot was taken, in UTC; null where it does not tell. */
export function snapshotTime({ snapshots }: Timeline, number: number): string | null {
  const microseconds = snapshots.utcMicroseconds[number]!;
  return Number.isNaN(microseconds) ? null : formatUtc(microseconds);
}

/** The names of the states that a connection went through, one after another: `SYN_SENT`, `ESTABLISHED`. */
export function stateNames({ states }: TimelineConnection): string[] {
  return states.map(({ stateName }) => stateName).filter((name, i, names) => name !== names[i - 1]);
}

/** What a timeline says beside its connections, for JSON: lists by name, times as text, and of series an object for each snapshot. */
export function describeTimeline(timeline: Timeline): Readonly<Record<string, Iterable<object>>> {
  const { snapshots, coverages, beacons, counters, unreadable, gaps } = timeline;
  return {
    snapshots: Array.from({ length: snapshots.count }, (_, number) => describeSnapshot(timeline, number)),
    coverages,
    unreadable,
    gaps: gaps.map(({ time, ...gap }) => ({ ...gap, time: formatUtc(time.utcMicroseconds) })),
    beacons: beacons.map((beacon) => ({ ...beacon, starts: [...beacon.starts] })),
    counters: counters.map(({ changedAt, changes, resetAt, ...counter }) => ({
      ...counter,
      changes: Array.from(changedAt, (snapshot, i) => [snapshot, changes[i]]),
      resetAt: [...resetAt],
    })),
  };
}

function describeSnapshot(timeline: Timeline, number: number): Record<string, unknown> {
  const { isReadable, rows, rowsByState, opened, closed, stateChanged, ownerChanged, lateMicroseconds } =
    timeline.snapshots;
  if (isReadable[number] === 0) return { snapshot: number, isReadable: false };
  const states = rowsByState.filter((series) => series.rows[number]! > 0);
  const late = lateMicroseconds[number]!;
  return {
    snapshot: number,
    time: snapshotTime(timeline, number),
    ...(!Number.isNaN(late) && { lateMicroseconds: late }),
    rows: rows[number],
    states: Object.fromEntries(states.map((series) => [series.state, series.rows[number]])),
    opened: opened[number],
    closed: closed[number],
    stateChanged: stateChanged[number],
    ownerChanged: ownerChanged[number],
  };
}
