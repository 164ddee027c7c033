// The Huffman codes of deflate (RFC 1951, 3.2). They are canonical, so that the lengths of the codes are all of one. A code stands with its first
// bit lowest.

const MAX_BITS: u32 = 15;
const MAX_SYMBOLS: usize = 288;

/**
 * What a symbol means, a u32: four bits of its code's length, four of how many bits follow it, a flag, and in the upper half the byte, the
 * length or the distance to which those that follow are added.
 */
export const SYMBOL_LITERAL: u32 = 1 << 8;
export const SYMBOL_END: u32 = 1 << 9;
/** It has a code, and no meaning. */
export const SYMBOL_NONE: u32 = 1 << 10;

/** The lengths of codes that a block begins with, its bytes and lengths, and its distances. */
export const CODE_LENGTHS: u32 = 0;
export const CODE_LITERALS: u32 = 1;
export const CODE_DISTANCES: u32 = 2;

/** The base of every length from symbol 257 on, and of every distance; then how many bits follow it. */
const lengthBases = memory.data<u16>([
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195,
  227, 258,
]);
const lengthBits = memory.data<u8>([
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
]);
const distanceBases = memory.data<u16>([
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097,
  6145, 8193, 12289, 16385, 24577,
]);
const distanceBits = memory.data<u8>([
  0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
]);
const END_OF_BLOCK: u32 = 256;
const LENGTHS_END: u32 = END_OF_BLOCK + 1 + 29;
const DISTANCES_END: u32 = 30;

/**
 * A code in memory: how many codes there are of each length, as u16; the symbols in the order of their codes; and for the next bits, whatever
 * they are, the symbol that they begin with. That is 0 where its code is longer than these, or none.
 */
const SYMBOLS: usize = 32;
const FAST: usize = SYMBOLS + MAX_SYMBOLS * 4;

/** What makes a code of up to so many bits be found by one look. */
export const LITERAL_BITS: u32 = 10;
export const DISTANCE_BITS: u32 = 8;

export const codeLengths = memory.data(32 + 288 * 4 + (4 << 8), 16);
export const literals = memory.data(32 + 288 * 4 + (4 << 10), 16);
export const distances = memory.data(32 + 288 * 4 + (4 << 8), 16);

/** The next place of each length in the list of symbols, and the next code. */
const places = memory.data(17 * 4, 4);
const codes = memory.data(17 * 4, 4);

/** Where the bits stand that are found by one look. */
export function fastOf(code: usize): usize {
  return code + FAST;
}

/**
 * Makes a code of the lengths of its codes, a byte each.
 *
 * @param what which of the three it is: what its symbols mean
 * @returns whether there is such a code
 */
export function makeCode(code: usize, lengths: usize, count: u32, what: u32, fastBits: u32): bool {
  memory.fill(code, 0, FAST + ((<usize>4) << fastBits));
  for (let i: u32 = 0; i < count; i++) {
    const at = code + ((<usize>load<u8>(lengths + i)) << 1);
    store<u16>(at, load<u16>(at) + 1);
  }
  const used = count - load<u16>(code);
  store<u16>(code, 0);
  if (!isComplete(code, used, what)) return false;
  for (let bit: usize = 1, place: u32 = 0, first: u32 = 0; bit <= MAX_BITS; bit++) {
    store<u32>(places + (bit << 2), place);
    store<u32>(codes + (bit << 2), first);
    const ofLength = load<u16>(code + (bit << 1));
    place += ofLength;
    first = (first + ofLength) << 1;
  }
  for (let symbol: u32 = 0; symbol < count; symbol++) {
    const length: u32 = load<u8>(lengths + symbol);
    if (length != 0) addSymbol(code, meaning(what, symbol) | length, length, fastBits);
  }
  return true;
}

/** A single code of one bit is enough, which leaves the other one unused, and so is none at all; but not where it is to tell lengths. */
function isComplete(code: usize, used: u32, what: u32): bool {
  let left: i32 = 1;
  for (let bit: usize = 1; bit <= MAX_BITS; bit++) {
    left = left * 2 - <i32>load<u16>(code + (bit << 1));
    if (left < 0) return false;
  }
  if (left == 0 || used == 0) return true;
  return what != CODE_LENGTHS && used == 1 && load<u16>(code + 2) == 1;
}

function addSymbol(code: usize, symbol: u32, length: u32, fastBits: u32): void {
  const place = places + ((<usize>length) << 2);
  store<u32>(code + SYMBOLS + ((<usize>load<u32>(place)) << 2), symbol);
  store<u32>(place, load<u32>(place) + 1);
  const next = codes + ((<usize>length) << 2);
  const own = load<u32>(next);
  store<u32>(next, own + 1);
  if (length > fastBits) return;
  const fast = fastOf(code);
  for (let bits = reverse(own, length); bits < 1 << fastBits; bits += 1 << length) {
    store<u32>(fast + ((<usize>bits) << 2), symbol);
  }
}

function reverse(code: u32, length: u32): u32 {
  let reversed: u32 = 0;
  for (let bit: u32 = 0; bit < length; bit++) reversed |= ((code >> bit) & 1) << (length - 1 - bit);
  return reversed;
}

function meaning(what: u32, symbol: u32): u32 {
  if (what == CODE_DISTANCES) {
    return symbol < DISTANCES_END ? added(distanceBases, distanceBits, symbol) : SYMBOL_NONE;
  }
  if (what == CODE_LENGTHS || symbol < END_OF_BLOCK) return SYMBOL_LITERAL | (symbol << 16);
  if (symbol == END_OF_BLOCK) return SYMBOL_END;
  return symbol < LENGTHS_END ? added(lengthBases, lengthBits, symbol - END_OF_BLOCK - 1) : SYMBOL_NONE;
}

function added(bases: usize, bits: usize, index: u32): u32 {
  return (load<u16>(bases + ((<usize>index) << 1)) << 16) | (load<u8>(bits + index) << 4);
}

/** The symbol that these bits begin with, found bit by bit; 0 where they are no code. */
export function longSymbol(code: usize, bits: u32): u32 {
  let own: u32 = 0;
  let first: u32 = 0;
  let index: u32 = 0;
  for (let bit: usize = 1; bit <= MAX_BITS; bit++) {
    own |= bits & 1;
    bits >>= 1;
    const count: u32 = load<u16>(code + (bit << 1));
    if (own - first < count) return load<u32>(code + SYMBOLS + ((<usize>(index + own - first)) << 2));
    index += count;
    first = (first + count) << 1;
    own <<= 1;
  }
  return 0;
}
