import { addressTexts } from './address.js';
import { columnType, isStored, VALUE_BYTES, type Columns } from './columns.js';
import { withGroups, type CountColumn, type Groups } from './countGroups.js';
import { ADDRESS_BITS, parseCountKeys, type CountKey } from './countKeys.js';
import { CONSTANT_FIELDS } from './fields.js';
import { checkRow } from './rows.js';
import type { TableData } from './tableData.js';

/** A value of a field: text for addresses, prefixes and processes (null: not known), numbers for all others. */
export type FieldValue = number | string | null;

export interface Count {
  /** One value, or two where rows were counted by a pair of fields. */
  readonly value: FieldValue | readonly [FieldValue, FieldValue];
  readonly count: number;
}

/**
 * Counts rows by one or two fields, the most frequent first; of equally frequent ones the lowest values first.
 *
 * @param rows numbers of the rows to count; default: all
 * @param limit how many of the most frequent to return; default: all
 * @throws SnapshotError `unknown-field`; RangeError for a number that is no row
 */
export function countBy(
  { engine, columns, processNames }: TableData,
  text: string,
  rows: Uint32Array | undefined,
  limit = Number.POSITIVE_INFINITY,
): Count[] {
  const [first, second] = parseCountKeys(text) as [CountKey, CountKey?];
  const count = rows?.length ?? columns.rowCount;
  if (rows !== undefined) for (const row of rows) checkRow(row, columns.rowCount);
  return engine.withBlocks(rows === undefined ? [] : [count * 4], ([address = 0]) => {
    if (rows !== undefined) engine.borrowU32(address, count).set(rows);
    const keyColumns: [CountColumn, CountColumn?] = [countColumn(columns, first)];
    if (second !== undefined) keyColumns.push(countColumn(columns, second));
    const most = Number.isFinite(limit) ? Math.max(0, Math.trunc(limit)) : count;
    return withGroups(engine, { address, count }, keyColumns, most, (groups) => {
      const firstValue = valueReader(first, processNames);
      if (second === undefined) return listCounts(groups, firstValue);
      return listPairs(groups, firstValue, valueReader(second, processNames));
    });
  });
}

function countColumn(columns: Columns, { field, prefixBits }: CountKey): CountColumn {
  if (!isStored(field)) return { address: 0, valueBytes: 4, shift: 0 };
  const isAddress = field === 'local' || field === 'remote';
  return {
    address: columns.address(field),
    valueBytes: VALUE_BYTES[columnType(field)],
    shift: isAddress ? ADDRESS_BITS - prefixBits : 0,
  };
}

function listCounts({ values, counts, order }: Groups, valueOf: (value: number) => FieldValue): Count[] {
  const [column] = values;
  // oxlint-disable-next-line unicorn/no-new-array -- pushing a million objects takes half as long again
  const listed = new Array<Count>(order.length);
  for (let i = 0; i < order.length; i++) {
    const group = order[i]!;
    listed[i] = { value: valueOf(column[group]!), count: counts[group]! };
  }
  return listed;
}

function listPairs(
  { values, counts, order }: Groups,
  firstOf: (value: number) => FieldValue,
  secondOf: (value: number) => FieldValue,
): Count[] {
  const [first, second] = values as [Uint32Array, Uint32Array];
  return Array.from(order, (group) => ({
    value: [firstOf(first[group]!), secondOf(second[group]!)] as const,
    count: counts[group]!,
  }));
}

/** What the values of a key are to be returned as. */
function valueReader(
  { field, prefixBits }: CountKey,
  processNames: readonly string[],
): (value: number) => FieldValue {
  switch (field) {
    case 'local':
    case 'remote':
      return addressTexts(prefixBits);
    case 'process':
      return (value) => processNames[value] || null;
    case 'protocol':
    case 'family':
      return () => CONSTANT_FIELDS.get(field)!;
    default:
      return (value) => value;
  }
}
