// Rows to columns, all words of them.

import { Word, WORD_ADDRESS, WORD_NUMBER, WORD_PORT, wordAt, wordsOf } from './plan';

/**
 * Decodes `count` rows of `rowBytes` bytes in the window into columns, by a plan of `groups` groups. The values of these rows are
 * those from number `firstRow` on.
 */
export function decodeWindow(count: u32, rowBytes: u32, groups: u32, firstRow: u32): void {
  for (let group: u32 = 0; group < groups; group++) {
    const fours = count & ~3;
    decodeFours(group, fours, rowBytes, firstRow);
    decodeRest(group, fours, count - fours, rowBytes, firstRow);
  }
}

/** Rows that are too few to be taken together, from number `row` of the window on. */
export function decodeRest(group: u32, row: u32, count: u32, rowBytes: u32, firstRow: u32): void {
  const first = wordsOf(group);
  for (const end = row + count; row < end; row++) {
    const words = first + <usize>row * rowBytes;
    for (let word: u32 = 0; word < 4; word++) {
      decodeWord(load<u32>(words + ((<usize>word) << 2)), firstRow + row, wordAt(group, word));
    }
  }
}

function decodeWord(value: u32, row: u32, word: Word): void {
  const u32s = word.column + ((<usize>row) << 2);
  switch (word.kind) {
    case WORD_NUMBER:
      store<u32>(u32s, value);
      return;
    case WORD_ADDRESS:
      store<u32>(u32s, bswap<u32>(value));
      return;
    case WORD_PORT:
      store<u16>(word.column + ((<usize>row) << 1), bswap<u16>(<u16>value));
  }
}

/**
 * Takes four rows at a time. A load each takes the group's words; transposed, they are columns:
 *
 *     s0 l0 p0 r0        s0 s1 s2 s3   states
 *     s1 l1 p1 r1   →    l0 l1 l2 l3   local addresses, bytes reversed in each lane
 *     s2 l2 p2 r2        p0 p1 p2 p3   local ports, two bytes of each lane
 *     s3 l3 p3 r3        r0 r1 r2 r3   remote addresses
 */
function decodeFours(group: u32, rows: u32, rowBytes: u32, firstRow: u32): void {
  // Held in variables: that stores do not change them, no compiler can see.
  const kind0 = wordAt(group, 0).kind;
  const kind1 = wordAt(group, 1).kind;
  const kind2 = wordAt(group, 2).kind;
  const kind3 = wordAt(group, 3).kind;
  const column0 = wordAt(group, 0).column;
  const column1 = wordAt(group, 1).column;
  const column2 = wordAt(group, 2).column;
  const column3 = wordAt(group, 3).column;
  const stride = <usize>rowBytes;
  let at = wordsOf(group);
  for (let row = <usize>firstRow, end = row + <usize>rows; row < end; row += 4) {
    const a = v128.load(at);
    const b = v128.load(at + stride);
    const c = v128.load(at + 2 * stride);
    const d = v128.load(at + 3 * stride);
    const lowAB = v128.shuffle<u32>(a, b, 0, 4, 1, 5);
    const lowCD = v128.shuffle<u32>(c, d, 0, 4, 1, 5);
    const highAB = v128.shuffle<u32>(a, b, 2, 6, 3, 7);
    const highCD = v128.shuffle<u32>(c, d, 2, 6, 3, 7);
    storeFour(kind0, column0, row, v128.shuffle<u64>(lowAB, lowCD, 0, 2));
    storeFour(kind1, column1, row, v128.shuffle<u64>(lowAB, lowCD, 1, 3));
    storeFour(kind2, column2, row, v128.shuffle<u64>(highAB, highCD, 0, 2));
    storeFour(kind3, column3, row, v128.shuffle<u64>(highAB, highCD, 1, 3));
    at += 4 * stride;
  }
}

function storeFour(kind: u32, column: usize, row: usize, values: v128): void {
  const swapped = i8x16(3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
  const ports = i8x16(1, 0, 5, 4, 9, 8, 13, 12, -1, -1, -1, -1, -1, -1, -1, -1);
  if (kind == WORD_ADDRESS) v128.store(column + (row << 2), v128.swizzle(values, swapped));
  else if (kind == WORD_NUMBER) v128.store(column + (row << 2), values);
  else if (kind == WORD_PORT) v128.store_lane<u64>(column + (row << 1), v128.swizzle(values, ports), 0);
}
