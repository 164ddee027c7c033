// Two tables of one machine are mostly the same rows in nearly the same places. One walk through both at once pairs these, as long as
// they are equal in everything that is compared; what remains are the rows to look at more closely.
//
//   before   a b c d e f g h i         paired: a–a b–b d–d e–e f–f h–h i–i
//   after    a b X d e f h i           remain: c, g of the table before, X of the table after

import { furtherColumn, haveSameKey, push, Side, u16At, u32At } from './side';

/** How far ahead on one side the partner of a row on the other is looked for. */
const AHEAD: u32 = 8;
/** Rows without a partner, beyond a quarter of all, after which the walk is given up. */
const PATIENCE: u32 = 1024;
/** The tables are not in nearly the same order. */
export const DIFF_GAVE_UP: u32 = 0xffffffff;

/**
 * Writes the numbers of the rows that remain, ascending, to two lists that have room for all rows. Paired rows are in the same
 * order on both sides. Returns how many of the table before remain, or DIFF_GAVE_UP; of the table after, it is as many
 * as are left when as many as that are paired.
 */
export function findUnpaired(before: usize, after: usize, listBefore: usize, listAfter: usize): u32 {
  const a = changetype<Side>(before);
  const b = changetype<Side>(after);
  let restA = listBefore;
  let restB = listAfter;
  let i: u32 = 0;
  let j: u32 = 0;
  let lost: u32 = 0;
  while (i < a.rows && j < b.rows) {
    const equal = equalRows(a, i, b, j);
    i += equal;
    j += equal;
    if (equal == ROWS_AT_ONCE || i == a.rows || j == b.rows) continue;
    const ahead = findAhead(a, i, b, j);
    if (ahead > 0) {
      for (const end = i + <u32>ahead; i < end; i++) restA = push(restA, i);
    } else if (ahead < 0) {
      for (const end = j + <u32>-ahead; j < end; j++) restB = push(restB, j);
    } else {
      restA = push(restA, i++);
      restB = push(restB, j++);
      if (++lost > PATIENCE + (i >> 2)) return DIFF_GAVE_UP;
    }
  }
  for (; i < a.rows; i++) restA = push(restA, i);
  for (; j < b.rows; j++) restB = push(restB, j);
  return <u32>((restA - listBefore) >> 2);
}

/** So many rows are compared at once: of each column half of what a cache fetches, since few of many columns' lines stay there until the next rows. */
export const ROWS_AT_ONCE: u32 = 8;

/** How many of the next ROWS_AT_ONCE rows, up to the first that differs, are equal in key, pid and state. Near the end, of the next one. */
export function equalRows(a: Side, i: u32, b: Side, j: u32): u32 {
  if (i + ROWS_AT_ONCE > a.rows || j + ROWS_AT_ONCE > b.rows) return u32(isEqual(a, i, b, j));
  let equal = equalEightU16(a.localPort, i, b.localPort, j);
  equal = v128.and(equal, equalEightU16(a.remotePort, i, b.remotePort, j));
  equal = v128.and(equal, equalEightU32(a.remote, i, b.remote, j));
  equal = v128.and(equal, equalEightU32(a.local, i, b.local, j));
  equal = v128.and(equal, equalEightU32(a.state, i, b.state, j));
  equal = v128.and(equal, equalEightU32(a.pid, i, b.pid, j));
  for (let further: u32 = 0; further < a.furtherCount; further++) {
    equal = v128.and(equal, equalEightU32(furtherColumn(a, further), i, furtherColumn(b, further), j));
  }
  return <u32>ctz(~i16x8.bitmask(equal));
}

function equalEightU32(a: usize, i: u32, b: usize, j: u32): v128 {
  const atA = a + ((<usize>i) << 2);
  const atB = b + ((<usize>j) << 2);
  const low = i32x4.eq(v128.load(atA), v128.load(atB));
  const high = i32x4.eq(v128.load(atA, 16), v128.load(atB, 16));
  return i16x8.narrow_i32x4_s(low, high);
}

function equalEightU16(a: usize, i: u32, b: usize, j: u32): v128 {
  return i16x8.eq(v128.load(a + ((<usize>i) << 1)), v128.load(b + ((<usize>j) << 1)));
}

function isEqual(a: Side, i: u32, b: Side, j: u32): bool {
  return (
    u32At(a.remote, i) == u32At(b.remote, j) &&
    u32At(a.local, i) == u32At(b.local, j) &&
    u32At(a.state, i) == u32At(b.state, j) &&
    u32At(a.pid, i) == u32At(b.pid, j) &&
    u16At(a.localPort, i) == u16At(b.localPort, j) &&
    u16At(a.remotePort, i) == u16At(b.remotePort, j) &&
    areFurtherEqual(a, i, b, j)
  );
}

function areFurtherEqual(a: Side, i: u32, b: Side, j: u32): bool {
  for (let further: u32 = 0; further < a.furtherCount; further++) {
    if (u32At(furtherColumn(a, further), i) != u32At(furtherColumn(b, further), j)) return false;
  }
  return true;
}

/** How many rows of the table before (positive) or after (negative) to pass over until rows are the same again; 0: one of each. */
function findAhead(a: Side, i: u32, b: Side, j: u32): i32 {
  if (haveSameKey(a, i, b, j)) return 0;
  if (i + 1 < a.rows && j + 1 < b.rows && isEqual(a, i + 1, b, j + 1)) return 0;
  for (let ahead: u32 = 1; ahead <= AHEAD; ahead++) {
    if (i + ahead < a.rows && isEqual(a, i + ahead, b, j)) return <i32>ahead;
    if (j + ahead < b.rows && isEqual(a, i, b, j + ahead)) return -(<i32>ahead);
  }
  return 0;
}
