/** An address as words: one of IPv4; of IPv6 four, the most significant first, and the scope id. */
export const IPV4_WORDS = 1;
export const IPV6_WORDS = 5;

/**
 * Entries are kept by the first bits of their addresses' hashes, so that what is said of an address in any number of places can be put
 * together a part at a time.
 */
const PARTITION_BITS = 10;
export const PARTITIONS = 1 << PARTITION_BITS;

const FIRST_ENTRIES = 1 << 10;
/** Entries that are kept in memory. */
const MOST_ENTRIES = 1 << 18;
/** So many of them may be different ones, so that putting equal ones together makes room for a while. */
const MOST_DIFFERENT = 0.75;
const MOST_ROWS = 0xffffffff;
/** So many of the last entries are found again: as many as stay in a cache. */
const SLOT_BITS = 15;

/**
 * The seed belongs to a dataset, and is nobody's to choose: addresses come from files that others made, who could give all of theirs one hash
 * otherwise.
 */
export function hashWord(hash: number, word: number): number {
  const mixed = Math.imul(hash ^ word, 0x2c1b3c6d);
  return Math.imul(mixed ^ (mixed >>> 15), 0x297a2d39);
}

/** What a partition, or a slot, is taken from: its first bits. */
function endHash(hash: number): number {
  return hash ^ (hash >>> 15);
}

/** Another hash of the same words, of which the last bits count: those of one partition have the first bits of the other in common. */
export function slotHash(hash: number): number {
  return hash ^ (hash >>> 13);
}

/**
 * Rows by address and host. An entry is the words of the address, the host's number, and the rows.
 *
 * Entries are a log. A small table tells where in it the last ones are: what comes again soon is counted where it stands, what comes again
 * later has a second entry, and equal ones are put together when the log is full, a partition at a time. A table of all entries would miss
 * the caches with every row.
 */
export class AddressCounts {
  readonly #words: number;
  readonly #entryWords: number;
  readonly #seed: number;
  readonly #mostEntries: number;
  #entries: Uint32Array;
  #count = 0;
  /** Numbers of entries, from 1, by hash: the last one of each. */
  readonly #slots = new Uint32Array(1 << SLOT_BITS);

  constructor(words: number, seed: number, mostEntries = MOST_ENTRIES) {
    this.#words = words;
    this.#entryWords = words + 2;
    this.#seed = seed;
    this.#mostEntries = mostEntries;
    this.#entries = new Uint32Array(FIRST_ENTRIES * this.#entryWords);
  }

  /**
   * Counts rows of a host, beginning with the one at place `from` of the list; those whose address is all zeros, which stands for none or for all of a
   * machine's own, are passed over. Returns the place at which it ended: before the end of the list where no more fits.
   *
   * @param columns of the words of an address
   * @param host its number
   */
  add(columns: readonly Uint32Array[], host: number, rows: Uint32Array, from: number): number {
    let last = -1;
    /** Where the rows of its entry stand. */
    let at = 0;
    for (let i = from; i < rows.length; i++) {
      const row = rows[i]!;
      const isKnown = last >= 0 && isSame(columns, row, last);
      if (!isKnown || this.#entries[at] === MOST_ROWS) {
        if (isZero(columns, row)) continue;
        if (this.#count === this.#mostEntries && !this.#makeRoom()) return i;
        at = this.#placeOf(columns, row, host) + this.#words + 1;
        last = row;
      }
      this.#entries[at]!++;
    }
    return rows.length;
  }

  /** All entries, those of each partition side by side, and where each partition ends. None is left here; valid until more are counted. */
  borrowAll(): { readonly ends: Uint32Array; readonly entries: Uint32Array } {
    const ends = this.#compact();
    const entries = this.#entries.subarray(0, this.#count * this.#entryWords);
    this.#count = 0;
    return { ends, entries };
  }

  /** The place of the entry of a row: of the last one that it has, as far as that is known, or of a new one. */
  #placeOf(columns: readonly Uint32Array[], row: number, host: number): number {
    let hash = this.#seed;
    for (const column of columns) hash = hashWord(hash, column[row]!);
    const slot = endHash(hashWord(hash, host)) >>> (32 - SLOT_BITS);
    const known = (this.#slots[slot]! - 1) * this.#entryWords;
    if (known >= 0 && this.#isEntry(known, columns, row, host)) return known;
    const at = this.#count * this.#entryWords;
    if (at === this.#entries.length) this.#entries = doubled(this.#entries);
    for (let word = 0; word < this.#words; word++) this.#entries[at + word] = columns[word]![row]!;
    this.#entries[at + this.#words] = host;
    this.#entries[at + this.#words + 1] = 0;
    this.#slots[slot] = ++this.#count;
    return at;
  }

  /** Whether rows can be added to the entry. */
  #isEntry(at: number, columns: readonly Uint32Array[], row: number, host: number): boolean {
    for (let word = 0; word < this.#words; word++) {
      if (this.#entries[at + word] !== columns[word]![row]) return false;
    }
    return this.#entries[at + this.#words] === host && this.#entries[at + this.#words + 1] !== MOST_ROWS;
  }

  #makeRoom(): boolean {
    this.#compact();
    return this.#count <= this.#mostEntries * MOST_DIFFERENT;
  }

  /** Puts equal entries together, and all in order of their partitions. Returns where each ends. */
  #compact(): Uint32Array {
    const { entries, ends } = this.#inPartitions();
    const merger = new EntryMerger(this.#words, this.#seed);
    let start = 0;
    this.#count = 0;
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const end = ends[partition]!;
      this.#count = merger.merge(entries, [start, end], this.#entries, this.#count);
      ends[partition] = this.#count;
      start = end;
    }
    this.#slots.fill(0);
    return ends;
  }

  /** The entries as they are, those of each partition side by side, and where each partition ends. */
  #inPartitions(): { readonly entries: Uint32Array; readonly ends: Uint32Array } {
    const [count, entryWords] = [this.#count, this.#entryWords];
    const partitions = new Uint16Array(count);
    const ends = new Uint32Array(PARTITIONS);
    for (let entry = 0; entry < count; entry++) {
      let hash = this.#seed;
      const at = entry * entryWords;
      for (let word = 0; word < this.#words; word++) hash = hashWord(hash, this.#entries[at + word]!);
      const partition = endHash(hash) >>> (32 - PARTITION_BITS);
      partitions[entry] = partition;
      ends[partition]!++;
    }
    const next = new Uint32Array(PARTITIONS);
    for (let partition = 1; partition < PARTITIONS; partition++) {
      next[partition] = ends[partition - 1]!;
      ends[partition]! += ends[partition - 1]!;
    }
    const entries = new Uint32Array(count * entryWords);
    for (let entry = 0; entry < count; entry++) {
      const to = next[partitions[entry]!]!++ * entryWords;
      const at = entry * entryWords;
      for (let word = 0; word < entryWords; word++) entries[to + word] = this.#entries[at + word]!;
    }
    return { entries, ends };
  }
}

/** Puts equal entries of one partition together: so few that a table of them stays in the first-level cache. */
class EntryMerger {
  readonly #words: number;
  readonly #entryWords: number;
  readonly #seed: number;
  /** Numbers of entries, from 1, by hash; at most half full. */
  #slots = new Uint32Array(1 << 9);

  constructor(words: number, seed: number) {
    this.#words = words;
    this.#entryWords = words + 2;
    this.#seed = seed;
  }

  /** Appends the different ones of some entries to a list that has `count`. Returns how many it has then. */
  merge(
    entries: Uint32Array,
    [first, end]: readonly [number, number],
    list: Uint32Array,
    count: number,
  ): number {
    while (this.#slots.length < (end - first) * 2) this.#slots = doubled(this.#slots);
    const slots = this.#slots.fill(0);
    const mask = slots.length - 1;
    const entryWords = this.#entryWords;
    let total = count;
    for (let at = first * entryWords; at < end * entryWords; at += entryWords) {
      let slot = this.#hash(entries, at) & mask;
      while (slots[slot] !== 0 && !this.#join(list, (slots[slot]! - 1) * entryWords, entries, at))
        slot = (slot + 1) & mask;
      if (slots[slot] !== 0) continue;
      for (let word = 0; word < entryWords; word++) list[total * entryWords + word] = entries[at + word]!;
      slots[slot] = ++total;
    }
    return total;
  }

  /** Of the words of the address, and the host. */
  #hash(entries: Uint32Array, at: number): number {
    let hash = this.#seed;
    for (let word = 0; word <= this.#words; word++) hash = hashWord(hash, entries[at + word]!);
    return slotHash(hash);
  }

  /** Adds an entry's rows to another one; false where these are not of the same, or too many together. */
  #join(list: Uint32Array, to: number, entries: Uint32Array, at: number): boolean {
    for (let word = 0; word <= this.#words; word++) {
      if (list[to + word] !== entries[at + word]) return false;
    }
    const rows = list[to + this.#words + 1]! + entries[at + this.#words + 1]!;
    if (rows > MOST_ROWS) return false;
    list[to + this.#words + 1] = rows;
    return true;
  }
}

function isSame(columns: readonly Uint32Array[], a: number, b: number): boolean {
  for (const column of columns) if (column[a] !== column[b]) return false;
  return true;
}

function isZero(columns: readonly Uint32Array[], row: number): boolean {
  for (const column of columns) if (column[row] !== 0) return false;
  return true;
}

export function doubled(array: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(array.length * 2);
  larger.set(array);
  return larger;
}
