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
const SLOT_BITS = 12;

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
  /** Where the next entry will stand. */
  #end = 0;
  /** The place of the last entry of each hash. Zero where there is none: what stands there is another's then. */
  readonly #slots = new Uint32Array(1 << SLOT_BITS);

  constructor(words: number, seed: number, mostEntries = MOST_ENTRIES) {
    this.#words = words;
    this.#entryWords = words + 2;
    this.#seed = seed;
    this.#mostEntries = mostEntries;
    this.#entries = new Uint32Array(FIRST_ENTRIES * this.#entryWords);
  }

  /**
   * Counts rows of a host, beginning with the one at place `from` of the list; those whose address is all zeros, which stands for none or
   * for all of a machine's own, are passed over. Returns the place at which it ended: before the end of the list where no more fits.
   *
   * @param columns of the words of an address
   * @param host its number
   */
  add(columns: readonly Uint32Array[], host: number, rows: Uint32Array, from: number): number {
    // What was lent may stand there still.
    if (this.#end === 0) this.#entries.fill(0, 0, this.#entryWords);
    const [only, ...others] = columns as [Uint32Array, ...Uint32Array[]];
    return others.length === 0
      ? this.#addWords(only, host, rows, from)
      : this.#addTuples(columns, host, rows, from);
  }

  /** All entries, those of each partition side by side, and where each partition ends. None is left here; valid until more are counted. */
  borrowAll(): { readonly ends: Uint32Array; readonly entries: Uint32Array } {
    const ends = this.#compact();
    const entries = this.#entries.subarray(0, this.#end);
    this.#end = 0;
    return { ends, entries };
  }

  /** Addresses of one word, as most are. */
  #addWords(addresses: Uint32Array, host: number, rows: Uint32Array, from: number): number {
    const slots = this.#slots;
    const seed = hashWord(this.#seed, host);
    let entries = this.#entries;
    for (let i = from; i < rows.length; i++) {
      const address = addresses[rows[i]!]!;
      if (address === 0) continue;
      const slot = endHash(hashWord(seed, address)) >>> (32 - SLOT_BITS);
      const at = slots[slot]!;
      if (entries[at] === address && entries[at + 1] === host && entries[at + 2] !== MOST_ROWS) {
        entries[at + 2]!++;
        continue;
      }
      if (!this.#makeRoom()) return i;
      entries = this.#entries;
      entries[this.#end] = address;
      this.#append(slot, host);
    }
    return rows.length;
  }

  /** Addresses of several words. */
  #addTuples(columns: readonly Uint32Array[], host: number, rows: Uint32Array, from: number): number {
    const seed = hashWord(this.#seed, host);
    for (let i = from; i < rows.length; i++) {
      const row = rows[i]!;
      if (isZero(columns, row)) continue;
      let hash = seed;
      for (const column of columns) hash = hashWord(hash, column[row]!);
      const slot = endHash(hash) >>> (32 - SLOT_BITS);
      const at = this.#slots[slot]!;
      if (this.#isEntry(at, columns, row, host)) {
        this.#entries[at + this.#words + 1]!++;
        continue;
      }
      if (!this.#makeRoom()) return i;
      for (const [word, column] of columns.entries()) this.#entries[this.#end + word] = column[row]!;
      this.#append(slot, host);
    }
    return rows.length;
  }

  /** Whether a row can be added to the entry at a place. */
  #isEntry(at: number, columns: readonly Uint32Array[], row: number, host: number): boolean {
    for (let word = 0; word < this.#words; word++) {
      if (this.#entries[at + word] !== columns[word]![row]) return false;
    }
    return this.#entries[at + this.#words] === host && this.#entries[at + this.#words + 1] !== MOST_ROWS;
  }

  /** Ends an entry of which the address stands behind the others. */
  #append(slot: number, host: number): void {
    this.#entries[this.#end + this.#words] = host;
    this.#entries[this.#end + this.#words + 1] = 1;
    this.#slots[slot] = this.#end;
    this.#end += this.#entryWords;
  }

  /** Makes sure that an entry more can stand behind the others; false where too many are different. */
  #makeRoom(): boolean {
    const most = this.#mostEntries * this.#entryWords;
    if (this.#end === most) {
      this.#compact();
      return this.#end <= most * MOST_DIFFERENT;
    }
    if (this.#end === this.#entries.length) this.#entries = doubled(this.#entries);
    return true;
  }

  /** Puts equal entries together, and all in order of their partitions. Returns where each ends. */
  #compact(): Uint32Array {
    const { entries, ends } = this.#inPartitions();
    const merger = new EntryMerger(this.#words, this.#seed);
    let start = 0;
    let count = 0;
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const end = ends[partition]!;
      count = merger.merge(entries, [start, end], this.#entries, count);
      ends[partition] = count;
      start = end;
    }
    this.#end = count * this.#entryWords;
    this.#slots.fill(0);
    return ends;
  }

  /** The entries as they are, those of each partition side by side, and where each partition ends. */
  #inPartitions(): { readonly entries: Uint32Array; readonly ends: Uint32Array } {
    const entryWords = this.#entryWords;
    const count = this.#end / entryWords;
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

function isZero(columns: readonly Uint32Array[], row: number): boolean {
  for (const column of columns) if (column[row] !== 0) return false;
  return true;
}

export function doubled(array: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(array.length * 2);
  larger.set(array);
  return larger;
}
