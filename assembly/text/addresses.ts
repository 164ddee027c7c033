// Addresses of either family as text: dotted decimal, or as RFC 5952 recommends it for IPv6, with the scope id behind it where it is not 0.
//
// An address is four words, the most significant first; one of IPv4 has only the last.
//
//   0x20010db8 0x00000000 0x00000000 0x00000001   →   2001:db8::1

import { Values, writeAnyNumber } from './values';

const COLON: u32 = 58;
const PERCENT: u32 = 37;
/** `::ffff:`, which addresses of IPv4 begin with where they stand for themselves in IPv6. */
const MAPPED: u64 = 0x3a666666663a3a;
const MAPPED_LENGTH: u32 = 7;
const GROUPS: u32 = 8;

/**
 * For each set of groups that are zero, a bit for each: where the run begins that `::` stands for, and behind it in the next byte, how long
 * it is; the first of the longest, and of length 0 where no two stand together.
 */
const runs = memory.data(256 * 2, 16);

function makeRuns(): void {
  for (let set: u32 = 0; set < 256; set++) {
    let best: u32 = 0;
    let bestStart: u32 = GROUPS;
    for (let start: u32 = 0; start < GROUPS; start++) {
      let end = start;
      while (end < GROUPS && ((set >> end) & 1) != 0) end++;
      if (end - start > max<u32>(best, 1)) {
        best = end - start;
        bestStart = start;
      }
    }
    store<u8>(runs + ((<usize>set) << 1), <u8>bestStart);
    store<u8>(runs + ((<usize>set) << 1), <u8>best, 1);
  }
}

/**
 * For two groups with 0 to 3 digits beyond the first, those of the second four times: which bytes of their eight digits and the colons
 * behind these are their text, without leading zeros and with a colon behind each; and then how long that is.
 */
const pairs = memory.data(16 * 32, 16);
const PAIR_BITS: usize = 5;
const DIGITS_OF_PAIR: u32 = 8;

function makePairs(): void {
  for (let kind: u32 = 0; kind < 16; kind++) {
    const at = pairs + ((<usize>kind) << PAIR_BITS);
    let to = at;
    for (let digit = 3 - (kind & 3); digit < 4; digit++) store<u8>(to++, <u8>digit);
    store<u8>(to++, <u8>DIGITS_OF_PAIR);
    for (let digit = 7 - (kind >> 2); digit < 8; digit++) store<u8>(to++, <u8>digit);
    store<u8>(to++, <u8>DIGITS_OF_PAIR);
    store<u32>(at, <u32>(to - at), 16);
  }
}

// Once, when the module is instantiated.
makeRuns();
makePairs();

/** The hexadecimal digits of the address in hand, four for each group. */
const digits = memory.data(32 + 16, 16);

/** As methods, which can become part of their caller. */
// oxlint-disable-next-line typescript/no-extraneous-class -- AssemblyScript's decorators are no syntax for functions
export class Addresses {
  /** The eight groups of an address, as u16 in host order. */
  @inline
  static groups(first: u32, second: u32, third: u32, last: u32): v128 {
    const words = i32x4.replace_lane(
      i32x4.replace_lane(i32x4.replace_lane(i32x4.splat(first), 1, second), 2, third),
      3,
      last,
    );
    // In each word the upper group comes first.
    return v128.swizzle(words, i8x16(2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13));
  }

  /** Which groups are zero, a bit for each. */
  @inline
  static zeros(groups: v128): u32 {
    return <u32>i16x8.bitmask(i16x8.eq(groups, i16x8.splat(0)));
  }

  /** The hexadecimal digits of the first four groups, the first digit of each first. */
  @inline
  static upperDigits(high: v128, low: v128): v128 {
    return v128.shuffle<u8>(high, low, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  }

  /** Those of the last four. */
  @inline
  static lowerDigits(high: v128, low: v128): v128 {
    return v128.shuffle<u8>(high, low, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  }

  /** Writes a group, given by its four digits, without leading zeros, and a colon behind it. */
  @inline
  static writeGroup(to: usize, text: u32): usize {
    // Bits of the digits that are `0` from the first on; the last one stays, whatever it is.
    const zeros = ctz<u32>((text ^ 0x30303030) | 0x01000000) & ~7;
    store<u64>(to, ((<u64>text) | ((<u64>COLON) << 32)) >> (<u64>zeros));
    return to + 5 - <usize>(zeros >> 3);
  }

  /** Of words of four addresses: not zero where two groups side by side are. */
  @inline
  static zerosTogether(first: v128, second: v128, third: v128, last: v128): v128 {
    const zero = i16x8.splat(0);
    const zeros1 = i16x8.eq(second, zero);
    const zeros2 = i16x8.eq(third, zero);
    const zeros3 = i16x8.eq(last, zero);
    return v128.or(
      v128.or(Addresses.followedBy(i16x8.eq(first, zero), zeros1), Addresses.followedBy(zeros1, zeros2)),
      v128.or(Addresses.followedBy(zeros2, zeros3), Addresses.followedBy(zeros3, zeros3)),
    );
  }

  /** In the upper group: whether it and the lower group are zero, or the lower one and the upper one of the next word. */
  @inline
  private static followedBy(zeros: v128, next: v128): v128 {
    return v128.and(i32x4.shl(zeros, 16), v128.or(zeros, next));
  }

  /** Writes two groups, given by their digits and colons behind these, and what `pairs` has for them. */
  @inline
  static writePair(to: usize, text: v128, kind: u32): usize {
    const pair = pairs + ((<usize>kind) << PAIR_BITS);
    v128.store(to, v128.swizzle(text, v128.load(pair)));
    return to + <usize>load<u32>(pair, 16);
  }

  /** How many digits each of eight groups has beyond the first. */
  @inline
  static furtherDigits(groups: v128): v128 {
    const two = i16x8.gt_u(groups, i16x8.splat(15));
    const three = i16x8.gt_u(groups, i16x8.splat(255));
    const four = i16x8.gt_u(groups, i16x8.splat(4095));
    return i16x8.neg(i16x8.add(two, i16x8.add(three, four)));
  }

  @inline
  static sum(lanes: v128): u64 {
    const halves = i32x4.extadd_pairwise_i16x8_u(lanes);
    const two = i64x2.add(i64x2.extend_low_i32x4_u(halves), i64x2.extend_high_i32x4_u(halves));
    return i64x2.extract_lane(two, 0) + i64x2.extract_lane(two, 1);
  }

  @inline
  static isMapped(first: u32, second: u32, third: u32): bool {
    return (first | second) == 0 && third == 0xffff;
  }
}

/** Writes an address of IPv6 at `to`, and returns where the next text goes. 16 bytes behind the text may be written. */
export function writeIPv6(to: usize, first: u32, second: u32, third: u32, last: u32): usize {
  if (Addresses.isMapped(first, second, third)) {
    store<u64>(to, MAPPED);
    return Values.writeAddress(to + MAPPED_LENGTH, last);
  }
  const groups = Addresses.groups(first, second, third, last);
  const symbols = i8x16(48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 97, 98, 99, 100, 101, 102);
  // Bytes in the order of the text.
  const bytes = v128.swizzle(groups, i8x16(1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14));
  const high = v128.swizzle(symbols, i8x16.shr_u(bytes, 4));
  const low = v128.swizzle(symbols, v128.and(bytes, i8x16.splat(15)));
  const upper = Addresses.upperDigits(high, low);
  const lower = Addresses.lowerDigits(high, low);
  const run = <u32>load<u16>(runs + ((<usize>Addresses.zeros(groups)) << 1));
  if (run >> 8 != 0) return writeWithRun(to, upper, lower, run & 255, run >> 8);
  // In each word the further digits of the upper group, and those of the lower one four times.
  const counts = Addresses.furtherDigits(groups);
  const kinds = v128.and(v128.or(counts, i32x4.shr_u(counts, 14)), i32x4.splat(15));
  const colons = i8x16.splat(<u8>COLON);
  to = Addresses.writePair(to, v128.shuffle<u64>(upper, colons, 0, 2), <u32>i32x4.extract_lane(kinds, 0));
  to = Addresses.writePair(to, v128.shuffle<u64>(upper, colons, 1, 2), <u32>i32x4.extract_lane(kinds, 1));
  to = Addresses.writePair(to, v128.shuffle<u64>(lower, colons, 0, 2), <u32>i32x4.extract_lane(kinds, 2));
  return (
    Addresses.writePair(to, v128.shuffle<u64>(lower, colons, 1, 2), <u32>i32x4.extract_lane(kinds, 3)) - 1
  );
}

/** `::` stands for `length` groups from number `start` on. */
function writeWithRun(to: usize, upper: v128, lower: v128, start: u32, length: u32): usize {
  v128.store(digits, upper);
  v128.store(digits, lower, 16);
  for (let group: u32 = 0; group < start; group++) to = Addresses.writeGroup(to, digitsOf(group));
  if (start == 0) store<u8>(to++, <u8>COLON);
  store<u8>(to++, <u8>COLON);
  if (start + length == GROUPS) return to;
  for (let group = start + length; group < GROUPS; group++) {
    to = Addresses.writeGroup(to, digitsOf(group));
  }
  return to - 1;
}

function digitsOf(group: u32): u32 {
  return load<u32>(digits + ((<usize>group) << 2));
}

/** How many bytes writeIPv6 writes. */
export function lengthOfIPv6(first: u32, second: u32, third: u32, last: u32): u32 {
  if (Addresses.isMapped(first, second, third)) return MAPPED_LENGTH + lengthOfIPv4(last);
  const groups = Addresses.groups(first, second, third, last);
  const run = <u32>load<u16>(runs + ((<usize>Addresses.zeros(groups)) << 1));
  const start = run & 255;
  const length = run >> 8;
  // Each group has a digit, and one more for each of 16, 256, 4096 that it reaches; and a colon behind it, but for the last.
  const all = GROUPS + reach(groups, 15) + reach(groups, 255) + reach(groups, 4095);
  if (length == 0) return all + GROUPS - 1;
  return all - length + (GROUPS - length) + u32(start == 0) + u32(start + length == GROUPS);
}

function reach(groups: v128, limit: u16): u32 {
  return popcnt<u32>(<u32>i16x8.bitmask(i16x8.gt_u(groups, i16x8.splat(limit))));
}

export function lengthOfIPv4(address: u32): u32 {
  let length: u32 = 3;
  for (let shift: u32 = 0; shift < 32; shift += 8) {
    const octet = (address >> shift) & 255;
    length += 1 + u32(octet > 9) + u32(octet > 99);
  }
  return length;
}

/** Writes what stands behind an address of the scope: nothing where it is 0. */
export function writeScope(to: usize, scope: u32): usize {
  if (scope == 0) return to;
  store<u8>(to, <u8>PERCENT);
  return writeAnyNumber(to + 1, scope);
}
