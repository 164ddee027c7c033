import { isMap } from '../patch/values.js';
import type { TakeBytes } from '../tableMemory.js';
import { parseRowMap, type RowMap } from './rowMap.js';
import { applyRowValues } from './rowValues.js';

const WORD_BYTES = 4;

/** What a delta tells of the rows of a table: where they stand, which of them its base has, and what has changed in the columns beside them. */
export interface TableRows {
  /** Bytes before the first row: a multiple of 4. */
  readonly first: number;
  /** Bytes of a row: the same. */
  readonly size: number;
  readonly map: Uint8Array;
  /** For columns of `extras` whose rows are made from the base's: words of a value, and the values that the base does not have. */
  readonly columns?: Readonly<Record<string, ColumnValues>>;
}

export type ColumnValues = readonly [words: number, values: Uint8Array];

/** Whether a value is what a delta tells of the rows of all its tables. */
export function checkTableRows(value: unknown): value is readonly (TableRows | null)[] {
  return Array.isArray(value) && value.every((rows) => rows === null || isTableRows(rows));
}

function isTableRows(value: unknown): value is TableRows {
  if (!isMap(value)) return false;
  const { first, size, map, columns } = value;
  return (
    isCount(first) &&
    first % WORD_BYTES === 0 &&
    isCount(size) &&
    size > 0 &&
    size % WORD_BYTES === 0 &&
    map instanceof Uint8Array &&
    (columns === undefined || (isMap(columns) && Object.values(columns).every(isColumnValues)))
  );
}

function isColumnValues(value: unknown): value is ColumnValues {
  return (
    Array.isArray(value) &&
    value.length === 2 &&
    isCount(value[0]) &&
    value[0] > 0 &&
    value[1] instanceof Uint8Array
  );
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/**
 * The bytes of a table of `length` bytes.
 *
 * @throws RestoreError
 */
export function restoreRows(
  rows: TableRows,
  values: Uint8Array,
  base: Uint8Array,
  length: number,
  take: TakeBytes,
): Uint8Array<ArrayBuffer> {
  const places = { firstWord: rows.first / WORD_BYTES, words: rows.size / WORD_BYTES };
  return applyRowValues(mapOf(rows, values, base, rows.size), values, base, places, length, take);
}

/**
 * A column beside the rows of a table.
 *
 * @throws RestoreError
 */
export function restoreColumn(
  rows: TableRows,
  [words, values]: ColumnValues,
  base: Uint8Array,
  take: TakeBytes,
): Uint8Array<ArrayBuffer> {
  const rowBytes = words * WORD_BYTES;
  const map = mapOf(rows, values, base, rowBytes);
  return applyRowValues(map, values, base, { firstWord: 0, words }, map.rows * rowBytes, take);
}

/** The maps that were read: the columns of a table go by the one that its rows go by. */
const maps = new WeakMap<TableRows, RowMap>();

/** No more rows are believed than the base and the values can make. */
function mapOf(rows: TableRows, values: Uint8Array, base: Uint8Array, rowBytes: number): RowMap {
  let map = maps.get(rows);
  if (map === undefined) {
    map = parseRowMap(rows.map, Math.floor((base.length + values.length) / rowBytes));
    maps.set(rows, map);
  }
  return map;
}
