// The loop that decodes rows of wide tables and looks at them on the way. What takes time there is neither memory nor arithmetic but
// the number of instructions, so it is compiled for each sequence of kinds that rows of IPv6 have, and takes eight rows at a time.

import { Word, WORD_ADDRESS, WORD_PORT, wordAt, wordsOf } from './plan';
import { decodeRest } from './window';

// Types that stand for what a word is. Of any other sequence, that is seen while decoding.
type Number = i32;
type Address = u32;
type Port = u16;
type Any = u64;

const NUMBER_PORT_ADDRESSES: u32 = 0b10101101;
const ADDRESSES: u32 = 0b10101010;
const ADDRESSES_NUMBER_PORT: u32 = 0b11011010;
/** Not set in the kinds of numbers, nor of what is of no interest. */
const NO_NUMBERS: u32 = 0b10101010;

/**
 * Decodes those words of a group that are `wanted`, a bit for each, in `count` rows of the window from number `row` on. Adds to the four
 * words at `varying` the bits in which any row's differ from those of the window's first row.
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
  let known: u32 = 0;
  for (let word: u32 = 0; word < 4; word++) {
    const kind = wordAt(group, word).kind;
    kinds |= kind << (2 * word);
    known |= u32(kind != 0) << word;
  }
  wanted &= known;
  if (kinds == ADDRESSES) {
    decodeEights<Address, Address, Address, Address>(group, row, count, rowBytes, firstRow, wanted, varying);
  } else if (kinds == NUMBER_PORT_ADDRESSES) {
    decodeEights<Number, Port, Address, Address>(group, row, count, rowBytes, firstRow, wanted, varying);
  } else if (kinds == ADDRESSES_NUMBER_PORT) {
    decodeEights<Address, Address, Number, Port>(group, row, count, rowBytes, firstRow, wanted, varying);
  } else if ((kinds & NO_NUMBERS) == 0) {
    decodeEights<Number, Number, Number, Number>(group, row, count, rowBytes, firstRow, wanted, varying);
  } else {
    decodeEights<Any, Any, Any, Any>(group, row, count, rowBytes, firstRow, wanted, varying);
  }
}

function decodeEights<W0, W1, W2, W3>(
  group: u32,
  row: u32,
  count: u32,
  rowBytes: u32,
  firstRow: u32,
  wanted: u32,
  varying: usize,
): void {
  const word0 = wordAt(group, 0);
  const word1 = wordAt(group, 1);
  const word2 = wordAt(group, 2);
  const word3 = wordAt(group, 3);
  const column0 = word0.column;
  const column1 = word1.column;
  const column2 = word2.column;
  const column3 = word3.column;
  const like = v128.load(wordsOf(group));
  const stride = <usize>rowBytes;
  let bits = v128.load(varying);
  let at = wordsOf(group) + <usize>row * stride;
  let to = <usize>(firstRow + row);
  for (const end = to + <usize>(count & ~7); to < end; to += 8) {
    const a = v128.load(at);
    const b = v128.load(at + stride);
    const c = v128.load(at + 2 * stride);
    const d = v128.load(at + 3 * stride);
    at += 4 * stride;
    const e = v128.load(at);
    const f = v128.load(at + stride);
    const g = v128.load(at + 2 * stride);
    const h = v128.load(at + 3 * stride);
    at += 4 * stride;
    const ab = v128.or(v128.xor(a, like), v128.xor(b, like));
    const cd = v128.or(v128.xor(c, like), v128.xor(d, like));
    const ef = v128.or(v128.xor(e, like), v128.xor(f, like));
    const gh = v128.or(v128.xor(g, like), v128.xor(h, like));
    bits = v128.or(bits, v128.or(v128.or(ab, cd), v128.or(ef, gh)));
    if (wanted & 1) Eight.store<W0>(word0, column0, to, Eight.first(a, b, c, d), Eight.first(e, f, g, h));
    if (wanted & 2) Eight.store<W1>(word1, column1, to, Eight.second(a, b, c, d), Eight.second(e, f, g, h));
    if (wanted & 4) Eight.store<W2>(word2, column2, to, Eight.third(a, b, c, d), Eight.third(e, f, g, h));
    if (wanted & 8) Eight.store<W3>(word3, column3, to, Eight.fourth(a, b, c, d), Eight.fourth(e, f, g, h));
  }
  const rest = count & 7;
  for (const end = at + <usize>rest * stride; at < end; at += stride) {
    bits = v128.or(bits, v128.xor(v128.load(at), like));
  }
  v128.store(varying, bits);
  if (rest != 0) decodeRest(group, row + count - rest, rest, rowBytes, firstRow);
}

/** One word of eight rows. Methods, because a method can be marked to become part of its caller. */
// oxlint-disable-next-line typescript/no-extraneous-class -- AssemblyScript's decorators are no syntax for functions
class Eight {
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

  /** Stores the words of the rows from number `row` on. */
  @inline
  static store<W>(word: Word, column: usize, row: usize, four: v128, more: v128): void {
    const isPort = sizeof<W>() == 2 || (sizeof<W>() == 8 && word.kind == WORD_PORT);
    const isAddress = isSigned<W>() ? false : sizeof<W>() == 4 || word.kind == WORD_ADDRESS;
    if (isPort) {
      const swapped = i8x16(1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);
      const ports = v128.shuffle<u16>(four, more, 0, 2, 4, 6, 8, 10, 12, 14);
      v128.store(column + (row << 1), v128.swizzle(ports, swapped));
      return;
    }
    const to = column + (row << 2);
    const swapped = i8x16(3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
    v128.store(to, isAddress ? v128.swizzle(four, swapped) : four);
    v128.store(to, isAddress ? v128.swizzle(more, swapped) : more, 16);
  }
}
