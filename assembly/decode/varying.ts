// Rows to columns of wide tables: mostly addresses, and these mostly begin alike. Words that are the same in all rows of a window are left
// out, and what varies in the whole table is known in the end.

import { decodeAndLook } from './look';
import { PLAN_WORDS, wordsOf } from './plan';

/**
 * Rows that are decoded for one group after the other: they, and what is written of them, stay in the first-level cache. More take longer:
 * memory keeps up with some columns, then waits while others are written.
 */
const BLOCK_ROWS: u32 = 128;

// What is known of each word of the plan, as it stands in the rows: what the first row of the table has, and the bits in which any other
// differs from it. Then the bits in which rows of this window differ, and words of which some bit is set if they are decoded in this window.
const VARYING: usize = <usize>PLAN_WORDS * 4;
const IN_WINDOW: usize = 2 * VARYING;
const DECODED: usize = 3 * VARYING;
const seen = memory.data(4 * 128, 16);

/** The first words of the table, and behind them, for as many as any plan has, the bits that vary. */
export function seenAddress(): usize {
  return seen;
}

/**
 * As decodeWindow, but leaves out words that are the same in all of these rows, and returns which of the plan's these are, a bit for each
 * from the lowest on. `isFirst`: this is the first window of a table.
 *
 * Words that vary in one window mostly vary in the next, so these are decoded as rows are looked at. What turns out to vary as well is
 * decoded so far, and from then on with the others: of a table's first window, that is nearly all of it.
 */
export function decodeVarying(count: u32, rowBytes: u32, groups: u32, firstRow: u32, isFirst: bool): u32 {
  if (isFirst) memory.fill(seen + DECODED, 0, VARYING);
  else memory.copy(seen + DECODED, seen + IN_WINDOW, VARYING);
  memory.fill(seen + IN_WINDOW, 0, VARYING);
  for (let row: u32 = 0; row < count; row += BLOCK_ROWS) {
    const rows = min(BLOCK_ROWS, count - row);
    for (let group: u32 = 0; group < groups; group++) decodeBlock(group, row, rows, rowBytes, firstRow);
  }
  let constant: u32 = 0;
  for (let group: u32 = 0; group < groups; group++) {
    constant |= (~areNotZero(DECODED, group) & 15) << (4 * group);
    noteGroup(group, isFirst);
  }
  return constant;
}

function decodeBlock(group: u32, row: u32, rows: u32, rowBytes: u32, firstRow: u32): void {
  const decoded = areNotZero(DECODED, group);
  const inWindow = seenOf(IN_WINDOW, group);
  decodeAndLook(group, row, rows, rowBytes, firstRow, decoded, inWindow);
  const missed = areNotZero(IN_WINDOW, group) & ~decoded;
  if (missed == 0) return;
  decodeAndLook(group, 0, row + rows, rowBytes, firstRow, missed, inWindow);
  const known = seenOf(DECODED, group);
  v128.store(known, v128.or(v128.load(known), v128.load(inWindow)));
}

/** What is known of the four words of a group. */
function seenOf(what: usize, group: u32): usize {
  return seen + what + ((<usize>group) << 4);
}

function areNotZero(what: usize, group: u32): u32 {
  return <u32>i32x4.bitmask(i32x4.ne(v128.load(seenOf(what, group)), i32x4.splat(0)));
}

/** Adds what was seen in this window to what was seen in those before. */
function noteGroup(group: u32, isFirst: bool): void {
  const first = seenOf(0, group);
  const words = v128.load(wordsOf(group));
  const inWindow = v128.load(first + IN_WINDOW);
  if (isFirst) {
    v128.store(first, words);
    v128.store(first + VARYING, inWindow);
  } else {
    const fromFirst = v128.or(inWindow, v128.xor(words, v128.load(first)));
    v128.store(first + VARYING, v128.or(v128.load(first + VARYING), fromFirst));
  }
}
