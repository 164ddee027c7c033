// Values with a byte behind them that separates them from the next, several at a time: numbers of a block of rows, before these are written,
// and both addresses of a row.

// A number below 100,000 is a u64: its digits with zeros before them, the separator, and the bits to leave out, those of the zeros.
//
//   0       5           6     7      8
//   ┌───────┬───────────┬─────┬──────┐
//   │ 00443 │ separator │  0  │  16  │
//   └───────┴───────────┴─────┴──────┘

/**
 * Makes the texts of `count` numbers at `values`, up to three of which behind the last are read too. False where one has more digits; the texts
 * are then of no use.
 */
export function makeNumberTexts<Value>(values: usize, count: u32, separator: u32, texts: usize): bool {
  const ends = i32x4.splat(0x30 | (separator << 8));
  let highest = i32x4.splat(0);
  for (const end = texts + ((<usize>count) << 3); texts < end; texts += 32) {
    const value = sizeof<Value>() == 2 ? v128.load_ext<u16>(values) : v128.load(values);
    highest = i32x4.max_u(highest, value);
    // value / 10,000, as value / 16 / 625; the rest / 100; then two numbers below 100 side by side as two digits each.
    const first = i32x4.shr_u(i32x4.mul(i32x4.shr_u(value, 4), i32x4.splat(6711)), 22);
    const rest = i32x4.sub(value, i32x4.mul(first, i32x4.splat(10000)));
    const high = i32x4.shr_u(i32x4.mul(rest, i32x4.splat(5243)), 19);
    const low = i32x4.sub(rest, i32x4.mul(high, i32x4.splat(100)));
    const halves = v128.or(high, i32x4.shl(low, 16));
    const tens = i16x8.shr_u(i16x8.mul(halves, i16x8.splat(103)), 10);
    const ones = i16x8.sub(halves, i16x8.mul(tens, i16x8.splat(10)));
    const four = v128.or(tens, i16x8.shl(ones, 8));
    // Each comparison that holds is −1.
    const two = i32x4.add(i32x4.gt_u(value, i32x4.splat(9)), i32x4.gt_u(value, i32x4.splat(99)));
    const more = i32x4.add(i32x4.gt_u(value, i32x4.splat(999)), i32x4.gt_u(value, i32x4.splat(9999)));
    const zeros = i32x4.add(i32x4.add(two, more), i32x4.splat(4));
    const begins = v128.or(v128.or(first, i32x4.shl(four, 8)), i32x4.splat(0x30303030));
    const rests = v128.or(v128.or(i32x4.shr_u(four, 24), ends), i32x4.shl(zeros, 27));
    v128.store(texts, v128.shuffle<u32>(begins, rests, 0, 4, 1, 5));
    v128.store(texts, v128.shuffle<u32>(begins, rests, 2, 6, 3, 7), 16);
    values += 4 * sizeof<Value>();
  }
  return !v128.any_true(i32x4.gt_u(highest, i32x4.splat(99999)));
}

// An address is made of its octets with three digits each and a dot, last octet first as they lie in memory. Which of these bytes its text has, and
// in which order, depends on how many digits each octet has: a table tells for all of these.

/** For each set of bits: where the bytes of the text stand. The lower four: which octets have two digits or more; the upper four: which have three. */
const orders = memory.data(256 * 16, 16);
/** And how many there are, with the separator. */
const lengths = memory.data(256, 16);

function makeOrders(): void {
  for (let digits: u32 = 0; digits < 256; digits++) {
    let at = orders + ((<usize>digits) << 4);
    // Those that the text does not have.
    v128.store(at, i8x16.splat(-1));
    for (let octet: i32 = 3; octet >= 0; octet--) {
      const count = 1 + ((digits >> octet) & 1) + ((digits >> (octet + 4)) & 1);
      for (let digit = 3 - count; digit <= 3; digit++) store<u8>(at++, 4 * octet + digit);
    }
    store<u8>(lengths + digits, at - orders - ((<usize>digits) << 4));
  }
}

// Once, when the module is instantiated.
makeOrders();

/** Methods, because a method can be marked to become part of its caller. */
// oxlint-disable-next-line typescript/no-extraneous-class -- AssemblyScript's decorators are no syntax for functions
export class BlockTexts {
  /** Writes the text of a number. Without its separator, `length` is 5; with it, 6. */
  @inline
  static writeNumber(to: usize, text: u64, length: usize): usize {
    const zeros = text >> 56;
    store<u64>(to, text >> zeros);
    return to + length - <usize>(zeros >> 3);
  }

  /** What stands behind the octets of two addresses, each in its last byte of two: dots, and separators behind the last ones. */
  @inline
  static endsOfOctets(separator: u32): v128 {
    const last: i16 = <i16>(0x30 | (separator << 8));
    return i16x8.replace_lane(i16x8.replace_lane(i16x8.splat(0x2e30), 0, last), 4, last);
  }

  /** The octets of two addresses, a lane each. */
  @inline
  static octets(first: u32, second: u32): v128 {
    return i16x8.extend_low_i8x16_u(i32x4.replace_lane(i32x4.splat(first), 1, second));
  }

  /** Which octets of both have two digits or more, and which three: four bits for each address, and four more for each. */
  @inline
  static digitsOf(octets: v128): u32 {
    const two = i16x8.gt_u(octets, i16x8.splat(9));
    const three = i16x8.gt_u(octets, i16x8.splat(99));
    return <u32>i8x16.bitmask(i8x16.narrow_i16x8_s(two, three));
  }

  /** The first two of three digits of each octet, which are a byte each. */
  @inline
  static upperDigits(octets: v128): v128 {
    const hundreds = BlockTexts.hundreds(octets);
    const tens = BlockTexts.tens(BlockTexts.belowHundred(octets, hundreds));
    return v128.or(v128.or(hundreds, i16x8.shl(tens, 8)), i16x8.splat(0x3030));
  }

  /** The last digits, and what stands behind them. */
  @inline
  static lowestDigits(octets: v128, ends: v128): v128 {
    const rest = BlockTexts.belowHundred(octets, BlockTexts.hundreds(octets));
    return v128.or(i16x8.sub(rest, i16x8.mul(BlockTexts.tens(rest), i16x8.splat(10))), ends);
  }

  /** octet / 100 */
  @inline
  private static hundreds(octets: v128): v128 {
    return i16x8.shr_u(i16x8.mul(octets, i16x8.splat(41)), 12);
  }

  @inline
  private static belowHundred(octets: v128, hundreds: v128): v128 {
    return i16x8.sub(octets, i16x8.mul(hundreds, i16x8.splat(100)));
  }

  /** rest / 10 */
  @inline
  private static tens(rest: v128): v128 {
    return i16x8.shr_u(i16x8.mul(rest, i16x8.splat(205)), 11);
  }

  /** Writes the first of two addresses, with the separator. */
  @inline
  static writeFirst(to: usize, upper: v128, lowest: v128, digits: u32): usize {
    const bytes = v128.shuffle<u16>(upper, lowest, 0, 8, 1, 9, 2, 10, 3, 11);
    return BlockTexts.writeOctets(to, bytes, (digits & 15) | ((digits >> 4) & 0xf0));
  }

  /** Writes the second of them. */
  @inline
  static writeSecond(to: usize, upper: v128, lowest: v128, digits: u32): usize {
    const bytes = v128.shuffle<u16>(upper, lowest, 4, 12, 5, 13, 6, 14, 7, 15);
    return BlockTexts.writeOctets(to, bytes, ((digits >> 4) & 15) | ((digits >> 8) & 0xf0));
  }

  @inline
  private static writeOctets(to: usize, bytes: v128, digits: u32): usize {
    v128.store(to, v128.swizzle(bytes, v128.load(orders + ((<usize>digits) << 4))));
    return to + <usize>load<u8>(lengths + digits);
  }
}
