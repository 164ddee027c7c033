import type { SnapshotSeries } from '../../src/core/index.js';

/** Where snapshots stand from left to right. */
export interface TimeAxis {
  /** Seconds since 1970, or the number where the snapshots do not tell when they were taken. Never descending. */
  readonly values: readonly number[];
  readonly isTime: boolean;
}

/** By the clock that is never set; a snapshot that tells no time stands between its neighbours. */
export function timeAxis({
  count,
  elapsedMicroseconds,
  utcMicroseconds,
}: Pick<SnapshotSeries, 'count' | 'elapsedMicroseconds' | 'utcMicroseconds'>): TimeAxis {
  const known = Array.from(elapsedMicroseconds.keys()).filter((i) => !Number.isNaN(elapsedMicroseconds[i]));
  const [first] = known;
  const last = known.at(-1);
  const hasTimes =
    first !== undefined && last !== undefined && elapsedMicroseconds[last]! > elapsedMicroseconds[first]!;
  if (!hasTimes) return { values: Array.from({ length: count }, (_, i) => i), isTime: false };
  const start = utcMicroseconds[first]! - elapsedMicroseconds[first]!;
  const values = Array.from(elapsedMicroseconds, (elapsed) => (start + elapsed) / 1e6);
  fillBetween(values, known);
  return { values, isTime: true };
}

function fillBetween(values: number[], known: readonly number[]): void {
  let before = known[0]!;
  values.fill(values[before]!, 0, before);
  for (const next of known) {
    const step = (values[next]! - values[before]!) / Math.max(1, next - before);
    for (let i = before + 1; i < next; i++) values[i] = values[before]! + (i - before) * step;
    before = next;
  }
  values.fill(values[before]!, before);
}
