import { wordsOf } from '../../dist/core/bytes.js';

// Version 1.1 of the format, which recordings are not written in any more: docs/format.md, "Differences".

const MAX_VARINT_BYTES = 8;
const WORD_BYTES = 4;
/** A shorter copy between two literals takes no less room than its bytes. */
const MIN_COPIED_WORDS = 2;

/** Where the rows of a table, or the values of a column beside it, stand in their bytes. All in words of four bytes. */
export interface RowPlaces {
  readonly first: number;
  readonly rowWords: number;
}

/**
 * Differences of rows of equal size to those of an earlier table.
 *
 * @param pairs for each row, the earlier row that it is like, or −1
 */
export function encodeRowDifferences(
  base: Uint8Array,
  target: Uint8Array,
  { first, rowWords }: RowPlaces,
  pairs: Int32Array,
): Uint8Array<ArrayBuffer> {
  const [from, to] = [wordsOf(base), wordsOf(target)];
  const writer = new DifferencesWriter(target);
  const compare = new RunWriter(writer, from, to);
  const headWords = Math.min(first, to.length);
  compare.words(0, 0, headWords);
  for (let row = 0; row < pairs.length; row++) {
    const at = first + row * rowWords;
    if (pairs[row] === -1) compare.literals(at, rowWords);
    else compare.words(first + pairs[row]! * rowWords, at, rowWords);
  }
  compare.flush();
  const done = (headWords + pairs.length * rowWords) * WORD_BYTES;
  if (done < target.length) writer.literals(done, target.length - done);
  return writer.finish();
}

/** Compares word by word, and writes what is the same as copies where these are long enough. */
class RunWriter {
  readonly #writer: DifferencesWriter;
  readonly #from: Uint32Array;
  readonly #to: Uint32Array;
  /** A copy that has not been written yet: it may still turn out to be too short. */
  #copyFrom = 0;
  #copyTo = 0;
  #copied = 0;

  constructor(writer: DifferencesWriter, from: Uint32Array, to: Uint32Array) {
    this.#writer = writer;
    this.#from = from;
    this.#to = to;
  }

  words(from: number, to: number, count: number): void {
    for (let i = 0; i < count;) {
      const start = i;
      while (i < count && this.#from[from + i] === this.#to[to + i]) i++;
      if (i > start) this.#copy(from + start, to + start, i - start);
      const other = i;
      while (i < count && this.#from[from + i] !== this.#to[to + i]) i++;
      if (i > other) this.literals(to + other, i - other);
    }
  }

  literals(to: number, count: number): void {
    this.flush();
    this.#writer.literals(to * WORD_BYTES, count * WORD_BYTES);
  }

  flush(): void {
    const [from, to, count] = [this.#copyFrom, this.#copyTo, this.#copied];
    this.#copied = 0;
    if (count >= MIN_COPIED_WORDS) this.#writer.copy(from * WORD_BYTES, count * WORD_BYTES);
    else if (count > 0) this.#writer.literals(to * WORD_BYTES, count * WORD_BYTES);
  }

  #copy(from: number, to: number, count: number): void {
    if (this.#copied > 0 && from !== this.#copyFrom + this.#copied) this.flush();
    if (this.#copied === 0) [this.#copyFrom, this.#copyTo] = [from, to];
    this.#copied += count;
  }
}

/** Writes differences. What is copied from the base and what is not comes in turn, in pieces of any length. */
class DifferencesWriter {
  readonly #target: Uint8Array;
  #bytes = new Uint8Array(256);
  #length = 0;
  /** Where the last copy ended in the base. */
  #baseAt = 0;
  #literalFrom = 0;
  #literals = 0;
  #copyFrom = 0;
  #copied = 0;

  /** @param target what the differences make: literals are taken from it */
  constructor(target: Uint8Array) {
    this.#target = target;
  }

  /** `length` bytes of the target, from `from` on, which the base does not have. */
  literals(from: number, length: number): void {
    if (this.#copied > 0) this.#write();
    if (this.#literals === 0) this.#literalFrom = from;
    this.#literals += length;
  }

  /** `length` bytes of the base, from `from` on. */
  copy(from: number, length: number): void {
    if (this.#copied > 0 && from !== this.#copyFrom + this.#copied) this.#write();
    if (this.#copied === 0) this.#copyFrom = from;
    this.#copied += length;
  }

  finish(): Uint8Array<ArrayBuffer> {
    if (this.#literals + this.#copied > 0) this.#write();
    return this.#bytes.slice(0, this.#length);
  }

  #write(): void {
    this.#varint(this.#literals);
    this.#reserve(this.#literals);
    this.#bytes.set(
      this.#target.subarray(this.#literalFrom, this.#literalFrom + this.#literals),
      this.#length,
    );
    this.#length += this.#literals;
    this.#varint(this.#copied);
    if (this.#copied > 0) {
      const step = this.#copyFrom - this.#baseAt;
      this.#varint(step >= 0 ? step * 2 : -step * 2 - 1);
      this.#baseAt = this.#copyFrom + this.#copied;
    }
    this.#literals = 0;
    this.#copied = 0;
  }

  #varint(value: number): void {
    this.#reserve(MAX_VARINT_BYTES);
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 128)) this.#bytes[this.#length++] = (rest % 128) | 0x80;
    this.#bytes[this.#length++] = rest;
  }

  #reserve(length: number): void {
    if (this.#length + length <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + length));
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}
