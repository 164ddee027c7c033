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
    const first = order! / 4;
    return engine.words.slice(first, first + rowCount);
  });
}

/** Writes the row numbers in the order of the keys to `order`: the most significant first, stably. */
export function orderByColumns(
  engine: Engine,
  keys: readonly ColumnKey[],
  rows: number,
  order: number,
): void {
  engine.run((kernels) => {
    const keyBytes = kernels.KEY_BYTES.value;
    const scratchBytes = kernels.orderScratchBytes(rows) >>> 0;
    engine.withBlocks([keys.length * keyBytes, scratchBytes], ([block, scratch]) => {
      let at = block! / 4;
      for (const { address, valueBytes, descending } of keys) {
        // assembly/order/keys.ts; the kernel fills in the rest.
        engine.words[at] = address;
        engine.words[at + 1] = valueBytes;
        engine.words[at + 2] = descending ? 0xffffffff : 0;
        engine.words[at + 3] = 0;
        at += keyBytes / 4;
      }
      kernels.orderRows(block!, keys.length, rows, order, scratch!);
    });
  });
}

/** Fields that are the same in every row order nothing. */
function fieldKeys(columns: Columns, keys: readonly string[]): ColumnKey[] {
  const columnKeys: ColumnKey[] = [];
  for (const key of keys) {
    const { field, descending } = parseSortKey(key);
    if (!isStored(field)) continue;
    columnKeys.push({
      address: columns.address(field),
      valueBytes: VALUE_BYTES[columnType(field)],
      descending,
    });
  }
  return columnKeys;
}
