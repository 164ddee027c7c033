import type { Engine } from '../engine/engine.js';
import type { Kernels } from '../engine/kernels.js';
import type { Interval } from './expression.js';

/** How the values of a column that is tested lie in memory. */
export type ValueType = 'u8' | 'u16' | 'u32';

/** One operation of assembly/select.ts. */
export type Operation =
  | {
      readonly kind: 'range';
      readonly column: number;
      readonly type: ValueType;
      /** Ascending and disjoint, at least one. */
      readonly intervals: readonly Interval[];
    }
  | { readonly kind: 'lookup'; readonly column: number; readonly table: Uint8Array }
  | { readonly kind: 'constant'; readonly holds: boolean }
  | { readonly kind: 'and' | 'or' | 'not' }
  /** How many of the next operations are passed over. */
  | { readonly kind: 'skip'; readonly count: number };

/** Adds a further test, which need not be done where what has been tested so far holds for no row. */
export function emitAnd(operations: Operation[], emitTest: () => void): void {
  const skip = operations.push({ kind: 'skip', count: 0 });
  emitTest();
  operations.push({ kind: 'and' });
  operations[skip - 1] = { kind: 'skip', count: operations.length - skip };
}

/** How many levels of the stack the program needs. */
export function stackDepth(operations: readonly Operation[]): number {
  let depth = 0;
  let most = 0;
  for (const { kind } of operations) {
    if (kind === 'and' || kind === 'or') depth--;
    else if (kind !== 'not' && kind !== 'skip') depth++;
    most = Math.max(most, depth);
  }
  return most;
}

const WORD_BYTES = 4;
const OPERATION_BYTES = 16;

/** Bytes of the operations, and behind them of the ranges and tables that they name. */
export function programBytes(operations: readonly Operation[]): number {
  return operations.reduce((sum, operation) => sum + OPERATION_BYTES + dataBytes(operation), 0);
}

function dataBytes(operation: Operation): number {
  switch (operation.kind) {
    case 'range':
      return operation.intervals.length * 2 * WORD_BYTES;
    case 'lookup':
      return Math.ceil(operation.table.length / WORD_BYTES) * WORD_BYTES;
    default:
      return 0;
  }
}

/** Writes the program as the kernel reads it to `address`, with room for programBytes. */
export function writeProgram(
  operations: readonly Operation[],
  engine: Engine,
  address: number,
  kernels: Kernels,
): void {
  const { bytes, words } = engine;
  let at = address / WORD_BYTES;
  let data = address + operations.length * OPERATION_BYTES;
  for (const operation of operations) {
    switch (operation.kind) {
      case 'range':
        words[at] = kernels[RANGE_OPERATIONS[operation.type]];
        words[at + 1] = operation.column;
        words[at + 2] = data;
        words[at + 3] = operation.intervals.length;
        writeIntervals(operation.intervals, words, data / WORD_BYTES);
        break;
      case 'lookup':
        words[at] = kernels.SELECT_LOOKUP;
        words[at + 1] = operation.column;
        words[at + 2] = data;
        words[at + 3] = operation.table.length;
        bytes.set(operation.table, data);
        break;
      case 'constant':
        words[at] = kernels.SELECT_CONSTANT;
        words[at + 1] = operation.holds ? 255 : 0;
        break;
      case 'skip':
        words[at] = kernels.SELECT_SKIP;
        words[at + 1] = operation.count;
        break;
      default:
        words[at] = kernels[COMBINATIONS[operation.kind]];
    }
    data += dataBytes(operation);
    at += OPERATION_BYTES / WORD_BYTES;
  }
}

function writeIntervals(intervals: readonly Interval[], words: Uint32Array, first: number): void {
  let at = first;
  for (const [low, high] of intervals) {
    words[at++] = low;
    words[at++] = high;
  }
}

const RANGE_OPERATIONS = {
  u8: 'SELECT_RANGE_U8',
  u16: 'SELECT_RANGE_U16',
  u32: 'SELECT_RANGE_U32',
} as const satisfies Record<ValueType, keyof Kernels>;

const COMBINATIONS = {
  and: 'SELECT_AND',
  or: 'SELECT_OR',
  not: 'SELECT_NOT',
} as const satisfies Record<string, keyof Kernels>;
