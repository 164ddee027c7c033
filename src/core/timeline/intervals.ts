import type { SnapshotSeries } from './series.js';

/** What happened in a part of a recording. */
export interface Interval {
  /** Numbers of its first and last snapshot. */
  readonly first: number;
  readonly last: number;
  /** When it begins, on the wall clock, in whole units of its length; null where the snapshots do not tell. */
  readonly utcMicroseconds: number | null;
  /** How many of its snapshots could be read. */
  readonly readable: number;
  /** Rows of its last snapshot that could be read. */
  readonly rows: number;
  readonly opened: number;
  readonly closed: number;
  readonly stateChanged: number;
  readonly ownerChanged: number;
}

const SECOND = 1_000_000;
const [MINUTE, HOUR, DAY] = [60 * SECOND, 3600 * SECOND, 86_400 * SECOND];

/** Lengths of intervals that clocks are read by. */
const LENGTHS: readonly number[] = [
  ...[0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30].map((length) => length * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((length) => length * MINUTE),
  ...[1, 2, 3, 6, 12].map((length) => length * HOUR),
  ...[1, 2, 7, 14, 28, 91, 365, 3652].map((length) => length * DAY),
];

/** A recording in at most so many parts of equal length; by the number of snapshots, where these do not tell their times. */
export function timelineIntervals(snapshots: SnapshotSeries, most: number): Interval[] {
  const { partOf, startOf } = partReader(snapshots, most);
  const intervals: Interval[] = [];
  let part = -Infinity;
  for (let number = 0; number < snapshots.count; number++) {
    // What does not tell is in the part of the one before.
    const next = partOf(number) ?? (number === 0 ? partOf(firstTimed(snapshots))! : part);
    if (next > part) {
      part = next;
      intervals.push({ first: number, last: number, utcMicroseconds: startOf(part), ...NOTHING });
    }
    intervals.push(added(intervals.pop()!, snapshots, number));
  }
  return intervals;
}

const NOTHING = { readable: 0, rows: 0, opened: 0, closed: 0, stateChanged: 0, ownerChanged: 0 };

function added(interval: Interval, snapshots: SnapshotSeries, number: number): Interval {
  const isReadable = snapshots.isReadable[number] === 1;
  return {
    ...interval,
    last: number,
    readable: interval.readable + (isReadable ? 1 : 0),
    rows: isReadable ? snapshots.rows[number]! : interval.rows,
    opened: interval.opened + snapshots.opened[number]!,
    closed: interval.closed + snapshots.closed[number]!,
    stateChanged: interval.stateChanged + snapshots.stateChanged[number]!,
    ownerChanged: interval.ownerChanged + snapshots.ownerChanged[number]!,
  };
}

interface PartReader {
  /** Which part a snapshot is in: undefined where it does not tell. */
  readonly partOf: (number: number) => number | undefined;
  /** When a part begins. */
  readonly startOf: (part: number) => number | null;
}

function firstTimed({ elapsedMicroseconds }: SnapshotSeries): number {
  return elapsedMicroseconds.findIndex((time) => !Number.isNaN(time));
}

function partReader(snapshots: SnapshotSeries, most: number): PartReader {
  const { count, utcMicroseconds, elapsedMicroseconds } = snapshots;
  const first = firstTimed(snapshots);
  if (first === -1) {
    const length = Math.max(1, Math.ceil(count / most));
    return { partOf: (number) => Math.floor(number / length), startOf: () => null };
  }
  const last = elapsedMicroseconds.findLastIndex((time) => !Number.isNaN(time));
  // Steady, whatever is done to the wall clock meanwhile.
  const base = utcMicroseconds[first]!;
  const end = base + elapsedMicroseconds[last]!;
  const partsOf = (length: number): number => Math.floor(end / length) - Math.floor(base / length) + 1;
  const length = LENGTHS.find((candidate) => partsOf(candidate) <= most) ?? 2 * (end - base + 1);
  return {
    partOf: (number) => {
      const elapsed = elapsedMicroseconds[number]!;
      return Number.isNaN(elapsed) ? undefined : Math.floor((base + elapsed) / length);
    },
    startOf: (part) => part * length,
  };
}
