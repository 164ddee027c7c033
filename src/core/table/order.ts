import type { Engine } from '../engine/engine.js';
import { columnType, isStored, VALUE_BYTES, type Columns } from './columns.js';
import { parseSortKey } from './fields.js';
import type { TableData } from './tableData.js';

/** A column to sort by, as the kernel sees it. */
export interface ColumnKey {
  readonly address: number;
  readonly valueBytes: number;
  readonly descending: boolean;
}

/**
 * The row numbers in the order of the keys, stably.
 *
 * @throws SnapshotError `unknown-field`
 */
export function orderRows({ engine, columns }: TableData, keys: readonly string[]): Uint32Array<ArrayBuffer> {
  const { rowCount } = columns;
  const columnKeys = fieldKeys(columns, keys);
  return engine.withBlocks([rowCount * 4], ([order]) => {
    orderByColumns(engine, columnKeys, rowCount, order!);
    return engine.borrowU32(order!, rowCount).slice();
  });
}

/** Writes the row numbers in the order of the keys to `order`: the most significant first, stably. */
export function orderByColumns(
  engine: Engine,
  keys: readonly ColumnKey[],
  rows: number,
  order: number,
): void {
  const { keyBytes, scratchBytes } = engine.run((kernels) => ({
    keyBytes: kernels.KEY_BYTES.value,
    scratchBytes: kernels.orderScratchBytes(rows) >>> 0,
  }));
  engine.withBlocks([keys.length * keyBytes, scratchBytes], ([block, scratch]) => {
    keys.forEach(({ address, valueBytes, descending }, i) => {
      // assembly/order/keys.ts; the kernel fills in the rest.
      engine.borrowU32(block! + i * keyBytes, 4).set([address, valueBytes, descending ? 0xffffffff : 0, 0]);
    });
    engine.run((kernels) => kernels.orderRows(block!, keys.length, rows, order, scratch!));
  });
}

/** Fields that are the same in every row order nothing. */
function fieldKeys(columns: Columns, keys: readonly string[]): ColumnKey[] {
  return keys.map(parseSortKey).flatMap(({ field, descending }) => {
    if (!isStored(field)) return [];
    return [{ address: columns.address(field), valueBytes: VALUE_BYTES[columnType(field)], descending }];
  });
}
