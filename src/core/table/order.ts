import { columnNumber, VALUE_BYTES, valueBytesOfNumber, type Columns } from './columns.js';
import { addressRanks } from './distinctAddresses.js';
import { ADDRESS_COLUMNS, isAddedField, isAddressField, parseSortKey, type Field } from './fields.js';
import { copyFirst, copyOrder, type ColumnKey } from './orderByColumns.js';
import type { TableData } from './tableData.js';

/**
 * The row numbers in the order of the keys, stably.
 *
 * @param into where they go: a new array where it is absent
 * @throws SnapshotError `unknown-field`; RangeError
 */
export function orderRows(data: TableData, keys: readonly string[], into?: Uint32Array): Uint32Array {
  return copyOrder(data.engine, fieldKeys(data, keys), data.columns.rowCount, into);
}

/** The first `wanted` row numbers of orderRows. */
export function firstRows(data: TableData, keys: readonly string[], wanted: number): Uint32Array {
  return copyFirst(data.engine, fieldKeys(data, keys), data.columns.rowCount, wanted);
}

/** What the rows are ordered by. A field without a column is the same in every row, and a column orders nothing a second time. */
function fieldKeys(data: TableData, keys: readonly string[]): ColumnKey[] {
  const columnKeys: ColumnKey[] = [];
  for (const key of keys) {
    const { field, column, descending } = parseSortKey(key);
    // What is in plain tables needs no list of its columns, and what is not is the same in all rows; small ones notice what more costs.
    if (data.columns.isWide || column === -1) {
      for (const other of orderingColumns(data, field)) addKey(columnKeys, other, descending);
    } else if (data.columns.hasNumber(column)) {
      addKey(columnKeys, storedColumn(data.columns, column), descending);
    }
  }
  return columnKeys;
}

function addKey(
  keys: ColumnKey[],
  { address, valueBytes, varying }: Omit<ColumnKey, 'descending'>,
  descending: boolean,
): void {
  for (const used of keys) if (used.address === address) return;
  keys.push({ address, valueBytes, varying, descending });
}

/** The columns that a field is ordered by. Addresses of IPv4 come before those of IPv6, and their scope id after each. */
function orderingColumns(data: TableData, field: Field): readonly Omit<ColumnKey, 'descending'>[] {
  const { columns, added } = data;
  if (field === 'created' || isAddedField(field)) {
    const addresses = field === 'created' ? (added.created() ?? []) : [added.address(field) ?? []].flat();
    return addresses.map((address) => ({ address, valueBytes: VALUE_BYTES.u32 }));
  }
  const ranks = isAddressField(field) ? addressRanks(data, field) : undefined;
  if (ranks !== undefined) return [{ address: ranks, valueBytes: VALUE_BYTES.u32 }];
  return (ADDRESS_PLACES.get(field) ?? [columnNumber(field)])
    .filter((column) => columns.varyingBitsOfNumber(column) !== 0)
    .map((column) => storedColumn(columns, column));
}

function storedColumn(columns: Columns, column: number): Omit<ColumnKey, 'descending'> {
  return {
    address: columns.addressOfNumber(column),
    valueBytes: valueBytesOfNumber(column),
    varying: columns.varyingBitsOfNumber(column),
  };
}

/** Of addresses, the places in STORED_COLUMNS. */
const ADDRESS_PLACES: ReadonlyMap<string, readonly number[]> = new Map(
  Object.entries(ADDRESS_COLUMNS).map(([field, { words, scope }]) => [
    field,
    ['family' as const, ...words, scope].map(columnNumber),
  ]),
);
