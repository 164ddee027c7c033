import { hashSecret } from '../hashSecret.js';
import { GrowingColumn } from './growing.js';

const FIRST_SLOT_BITS = 10;
const MIX = 0x9e3779b1;

/**
 * Numbers what consists of some u32 words, from 0 on in the order in which it comes: a hash table with open addresses, at most half full.
 * What differs in length must differ in a word too. Hashes begin with a number drawn at random, so that nobody can write a file whose
 * keys all have the same.
 */
export class WordIndex {
  readonly #words = new GrowingColumn();
  /** Where the words of each number begin, and behind the last of them where the next one's will. */
  readonly #starts = new GrowingColumn();
  readonly #seed = hashSecret();
  /** Numbers, each one more than it is: 0 is an empty slot. */
  #slots = new Uint32Array(2 ** FIRST_SLOT_BITS);
  #mask = 2 ** FIRST_SLOT_BITS - 1;

  constructor() {
    this.#starts.push(0);
  }

  get count(): number {
    return this.#starts.length - 1;
  }

  /** The number of these words; of new ones the next, which is `count` before. */
  numberOf(words: Uint32Array, start: number, length: number): number {
    const slot = this.#find(words, start, length);
    const found = this.#slots[slot]!;
    if (found !== 0) return found - 1;
    const number = this.count;
    this.#words.append(words, start, length);
    this.#starts.push(this.#words.length);
    this.#slots[slot] = number + 1;
    if (this.count * 2 > this.#slots.length) this.#grow();
    return number;
  }

  firstWordOf(number: number): number {
    return this.#words.values[this.#starts.values[number]!]!;
  }

  /** All words, and where those of each number begin. */
  toArrays(): { readonly words: Uint32Array<ArrayBuffer>; readonly starts: Uint32Array<ArrayBuffer> } {
    return { words: this.#words.toArray(), starts: this.#starts.toArray() };
  }

  /** The slot of these words, or the one that they would take. */
  #find(words: Uint32Array, start: number, length: number): number {
    const known = this.#words.values;
    const starts = this.#starts.values;
    let slot = this.#hash(words, start, length) & this.#mask;
    for (let entry = this.#slots[slot]!; entry !== 0; entry = this.#slots[slot]!) {
      const first = starts[entry - 1]!;
      let i = 0;
      while (i < length && known[first + i] === words[start + i]) i++;
      if (i === length) return slot;
      slot = (slot + 1) & this.#mask;
    }
    return slot;
  }

  #hash(words: Uint32Array, start: number, length: number): number {
    let hash = this.#seed;
    for (let i = start; i < start + length; i++) {
      hash = Math.imul(hash ^ words[i]!, MIX);
      hash ^= hash >>> 15;
    }
    return hash ^ (hash >>> 16);
  }

  #grow(): void {
    const slots = new Uint32Array(this.#slots.length * 2);
    this.#mask = slots.length - 1;
    this.#slots = slots;
    const words = this.#words.values;
    const starts = this.#starts.values;
    for (let number = 0; number < this.count; number++) {
      const start = starts[number]!;
      let slot = this.#hash(words, start, starts[number + 1]! - start) & this.#mask;
      while (slots[slot] !== 0) slot = (slot + 1) & this.#mask;
      slots[slot] = number + 1;
    }
  }
}
