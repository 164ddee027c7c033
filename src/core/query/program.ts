import type { Kernels } from '../engine/kernels.js';
import { columnType, isStored, type Columns } from '../table/columns.js';
import { STATE_LISTEN } from '../table/names.js';
import { unite, type Expression, type Interval, type NumberField } from './expression.js';

/** One operation of assembly/select.ts. A lookup's table is named by its number until it has an address. */
export type Operation =
  | {
      readonly kind: 'range';
      readonly column: number;
      readonly type: 'u16' | 'u32';
      readonly interval: Interval;
    }
  | { readonly kind: 'lookup'; readonly column: number; readonly table: Uint8Array }
  | { readonly kind: 'constant'; readonly holds: boolean }
  | { readonly kind: 'and' | 'or' | 'not' };

/** More intervals than this are looked up: a byte for each name costs less than a pass for each interval. */
const MAX_RANGES = 4;

/** Turns an expression into a program in postfix order, for the columns of one table. */
export function compile(
  expression: Expression,
  columns: Columns,
  processNames: readonly string[],
  constants: ReadonlyMap<string, number>,
): Operation[] {
  const operations: Operation[] = [];

  function emit(node: Expression): void {
    switch (node.kind) {
      case 'and':
      case 'or':
        node.terms.forEach((term, i) => {
          emit(term);
          if (i > 0) operations.push({ kind: node.kind });
        });
        return;
      case 'not':
        emit(node.term);
        operations.push({ kind: 'not' });
        return;
      case 'process':
        return emitNames(node.patterns);
      case 'values':
        return emitValues(node.field, node.intervals);
    }
  }

  function emitValues(field: NumberField, intervals: readonly Interval[]): void {
    if (!isStored(field)) {
      const value = constants.get(field)!;
      operations.push({
        kind: 'constant',
        holds: intervals.some(([low, high]) => low <= value && value <= high),
      });
      return;
    }
    emitRanges(columns.address(field), columnType(field), intervals);
    if (field !== 'remote' && field !== 'rport') return;
    // The remote end of a listener has no meaning: whatever its bytes are, they match nothing.
    emitRanges(columns.address('state'), 'u32', [[STATE_LISTEN, STATE_LISTEN]]);
    operations.push({ kind: 'not' }, { kind: 'and' });
  }

  function emitRanges(column: number, type: 'u16' | 'u32', intervals: readonly Interval[]): void {
    if (intervals.length === 0) operations.push({ kind: 'constant', holds: false });
    intervals.forEach((interval, i) => {
      operations.push({ kind: 'range', column, type, interval });
      if (i > 0) operations.push({ kind: 'or' });
    });
  }

  function emitNames(patterns: readonly string[]): void {
    const matchers = patterns.map(nameMatcher);
    const column = columns.address('process');
    const matching = processNames.map((name) => matchers.some((matches) => matches(name)));
    const intervals = unite(matching.flatMap((matches, i) => (matches ? [[i, i] as const] : [])));
    if (intervals.length <= MAX_RANGES) return emitRanges(column, 'u32', intervals);
    operations.push({ kind: 'lookup', column, table: Uint8Array.from(matching, Number) });
  }

  emit(expression);
  return operations;
}

/** `*` stands for any text; letter case does not matter. A row without a process matches only what is empty or `*`. */
function nameMatcher(pattern: string): (name: string) => boolean {
  const parts = pattern.toLowerCase().split('*');
  const [first, ...rest] = parts as [string, ...string[]];
  const last = rest.pop();
  return (name) => {
    const text = name.toLowerCase();
    if (last === undefined) return text === first;
    if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last))
      return false;
    let at = first.length;
    const end = text.length - last.length;
    for (const part of rest) {
      const found = text.indexOf(part, at);
      if (found === -1 || found + part.length > end) return false;
      at = found + part.length;
    }
    return true;
  };
}

/** How many levels of the stack the program needs. */
export function stackDepth(operations: readonly Operation[]): number {
  let depth = 0;
  let most = 0;
  for (const { kind } of operations) {
    if (kind === 'and' || kind === 'or') depth--;
    else if (kind !== 'not') depth++;
    most = Math.max(most, depth);
  }
  return most;
}

/** The program as the kernel reads it; lookup tables have been placed at `tableAddresses`, in the order of their operations. */
export function encodeProgram(
  operations: readonly Operation[],
  tableAddresses: readonly number[],
  kernels: Kernels,
): Uint32Array {
  let tables = 0;
  return Uint32Array.from(
    operations.flatMap((operation) => {
      switch (operation.kind) {
        case 'range': {
          const code = operation.type === 'u16' ? kernels.SELECT_RANGE_U16 : kernels.SELECT_RANGE_U32;
          return [code.value, operation.column, ...operation.interval];
        }
        case 'lookup':
          return [
            kernels.SELECT_LOOKUP.value,
            operation.column,
            tableAddresses[tables++]!,
            operation.table.length,
          ];
        case 'constant':
          return [kernels.SELECT_CONSTANT.value, operation.holds ? 255 : 0, 0, 0];
        case 'and':
          return [kernels.SELECT_AND.value, 0, 0, 0];
        case 'or':
          return [kernels.SELECT_OR.value, 0, 0, 0];
        case 'not':
          return [kernels.SELECT_NOT.value, 0, 0, 0];
      }
    }),
  );
}
