import { SERIES_COLUMNS } from '../../src/core/timeline/series.js';
import type { RecordingSeries } from '../protocol.js';

/** Whether two series of one recording tell the same. */
export function sameSeries(a: RecordingSeries, b: RecordingSeries): boolean {
  const [before, now] = [a.snapshots, b.snapshots];
  return (
    a.unreadableCount === b.unreadableCount &&
    a.gapCount === b.gapCount &&
    SERIES_COLUMNS.every((column) => sameNumbers(before[column], now[column])) &&
    before.rowsByState.length === now.rowsByState.length &&
    before.rowsByState.every(({ state, rows }, i) => {
      const other = now.rowsByState[i]!;
      return state === other.state && sameNumbers(rows, other.rows);
    })
  );
}

function sameNumbers(a: Uint8Array | Uint32Array | Float64Array, b: typeof a): boolean {
  if (a.length !== b.length) return false;
  // NaN stands for what is not told.
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return true;
}
