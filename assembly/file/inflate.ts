// Raw deflate (RFC 1951), taken back. Blocks follow one another, each as literals (bytes) and copies of what came before. Bits are taken from the
// lowest of a byte up.

import {
  CODE_DISTANCES,
  CODE_LENGTHS,
  CODE_LITERALS,
  DISTANCE_BITS,
  LITERAL_BITS,
  SYMBOL_END,
  SYMBOL_LITERAL,
  SYMBOL_NONE,
  codeLengths,
  distances,
  fastOf,
  literals,
  longSymbol,
  makeCode,
} from './huffman';

/** Bytes behind what it reads, and behind what it makes, that must be there, whatever is in them. */
export const INFLATE_SLACK_BYTES: u32 = 16;

/** What is wrong; src/core/file/engineInflate.ts has the words. */
const DONE: u32 = 0;
const ENDS_INSIDE: u32 = 1;
const NO_TYPE: u32 = 2;
const WRONG_LENGTH: u32 = 3;
const WRONG_CODES: u32 = 4;
const NO_CODE: u32 = 5;
const BEFORE_FIRST: u32 = 6;
const TOO_MANY: u32 = 7;
const TOO_FEW: u32 = 8;
const FOLLOWED: u32 = 9;

const MAX_LITERALS: u32 = 286;
const MAX_DISTANCES: u32 = 30;
const END_OF_BLOCK: usize = 256;
/** A code, what follows it, and the same of a distance: no more bits belong to a copy. */
const COPY_BITS: u32 = 48;

/** The order in which the lengths of the codes for lengths stand. */
const lengthOrder = memory.data<u8>([16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]);
const LENGTH_CODES: u32 = 19;
const LENGTH_CODE_BITS: u32 = 7;

/** The lengths of a block's codes, a byte each: those of literals, then those of distances. */
const lengths = memory.data(320, 16);

/** The next byte to take bits from, and the end of all. */
let next: usize = 0;
let end: usize = 0;
/** Bits that have been taken from bytes, the next one lowest, and how many of them have not been used. */
let bits: u64 = 0;
let held: u32 = 0;
/** Where what is made begins, ends so far, and may end. */
let start: usize = 0;
let made: usize = 0;
let limit: usize = 0;

/** @returns 0 where the bytes are raw deflate, up to the last one, of exactly `room` bytes; else what is wrong */
export function inflate(from: usize, length: u32, to: usize, room: u32): u32 {
  next = from;
  end = from + <usize>length;
  bits = 0;
  held = 0;
  start = to;
  made = to;
  limit = to + <usize>room;
  for (let isLast = false; !isLast;) {
    if (!refill()) return ENDS_INSIDE;
    isLast = take(1) != 0;
    const problem = takeBlock(take(2));
    if (problem != DONE) return problem;
  }
  const used = next - (held >> 3);
  if (used > end) return ENDS_INSIDE;
  if (made < limit) return TOO_FEW;
  return used < end ? FOLLOWED : DONE;
}

/** At least 56 bits. Behind the end come some that are none; who has used one of these has used more than there are. */
function refill(): bool {
  bits |= load<u64>(next) << held;
  next += (63 - held) >> 3;
  held |= 56;
  return next - (held >> 3) <= end;
}

function take(count: u32): u32 {
  const value = (<u32>bits) & ((1 << count) - 1);
  bits >>= count;
  held -= count;
  return value;
}

function takeBlock(type: u32): u32 {
  if (type == 0) return takeStored();
  if (type == 3) return NO_TYPE;
  const problem = type == 1 ? makeFixedCodes() : takeCodes();
  return problem == DONE ? takeSymbols() : problem;
}

/** Bytes as they are, from the next whole byte on. */
function takeStored(): u32 {
  take(held & 7);
  const count = take(16);
  if (take(16) != (count ^ 0xffff)) return next - (held >> 3) > end ? ENDS_INSIDE : WRONG_LENGTH;
  const from = next - (held >> 3);
  if (from + count > end) return ENDS_INSIDE;
  if (made + count > limit) return TOO_MANY;
  memory.copy(made, from, count);
  made += count;
  next = from + count;
  bits = 0;
  held = 0;
  return DONE;
}

/** Those that a block need not tell. */
function makeFixedCodes(): u32 {
  memory.fill(lengths, 8, 144);
  memory.fill(lengths + 144, 9, 112);
  memory.fill(lengths + 256, 7, 24);
  memory.fill(lengths + 280, 8, 8);
  memory.fill(lengths + 288, 5, 32);
  return makeCodes(288, 32);
}

function makeCodes(literalCount: u32, distanceCount: u32): u32 {
  const areCodes =
    makeCode(literals, lengths, literalCount, CODE_LITERALS, LITERAL_BITS) &&
    makeCode(distances, lengths + literalCount, distanceCount, CODE_DISTANCES, DISTANCE_BITS);
  return areCodes ? DONE : WRONG_CODES;
}

function takeCodes(): u32 {
  const literalCount = take(5) + 257;
  const distanceCount = take(5) + 1;
  const lengthCount = take(4) + 4;
  if (literalCount > MAX_LITERALS || distanceCount > MAX_DISTANCES) return WRONG_CODES;
  memory.fill(lengths, 0, LENGTH_CODES);
  for (let i: u32 = 0; i < lengthCount; i++) {
    if (!refill()) return ENDS_INSIDE;
    store<u8>(lengths + load<u8>(lengthOrder + i), <u8>take(3));
  }
  if (!makeCode(codeLengths, lengths, LENGTH_CODES, CODE_LENGTHS, LENGTH_CODE_BITS)) return WRONG_CODES;
  const problem = takeLengths(literalCount + distanceCount);
  if (problem != DONE) return problem;
  return load<u8>(lengths + END_OF_BLOCK) == 0 ? WRONG_CODES : makeCodes(literalCount, distanceCount);
}

function takeLengths(count: u32): u32 {
  for (let i: u32 = 0; i < count;) {
    if (!refill()) return ENDS_INSIDE;
    // No code is longer than those that are found by one look.
    const entry = load<u32>(fastOf(codeLengths) + (((<usize>bits) & 127) << 2));
    if (entry == 0) return NO_CODE;
    take(entry & 15);
    const symbol = entry >> 16;
    if (symbol < 16) {
      store<u8>(lengths + i++, <u8>symbol);
      continue;
    }
    if (symbol == 16 && i == 0) return WRONG_CODES;
    const value: u8 = symbol == 16 ? load<u8>(lengths + i - 1) : 0;
    const times = symbol == 16 ? 3 + take(2) : symbol == 17 ? 3 + take(3) : 11 + take(7);
    if (i + times > count) return WRONG_CODES;
    memory.fill(lengths + i, value, times);
    i += times;
  }
  return DONE;
}

/** What a block's codes stand for, up to its end. What goes on between blocks is in variables of its own here: there are many symbols. */
function takeSymbols(): u32 {
  const last = end;
  const most = limit;
  let at = next;
  let left = bits;
  let count = held;
  let to = made;
  for (;;) {
    if (count < COPY_BITS) {
      left |= load<u64>(at) << count;
      at += (63 - count) >> 3;
      count |= 56;
      if (at - (count >> 3) > last) return ENDS_INSIDE;
    }
    let symbol = load<u32>(fastOf(literals) + (((<usize>left) & ((1 << LITERAL_BITS) - 1)) << 2));
    if (symbol == 0) symbol = longSymbol(literals, <u32>left);
    left >>= symbol & 15;
    count -= symbol & 15;
    if (symbol & SYMBOL_LITERAL) {
      if (to == most) return TOO_MANY;
      store<u8>(to++, <u8>(symbol >> 16));
      continue;
    }
    if (symbol & SYMBOL_END) break;
    if (symbol == 0 || symbol & SYMBOL_NONE) return NO_CODE;
    const length = (symbol >> 16) + ((<u32>left) & ((1 << ((symbol >> 4) & 15)) - 1));
    left >>= (symbol >> 4) & 15;
    count -= (symbol >> 4) & 15;

    symbol = load<u32>(fastOf(distances) + (((<usize>left) & ((1 << DISTANCE_BITS) - 1)) << 2));
    if (symbol == 0) symbol = longSymbol(distances, <u32>left);
    if (symbol == 0 || symbol & SYMBOL_NONE) return NO_CODE;
    left >>= symbol & 15;
    count -= symbol & 15;
    const distance = (symbol >> 16) + ((<u32>left) & ((1 << ((symbol >> 4) & 15)) - 1));
    left >>= (symbol >> 4) & 15;
    count -= (symbol >> 4) & 15;

    if (<usize>distance > to - start) return BEFORE_FIRST;
    if (<usize>length > most - to) return TOO_MANY;
    copy(to, distance, length);
    to += length;
  }
  next = at;
  bits = left;
  held = count;
  made = to;
  return DONE;
}

/** What is copied may be what this makes: eight bytes at a time only where they are there before. Behind the last one is room. */
function copy(to: usize, distance: u32, length: u32): void {
  const stop = to + length;
  if (distance >= 8) {
    for (; to < stop; to += 8) store<u64>(to, load<u64>(to - distance));
  } else if (distance == 1) {
    memory.fill(to, load<u8>(to - 1), length);
  } else {
    for (; to < stop; to++) store<u8>(to, load<u8>(to - distance));
  }
}
