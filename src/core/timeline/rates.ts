import { resolutionOf } from './beacons.js';
import type { CounterSeries } from './counters.js';
import { rangeOf, type Range } from './series.js';
import type { RecordedGap, Timeline } from './timelineData.js';

/** What a recording comes to: how steady it is, and what happened in it as a whole. */
export interface RecordingRates {
  /** Between the first snapshot and the last, and between two that follow each other (the median); null where they have no times. */
  readonly elapsedMicroseconds: number | null;
  readonly intervalMicroseconds: number | null;
  /** How late the ticks came; null where the recording was not made at an interval. */
  readonly lateMicroseconds: Range | null;
  /** Ticks that passed while the one before was still being recorded. */
  readonly missedTicks: number;
  readonly rows: Range | null;
  /** How many connections were opened and closed, and how many of these a second. */
  readonly opened: number;
  readonly closed: number;
  readonly openedPerSecond: number | null;
  readonly closedPerSecond: number | null;
  readonly gaps: readonly RecordedGap[];
  /** From the first snapshot to the last: those that changed. */
  readonly counters: readonly Pick<
    CounterSeries,
    'source' | 'group' | 'name' | 'isLevel' | 'first' | 'last' | 'change' | 'resetAt'
  >[];
}

export function recordingRates(timeline: Timeline): RecordingRates {
  const { snapshots, gaps } = timeline;
  const elapsed = rangeOf(snapshots, snapshots.elapsedMicroseconds);
  const [opened, closed] = [total(snapshots.opened), total(snapshots.closed)];
  const aSecond = (count: number): number | null =>
    elapsed !== undefined && elapsed.highest > 0 ? (count * 1e6) / elapsed.highest : null;
  return {
    elapsedMicroseconds: elapsed?.highest ?? null,
    intervalMicroseconds: resolutionOf(snapshots) ?? null,
    lateMicroseconds: rangeOf(snapshots, snapshots.lateMicroseconds) ?? null,
    missedTicks: missedTicks(timeline),
    rows: rangeOf(snapshots, snapshots.rows) ?? null,
    opened,
    closed,
    openedPerSecond: aSecond(opened),
    closedPerSecond: aSecond(closed),
    gaps,
    counters: timeline.counters
      .filter(({ change, resetAt }) => change !== 0 || resetAt.length > 0)
      .map(({ source, group, name, isLevel, first, last, change, resetAt }) => {
        return { source, group, name, isLevel, first, last, change, resetAt };
      }),
  };
}

export function total(values: Uint32Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/**
 * Numbers of ticks that neither a snapshot nor a gap has. They begin at 0 again where a recording was continued. A snapshot that cannot be
 * read had one.
 */
function missedTicks({ snapshots, gaps }: Timeline): number {
  let missed = 0;
  let before: number | undefined;
  for (let number = 0; number < snapshots.count; number++) {
    if (snapshots.isReadable[number] === 0) missed--;
    const tick = snapshots.tick[number]!;
    if (Number.isNaN(tick)) continue;
    if (before !== undefined && tick > before) missed += tick - before - 1;
    before = tick;
  }
  return before === undefined ? 0 : Math.max(0, missed - gaps.filter((gap) => gap.tick !== undefined).length);
}
