import { addedValueReader, createdTexts } from './addedValues.js';
import { addressTexts, ALL_BITS } from './address.js';
import { addressNumbers, withPrefixNumbers, type AddressNumbers } from './addressNumbers.js';
import { columnType, VALUE_BYTES, type Columns } from './columns.js';
import { withGroups, type CountColumn, type CountedRows, type Groups } from './countGroups.js';
import { parseCountKeys, type CountKey } from './countKeys.js';
import { withDistinct } from './distinct.js';
import { CONSTANT_FIELDS, isAddedField, isAddressField, NO_VALUE } from './fields.js';
import { countNetworks } from './networks.js';
import { haveAllRemotes, remotePorts } from './remoteEnds.js';
import { checkRows } from './rows.js';
import type { TableData } from './tableData.js';

/** A value of a field: text for addresses, prefixes, names, owners and times, numbers for all others; null: not known, or none. */
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
  data: TableData,
  text: string,
  rows: Uint32Array | undefined,
  limit = Number.POSITIVE_INFINITY,
): Count[] {
  const { engine, columns } = data;
  const count = rows?.length ?? columns.rowCount;
  return engine.withBlocks(rows === undefined ? [] : [count * 4], ([address = 0]) => {
    if (rows !== undefined) {
      const copied = engine.borrowU32(address, count);
      copied.set(rows);
      checkRows(copied, columns.rowCount);
    }
    return countListed(data, text, { address, count }, limit);
  });
}

/** The same of rows whose numbers are in the engine's memory, or of all. */
export function countListed(
  data: TableData,
  text: string,
  counted: CountedRows,
  limit = Number.POSITIVE_INFINITY,
): Count[] {
  const [first, second] = parseCountKeys(text) as [CountKey, CountKey?];
  const { engine } = data;
  const most = Number.isFinite(limit) ? Math.max(0, Math.trunc(limit)) : counted.count;
  if (second === undefined && isAddressField(first.field) && first.prefix !== undefined) {
    const networks = countNetworks(data, first.field, first.prefix.ipv6, counted, most);
    if (networks !== undefined) return networks;
  }
  return withKey(data, first, (a) => {
    if (second === undefined) {
      return withGroups(engine, counted, [a.column], most, (groups) => listCounts(groups, a.valueOf));
    }
    return withKey(data, second, (b) =>
      withGroups(engine, counted, [a.column, b.column], most, (groups) =>
        listPairs(groups, a.valueOf, b.valueOf),
      ),
    );
  });
}

/** What rows are counted by, and what its numbers are returned as. */
interface KeyColumn {
  readonly column: CountColumn;
  readonly valueOf: (value: number) => FieldValue;
}

function withKey<Result>(data: TableData, key: CountKey, use: (key: KeyColumn) => Result): Result {
  const { columns } = data;
  const { field, prefix } = key;
  if (field === 'created') return withCreated(data, use);
  if (isAddedField(field)) {
    const column = data.added.address(field);
    if (column === undefined) return use({ column: NOTHING, valueOf: () => null });
    return use({
      column: { address: column, valueBytes: 4, shift: 0 },
      valueOf: addedValueReader(data, field),
    });
  }
  if (columns.isWide && isAddressField(field)) {
    const useNumbers = ({ numbers, textOf }: AddressNumbers): Result =>
      use({
        column: { address: numbers, valueBytes: 4, shift: 0 },
        valueOf: textOf,
      });
    if (prefix === undefined) return useNumbers(addressNumbers(data, field));
    return withPrefixNumbers(data, field, prefix, useNumbers);
  }
  if (field === 'rport' && !haveAllRemotes(data)) {
    const column = { address: remotePorts(data), valueBytes: 4, shift: 0 };
    return use({ column, valueOf: valueReader(data, key) });
  }
  return use({ column: countColumn(columns, key), valueOf: valueReader(data, key) });
}

/** A column in which all rows have the same value. */
const NOTHING: CountColumn = { address: 0, valueBytes: 4, shift: 0 };

/** Times are wider than what is counted: they are numbered in their order first. */
function withCreated<Result>(data: TableData, use: (key: KeyColumn) => Result): Result {
  const created = data.added.created();
  if (created === undefined) return use({ column: NOTHING, valueOf: () => null });
  const textOf = createdTexts(data);
  return withDistinct(data.engine, created, data.columns.rowCount, ({ numbers, members }) => {
    const rowOf = members.slice();
    return use({
      column: { address: numbers, valueBytes: 4, shift: 0 },
      valueOf: (number) => textOf(rowOf[number - 1]!),
    });
  });
}

function countColumn(columns: Columns, { field, prefix = ALL_BITS }: CountKey): CountColumn {
  if (!columns.has(field)) return NOTHING;
  return {
    address: columns.address(field),
    valueBytes: VALUE_BYTES[columnType(field)],
    shift: isAddressField(field) ? ALL_BITS.ipv4 - prefix.ipv4 : 0,
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
  { columns, processNames }: TableData,
  { field, prefix = ALL_BITS }: CountKey,
): (value: number) => FieldValue {
  switch (field) {
    case 'local':
    case 'remote':
      return addressTexts(prefix.ipv4);
    case 'process':
      return (value) => processNames[value] || null;
    case 'protocol':
    case 'family':
      return columns.isWide ? (value) => value : () => CONSTANT_FIELDS.get(field)!;
    case 'state':
    case 'offload':
    case 'rport':
      return (value) => (columns.isWide && value === NO_VALUE ? null : value);
    default:
      return (value) => value;
  }
}
