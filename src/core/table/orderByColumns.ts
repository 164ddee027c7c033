import type { Engine } from '../engine/engine.js';

/** A column to sort by, as the kernel sees it. */
export interface ColumnKey {
  readonly address: number;
  readonly valueBytes: number;
  readonly descending: boolean;
}

/** Writes the row numbers in the order of the keys to `order`: the most significant first, stably. */
export function orderByColumns(
  engine: Engine,
  keys: readonly ColumnKey[],
  rows: number,
  order: number,
): void {
  engine.run((kernels) => {
    const keyBytes = kernels.KEY_BYTES;
    const scratchBytes = kernels.orderScratchBytes(rows) >>> 0;
    engine.withBlocks([keys.length * keyBytes, scratchBytes], ([block, scratch]) => {
      let at = block! / 4;
      for (const { address, valueBytes, descending } of keys) {
        // assembly/order/keys.ts; the kernel fills in the rest.
        engine.words[at] = address;
        engine.words[at + 1] = valueBytes;
        engine.words[at + 2] = descending ? 0xffffffff : 0;
        engine.words[at + 3] = 0;
        at += keyBytes / 4;
      }
      kernels.orderRows(block!, keys.length, rows, order, scratch!);
    });
  });
}
