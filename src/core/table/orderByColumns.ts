import type { Engine } from '../engine/engine.js';

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
  engine.run((kernels) => {
    const keyBytes = kernels.KEY_BYTES;
    const mayBeWide = keys.reduce((bits, key) => bits + 8 * key.valueBytes, 0) > NARROW_BITS;
    const scratchBytes = kernels.orderScratchBytes(rows, mayBeWide) >>> 0;
    engine.withBlocks([2 * keys.length * keyBytes, scratchBytes], ([block, scratch]) => {
      let at = block! / 4;
      for (const { address, valueBytes, descending, varying } of keys) {
        // assembly/order/keys.ts; the kernel fills in the rest.
        engine.words[at] = address;
        engine.words[at + 1] = valueBytes;
        engine.words[at + 2] = descending ? 0xffffffff : 0;
        engine.words[at + 3] = varying === undefined ? 0 : 1;
        engine.words[at + 4] = varying ?? 0;
        at += keyBytes / 4;
      }
      kernels.orderRows(block!, keys.length, rows, order, scratch!, mayBeWide);
    });
  });
}
