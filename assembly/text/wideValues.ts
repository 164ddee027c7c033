// Values that take several columns, or that not every row has. What stands around one, quotes, stands only where there is a value: two texts
// of the part's table, before and after, and a third for rows that have none.

import { Addresses, lengthOfIPv4, lengthOfIPv6, writeIPv6, writeScope } from './addresses';
import { NO_VALUE, Part, TEXT_ANY_ADDRESS, TEXT_NUMBER_OR_NONE } from './program';
import { lengthOfTime, writeTime } from './times';
import { lengthOfNumber, Values, writeAnyNumber } from './values';

const FAMILY_IPV4: u32 = 4;
const FAMILY_IPV6: u32 = 6;
/** Eight groups of a digit, and the colons between them. */
const SHORTEST_WITHOUT_RUN: u32 = 15;
/** Of an address: its further columns. */
const FIRST: usize = 0;
const SECOND: usize = 1;
const THIRD: usize = 2;
const LAST: usize = 3;
const SCOPE: usize = 4;

/** Writes the value of row `i` of the block in hand, with what stands around it. */
export function writeWide(to: usize, program: usize, part: Part, i: u32): usize {
  const value = part.valueU32(i);
  const texts = program + part.names;
  if (hasNone(program, part, value, i)) return writeEntry(to, program, texts + 16);
  to = writeEntry(to, program, texts);
  if (part.kind == TEXT_ANY_ADDRESS) to = writeAnyAddress(to, program, part, value, i);
  else if (part.kind == TEXT_NUMBER_OR_NONE) to = writeAnyNumber(to, value);
  else to = writeTime(to, value, part.furtherU32(program, FIRST, i));
  return writeEntry(to, program, texts + 8);
}

function hasNone(program: usize, part: Part, value: u32, i: u32): bool {
  if (part.kind == TEXT_ANY_ADDRESS || part.kind == TEXT_NUMBER_OR_NONE) return value == NO_VALUE;
  return value == 0 && part.furtherU32(program, FIRST, i) == 0;
}

function writeEntry(to: usize, program: usize, entry: usize): usize {
  if (load<u32>(entry, 4) == 0) return to;
  return Values.writeText(to, program + load<u32>(entry), load<u32>(entry, 4));
}

function writeAnyAddress(to: usize, program: usize, part: Part, family: u32, i: u32): usize {
  const last = part.furtherU32(program, LAST, i);
  if (family == FAMILY_IPV4) return Values.writeAddress(to, last);
  const first = part.furtherU32(program, FIRST, i);
  const second = part.furtherU32(program, SECOND, i);
  const third = part.furtherU32(program, THIRD, i);
  return writeRemembered(to, first, second, third, last, part.furtherU32(program, SCOPE, i));
}

/** The text of an address that was written before. Local addresses are few, and writing one takes as long as the rest of a row. */
@unmanaged
class Remembered {
  first: u32;
  second: u32;
  third: u32;
  last: u32;
  scope: u32;
  /** 0 where it has been met once, and its text is not remembered. */
  length: u32;
}
/** Behind that stands the text, of at most 50 bytes. */
const REMEMBERED_BYTES: usize = 96;
const REMEMBERED_BITS: u32 = 6;
const remembered = memory.data(64 * 96, 16);

function writeRemembered(to: usize, first: u32, second: u32, third: u32, last: u32, scope: u32): usize {
  const place = ((second ^ third ^ last) * 0x9e3779b9) >> (32 - REMEMBERED_BITS);
  const held = changetype<Remembered>(remembered + <usize>place * REMEMBERED_BYTES);
  const text = changetype<usize>(held) + offsetof<Remembered>();
  const differs =
    (held.last ^ last) |
    (held.third ^ third) |
    (held.second ^ second) |
    (held.first ^ first) |
    (held.scope ^ scope);
  if (differs != 0) {
    held.first = first;
    held.second = second;
    held.third = third;
    held.last = last;
    held.scope = scope;
    held.length = 0;
    // Where it goes at once: a text that has just been written is slow to read. Most addresses are not met again.
    return writeScope(writeIPv6(to, first, second, third, last), scope);
  }
  if (held.length == 0) {
    held.length = <u32>(writeScope(writeIPv6(text, first, second, third, last), scope) - text);
  }
  return Values.writeText(to, text, held.length);
}

/** How many bytes writeWide would write for so many rows of the block in hand. */
export function measureWide(program: usize, part: Part, count: u32): u64 {
  return part.kind == TEXT_ANY_ADDRESS
    ? measureAddresses(program, part, count)
    : measureRows(program, part, 0, count);
}

/** As measureWide, of rows from number `i` on, one by one. */
function measureRows(program: usize, part: Part, i: u32, count: u32): u64 {
  const texts = program + part.names;
  const around = load<u32>(texts, 4) + load<u32>(texts, 12);
  const none = load<u32>(texts, 20);
  let length: u64 = 0;
  for (const end = i + count; i < end; i++) {
    const value = part.valueU32(i);
    length += hasNone(program, part, value, i) ? none : around + lengthOf(program, part, value, i);
  }
  return length;
}

/**
 * As measureRows, four rows at a time where all four are addresses of IPv6 without a scope id and without a run of zeros that `::` stands
 * for: each group has a digit, and one more for each of 16, 256, 4096 that it reaches. The lanes count at most 12 for each four rows of a
 * block.
 */
function measureAddresses(program: usize, part: Part, count: u32): u64 {
  const texts = program + part.names;
  const least = 4 * (load<u32>(texts, 4) + load<u32>(texts, 12) + SHORTEST_WITHOUT_RUN);
  const firsts = part.furtherValues(program, FIRST);
  const seconds = part.furtherValues(program, SECOND);
  const thirds = part.furtherValues(program, THIRD);
  const lasts = part.furtherValues(program, LAST);
  const scopes = part.furtherValues(program, SCOPE);
  const family = i32x4.splat(FAMILY_IPV6);
  let further = i16x8.splat(0);
  let length: u64 = 0;
  let i: u32 = 0;
  for (; i + 4 <= count; i += 4) {
    const at = (<usize>i) << 2;
    const first = v128.load(firsts + at);
    const second = v128.load(seconds + at);
    const third = v128.load(thirds + at);
    const last = v128.load(lasts + at);
    const unusual = v128.or(i32x4.ne(v128.load(part.values + at), family), v128.load(scopes + at));
    if (v128.any_true(v128.or(unusual, Addresses.zerosTogether(first, second, third, last)))) {
      length += measureRows(program, part, i, 4);
      continue;
    }
    length += least;
    further = i16x8.add(further, Addresses.furtherDigits(first));
    further = i16x8.add(further, Addresses.furtherDigits(second));
    further = i16x8.add(further, Addresses.furtherDigits(third));
    further = i16x8.add(further, Addresses.furtherDigits(last));
  }
  return length + Addresses.sum(further) + measureRows(program, part, i, count - i);
}

function lengthOf(program: usize, part: Part, value: u32, i: u32): u32 {
  if (part.kind == TEXT_NUMBER_OR_NONE) return lengthOfNumber(value);
  if (part.kind != TEXT_ANY_ADDRESS) return lengthOfTime(value, part.furtherU32(program, FIRST, i));
  const last = part.furtherU32(program, LAST, i);
  if (value == FAMILY_IPV4) return lengthOfIPv4(last);
  const first = part.furtherU32(program, FIRST, i);
  const second = part.furtherU32(program, SECOND, i);
  const scope = part.furtherU32(program, SCOPE, i);
  const length = lengthOfIPv6(first, second, part.furtherU32(program, THIRD, i), last);
  return length + (scope == 0 ? 0 : 1 + lengthOfNumber(scope));
}
