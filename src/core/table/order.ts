import { columnType, isStored, VALUE_BYTES, type Columns } from './columns.js';
import { parseSortKey } from './fields.js';
import type { TableData } from './tableData.js';

/**
 * The row numbers in the order of the keys, stably.
 *
 * @throws SnapshotError `unknown-field`
 */
export function orderRows({ engine, columns }: TableData, keys: readonly string[]): Uint32Array<ArrayBuffer> {
  const { rowCount } = columns;
  const encoded = encodeKeys(columns, keys);
  const { keyBytes, scratchBytes } = engine.run((kernels) => ({
    keyBytes: kernels.KEY_BYTES.value,
    scratchBytes: kernels.orderScratchBytes(rowCount) >>> 0,
  }));
  return engine.withBlocks(
    [encoded.length * keyBytes, rowCount * 4, scratchBytes],
    ([keyBlock, order, scratch]) => {
      encoded.forEach((key, i) => engine.borrowU32(keyBlock! + i * keyBytes, key.length).set(key));
      engine.run((kernels) => kernels.orderRows(keyBlock!, encoded.length, rowCount, order!, scratch!));
      return engine.borrowU32(order!, rowCount).slice();
    },
  );
}

/** Each key as the kernel reads it (assembly/order/keys.ts). Fields that are the same in every row order nothing. */
function encodeKeys(columns: Columns, keys: readonly string[]): number[][] {
  return keys.map(parseSortKey).flatMap(({ field, descending }) => {
    if (!isStored(field)) return [];
    return [[columns.address(field), VALUE_BYTES[columnType(field)], descending ? 0xffffffff : 0]];
  });
}
