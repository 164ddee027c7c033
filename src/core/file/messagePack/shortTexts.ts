const SLOT_BITS = 11;
const MAX_LENGTH = 24;

/**
 * Texts that were decoded not long ago, by their bytes: the keys of maps and the names of processes are the same few in every snapshot, and
 * to find one takes less than to make it. Bounded: a text takes the place of another one.
 */
export class ShortTexts {
  readonly #texts = Array.from<string | undefined>({ length: 1 << SLOT_BITS });
  readonly #bytes = new Uint8Array(MAX_LENGTH << SLOT_BITS);

  /** The text of some bytes; undefined where it is not short, or not ASCII. */
  get(bytes: Uint8Array, from: number, length: number): string | undefined {
    if (length > MAX_LENGTH) return undefined;
    let hash = length;
    let all = 0;
    for (let at = from; at < from + length; at++) {
      all |= bytes[at]!;
      hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
    }
    if (all > 0x7f) return undefined;
    const slot = Math.imul(hash, 0x9e3779b1) >>> (32 - SLOT_BITS);
    const known = this.#texts[slot];
    if (known?.length === length && this.#isAt(slot * MAX_LENGTH, bytes, from, length)) return known;
    const own = bytes.subarray(from, from + length);
    // As an array-like: to spread it makes an object for each byte.
    const text = Reflect.apply(String.fromCharCode, undefined, own) as string;
    this.#texts[slot] = text;
    this.#bytes.set(own, slot * MAX_LENGTH);
    return text;
  }

  #isAt(at: number, bytes: Uint8Array, from: number, length: number): boolean {
    for (let i = 0; i < length; i++) if (this.#bytes[at + i] !== bytes[from + i]) return false;
    return true;
  }
}
