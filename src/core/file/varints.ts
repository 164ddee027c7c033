import { RestoreError } from './restoreError.js';

// A varint has 7 bits in each of at most 8 bytes, the lowest first; the top bit is set in all bytes but the last.

/** The most that one holds: more than any length, and exact in floating point. */
const MAX_VARINT = Number.MAX_SAFE_INTEGER;
const MAX_VARINT_BYTES = 8;

/** Reads varints from bytes that also hold other things. */
export class Varints {
  /** Where the next one begins. */
  at = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** @throws RestoreError */
  read(): number {
    // Most are below 128.
    const first = this.#bytes[this.at];
    if (first === undefined || first >= 0x80) return this.#readLong();
    this.at++;
    return first;
  }

  /** A signed number: 2s stands for s, 2s−1 for −s. */
  readSigned(): number {
    const value = this.read();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  #readLong(): number {
    const start = this.at;
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      if (this.at - start === MAX_VARINT_BYTES) throw new RestoreError('a number is too long');
      const byte = this.#bytes[this.at++];
      if (byte === undefined) throw new RestoreError('a number ends too soon');
      value += (byte & 0x7f) * scale;
      if (value > MAX_VARINT) throw new RestoreError('a number is too large');
      if (byte < 0x80) return value;
    }
  }
}
