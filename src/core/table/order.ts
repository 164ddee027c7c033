import { columnType, VALUE_BYTES, type Columns } from './columns.js';
import { addressRanks } from './distinctAddresses.js';
import {
  ADDRESS_COLUMNS,
  isAddedField,
  isAddressField,
  parseSortKey,
  type Field,
  type StoredField,
} from './fields.js';
import { copyFirst, copyOrder, type ColumnKey } from './orderByColumns.js';
import type { TableData } from './tableData.js';

/**
 * The row numbers in the order of the keys, stably.
 *
 * @throws SnapshotError `unknown-field`
 */
export function orderRows(data: TableData, keys: readonly string[]): Uint32Array<ArrayBuffer> {
  return copyOrder(data.engine, fieldKeys(data, keys), data.columns.rowCount);
}

/** The first `wanted` row numbers of orderRows. */
export function firstRows(
  data: TableData,
  keys: readonly string[],
  wanted: number,
): Uint32Array<ArrayBuffer> {
  return copyFirst(data.engine, fieldKeys(data, keys), data.columns.rowCount, wanted);
}

/** What the rows are ordered by. A field without a column is the same in every row, and a column orders nothing a second time. */
function fieldKeys(data: TableData, keys: readonly string[]): ColumnKey[] {
  const columnKeys: ColumnKey[] = [];
  for (const key of keys) {
    const { field, descending } = parseSortKey(key);
    // What is in plain tables needs no list of its columns; small ones notice what that costs.
    if (!data.columns.isWide && data.columns.has(field)) {
      addKey(columnKeys, storedColumn(data.columns, field), descending);
      continue;
    }
    for (const column of orderingColumns(data, field)) addKey(columnKeys, column, descending);
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
  // What is in plain tables needs no more; small ones notice what the rest costs.
  if (!columns.isWide) return columns.has(field) ? [storedColumn(columns, field)] : [];
  const ranks = isAddressField(field) ? addressRanks(data, field) : undefined;
  if (ranks !== undefined) return [{ address: ranks, valueBytes: VALUE_BYTES.u32 }];
  return storedColumns(field).flatMap((column) => {
    if (!columns.has(column) || columns.constantOf(column) !== undefined) return [];
    return [storedColumn(columns, column)];
  });
}

function storedColumn(columns: Columns, column: StoredField): Omit<ColumnKey, 'descending'> {
  return {
    address: columns.address(column),
    valueBytes: VALUE_BYTES[columnType(column)],
    varying: columns.varyingBits(column),
  };
}

function storedColumns(field: Field): readonly string[] {
  if (!isAddressField(field)) return [field];
  const { words, scope } = ADDRESS_COLUMNS[field];
  return ['family', ...words, scope];
}
