import { firstFileTime } from '../fileTime.js';
import { columnType, type Columns } from '../table/columns.js';
import {
  ADDRESS_COLUMNS,
  CONSTANT_FIELDS,
  FAMILY_NUMBERS,
  isAddedField,
  NO_VALUE,
  PROTOCOL_NUMBERS,
  type AddressField,
  type Field,
  type StoredField,
} from '../table/fields.js';
import { STATE_LISTEN } from '../table/names.js';
import { NO_SMALL_VALUE, smallValues } from '../table/smallValues.js';
import type { TableData } from '../table/tableData.js';
import { FIRST_TIME, LAST_TIME } from './values.js';
import { emitWideRange } from './wideRange.js';
import { unite, type Expression, type Interval, type NameField, type NumberField } from './expression.js';
import { emitAnd, type Operation, type ValueType } from './operations.js';
import { nameMatcher, type NamePattern } from './namePattern.js';

/** More intervals of names than this are looked up: a byte for each name costs less than a pass for each interval. */
const MAX_NAME_RANGES = 4;

/** Turns an expression into a program in postfix order, for the columns of one table. */
export function compile(expression: Expression, data: TableData): Operation[] {
  const { columns, added, processNames } = data;
  const operations: Operation[] = [];

  /** `noListeners`: what is said of listeners does not matter, since something else makes the whole false for them. */
  function emit(node: Expression, noListeners: boolean): void {
    switch (node.kind) {
      case 'and':
        return emitAll(node.terms, noListeners);
      case 'or':
        node.terms.forEach((term, i) => {
          emit(term, noListeners);
          if (i > 0) operations.push({ kind: 'or' });
        });
        return;
      case 'not':
        emit(node.term, noListeners);
        operations.push({ kind: 'not' });
        return;
      case 'names':
        return emitNames(node.field, node.patterns);
      case 'addresses':
        emitAddresses(node);
        if (!noListeners && isOfRemoteEnd(node)) excludeListeners();
        return;
      case 'values':
        emitValues(node.field, node.intervals);
        if (!noListeners && isOfRemoteEnd(node)) excludeListeners();
    }
  }

  /** A conjunction excludes listeners once, or not at all where one of its terms does. */
  function emitAll(terms: readonly Expression[], noListeners: boolean): void {
    const areExcluded = noListeners || terms.some(isFalseForListeners);
    const mustExclude = !areExcluded && terms.some(isOfRemoteEnd);
    terms.forEach((term, i) => {
      const emitTerm = (): void => emit(term, areExcluded || mustExclude);
      if (i === 0) emitTerm();
      else emitAnd(operations, emitTerm);
    });
    if (mustExclude) excludeListeners();
  }

  /** The remote end of a listener has no meaning: whatever its bytes are, they match nothing. UDP has no remote ends. */
  function excludeListeners(): void {
    emitAnd(operations, () => {
      emitRange('state', STATE_LISTEN, STATE_LISTEN);
      operations.push({ kind: 'not' });
    });
    if (!columns.isWide) return;
    emitAnd(operations, () => emitRange('protocol', PROTOCOL_NUMBERS.TCP, PROTOCOL_NUMBERS.TCP));
  }

  function emitValues(field: NumberField, intervals: readonly Interval[]): void {
    if (field === 'created') return emitTimes(intervals);
    if (isAddedField(field)) {
      const column = added.address(field);
      // What has no value satisfies no comparison.
      return emitRanges(column ?? 0, 'u32', column === undefined ? [] : intervals.flatMap(withoutNone));
    }
    if (!columns.has(field)) return emitConstant(CONSTANT_FIELDS.get(field)!, intervals);
    const canBeNone = columns.isWide && (field === 'state' || field === 'offload');
    const known = canBeNone ? intervals.flatMap(withoutNone) : intervals;
    emitColumn(field, known);
  }

  function emitAddresses({ field, ipv4, ipv6 }: AddressNode): void {
    emitColumn(field, ipv4);
    if (!columns.isWide) return;
    emitAnd(operations, () => emitRange('family', FAMILY_NUMBERS.IPv4, FAMILY_NUMBERS.IPv4));
    for (const range of ipv6) {
      emitWideRange(columnsOfAddress(columns, field), range, operations);
      emitAnd(operations, () => emitRange('family', FAMILY_NUMBERS.IPv6, FAMILY_NUMBERS.IPv6));
      const { scope } = range;
      if (scope !== undefined) {
        emitAnd(operations, () => emitRange(ADDRESS_COLUMNS[field].scope, scope, scope));
      }
      operations.push({ kind: 'or' });
    }
  }

  function emitRange(field: StoredField, low: number, high: number): void {
    emitColumn(field, [[low, high]]);
  }

  /** What is known to be the same in all rows is not looked at in any. */
  function emitColumn(field: StoredField, intervals: readonly Interval[]): void {
    const value = columns.constantOf(field);
    if (value !== undefined) return emitConstant(value, intervals);
    const areSmall = intervals.every(([, high]) => high < NO_SMALL_VALUE);
    const bytes = areSmall ? smallValues(data, field) : undefined;
    if (bytes === undefined) emitRanges(columns.address(field), columnType(field), intervals);
    else emitRanges(bytes, 'u8', intervals);
  }

  function emitConstant(value: number, intervals: readonly Interval[]): void {
    const holds = intervals.some(([low, high]) => low <= value && value <= high);
    operations.push({ kind: 'constant', holds });
  }

  function emitRanges(column: number, type: ValueType, intervals: readonly Interval[]): void {
    if (intervals.length === 0) operations.push({ kind: 'constant', holds: false });
    else operations.push({ kind: 'range', column, type, intervals });
  }

  /** A time that is not known is 0, and satisfies no comparison. */
  function emitTimes(intervals: readonly Interval[]): void {
    const created = added.created();
    operations.push({ kind: 'constant', holds: false });
    if (created === undefined) return;
    for (const [from, to] of intervals) {
      const low = from === FIRST_TIME ? 1n : firstFileTime(from);
      const high = to === LAST_TIME ? LAST_FILE_TIME : firstFileTime(to + 1) - 1n;
      emitWideRange(created, { low: low < 1n ? 1n : low, high }, operations);
      operations.push({ kind: 'or' });
    }
  }

  function emitNames(field: NameField, patterns: readonly NamePattern[]): void {
    const names = field === 'process' ? processNames : added.namesOf(field);
    const column = field === 'process' ? columns.address(field) : (added.address(field) ?? 0);
    const matching = names.map(nameMatcher(patterns));
    // Without a module in the whole snapshot, all rows have the empty name.
    if (column === 0) {
      operations.push({ kind: 'constant', holds: matching[0]! });
      return;
    }
    const intervals = unite(matching.flatMap((matches, i) => (matches ? [[i, i] as const] : [])));
    if (intervals.length <= MAX_NAME_RANGES) return emitRanges(column, 'u32', intervals);
    operations.push({ kind: 'lookup', column, table: Uint8Array.from(matching, Number) });
  }

  emit(expression, false);
  return operations;
}

const LAST_FILE_TIME = 0xffff_ffff_ffff_ffffn;

type AddressNode = Extract<Expression, { kind: 'addresses' }>;

function columnsOfAddress(columns: Columns, field: AddressField): number[] {
  return ADDRESS_COLUMNS[field].words.map((word) => columns.address(word));
}

function withoutNone([low, high]: Interval): Interval[] {
  return low === NO_VALUE ? [] : [[low, Math.min(high, NO_VALUE - 1)]];
}

function isOfRemoteEnd(node: Expression): boolean {
  return (node.kind === 'addresses' || node.kind === 'values') && REMOTE_FIELDS.includes(node.field);
}

const REMOTE_FIELDS: readonly Field[] = ['remote', 'rport', 'rporthigh'];

function isFalseForListeners(node: Expression): boolean {
  if (node.kind !== 'values' || node.field !== 'state') return false;
  return node.intervals.every(([low, high]) => STATE_LISTEN < low || high < STATE_LISTEN);
}
