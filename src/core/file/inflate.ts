// Raw deflate (RFC 1951), taken back without waiting. What browsers have for it are streams, which cost more than the few kilobytes of a
// snapshot in a recording are worth.
//
// Blocks follow one another, each as literals (bytes) and copies of what came before. Bits are taken from the lowest of a byte up; a Huffman
// code stands with its first bit lowest.

const MAX_BITS = 15;
/** Codes up to this length are found by one look. */
const FAST_BITS = 9;
const FAST_MASK = (1 << FAST_BITS) - 1;

const END_OF_BLOCK = 256;
const MAX_LITERALS = 286;
const MAX_DISTANCES = 30;
/** The order in which the lengths of the codes for lengths stand. */
const LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

const COPY_LENGTHS = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195,
  227, 258,
];
const COPY_LENGTH_BITS = [
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
];
const DISTANCES = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097,
  6145, 8193, 12289, 16385, 24577,
];
const DISTANCE_BITS = [
  0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
];

/** A Huffman code: canonical, so that its lengths are all of it. */
interface Code {
  /** By the next FAST_BITS bits: the symbol above four bits of its code's length; 0 where that is longer, or no code. */
  readonly fast: Uint16Array;
  /** How many codes there are of each length. */
  readonly counts: Uint16Array;
  /** The symbols in the order of their codes. */
  readonly symbols: Uint16Array;
}

/**
 * @param length how many bytes it should be
 * @throws Error where it is not raw deflate of exactly that many bytes, or something follows it; no more than these are made
 */
export function inflateNow(bytes: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const inflation = new Inflation(bytes, length);
  inflation.run();
  return inflation.out;
}

class Inflation {
  readonly out: Uint8Array<ArrayBuffer>;
  readonly #bytes: Uint8Array;
  /** The next byte to take bits from. */
  #at = 0;
  /** Bits that have been taken from bytes, and not been used yet. */
  #bits = 0;
  #bitCount = 0;
  /** Bytes made. */
  #made = 0;

  constructor(bytes: Uint8Array, length: number) {
    this.#bytes = bytes;
    this.out = new Uint8Array(length);
  }

  run(): void {
    let isLast = false;
    while (!isLast) {
      isLast = this.#take(1) === 1;
      const type = this.#take(2);
      if (type === 0) this.#stored();
      else if (type === 1) this.#compressed(...fixedCodes());
      else if (type === 2) this.#compressed(...this.#readCodes());
      else throw new Error('a block has a type that is none');
    }
    if (this.#made < this.out.length) {
      throw new Error(`it inflates to ${this.#made} bytes, not ${this.out.length}`);
    }
    if (this.#at < this.#bytes.length) throw new Error('something follows the last block');
  }

  #take(count: number): number {
    while (this.#bitCount < count) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new Error('it ends inside a block');
      this.#bits |= byte << this.#bitCount;
      this.#bitCount += 8;
    }
    const value = this.#bits & ((1 << count) - 1);
    this.#bits >>>= count;
    this.#bitCount -= count;
    return value;
  }

  #symbol({ fast, counts, symbols }: Code): number {
    while (this.#bitCount < MAX_BITS && this.#at < this.#bytes.length) {
      this.#bits |= this.#bytes[this.#at++]! << this.#bitCount;
      this.#bitCount += 8;
    }
    const entry = fast[this.#bits & FAST_MASK]!;
    const length = entry & 15;
    if (length !== 0 && length <= this.#bitCount) {
      this.#bits >>>= length;
      this.#bitCount -= length;
      return entry >>> 4;
    }
    // Bit by bit: `first` is the first code of a length, `index` the place of its symbol.
    let [code, first, index] = [0, 0, 0];
    for (let bit = 1; bit <= MAX_BITS; bit++) {
      code |= this.#take(1);
      const count = counts[bit]!;
      if (code - first < count) return symbols[index + code - first]!;
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    throw new Error('a code is none');
  }

  /** Bytes as they are, from the next whole byte on. */
  #stored(): void {
    this.#at -= this.#bitCount >> 3;
    this.#bits = this.#bitCount = 0;
    const count = this.#take(16);
    if (this.#take(16) !== (count ^ 0xffff)) throw new Error('a block has a wrong length');
    if (this.#at + count > this.#bytes.length) throw new Error('it ends inside a block');
    this.#reserve(count);
    this.out.set(this.#bytes.subarray(this.#at, this.#at + count), this.#made);
    this.#at += count;
    this.#made += count;
  }

  #compressed(literals: Code, distances: Code): void {
    for (;;) {
      const symbol = this.#symbol(literals);
      if (symbol < END_OF_BLOCK) {
        this.#reserve(1);
        this.out[this.#made++] = symbol;
      } else if (symbol === END_OF_BLOCK) {
        this.#giveBack();
        return;
      } else this.#copy(symbol - END_OF_BLOCK - 1, distances);
    }
  }

  #copy(symbol: number, distances: Code): void {
    const base = COPY_LENGTHS[symbol];
    if (base === undefined) throw new Error('a length is none');
    const count = base + this.#take(COPY_LENGTH_BITS[symbol]!);
    const place = this.#symbol(distances);
    const least = DISTANCES[place];
    if (least === undefined) throw new Error('a distance is none');
    const distance = least + this.#take(DISTANCE_BITS[place]!);
    if (distance > this.#made) throw new Error('a copy begins before the first byte');
    this.#reserve(count);
    // Byte by byte: what is copied may be what this makes.
    for (let i = 0; i < count; i++, this.#made++) this.out[this.#made] = this.out[this.#made - distance]!;
  }

  #reserve(count: number): void {
    if (this.#made + count > this.out.length) {
      throw new Error(`it inflates to more than ${this.out.length} bytes`);
    }
  }

  /** Whole bytes that were looked at in advance. */
  #giveBack(): void {
    this.#at -= this.#bitCount >> 3;
    this.#bitCount &= 7;
    this.#bits &= (1 << this.#bitCount) - 1;
  }

  #readCodes(): [literals: Code, distances: Code] {
    const literalCount = this.#take(5) + 257;
    const distanceCount = this.#take(5) + 1;
    const lengthCount = this.#take(4) + 4;
    if (literalCount > MAX_LITERALS || distanceCount > MAX_DISTANCES)
      throw new Error('a block has too many codes');
    const own = new Uint8Array(LENGTH_ORDER.length);
    for (let i = 0; i < lengthCount; i++) own[LENGTH_ORDER[i]!] = this.#take(3);
    const lengths = this.#readLengths(makeCode(own, false), literalCount + distanceCount);
    if (lengths[END_OF_BLOCK] === 0) throw new Error('a block has no end');
    return [
      makeCode(lengths.subarray(0, literalCount), true),
      makeCode(lengths.subarray(literalCount), true),
    ];
  }

  #readLengths(code: Code, count: number): Uint8Array {
    const lengths = new Uint8Array(count);
    for (let i = 0; i < count;) {
      const symbol = this.#symbol(code);
      if (symbol < 16) {
        lengths[i++] = symbol;
        continue;
      }
      if (symbol === 16 && i === 0) throw new Error('the first length repeats one');
      const value = symbol === 16 ? lengths[i - 1]! : 0;
      const times =
        symbol === 16 ? 3 + this.#take(2) : symbol === 17 ? 3 + this.#take(3) : 11 + this.#take(7);
      if (i + times > count) throw new Error('lengths repeat too often');
      lengths.fill(value, i, i + times);
      i += times;
    }
    return lengths;
  }
}

/** @param maybeOne whether a single code of one bit is enough, which leaves the other one unused */
function makeCode(lengths: Uint8Array, maybeOne: boolean): Code {
  const counts = new Uint16Array(MAX_BITS + 1);
  for (const length of lengths) counts[length]!++;
  const used = lengths.length - counts[0]!;
  counts[0] = 0;
  let left = 1;
  for (let bit = 1; bit <= MAX_BITS; bit++) {
    left = left * 2 - counts[bit]!;
    if (left < 0) throw new Error('a block has more codes than there can be');
  }
  const isOne = used === 1 && counts[1] === 1;
  if (left > 0 && used > 0 && !(maybeOne && isOne)) throw new Error('a block has codes that nothing uses');
  return fillCode(lengths, counts, used);
}

function fillCode(lengths: Uint8Array, counts: Uint16Array, used: number): Code {
  const symbols = new Uint16Array(used);
  const fast = new Uint16Array(1 << FAST_BITS);
  const places = new Uint16Array(MAX_BITS + 2);
  const codes = new Uint16Array(MAX_BITS + 2);
  for (let bit = 1; bit <= MAX_BITS; bit++) {
    places[bit + 1] = places[bit]! + counts[bit]!;
    codes[bit + 1] = (codes[bit]! + counts[bit]!) << 1;
  }
  for (const [symbol, length] of lengths.entries()) {
    if (length === 0) continue;
    symbols[places[length]!++] = symbol;
    const code = codes[length]!++;
    if (length > FAST_BITS) continue;
    const entry = (symbol << 4) | length;
    for (let i = reverse(code, length); i <= FAST_MASK; i += 1 << length) fast[i] = entry;
  }
  return { fast, counts, symbols };
}

function reverse(code: number, length: number): number {
  let reversed = 0;
  for (let bit = 0; bit < length; bit++) reversed |= ((code >>> bit) & 1) << (length - 1 - bit);
  return reversed;
}

/** The codes of literals and of distances that a block need not tell: made where one has them. */
let fixed: readonly [literals: Code, distances: Code] | undefined;

function fixedCodes(): readonly [literals: Code, distances: Code] {
  fixed ??= [
    makeCode(
      Uint8Array.from({ length: 288 }, (_, symbol) =>
        symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8,
      ),
      false,
    ),
    makeCode(new Uint8Array(32).fill(5), false),
  ];
  return fixed;
}
