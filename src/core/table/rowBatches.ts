import type { Connection, ConnectionKey } from './connection.js';
import type { Table } from './table.js';

/** Rows turned into objects at a time: they stay in cache, and no array grows beyond measure. */
export const BATCH_ROWS = 4096;

/** The given rows, or all, as plain objects, a batch at a time. */
export function* rowBatches(
  table: Table,
  rows?: Uint32Array,
  keys: readonly ConnectionKey[] = table.keys,
): Generator<Connection[]> {
  const count = rows?.length ?? table.rowCount;
  for (let start = 0; start < count; start += BATCH_ROWS) {
    const length = Math.min(BATCH_ROWS, count - start);
    const batch = rows?.subarray(start, start + length) ?? Array.from({ length }, (_, i) => start + i);
    yield table.rows(batch, keys);
  }
}
