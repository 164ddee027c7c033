/** An address as words: one of IPv4; of IPv6 four, the most significant first, and the scope id. */
export const IPV4_WORDS = 1;
export const IPV6_WORDS = 5;

/**
 * Entries are kept by the first bits of their addresses' hashes, so that what is said of an address in any number of places can be put
 * together a part at a time.
 */
const PARTITION_BITS = 10;
export const PARTITIONS = 1 << PARTITION_BITS;

const FIRST_BITS = 10;
const FIRST_ENTRIES = 1 << FIRST_BITS;
/** Different entries that are kept in memory. */
const MOST_ENTRIES = 1 << 18;
const MOST_ROWS = 0xffffffff;

/**
 * The seed belongs to a dataset, and is nobody's to choose: addresses come from files that others made, who could give all of theirs one hash
 * otherwise.
 */
export function hashWord(hash: number, word: number): number {
  const mixed = Math.imul(hash ^ word, 0x2c1b3c6d);
  return Math.imul(mixed ^ (mixed >>> 15), 0x297a2d39);
}

export function endHash(hash: number): number {
  return (hash ^ (hash >>> 15)) >>> 0;
}

/** Another one of the same words: those of one partition have the first bits of the other in common. */
export function slotHash(hash: number): number {
  return (hash ^ (hash >>> 13)) >>> 0;
}

/** Rows by address and host. An entry is the words of the address, the host's number, and the rows. */
export class AddressCounts {
  readonly entryWords: number;
  readonly #words: number;
  readonly #seed: number;
  readonly #mostEntries: number;
  #entries: Uint32Array;
  #count = 0;
  /** Numbers of entries, from 1, by hash; at most half full. */
  #slots = new Uint32Array(FIRST_ENTRIES);
  /** A hash's first bits are its slot: rows in order of their hashes use slots side by side. */
  #shift = 32 - FIRST_BITS;
  /** Where the last search ended. */
  #slot = 0;

  constructor(words: number, seed: number, mostEntries = MOST_ENTRIES) {
    this.entryWords = words + 2;
    this.#words = words;
    this.#seed = seed;
    this.#mostEntries = mostEntries;
    this.#entries = new Uint32Array(FIRST_ENTRIES * this.entryWords);
  }

  get count(): number {
    return this.#count;
  }

  /**
   * Counts rows, beginning with the one at place `from` of the list; those whose address is all zeros, which stands for none or for all of a
   * machine's own, are passed over. Returns the place at which it ended: before the end of the list where no more fits.
   *
   * @param columns of the words of an address
   * @param hosts a number for each row
   */
  add(columns: readonly Uint32Array[], hosts: Uint32Array, rows: Uint32Array, from: number): number {
    this.#reserve(rows.length - from);
    const [only, ...others] = columns as [Uint32Array, ...Uint32Array[]];
    const { entryWords } = this;
    let lastAddress = 0;
    let lastHost = 0;
    let last = 0;
    for (let i = from; i < rows.length; i++) {
      const row = rows[i]!;
      const host = hosts[row]!;
      if (others.length > 0) {
        if (isZero(columns, row)) continue;
        last = this.#find(columns, row, host);
      } else {
        const address = only[row]!;
        if (address === 0) continue;
        if (last === 0 || address !== lastAddress || host !== lastHost) last = this.#findWord(address, host);
        [lastAddress, lastHost] = [address, host];
      }
      if (last === 0) {
        if (this.#count === this.#mostEntries) return i;
        last = this.#append(columns, row, host);
      }
      const at = last * entryWords - 1;
      if (this.#entries[at] === MOST_ROWS) return i;
      this.#entries[at]!++;
    }
    return rows.length;
  }

  /** The rows in such an order that counting them uses memory bit by bit: many different ones would miss the caches with each row otherwise. */
  inHashOrder(columns: readonly Uint32Array[], hosts: Uint32Array, rows: Uint32Array): Uint32Array {
    const buckets = new Uint8Array(rows.length);
    const next = new Uint32Array(257);
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!;
      let hash = this.#seed;
      for (const column of columns) hash = hashWord(hash, column[row]!);
      buckets[i] = endHash(hashWord(hash, hosts[row]!)) >>> 24;
      next[buckets[i]! + 1]!++;
    }
    for (let bucket = 1; bucket < 256; bucket++) next[bucket]! += next[bucket - 1]!;
    const ordered = new Uint32Array(rows.length);
    for (let i = 0; i < rows.length; i++) ordered[next[buckets[i]!]!++] = rows[i]!;
    return ordered;
  }

  /** All entries, those of each partition side by side, and where each partition ends; nothing is left here. */
  take(): { readonly ends: Uint32Array; readonly entries: Uint32Array } {
    const [count, words, entryWords] = [this.#count, this.#words, this.entryWords];
    const partitions = new Uint32Array(count);
    const ends = new Uint32Array(PARTITIONS);
    for (let entry = 0; entry < count; entry++) {
      let hash = this.#seed;
      for (let word = 0; word < words; word++)
        hash = hashWord(hash, this.#entries[entry * entryWords + word]!);
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
    this.#count = 0;
    this.#slots.fill(0);
    return { ends, entries };
  }

  /** The number of the entry of a row; 0 where there is none yet. */
  #find(columns: readonly Uint32Array[], row: number, host: number): number {
    let hash = this.#seed;
    for (const column of columns) hash = hashWord(hash, column[row]!);
    const mask = this.#slots.length - 1;
    let slot = endHash(hashWord(hash, host)) >>> this.#shift;
    let number = this.#slots[slot]!;
    while (number !== 0 && !this.#isEntry(number, columns, row, host)) {
      slot = (slot + 1) & mask;
      number = this.#slots[slot]!;
    }
    this.#slot = slot;
    return number;
  }

  /** The same for an address of one word, as most are. */
  #findWord(address: number, host: number): number {
    const [slots, entries] = [this.#slots, this.#entries];
    const mask = slots.length - 1;
    let slot = endHash(hashWord(hashWord(this.#seed, address), host)) >>> this.#shift;
    let number = slots[slot]!;
    while (number !== 0) {
      const at = (number - 1) * (IPV4_WORDS + 2);
      if (entries[at] === address && entries[at + 1] === host) break;
      slot = (slot + 1) & mask;
      number = slots[slot]!;
    }
    this.#slot = slot;
    return number;
  }

  #isEntry(number: number, columns: readonly Uint32Array[], row: number, host: number): boolean {
    const at = (number - 1) * this.entryWords;
    for (let word = 0; word < this.#words; word++) {
      if (this.#entries[at + word] !== columns[word]![row]) return false;
    }
    return this.#entries[at + this.#words] === host;
  }

  /** Puts an entry where the last one was not found. Returns its number. */
  #append(columns: readonly Uint32Array[], row: number, host: number): number {
    if ((this.#count + 1) * this.entryWords > this.#entries.length) this.#entries = doubled(this.#entries);
    const at = this.#count * this.entryWords;
    for (let word = 0; word < this.#words; word++) this.#entries[at + word] = columns[word]![row]!;
    this.#entries[at + this.#words] = host;
    this.#entries[at + this.#words + 1] = 0;
    this.#slots[this.#slot] = ++this.#count;
    return this.#count;
  }

  /** Makes room before rows come in order of their hashes: in a table that grows, these would stand close together in its first slots. */
  #reserve(rows: number): void {
    const needed = Math.min(this.#count + rows, this.#mostEntries) * 2;
    let length = this.#slots.length;
    while (length < needed) {
      length *= 2;
      this.#shift--;
    }
    if (length === this.#slots.length) return;
    const slots = new Uint32Array(length);
    const mask = length - 1;
    for (let entry = 0; entry < this.#count; entry++) {
      let hash = this.#seed;
      // The words of the address, and the host.
      for (let word = 0; word <= this.#words; word++) {
        hash = hashWord(hash, this.#entries[entry * this.entryWords + word]!);
      }
      let slot = endHash(hash) >>> this.#shift;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = entry + 1;
    }
    this.#slots = slots;
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
