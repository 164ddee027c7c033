import type { RawRows } from './rawRows.js';

const NONE = -1;

/**
 * For each row of a table, the row of an earlier one that has the same connection, or −1. Every earlier row is taken once; where
 * several have the same ends (workers that share a listener), the first that is left.
 *
 * Tables of one machine are mostly the same rows in the same order, so the row behind the last pair is tried first.
 */
export function pairRows(earlier: RawRows, later: RawRows): Int32Array {
  const pairs = new Int32Array(later.count).fill(NONE);
  const taken = new Uint8Array(earlier.count);
  let index: RowIndex | undefined;
  let next = 0;
  for (let row = 0; row < later.count; row++) {
    let pair = next;
    if (pair >= earlier.count || taken[pair] === 1 || !sameKey(earlier, pair, later, row)) {
      index ??= new RowIndex(earlier);
      pair = index.find(later, row, taken);
      if (pair === NONE) continue;
    }
    pairs[row] = pair;
    taken[pair] = 1;
    next = pair + 1;
  }
  return pairs;
}

/** Whether two rows of one class have the same ends. */
function sameKey(a: RawRows, rowA: number, b: RawRows, rowB: number): boolean {
  const [fromA, fromB] = [a.firstWord + rowA * a.rowWords, b.firstWord + rowB * b.rowWords];
  for (let i = 0; i < a.key.length; i++) {
    const { word, mask } = a.key[i]!;
    if (((a.words[fromA + word]! ^ b.words[fromB + word]!) & mask) !== 0) return false;
  }
  return true;
}

/** The rows of a table by their ends: a hash table of row numbers, where equal ends stand in the order of their rows. */
class RowIndex {
  readonly #rows: RawRows;
  /** Row number + 1; 0 is free. At least half are free. */
  readonly #slots: Int32Array;
  readonly #mask: number;

  constructor(rows: RawRows) {
    this.#rows = rows;
    const size = 2 ** Math.ceil(Math.log2(Math.max(1, rows.count) * 2));
    this.#slots = new Int32Array(size);
    this.#mask = size - 1;
    for (let row = 0; row < rows.count; row++) {
      let slot = hashKey(rows, row) & this.#mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & this.#mask;
      this.#slots[slot] = row + 1;
    }
  }

  /** The first row with the same ends that is not taken. */
  find(rows: RawRows, row: number, taken: Uint8Array): number {
    let slot = hashKey(rows, row) & this.#mask;
    for (; this.#slots[slot] !== 0; slot = (slot + 1) & this.#mask) {
      const found = this.#slots[slot]! - 1;
      if (taken[found] === 0 && sameKey(this.#rows, found, rows, row)) return found;
    }
    return NONE;
  }
}

function hashKey({ words, firstWord, rowWords, key }: RawRows, row: number): number {
  const from = firstWord + row * rowWords;
  let hash = 0;
  for (let i = 0; i < key.length; i++) {
    const { word, mask } = key[i]!;
    hash = Math.imul(hash ^ (words[from + word]! & mask), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return hash;
}
