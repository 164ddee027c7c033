// Differences: how to make some bytes from others (the base). One instruction after another, to the end:
//
//   ┌────────────┬──────────────┬────────────┬──────────────┐
//   │ literals l │ l bytes      │ copied c   │ step         │
//   │ varint     │ to take over │ varint     │ varint       │
//   └────────────┴──────────────┴────────────┴──────────────┘
//
// After its literals, an instruction takes c bytes of the base, beginning `step` bytes behind the last one taken before. The
// step is signed: 2s stands for s, 2s−1 for −s. Where c is 0 there is no step.
// A varint has 7 bits in each of at most 8 bytes, the lowest first; the top bit is set in all bytes but the last. Altogether no more bytes are
// copied than the base has, so what comes out is never larger than base and differences together.

/** The most that a varint holds: more than any length, and exact in floating point. */
const MAX_VARINT = Number.MAX_SAFE_INTEGER;
const MAX_VARINT_BYTES = 8;

/** Differences that do not say what they should. The offset is the place in them. */
export class DifferencesError extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/**
 * Makes the bytes that `differences` describe.
 *
 * @param length how many bytes they should be
 * @throws DifferencesError; where base and differences cannot make so many, nothing of that length is allocated
 */
export function applyDifferences(
  differences: Uint8Array,
  base: Uint8Array,
  length: number,
): Uint8Array<ArrayBuffer> {
  const isPossible = length <= base.length + differences.length;
  const result = new Uint8Array(isPossible ? length : 0);
  const numbers = new Varints(differences);
  const end = differences.length;
  let made = 0;
  let baseAt = 0;
  let left = base.length;
  while (numbers.at < end) {
    const start = numbers.at;
    // Most numbers are below 128: a call for each would take longer than what is copied.
    const literals = differences[start]! < 0x80 ? differences[numbers.at++]! : numbers.read();
    if (literals > end - numbers.at) {
      const remain = `${end - numbers.at} remain`;
      throw new DifferencesError(`the differences claim ${literals} literal bytes, ${remain}`, start);
    }
    if (literals > 0) {
      copyBytes(differences, numbers.at, result, made, literals);
      made += literals;
      numbers.at += literals;
    }
    const copied = differences[numbers.at]! < 0x80 ? differences[numbers.at++]! : numbers.read();
    if (copied === 0) continue;
    const step = differences[numbers.at]! < 0x80 ? differences[numbers.at++]! : numbers.read();
    const from = baseAt + (step % 2 === 0 ? step / 2 : -(step + 1) / 2);
    if (from < 0 || from + copied > base.length || copied > left) {
      const held = `it has ${base.length}, of which ${left} are left`;
      throw new DifferencesError(
        `the differences take ${copied} bytes from ${from} of the base; ${held}`,
        start,
      );
    }
    left -= copied;
    copyBytes(base, from, result, made, copied);
    made += copied;
    baseAt = from + copied;
  }
  if (made !== length) {
    throw new DifferencesError(`the differences make ${made} bytes, not ${length}`, end);
  }
  return result;
}

class Varints {
  /** Where the next one begins. */
  at = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  read(): number {
    const start = this.at;
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      if (this.at - start === MAX_VARINT_BYTES) throw new DifferencesError('a number is too long', start);
      const byte = this.#bytes[this.at++];
      if (byte === undefined) throw new DifferencesError('the differences end inside a number', start);
      value += (byte & 0x7f) * scale;
      if (value > MAX_VARINT) throw new DifferencesError('a number is too large', start);
      if (byte < 0x80) return value;
    }
  }
}

/** What takes longer to be made a view of than to be copied. */
const FEW_BYTES = 48;

/** What would not fit is left out: the number of bytes made will not be the right one then. */
function copyBytes(source: Uint8Array, from: number, to: Uint8Array, at: number, bytes: number): void {
  if (at + bytes > to.length) return;
  if (bytes > FEW_BYTES) to.set(source.subarray(from, from + bytes), at);
  else for (let i = 0; i < bytes; i++) to[at + i] = source[from + i]!;
}

/** Writes differences. What is copied from the base and what is not comes in turn, in pieces of any length. */
export class DifferencesWriter {
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
