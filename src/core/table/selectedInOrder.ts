import type { Table } from './table.js';

/** The given rows of a table, or all, in the order of the sort keys (default: the documented order); no more than `limit`. */
export function selectedInOrder(
  table: Table,
  selected: Uint32Array | undefined,
  sort?: readonly string[],
  limit = table.rowCount,
): Uint32Array {
  if (selected === undefined) return table.firstRows(limit, sort);
  const isSelected = new Uint8Array(table.rowCount);
  for (const row of selected) isSelected[row] = 1;
  return table
    .order(sort)
    .filter((row) => isSelected[row] === 1)
    .subarray(0, limit);
}
