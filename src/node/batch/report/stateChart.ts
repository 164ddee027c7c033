import type { StateCounts } from '../../../core/dataset/summary/summary.js';
import { groupDigits } from '../../../core/text/groupDigits.js';
import { Html, html } from './html.js';
import { stateKind } from '../../../core/table/stateKind.js';

/** In the chart's own units; it is as wide as the page lets it be. */
const WIDTH = 1000;
const HEIGHT = 40;
const DAY_MS = 86_400_000;
/** How long the moments are, by the length of their text: an hour, a day, a month, a year. */
const LENGTHS = new Map([
  [13, DAY_MS / 24],
  [10, DAY_MS],
  [7, 30 * DAY_MS],
  [4, 365 * DAY_MS],
]);

interface Moment {
  readonly start: number;
  readonly end: number;
  readonly snapshots: number;
  readonly states: Readonly<Record<string, number>>;
}

/** Rows in each state, in the mean of the snapshots of an hour or a day: a strip for each state, the most frequent first. */
export function stateChart(counts: readonly StateCounts[]): Html {
  const moments = counts.flatMap(momentOf);
  const first = moments[0]?.start ?? 0;
  const last = moments.reduce((latest, { end }) => Math.max(latest, end), first);
  const totals = new Map<string, number>();
  for (const { states } of counts) {
    for (const [state, rows] of Object.entries(states)) totals.set(state, (totals.get(state) ?? 0) + rows);
  }
  const snapshots = counts.reduce((sum, point) => sum + point.snapshots, 0);
  const strips = [...totals]
    .sort(([, a], [, b]) => b - a)
    .map(([state, rows]) => strip(state, rows / Math.max(1, snapshots), moments, first, last));
  const untimed = counts.find(({ time }) => time === null)?.snapshots ?? 0;
  return html`<table class="strips">
      <thead>
        <tr>
          <th>State</th>
          <th class="number">Mean</th>
          <th class="number">Most</th>
          <th class="axis">${axis(first, last)}</th>
        </tr>
      </thead>
      <tbody>
        ${strips}
      </tbody>
    </table>
    <p class="note">
      Connections in a snapshot, in the mean of the snapshots of ${intervalName(counts)}.
      ${untimed > 0 ? `${groupDigits(untimed)} snapshots that do not tell their time are not drawn.` : ''}
    </p>`;
}

function strip(state: string, mean: number, moments: readonly Moment[], first: number, last: number): Html {
  const values = moments.map(({ states, snapshots }) => (states[state] ?? 0) / Math.max(1, snapshots));
  const most = values.reduce((a, b) => Math.max(a, b), 0);
  const kind = stateKind(state);
  return html`<tr>
    <td class="state" data-kind="${kind}">${state}</td>
    <td class="number">${rounded(mean)}</td>
    <td class="number">${rounded(most)}</td>
    <td class="strip">
      <svg
        viewBox="0 0 ${WIDTH} ${HEIGHT}"
        preserveAspectRatio="none"
        role="img"
        aria-label="${state} over time"
      >
        <path class="area ${kind}" d="${new Html(area(values, moments, first, last, most))}" />
      </svg>
    </td>
  </tr>`;
}

/** Steps that stand on the base line, with gaps where there are no snapshots. */
function area(
  values: readonly number[],
  moments: readonly Moment[],
  first: number,
  last: number,
  most: number,
): string {
  const scale = WIDTH / Math.max(1, last - first);
  const at = (time: number): string => ((time - first) * scale).toFixed(1);
  let path = '';
  for (const [i, { start, end }] of moments.entries()) {
    const value = values[i]!;
    if (value === 0) continue;
    const isJoined = i > 0 && values[i - 1]! > 0 && moments[i - 1]!.end >= start;
    const top = (HEIGHT - (value / most) * (HEIGHT - 2)).toFixed(1);
    path += isJoined ? `V${top}` : `M${at(start)} ${HEIGHT}V${top}`;
    path += `H${at(end)}`;
    const goesOn = i + 1 < moments.length && values[i + 1]! > 0 && moments[i + 1]!.start <= end;
    if (!goesOn) path += `V${HEIGHT}Z`;
  }
  return path;
}

function momentOf({ time, snapshots, states }: StateCounts): Moment[] {
  if (time === null) return [];
  const start = Date.parse(time.length === 13 ? `${time}:00Z` : time);
  return [{ start, end: start + LENGTHS.get(time.length)!, snapshots, states }];
}

function intervalName(counts: readonly StateCounts[]): string {
  const length = counts.find(({ time }) => time !== null)?.time?.length;
  if (length === 10) return 'a day';
  if (length === 7) return 'a month';
  return length === 4 ? 'a year' : 'an hour';
}

function axis(first: number, last: number): Html {
  const isDays = last - first > 3 * DAY_MS;
  const label = (time: number): string =>
    new Date(time)
      .toISOString()
      .slice(0, isDays ? 10 : 16)
      .replace('T', ' ');
  return html`<span>${label(first)}</span><span>${label(last)} UTC</span>`;
}

function rounded(value: number): string {
  return value >= 100 ? groupDigits(Math.round(value)) : String(Number(value.toPrecision(2)));
}
