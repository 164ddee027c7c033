import type { Table } from './table.js';

/** The numbers of the rows that match, or of all, in the order of the sort keys; default: the documented order. */
export function selectedInOrder(table: Table, where?: string, sort?: readonly string[]): Uint32Array {
  const order = table.order(sort);
  if (where === undefined) return order;
  const isSelected = new Uint8Array(table.rowCount);
  for (const row of table.select(where)) isSelected[row] = 1;
  return order.filter((row) => isSelected[row] === 1);
}
