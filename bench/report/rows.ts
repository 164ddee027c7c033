import { WORK_TITLES } from '../comparison.js';
import type { FloorResult } from '../floors.js';
import type { Measured, Result } from '../measure.js';
import { formatNumber, formatRows } from './numbers.js';

export const RESULT_HEADER = ['', 'ms', 'quartiles', 'ns a row', 'over tcpscope', 'quartiles', 'rounds'];

export function resultTitle({ work, kind, rows, tables }: Result): string {
  const size =
    tables === 1 ? `${formatRows(rows)} rows` : `${formatRows(tables)} tables of ${formatRows(rows)} rows`;
  return `${WORK_TITLES[work]}: ${kind}, ${size}`;
}

/** One line of text cells for each contestant. */
export function resultRows({ contestants, ratios, rows, tables }: Result): string[][] {
  return contestants.map((contestant, i) => {
    const ratio = ratios[i - 1];
    const nanoseconds = (contestant.median * 1e6) / (rows * tables);
    return [
      contestant.name,
      formatNumber(contestant.median),
      quartiles(contestant),
      formatNumber(nanoseconds),
      ratio === undefined ? '' : formatNumber(ratio.median),
      ratio === undefined ? '' : quartiles(ratio),
      String(contestant.rounds),
    ];
  });
}

function quartiles({ lowerQuartile, upperQuartile }: Measured): string {
  return `${formatNumber(lowerQuartile)}–${formatNumber(upperQuartile)}`;
}

export const FLOOR_HEADER = ['work', 'kind', 'rows', 'against', 'measured', 'floor', ''];

export function floorRow({ work, kind, rows, peer, unit, measured, floor, met }: FloorResult): string[] {
  const [value, limit] = {
    ratio: [`${formatNumber(measured)} ×`, `at least ${floor} ×`],
    inverse: [`${formatNumber(measured)} of its time`, `at most ${floor}`],
    difference: [`+${formatNumber(measured)} ms`, `at most +${floor} ms`],
  }[unit] as [string, string];
  return [WORK_TITLES[work], kind, formatRows(rows), peer, value, limit, met ? 'met' : 'NOT MET'];
}
