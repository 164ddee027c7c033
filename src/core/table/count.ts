import type { Engine } from '../engine/engine.js';
import { SnapshotError } from '../errors.js';
import { formatIPv4 } from './address.js';
import { columnType, isStored, VALUE_BYTES, type Columns } from './columns.js';
import { CONSTANT_FIELDS, FIELDS, isField, type Field } from './fields.js';
import { orderByColumns } from './order.js';
import { checkRow } from './rows.js';
import type { TableData } from './tableData.js';

/** A value of a field: text for addresses, prefixes and processes (null: not known), numbers for all others. */
export type FieldValue = number | string | null;

export interface Count {
  /** One value, or two where rows were counted by a pair of fields. */
  readonly value: FieldValue | readonly [FieldValue, FieldValue];
  readonly count: number;
}

/** A field to count by; of addresses only the first `prefixBits` bits. */
export interface CountKey {
  readonly field: Field;
  readonly prefixBits: number;
}

const ADDRESS_BITS = 32;

/**
 * Parses what to count by: a field, an address prefix `remote/24`, or two of these with a comma between them.
 *
 * @throws SnapshotError `unknown-field`
 */
export function parseCountKeys(text: string): readonly CountKey[] {
  const keys = text.split(',').map((part) => parseCountKey(part.trim()));
  if (keys.length <= 2) return keys;
  throw new SnapshotError('unknown-field', `cannot count by ${keys.length} fields at once; two are the most`);
}

function parseCountKey(text: string): CountKey {
  const [name = '', bits] = text.split('/');
  if (!isField(name)) {
    throw new SnapshotError(
      'unknown-field',
      `no field "${name}" to count by; there are ${FIELDS.join(', ')}`,
    );
  }
  if (bits === undefined) return { field: name, prefixBits: ADDRESS_BITS };
  const prefixBits = /^\d+$/.test(bits) ? Number(bits) : 0;
  if ((name !== 'local' && name !== 'remote') || prefixBits < 1 || prefixBits > ADDRESS_BITS) {
    throw new SnapshotError(
      'unknown-field',
      `no prefix "${text}"; write local/8 to local/32 or remote/8 to remote/32`,
    );
  }
  return { field: name, prefixBits };
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
  const keys = parseCountKeys(text);
  const [first, second] = keys as [CountKey, CountKey?];
  const rowCount = rows?.length ?? columns.rowCount;
  rows?.forEach((row) => checkRow(row, columns.rowCount));
  return engine.withBlocks(rows === undefined ? [] : [rowCount * 4], ([selected = 0]) => {
    if (rows !== undefined) engine.borrowU32(selected, rowCount).set(rows);
    const columnOf = (key: CountKey | undefined): [number, number, number] => countColumn(columns, key);
    return withCounts(engine, selected, rowCount, [...columnOf(first), ...columnOf(second)], (found) => {
      const shown = Math.min(limit, found.order.length);
      return Array.from({ length: shown }, (_, i): Count => {
        const group = found.order[i]!;
        const value = fieldValue(first, found.first[group]!, processNames);
        const count = found.counts[group]!;
        if (second === undefined) return { value, count };
        return { value: [value, fieldValue(second, found.second[group]!, processNames)], count };
      });
    });
  });
}

/** Address, bytes and shift of the column of a key; address 0 where all rows have the same value. */
function countColumn(columns: Columns, key: CountKey | undefined): [number, number, number] {
  if (key === undefined || !isStored(key.field)) return [0, 4, 0];
  const isAddress = key.field === 'local' || key.field === 'remote';
  const shift = isAddress ? ADDRESS_BITS - key.prefixBits : 0;
  return [columns.address(key.field), VALUE_BYTES[columnType(key.field)], shift];
}

interface Found {
  readonly first: Uint32Array;
  readonly second: Uint32Array;
  readonly counts: Uint32Array;
  /** Numbers of the groups, the most frequent first. */
  readonly order: Uint32Array;
}

/** Slots to begin with: the table stays in the first-level cache. Enough for most columns of most tables. */
const FIRST_SLOT_BITS = 10;

/** Counts with larger and larger hash tables until one is large enough, and lends what was found to `use`. */
function withCounts<Result>(
  engine: Engine,
  selected: number,
  rows: number,
  columns: readonly [number, number, number, number, number, number] | readonly number[],
  use: (found: Found) => Result,
): Result {
  for (let slotBits = FIRST_SLOT_BITS; ; slotBits += 3) {
    const slotBytes = engine.run((kernels) => kernels.COUNT_SLOT_BYTES.value);
    const result = engine.withBlocks([2 ** slotBits * slotBytes], ([slots]) => {
      const groups = engine.run((kernels) => {
        kernels.clearCounts(slots!, slotBits);
        const [first, firstBytes, firstShift, second, secondBytes, secondShift] = columns as number[];
        return kernels.countRows(
          selected,
          rows,
          first!,
          firstBytes!,
          firstShift!,
          second!,
          secondBytes!,
          secondShift!,
          slots!,
          slotBits,
        );
      });
      if (groups < 0) return undefined;
      return { value: useGroups(engine, slots!, slotBits, groups, use) };
    });
    if (result !== undefined) return result.value;
  }
}

function useGroups<Result>(
  engine: Engine,
  slots: number,
  slotBits: number,
  groups: number,
  use: (found: Found) => Result,
): Result {
  const bytes = groups * 4;
  return engine.withBlocks([bytes, bytes, bytes, bytes], ([first, second, counts, order]) => {
    engine.run((kernels) => kernels.collectCounts(slots, slotBits, first!, second!, counts!));
    const key = (address: number, descending: boolean) => ({ address, valueBytes: 4, descending });
    orderByColumns(engine, [key(counts!, true), key(first!, false), key(second!, false)], groups, order!);
    return use({
      first: engine.borrowU32(first!, groups),
      second: engine.borrowU32(second!, groups),
      counts: engine.borrowU32(counts!, groups),
      order: engine.borrowU32(order!, groups),
    });
  });
}

function fieldValue(
  { field, prefixBits }: CountKey,
  value: number,
  processNames: readonly string[],
): FieldValue {
  switch (field) {
    case 'local':
    case 'remote': {
      if (prefixBits === ADDRESS_BITS) return formatIPv4(value);
      return `${formatIPv4((value << (ADDRESS_BITS - prefixBits)) >>> 0)}/${prefixBits}`;
    }
    case 'process':
      return processNames[value] || null;
    case 'protocol':
    case 'family':
      return CONSTANT_FIELDS.get(field)!;
    default:
      return value;
  }
}
