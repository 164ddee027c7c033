import type { Table } from './table.js';

/** The given rows of a table, or all, in the order of the sort keys; default: the documented order. */
export function selectedInOrder(
  table: Table,
  selected: Uint32Array | undefined,
  sort?: readonly string[],
): Uint32Array {
  const order = table.order(sort);
  if (selected === undefined) return order;
  const isSelected = new Uint8Array(table.rowCount);
  for (const row of selected) isSelected[row] = 1;
  return order.filter((row) => isSelected[row] === 1);
}
