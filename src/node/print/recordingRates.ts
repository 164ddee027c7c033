import type { RecordingRates } from '../../core/index.js';
import { formatUtc } from '../../core/text/time.js';
import { printable } from './cellText.js';
import { formatDuration, rangeText, short } from './duration.js';
import type { Line } from './section.js';

/** Gaps are named one by one, up to so many. */
const MOST_GAPS = 10;

/** What `info --json` says of a recording. */
export function ratesObject(rates: RecordingRates): Record<string, unknown> {
  return {
    ...rates,
    gaps: rates.gaps.map(({ time, ...gap }) => ({ ...gap, time: formatUtc(time.utcMicroseconds) })),
    counters: rates.counters.map((counter) => ({ ...counter, resetAt: [...counter.resetAt] })),
  };
}

/** What `info` says of a recording for people. */
export function rateLines(rates: RecordingRates): Line[] {
  const { elapsedMicroseconds: elapsed, intervalMicroseconds: interval, rows } = rates;
  const lines: Line[] = [];
  if (elapsed !== null) lines.push(['length', formatDuration(elapsed)]);
  if (interval !== null) lines.push(['interval', formatDuration(interval) + punctuality(rates)]);
  if (rows !== null) lines.push(['rows', rangeText(rows)]);
  lines.push(
    ['opened', countText(rates.opened, rates.openedPerSecond)],
    ['closed', countText(rates.closed, rates.closedPerSecond)],
  );
  for (const { before, time, reason } of rates.gaps.slice(0, MOST_GAPS)) {
    lines.push([
      'gap',
      printable(`before snapshot ${before}, ${formatUtc(time.utcMicroseconds)}: ${reason}`),
    ]);
  }
  const more = rates.gaps.length - MOST_GAPS;
  if (more > 0) lines.push(['', `and ${more} more gaps`]);
  return [...lines, ...counterLines(rates)];
}

function punctuality({ lateMicroseconds: late, missedTicks }: RecordingRates): string {
  const missed = missedTicks === 0 ? '' : `, ${missedTicks} missed`;
  if (late === null) return missed;
  return `; late by ${formatDuration(late.median)} (median), ${formatDuration(late.highest)} at most${missed}`;
}

function countText(count: number, aSecond: number | null): string {
  return aSecond === null ? String(count) : `${count}, ${short(aSecond)} a second`;
}

/** Counters by how much they changed from the first snapshot to the last; levels and settings are left out. */
function counterLines({ counters }: RecordingRates): Line[] {
  const groups = new Map<string, string[]>();
  for (const { source, group, name, change, isLevel, resetAt } of counters) {
    if (isLevel) continue;
    const title = `${group} (${source})`;
    const anew = resetAt.length > 0 ? ' (began anew)' : '';
    groups.set(title, [...(groups.get(title) ?? []), `${name} +${change}${anew}`]);
  }
  return Array.from(groups, ([title, texts]): Line => [
    'counters',
    printable(`${title}: ${texts.join(', ')}`),
  ]);
}
