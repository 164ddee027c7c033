import type { Engine } from '../../engine/engine.js';

/** An address as words: one of IPv4; of IPv6 four, the most significant first, and the scope id. */
export const IPV4_WORDS = 1;
export const IPV6_WORDS = 5;

/**
 * Entries are kept by the first bits of their addresses' hashes, so that what is said of an address in any number of places can be put
 * together a part at a time.
 */
const PARTITION_BITS = 10;
export const PARTITIONS = 1 << PARTITION_BITS;

/** What is kept first, and how much more when that is full: few steps, since each touches new memory. */
const FIRST_ENTRIES = 1 << 14;
const GROWTH = 4;
/** Entries that are kept in memory. */
const MOST_ENTRIES = 1 << 18;
/** So many of them may be different ones, so that putting equal ones together makes room for a while. */
const MOST_DIFFERENT = 0.75;
const NONE = new Uint32Array();

/** The words of an entry: those of an address, or of something else that hosts have; the host's number; the rows. */
export function entryWords(words: number): number {
  return words + 2;
}

/**
 * Rows by address, or by other words, and host: entries as the engine counts them (assembly/count/addressLog.ts), as a log. Equal ones are put together when it
 * is full, a partition at a time: a table of all entries would miss the caches with every one of them.
 */
export class EntryLog {
  readonly #words: number;
  readonly #seed: number;
  /** Words of as many entries as are kept. */
  readonly #most: number;
  #entries: Uint32Array;
  /** Where the next entry will stand. */
  #end = 0;

  constructor(words: number, seed: number, mostEntries = MOST_ENTRIES) {
    this.#words = words;
    this.#seed = seed;
    this.#most = mostEntries * entryWords(words);
    this.#entries = new Uint32Array(Math.min(FIRST_ENTRIES * entryWords(words), this.#most));
  }

  /** Adds entries, which may be lent. Returns those, as a copy, for which there is no room. */
  add(engine: Engine, entries: Uint32Array): Uint32Array {
    for (let rest = entries; ;) {
      const some = rest.subarray(0, this.#most - this.#end);
      this.#makeRoom(some.length);
      this.#entries.set(some, this.#end);
      this.#end += some.length;
      if (some.length === rest.length) return NONE;
      // Before the engine takes memory.
      rest = rest.slice(some.length);
      this.#compact(engine);
      if (this.#end > this.#most * MOST_DIFFERENT) return rest;
    }
  }

  /** All entries, those of each partition side by side, and where each partition ends. None is left here; valid until more are counted. */
  borrowAll(engine: Engine): { readonly ends: Uint32Array; readonly entries: Uint32Array } {
    const ends = this.#compact(engine);
    const entries = this.#entries.subarray(0, this.#end);
    this.#end = 0;
    return { ends, entries };
  }

  /** Forgets all entries, and keeps their memory. */
  clear(): void {
    this.#end = 0;
  }

  #makeRoom(words: number): void {
    let { length } = this.#entries;
    while (length < this.#end + words) length = Math.min(length * GROWTH, this.#most);
    if (length === this.#entries.length) return;
    const larger = new Uint32Array(length);
    larger.set(this.#entries.subarray(0, this.#end));
    this.#entries = larger;
  }

  /** Puts equal entries together, and all in order of their partitions. Returns where each ends. */
  #compact(engine: Engine): Uint32Array {
    const [words, seed, bits, end] = [this.#words, this.#seed, PARTITION_BITS, this.#end];
    const count = end / entryWords(words);
    const sizes = [end * 4, end * 4, count * 2, PARTITIONS * 4, count * 16 + 16];
    return engine.withBlocks(sizes, (blocks) => {
      const [list, sorted, partitions, ends, table] = blocks as [number, number, number, number, number];
      engine.borrowU32(list, end).set(this.#entries.subarray(0, end));
      const merged = engine.run((kernels) => {
        kernels.partitionEntries(list, count, words, seed, bits, partitions, ends, sorted);
        return kernels.mergeEntries(sorted, words, seed, bits, ends, table, list);
      });
      this.#end = merged * entryWords(words);
      this.#entries.set(engine.borrowU32(list, this.#end));
      return engine.borrowU32(ends, PARTITIONS).slice();
    });
  }
}
