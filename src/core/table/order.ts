import { columnType, isStored } from './columns.js';
import { parseSortKey, type SortKey } from './fields.js';
import type { TableData } from './tableData.js';

/**
 * The row numbers in the order of the keys, stably.
 *
 * @throws SnapshotError `unknown-field`
 */
export function orderRows(data: TableData, keys: readonly string[]): Uint32Array<ArrayBuffer> {
  const { engine, columns } = data;
  const { rowCount } = columns;
  const sortKeys = keys.map(parseSortKey).reverse();
  const order = engine.allocate(rowCount * 4);
  const scratch = engine.allocate(rowCount * 4);
  try {
    engine.run((kernels) => kernels.identityOrder(order, rowCount));
    const sorted = sortKeys.reduce((from, key) => {
      return sortBy(data, key, from, from === order ? scratch : order);
    }, order);
    return engine.borrowU32(sorted, rowCount).slice();
  } finally {
    engine.release(order);
    engine.release(scratch);
  }
}

/** Returns the address that holds the result: `order` or `scratch`. */
function sortBy(
  { engine, columns }: TableData,
  { field, descending }: SortKey,
  order: number,
  scratch: number,
): number {
  if (!isStored(field)) return order;
  const column = columns.address(field);
  return engine.run((kernels) =>
    columnType(field) === 'u16'
      ? kernels.sortByU16(order, scratch, columns.rowCount, column, descending)
      : kernels.sortByU32(order, scratch, columns.rowCount, column, descending),
  );
}
