import { endHash, hashWord, isSame, MOST_ROWS, slotHash, tableSize } from './addressLog';

// What several runs of counts say together of addresses (src/core/dataset/summary/addressOwners.ts). A list has entries of one end of one run, partition by
// partition, as addressLog.ts makes them:
//
//   0         4                  8      12       16
//   ┌─────────┬──────────────────┬──────┬────────┬───────┐
//   │ entries │ numbers of hosts │ ends │ before │ hosts │
//   └─────────┴──────────────────┴──────┴────────┴───────┘
//
// Addresses, but for `before`: how many entries there are before these, which `ends`, those of each partition, count too; and `hosts`: how many.
//
// An address that any of them has, while its partition is worked on:
//
//   ┌─────────┬───────┬────────────┐
//   │ address │ owner │ rows (u64) │   address: of its words
//   └─────────┴───────┴────────────┘

export const OWNER_LIST_BYTES: u32 = 20;
export const OWNED_BYTES: u32 = 16;
/** Of `Joined`. */
export const JOINED_BYTES: u32 = 24;

/** Owner of an address that no host has, and of one that several have. Hosts are numbers below. */
const NO_OWNER: u32 = 0xffffffff;
const SEVERAL_OWNERS: u32 = 0xfffffffe;

/** So many of the last links are found again: as many as stay in a cache. */
const LINK_BITS: u32 = 12;
/** The last link of each hash, from 1; 0 where there is none. */
const linkSlots = memory.data((1 << 12) * 4, 16);
const LINK_BYTES: usize = 12;

/** What `joinEntries` tells. */
// @ts-ignore: AssemblyScript's own decorator
@unmanaged
class Joined {
  /** Remote addresses that were written. */
  written: u32;
  /** All remote addresses. */
  remotes: u32;
  links: u32;
  /** Rows to an address that several hosts have. */
  ambiguousRows: u64;
}

/**
 * Finds the host that owns each address of some partitions, and the rows that lead to it, partition by partition. Of `lists` the first `locals` are of local ends, the
 * other `remotes` of remote ends.
 *
 * Writes remote addresses that have `least` rows or more: their words, and rows as u64; links between hosts: the host of the row, that of the
 * address, and rows, the same pair perhaps several times. `table` has room for two u32 an entry of the largest partition, rounded up to a power of two,
 * `owned` for OWNED_BYTES.
 */
export function joinEntries(
  lists: usize,
  locals: u32,
  remotes: u32,
  partitions: u32,
  words: u32,
  seed: u32,
  least: f64,
  table: usize,
  owned: usize,
  joined: usize,
  remoteList: usize,
  linkList: usize,
): void {
  const result = changetype<Joined>(joined);
  memory.fill(joined, 0, JOINED_BYTES);
  memory.fill(linkSlots, 0, (1 << LINK_BITS) * 4);
  const remoteLists = lists + <usize>locals * OWNER_LIST_BYTES;
  const end = remoteLists + <usize>remotes * OWNER_LIST_BYTES;
  const leastRows = <u64>least;
  for (let partition: u32 = 0; partition < partitions; partition++) {
    const mask = tableSize(entriesOf(lists, end, partition)) - 1;
    memory.fill(table, 0, (<usize>mask + 1) << 2);
    let count: u32 = 0;
    for (let list = lists; list < remoteLists; list += OWNER_LIST_BYTES)
      count = own(list, partition, words, seed, table, mask, owned, count);
    for (let list = remoteLists; list < end; list += OWNER_LIST_BYTES)
      count = addRemotes(list, partition, words, seed, table, mask, owned, count, result, linkList);
    writeRemotes(owned, count, words, leastRows, result, remoteList);
  }
}

/** Entries that all lists have of a partition. */
function entriesOf(lists: usize, end: usize, partition: u32): u32 {
  let count: u32 = 0;
  for (let list = lists; list < end; list += OWNER_LIST_BYTES)
    count += endOf(list, partition) - load<u32>(list, 12);
  return count;
}

function endOf(list: usize, partition: u32): u32 {
  return load<u32>(<usize>load<u32>(list, 8) + ((<usize>partition) << 2));
}

/** Gives the addresses of a list's partition their owner, and passes over its entries. */
function own(
  list: usize,
  partition: u32,
  words: u32,
  seed: u32,
  table: usize,
  mask: u32,
  owned: usize,
  known: u32,
): u32 {
  let count = known;
  const entryBytes = ((<usize>words) << 2) + 8;
  const end = endOf(list, partition);
  let entry = <usize>load<u32>(list);
  for (let i = load<u32>(list, 12); i < end; i++, entry += entryBytes) {
    const address = find(entry, words, seed, table, mask, owned, count);
    if (address == owned + <usize>count * OWNED_BYTES) count++;
    const host = hostOf(list, entry, words);
    const owner = load<u32>(address, 4);
    if (owner == NO_OWNER) store<u32>(address, host, 4);
    else if (owner != host) store<u32>(address, SEVERAL_OWNERS, 4);
  }
  store<u32>(list, <u32>entry);
  store<u32>(list, end, 12);
  return count;
}

/** Adds the rows that lead to the addresses of a list's partition, and passes over its entries. */
function addRemotes(
  list: usize,
  partition: u32,
  words: u32,
  seed: u32,
  table: usize,
  mask: u32,
  owned: usize,
  known: u32,
  result: Joined,
  linkList: usize,
): u32 {
  let count = known;
  const entryBytes = ((<usize>words) << 2) + 8;
  const end = endOf(list, partition);
  let entry = <usize>load<u32>(list);
  for (let i = load<u32>(list, 12); i < end; i++, entry += entryBytes) {
    const address = find(entry, words, seed, table, mask, owned, count);
    if (address == owned + <usize>count * OWNED_BYTES) count++;
    const rows = load<u32>(entry + entryBytes - 4);
    store<u64>(address, load<u64>(address, 8) + rows, 8);
    const owner = load<u32>(address, 4);
    if (owner == NO_OWNER || isOwn(entry, words)) continue;
    const host = hostOf(list, entry, words);
    if (owner == SEVERAL_OWNERS) result.ambiguousRows += rows;
    else if (owner != host) result.links = addLink(linkList, result.links, host, owner, rows);
  }
  store<u32>(list, <u32>entry);
  store<u32>(list, end, 12);
  return count;
}

/** A number that the run has no host for is no work of ours: it ends here, before it reads what is something else. */
function hostOf(list: usize, entry: usize, words: u32): u32 {
  const number = load<u32>(entry + ((<usize>words) << 2));
  if (number >= load<u32>(list, 16)) unreachable();
  return load<u32>(<usize>load<u32>(list, 4) + ((<usize>number) << 2));
}

/** The address of an entry among those of the partition; where it is new, behind the last one. */
function find(entry: usize, words: u32, seed: u32, table: usize, mask: u32, owned: usize, count: u32): usize {
  let hash = seed;
  for (let word: usize = 0; word < <usize>words; word++)
    hash = hashWord(hash, load<u32>(entry + (word << 2)));
  let slot = table + ((<usize>(slotHash(hash) & mask)) << 2);
  const last = table + ((<usize>mask) << 2);
  for (let known = load<u32>(slot); known != 0; known = load<u32>(slot)) {
    const address = owned + <usize>(known - 1) * OWNED_BYTES;
    if (isSame(<usize>load<u32>(address), entry, words)) return address;
    slot = slot == last ? table : slot + 4;
  }
  store<u32>(slot, count + 1);
  const address = owned + <usize>count * OWNED_BYTES;
  store<u32>(address, <u32>entry);
  store<u32>(address, NO_OWNER, 4);
  store<u64>(address, 0, 8);
  return address;
}

function writeRemotes(
  owned: usize,
  count: u32,
  words: u32,
  least: u64,
  result: Joined,
  remoteList: usize,
): void {
  const remoteBytes = ((<usize>words) << 2) + 8;
  for (let i: u32 = 0; i < count; i++) {
    const address = owned + <usize>i * OWNED_BYTES;
    const rows = load<u64>(address, 8);
    if (rows == 0) continue;
    result.remotes++;
    if (rows < least) continue;
    const to = remoteList + <usize>result.written * remoteBytes;
    result.written++;
    memory.copy(to, <usize>load<u32>(address), (<usize>words) << 2);
    store<u64>(to + remoteBytes - 8, rows);
  }
}

/** Adds rows to the last link of the same hosts, or to a new one. Returns how many there are. */
function addLink(list: usize, count: u32, from: u32, to: u32, rows: u32): u32 {
  const hash = hashWord(hashWord(0, from), to);
  const slot = linkSlots + ((<usize>(endHash(hash) >> (32 - LINK_BITS))) << 2);
  const known = load<u32>(slot);
  if (known != 0) {
    const link = list + <usize>(known - 1) * LINK_BYTES;
    const sum = <u64>load<u32>(link, 8) + rows;
    if (load<u32>(link) == from && load<u32>(link, 4) == to && sum <= MOST_ROWS) {
      store<u32>(link, <u32>sum, 8);
      return count;
    }
  }
  const link = list + <usize>count * LINK_BYTES;
  store<u32>(link, from);
  store<u32>(link, to, 4);
  store<u32>(link, rows, 8);
  store<u32>(slot, count + 1);
  return count + 1;
}

/** Addresses that are every machine's own: loopback, link-local. */
function isOwn(entry: usize, words: u32): bool {
  const first = load<u32>(entry);
  if (words == 1) return first >> 24 == 127 || first >> 16 == 0xa9fe;
  if (first >> 22 == 0xfe80 >> 6) return true;
  if (first != 0 || load<u32>(entry, 4) != 0) return false;
  const third = load<u32>(entry, 8);
  const fourth = load<u32>(entry, 12);
  // IPv4 addresses of 127.0.0.0/8, and ::1.
  return third == 0xffff ? fourth >> 24 == 127 : third == 0 && fourth == 1 && load<u32>(entry, 16) == 0;
}
