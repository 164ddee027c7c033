// Rows by address and host. An entry has the words of an address, the number of a host, and how many rows have both. Entries are a log: the same
// address and host may have several, since a table of all of them would miss the caches with every row.

/** So many of the last entries are found again: as many as stay in a cache. */
const SLOT_BITS: u32 = 12;
/** The last entry of each hash, from 1; 0 where there is none. */
const slots = memory.data((1 << 12) * 4, 16);
export const MOST_ROWS: u64 = 0xffffffff;

/**
 * Counts the rows of a list (rowLists.ts) by address and host. Those whose address is all zeros, which stands for none or for all of a machine's own,
 * are passed over. `columns` has the address of the column of each word, `entries` room for as many entries as there are rows.
 *
 * @returns how many entries there are
 */
export function logAddresses(
  list: usize,
  count: u32,
  columns: usize,
  words: u32,
  seed: u32,
  entries: usize,
): u32 {
  memory.fill(slots, 0, (1 << SLOT_BITS) * 4);
  const entryBytes = ((<usize>words) << 2) + 8;
  let found: u32 = 0;
  for (const end = list + ((<usize>count) << 3); list < end; list += 8) {
    const row = load<u32>(list);
    const host = load<u32>(list, 4);
    // Where the next entry will stand, if it is a new one.
    const next = entries + <usize>found * entryBytes;
    let hash = hashWord(seed, host);
    let all: u32 = 0;
    for (let word: usize = 0; word < <usize>words; word++) {
      const value = load<u32>(<usize>load<u32>(columns + (word << 2)) + ((<usize>row) << 2));
      store<u32>(next + (word << 2), value);
      hash = hashWord(hash, value);
      all |= value;
    }
    if (all == 0) continue;
    store<u32>(next + ((<usize>words) << 2), host);
    const slot = slots + ((<usize>(endHash(hash) >> (32 - SLOT_BITS))) << 2);
    const known = load<u32>(slot);
    if (known != 0) {
      const last = entries + <usize>(known - 1) * entryBytes;
      if (isSame(last, next, words + 1)) {
        const rows = last + entryBytes - 4;
        store<u32>(rows, load<u32>(rows) + 1);
        continue;
      }
    }
    store<u32>(next + entryBytes - 4, 1);
    store<u32>(slot, ++found);
  }
  return found;
}

/**
 * Copies entries so that those of a partition stand side by side: of addresses whose hashes have the first `bits` bits in common. Writes to `ends` how
 * many there are up to the end of each. `partitions` has room for a u16 an entry.
 */
export function partitionEntries(
  entries: usize,
  count: u32,
  words: u32,
  seed: u32,
  bits: u32,
  partitions: usize,
  ends: usize,
  sorted: usize,
): void {
  const entryBytes = ((<usize>words) << 2) + 8;
  const endBytes = (<usize>4) << bits;
  memory.fill(ends, 0, endBytes);
  for (let i: usize = 0; i < <usize>count; i++) {
    const partition = endHash(hashEntry(entries + i * entryBytes, words, seed)) >> (32 - bits);
    store<u16>(partitions + (i << 1), <u16>partition);
    const end = ends + ((<usize>partition) << 2);
    store<u32>(end, load<u32>(end) + 1);
  }
  let total: u32 = 0;
  for (let at = ends; at < ends + endBytes; at += 4) {
    const own = load<u32>(at);
    store<u32>(at, total);
    total += own;
  }
  // Each place moves from the beginning of its partition to its end.
  for (let i: usize = 0; i < <usize>count; i++) {
    const end = ends + ((<usize>load<u16>(partitions + (i << 1))) << 2);
    const to = load<u32>(end);
    store<u32>(end, to + 1);
    copyEntry(sorted + <usize>to * entryBytes, entries + i * entryBytes, entryBytes);
  }
}

/**
 * Puts equal entries together, partition by partition: so few that a table of them stays in the first-level cache. `table` has room for four u32 an
 * entry of the largest of the 2^`bits` partitions. `ends` becomes those of the list.
 *
 * @returns how many entries the list has
 */
export function mergeEntries(
  sorted: usize,
  words: u32,
  seed: u32,
  bits: u32,
  ends: usize,
  table: usize,
  list: usize,
): u32 {
  const entryBytes = ((<usize>words) << 2) + 8;
  let first: u32 = 0;
  let count: u32 = 0;
  for (let at = ends; at < ends + ((<usize>4) << bits); at += 4) {
    const end = load<u32>(at);
    const mask = tableSize(end - first) - 1;
    memory.fill(table, 0, (<usize>mask + 1) << 2);
    for (; first < end; first++) {
      const entry = sorted + <usize>first * entryBytes;
      let slot = slotHash(hashEntry(entry, words + 1, seed)) & mask;
      let known = load<u32>(table + ((<usize>slot) << 2));
      while (known != 0 && !join(list + <usize>(known - 1) * entryBytes, entry, words)) {
        slot = (slot + 1) & mask;
        known = load<u32>(table + ((<usize>slot) << 2));
      }
      if (known != 0) continue;
      copyEntry(list + <usize>count * entryBytes, entry, entryBytes);
      store<u32>(table + ((<usize>slot) << 2), ++count);
    }
    store<u32>(at, count);
  }
  return count;
}

/** At most half full. */
export function tableSize(entries: u32): u32 {
  return (<u32>2) << (32 - clz<u32>(max<u32>(entries, 2) - 1));
}

/** Adds an entry's rows to another one; false where these are not of the same, or too many together. */
function join(to: usize, entry: usize, words: u32): bool {
  if (!isSame(to, entry, words + 1)) return false;
  const rows = ((<usize>words) << 2) + 4;
  const sum = <u64>load<u32>(to + rows) + load<u32>(entry + rows);
  if (sum > MOST_ROWS) return false;
  store<u32>(to + rows, <u32>sum);
  return true;
}

/** Whether so many words are the same: of two entries, those of the address, and the host. */
export function isSame(a: usize, b: usize, words: u32): bool {
  for (let at: usize = 0; at < (<usize>words) << 2; at += 4) {
    if (load<u32>(a + at) != load<u32>(b + at)) return false;
  }
  return true;
}

function copyEntry(to: usize, from: usize, entryBytes: usize): void {
  for (let at: usize = 0; at < entryBytes; at += 4) store<u32>(to + at, load<u32>(from + at));
}

function hashEntry(entry: usize, words: u32, seed: u32): u32 {
  let hash = seed;
  for (let word: usize = 0; word < <usize>words; word++)
    hash = hashWord(hash, load<u32>(entry + (word << 2)));
  return hash;
}

/**
 * The seed belongs to a dataset, and is nobody's to choose: addresses come from files that others made, who could give all of theirs one hash
 * otherwise.
 */
export function hashWord(hash: u32, word: u32): u32 {
  const mixed = (hash ^ word) * 0x2c1b3c6d;
  return (mixed ^ (mixed >> 15)) * 0x297a2d39;
}

/** What a partition, or a slot, is taken from: its first bits. */
export function endHash(hash: u32): u32 {
  return hash ^ (hash >> 15);
}

/** Another hash of the same words, of which the last bits count: those of one partition have the first bits of the other in common. */
export function slotHash(hash: u32): u32 {
  return hash ^ (hash >> 13);
}
