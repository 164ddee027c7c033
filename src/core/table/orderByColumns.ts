import type { Engine } from '../engine/engine.js';
import type { Kernels } from '../engine/kernels.js';
import { READABLE_BYTES_AFTER, VALUE_BYTES } from './columns.js';

/** A column to sort by, as the kernel sees it. */
export interface ColumnKey {
  readonly address: number;
  readonly valueBytes: number;
  readonly descending: boolean;
  /** The bits in which values differ, where that is known. */
  readonly varying?: number | undefined;
}

/** Keys of more bits than a connection of TCP over IPv4 has may need the rest of every row put together (assembly/order/rest.ts), which takes more memory. */
const NARROW_BITS = 96;

/** Writes the row numbers in the order of the keys to `order`: the most significant first, stably. */
export function orderByColumns(
  engine: Engine,
  keys: readonly ColumnKey[],
  rows: number,
  order: number,
): void {
  const mayBeWide = areWide(keys);
  const { keyBytes, scratchBytes } = roomFor(engine, keys, rows, mayBeWide);
  engine.withBlocks([keyBytes, scratchBytes], ([block, scratch]) => {
    writeOrder(engine, keys, rows, { order, block: block!, scratch: scratch!, mayBeWide });
  });
}

/**
 * The row numbers in the order of the keys, as a new array, or in one that has room for them. All memory is asked for at once, which small
 * tables notice.
 */
export function copyOrder(
  engine: Engine,
  keys: readonly ColumnKey[],
  rows: number,
  into?: Uint32Array,
): Uint32Array {
  if (into !== undefined && into.length < rows) {
    throw new RangeError(`the order of ${rows} rows has no room in an array of ${into.length} numbers`);
  }
  const mayBeWide = areWide(keys);
  const { keyBytes, scratchBytes } = roomFor(engine, keys, rows, mayBeWide);
  return engine.withBlocks([keyBytes, scratchBytes, rows * 4], ([block, scratch, order]) => {
    writeOrder(engine, keys, rows, { order: order!, block: block!, scratch: scratch!, mayBeWide });
    const numbers = engine.borrowU32(order!, rows);
    // Faster than `slice`, which small tables notice.
    if (into === undefined) return new Uint32Array(numbers);
    into.set(numbers);
    return into.subarray(0, rows);
  });
}

/** Of fewer rows, all are ordered as soon. */
const MIN_ROWS = 1 << 15;
/** Rows for each that is wanted: where there are fewer, all are ordered as soon. */
const ROWS_FOR_ONE = 256;

/** The first `wanted` row numbers of copyOrder, without ordering the others, where that is sooner. */
export function copyFirst(
  engine: Engine,
  keys: readonly ColumnKey[],
  rows: number,
  wanted: number,
): Uint32Array {
  const order = (): Uint32Array => copyOrder(engine, keys, rows).subarray(0, wanted);
  if (rows < MIN_ROWS || wanted * ROWS_FOR_ONE > rows) return order();
  const [keyBytes, room] = engine.run((kernels) => [
    2 * keys.length * kernels.KEY_BYTES,
    kernels.firstRoom(rows),
  ]);
  const first = engine.withBlocks([keyBytes, room * 4], ([block, list]) => {
    const found = engine.run((kernels) => {
      writeKeys(engine, kernels, keys, block!);
      return kernels.listFirst(block!, keys.length, rows, wanted, list!);
    });
    return found === 0 ? undefined : orderListed(engine, keys, list!, found).subarray(0, wanted);
  });
  return first ?? order();
}

/** Listed rows in the order of the keys, those that are equal in the order of the list. */
function orderListed(engine: Engine, keys: readonly ColumnKey[], list: number, count: number): Uint32Array {
  const valueBytes = VALUE_BYTES.u32;
  const columns = keys.map(() => count * valueBytes + READABLE_BYTES_AFTER);
  return engine.withBlocks(columns, (blocks) => {
    const gathered = keys.map((key, i): ColumnKey => {
      const address = blocks[i]!;
      engine.run((kernels) => kernels.gatherValues(list, count, key.address, key.valueBytes, 0, address));
      return { address, valueBytes, descending: key.descending };
    });
    const places = copyOrder(engine, gathered, count);
    const listed = engine.borrowU32(list, count);
    return places.map((place) => listed[place]!);
  });
}

function areWide(keys: readonly ColumnKey[]): boolean {
  let bits = 0;
  for (const { valueBytes } of keys) bits += 8 * valueBytes;
  return bits > NARROW_BITS;
}

/** Bytes of the keys, and of what the kernel needs beside them. */
function roomFor(
  engine: Engine,
  keys: readonly ColumnKey[],
  rows: number,
  mayBeWide: boolean,
): { readonly keyBytes: number; readonly scratchBytes: number } {
  return engine.run((kernels) => ({
    keyBytes: 2 * keys.length * kernels.KEY_BYTES,
    scratchBytes: kernels.orderScratchBytes(rows, mayBeWide) >>> 0,
  }));
}

interface OrderMemory {
  readonly order: number;
  readonly block: number;
  readonly scratch: number;
  readonly mayBeWide: boolean;
}

function writeOrder(
  engine: Engine,
  keys: readonly ColumnKey[],
  rows: number,
  { order, block, scratch, mayBeWide }: OrderMemory,
): void {
  engine.run((kernels) => {
    writeKeys(engine, kernels, keys, block);
    kernels.orderRows(block, keys.length, rows, order, scratch, mayBeWide);
  });
}

function writeKeys({ words }: Engine, kernels: Kernels, keys: readonly ColumnKey[], block: number): void {
  const keyWords = kernels.KEY_BYTES / 4;
  let at = block / 4;
  for (const { address, valueBytes, descending, varying } of keys) {
    // assembly/order/keys.ts; the kernel fills in the rest.
    words[at] = address;
    words[at + 1] = valueBytes;
    words[at + 2] = descending ? 0xffffffff : 0;
    words[at + 3] = varying === undefined ? 0 : 1;
    words[at + 4] = varying ?? 0;
    at += keyWords;
  }
}
