import type { Engine } from '../engine/engine.js';
import { columnNumber, valueBytesOfNumber, type Columns } from './columns.js';
import {
  ADDRESS_COLUMNS,
  FIELDS,
  isAddressField,
  parseSortKey,
  type Field,
  type StoredField,
} from './fields.js';
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
  const lengths = [rowCount * 4, ...workLengths(engine, columnKeys.length, rowCount)];
  return engine.withBlocks(lengths, ([order, block, scratch]) => {
    runOrder(engine, columnKeys, rowCount, order!, block!, scratch!);
    const first = order! / 4;
    // Faster than `slice`, which small tables notice.
    const result = new Uint32Array(rowCount);
    result.set(engine.words.subarray(first, first + rowCount));
    return result;
  });
}

/** Writes the row numbers in the order of the keys to `order`: the most significant first, stably. */
export function orderByColumns(
  engine: Engine,
  keys: readonly ColumnKey[],
  rows: number,
  order: number,
): void {
  engine.withBlocks(workLengths(engine, keys.length, rows), ([block, scratch]) => {
    runOrder(engine, keys, rows, order, block!, scratch!);
  });
}

/** Bytes that the kernel needs for its keys, and to work with. */
function workLengths(engine: Engine, keys: number, rows: number): [keys: number, scratch: number] {
  return engine.run((kernels) => [keys * kernels.KEY_BYTES, kernels.orderScratchBytes(rows) >>> 0]);
}

function runOrder(
  engine: Engine,
  keys: readonly ColumnKey[],
  rows: number,
  order: number,
  block: number,
  scratch: number,
): void {
  engine.run((kernels) => {
    let at = block / 4;
    for (const { address, valueBytes, descending } of keys) {
      // assembly/order/keys.ts; the kernel fills in the rest.
      engine.words[at] = address;
      engine.words[at + 1] = valueBytes;
      engine.words[at + 2] = descending ? 0xffffffff : 0;
      engine.words[at + 3] = 0;
      at += kernels.KEY_BYTES / 4;
    }
    kernels.orderRows(block, keys.length, rows, order, scratch);
  });
}

/** What the rows are ordered by. A field without a column is the same in every row, and a column orders nothing a second time. */
function fieldKeys(columns: Columns, keys: readonly string[]): ColumnKey[] {
  const columnKeys: ColumnKey[] = [];
  let used = 0;
  for (const key of keys) {
    const { field, descending } = parseSortKey(key);
    for (const column of ORDERING_COLUMNS.get(field)!) {
      const address = columns.addressOfNumber(column);
      if (address === 0 || (used & (1 << column)) !== 0) continue;
      used |= 1 << column;
      columnKeys.push({ address, valueBytes: valueBytesOfNumber(column), descending });
    }
  }
  return columnKeys;
}

/** The columns that a field is ordered by, as places in STORED_COLUMNS. */
const ORDERING_COLUMNS: ReadonlyMap<Field, readonly number[]> = new Map(
  FIELDS.map((field) => [field, orderingColumns(field).map(columnNumber)]),
);

/** Addresses of IPv4 come before those of IPv6, and their scope id after each. */
function orderingColumns(field: Field): readonly StoredField[] {
  if (!isAddressField(field)) return [field];
  const { words, scope } = ADDRESS_COLUMNS[field];
  return ['family', ...words, scope];
}
