// The loop that decodes rows of wide tables and looks at them on the way. What takes time there is the number of instructions, and
// writing to many columns: so it takes eight rows at a time, and is compiled for the sequences of kinds that most rows have, in which
// all that depends on kinds is constant.

import { WORD_ADDRESS, WORD_PORT, WORD_SKIPPED, wordAt, wordsOf } from './plan';
import { decodeRest } from './window';

// The kinds of a group's words, two bits for each, those of the first word the lowest.
const ADDRESSES: u32 = 0b10_10_10_10;
const NUMBER_PORT_ADDRESSES: u32 = 0b10_10_11_01;
const ADDRESSES_NUMBER_PORT: u32 = 0b11_01_10_10;
const NUMBERS: u32 = 0b01_01_01_01;
const NUMBER_PORT_NUMBERS: u32 = 0b01_01_11_01;
const NUMBER_ADDRESS_PORT_ADDRESS: u32 = 0b10_11_10_01;

/**
 * Decodes those words of a group that are `wanted`, a bit for each, in `count` rows of the window from number `row` on. Adds to the four
 * words at `varying` the bits in which any row's differ from those of the window's first row; what stands behind a port may be among them.
 */
export function decodeAndLook(
  group: u32,
  row: u32,
  count: u32,
  rowBytes: u32,
  firstRow: u32,
  wanted: u32,
  varying: usize,
): void {
  let kinds: u32 = 0;
  for (let word: u32 = 0; word < 4; word++) {
    const kind = wordAt(group, word).kind;
    kinds |= kind << (2 * word);
    // There is no column to write to.
    if (kind == WORD_SKIPPED) wanted &= ~(1 << word);
  }
  const rest = count & 7;
  count -= rest;
  if (count > 0) decodeEights(kinds, group, row, count, rowBytes, firstRow, wanted, varying);
  if (rest == 0) return;
  lookAtRest(group, row + count, rest, rowBytes, varying);
  decodeRest(group, row + count, rest, rowBytes, firstRow);
}

/** Of a multiple of eight rows, and not of none. */
function decodeEights(
  kinds: u32,
  group: u32,
  row: u32,
  count: u32,
  rowBytes: u32,
  firstRow: u32,
  wanted: u32,
  varying: usize,
): void {
  if (areLike(kinds, ADDRESSES)) {
    Eights.decode(ADDRESSES, group, row, count, rowBytes, firstRow, wanted, varying);
  } else if (areLike(kinds, NUMBER_PORT_ADDRESSES)) {
    Eights.decode(NUMBER_PORT_ADDRESSES, group, row, count, rowBytes, firstRow, wanted, varying);
  } else if (areLike(kinds, ADDRESSES_NUMBER_PORT)) {
    Eights.decode(ADDRESSES_NUMBER_PORT, group, row, count, rowBytes, firstRow, wanted, varying);
  } else if (areLike(kinds, NUMBERS)) {
    Eights.decode(NUMBERS, group, row, count, rowBytes, firstRow, wanted, varying);
  } else if (areLike(kinds, NUMBER_PORT_NUMBERS)) {
    Eights.decode(NUMBER_PORT_NUMBERS, group, row, count, rowBytes, firstRow, wanted, varying);
  } else if (areLike(kinds, NUMBER_ADDRESS_PORT_ADDRESS)) {
    Eights.decode(NUMBER_ADDRESS_PORT_ADDRESS, group, row, count, rowBytes, firstRow, wanted, varying);
  } else {
    Eights.decode(kinds, group, row, count, rowBytes, firstRow, wanted, varying);
  }
}

/** Whether words are of the kinds of a sequence, but for those that are skipped. */
function areLike(kinds: u32, sequence: u32): bool {
  const known = (kinds | (kinds >> 1)) & 0b01_01_01_01;
  return ((kinds ^ sequence) & (known * 3)) == 0;
}

function lookAtRest(group: u32, row: u32, count: u32, rowBytes: u32, varying: usize): void {
  const first = wordsOf(group);
  const like = v128.load(first);
  let bits = v128.load(varying);
  for (const end = row + count; row < end; row++) {
    bits = v128.or(bits, v128.xor(v128.load(first + <usize>row * rowBytes), like));
  }
  v128.store(varying, bits);
}

/** Four words of eight rows. Methods, because a method can be marked to become part of its caller: constants reach it only so. */
// oxlint-disable-next-line typescript/no-extraneous-class -- AssemblyScript's decorators are no syntax for functions
class Eights {
  @inline
  static decode(
    kinds: u32,
    group: u32,
    row: u32,
    count: u32,
    rowBytes: u32,
    firstRow: u32,
    wanted: u32,
    varying: usize,
  ): void {
    const kind0 = kinds & 3;
    const kind1 = (kinds >> 2) & 3;
    const kind2 = (kinds >> 4) & 3;
    const kind3 = kinds >> 6;
    // Held in variables: that stores do not change them, no compiler can see.
    const column0 = wordAt(group, 0).column;
    const column1 = wordAt(group, 1).column;
    const column2 = wordAt(group, 2).column;
    const column3 = wordAt(group, 3).column;
    const stride = <usize>rowBytes;
    const order = Eights.hostOrder(kind0, kind1, kind2, kind3);
    const like = v128.swizzle(v128.load(wordsOf(group)), order);
    let bits = i32x4.splat(0);
    let at = wordsOf(group) + <usize>row * stride;
    let to = <usize>(firstRow + row);
    const end = to + <usize>count;
    // The condition stands at the end, since V8 keeps constants in registers only where a loop cannot be left before they are used.
    do {
      const a = v128.swizzle(v128.load(at), order);
      const b = v128.swizzle(v128.load(at + stride), order);
      const c = v128.swizzle(v128.load(at + 2 * stride), order);
      const d = v128.swizzle(v128.load(at + 3 * stride), order);
      at += 4 * stride;
      const e = v128.swizzle(v128.load(at), order);
      const f = v128.swizzle(v128.load(at + stride), order);
      const g = v128.swizzle(v128.load(at + 2 * stride), order);
      const h = v128.swizzle(v128.load(at + 3 * stride), order);
      at += 4 * stride;
      const ab = v128.or(v128.xor(a, like), v128.xor(b, like));
      const cd = v128.or(v128.xor(c, like), v128.xor(d, like));
      const ef = v128.or(v128.xor(e, like), v128.xor(f, like));
      const gh = v128.or(v128.xor(g, like), v128.xor(h, like));
      bits = v128.or(bits, v128.or(v128.or(ab, cd), v128.or(ef, gh)));
      if (wanted & 1) Eights.store(kind0, column0, to, Eights.first(a, b, c, d), Eights.first(e, f, g, h));
      if (wanted & 2) Eights.store(kind1, column1, to, Eights.second(a, b, c, d), Eights.second(e, f, g, h));
      if (wanted & 4) Eights.store(kind2, column2, to, Eights.third(a, b, c, d), Eights.third(e, f, g, h));
      if (wanted & 8) Eights.store(kind3, column3, to, Eights.fourth(a, b, c, d), Eights.fourth(e, f, g, h));
      to += 8;
    } while (to < end);
    // What brings words into host order brings them back.
    v128.store(varying, v128.or(v128.load(varying), v128.swizzle(bits, order)));
  }

  /** Where the bytes of four words, as columns have them, stand in a row. */
  @inline
  static hostOrder(kind0: u32, kind1: u32, kind2: u32, kind3: u32): v128 {
    return i32x4(
      Eights.bytesOf(kind0, 0),
      Eights.bytesOf(kind1, 1),
      Eights.bytesOf(kind2, 2),
      Eights.bytesOf(kind3, 3),
    );
  }

  @inline
  static bytesOf(kind: u32, word: u32): u32 {
    const first = word * 0x04040404;
    if (kind == WORD_ADDRESS) return first + 0x00010203;
    // The upper half of a port is nowhere, and becomes zero.
    if (kind == WORD_PORT) return (first + 0x0001) | 0xffff0000;
    return first + 0x03020100;
  }

  @inline
  static first(a: v128, b: v128, c: v128, d: v128): v128 {
    return v128.shuffle<u64>(v128.shuffle<u32>(a, b, 0, 4, 1, 5), v128.shuffle<u32>(c, d, 0, 4, 1, 5), 0, 2);
  }

  @inline
  static second(a: v128, b: v128, c: v128, d: v128): v128 {
    return v128.shuffle<u64>(v128.shuffle<u32>(a, b, 0, 4, 1, 5), v128.shuffle<u32>(c, d, 0, 4, 1, 5), 1, 3);
  }

  @inline
  static third(a: v128, b: v128, c: v128, d: v128): v128 {
    return v128.shuffle<u64>(v128.shuffle<u32>(a, b, 2, 6, 3, 7), v128.shuffle<u32>(c, d, 2, 6, 3, 7), 0, 2);
  }

  @inline
  static fourth(a: v128, b: v128, c: v128, d: v128): v128 {
    return v128.shuffle<u64>(v128.shuffle<u32>(a, b, 2, 6, 3, 7), v128.shuffle<u32>(c, d, 2, 6, 3, 7), 1, 3);
  }

  /** Stores a word of the rows from number `row` on. */
  @inline
  static store(kind: u32, column: usize, row: usize, four: v128, more: v128): void {
    if (kind == WORD_PORT) {
      v128.store(column + (row << 1), i16x8.narrow_i32x4_u(four, more));
      return;
    }
    const to = column + (row << 2);
    v128.store(to, four);
    v128.store(to, more, 16);
  }
}
