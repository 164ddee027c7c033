// Counting networks: the first up to 64 bits of addresses, as one number of two words. A few different ones are counted in a hash table in a
// cache. Where there are more, rows are first dealt by a hash into parts whose numbers find room in that table, so that each is read and written
// once, in sequence, and looked for in a cache.

const HASH_FACTOR: u64 = 0x9e3779b97f4a7c15;
const SLOT_BITS: u32 = 12;
/** More different numbers than this in one part are not counted here. */
const MOST: u32 = 3072;
/** Rows that a part should have. */
const PART_ROWS: u32 = 2048;
const MOST_PART_BITS: u32 = 14;

/** Slots that may be passed over for each row; numbers that were made to fall together are not counted here either. */
const PATIENCE: u32 = 8;
let patience: u64 = 0;

/** countNetworks: too many different numbers have fallen into one part. */
export const TOO_MANY_NETWORKS: u32 = 0xffffffff;

/** A slot is a number, and behind it which of those that were found it is, from 1 on; 0 where it is free. */
const SLOT_BYTES: usize = 16;
const slots = memory.data(4096 * 16, 16);
/** Where the rows of each part go, and in the end where they end. */
const places = memory.data((1 << 14) * 4, 16);

/** What is counted, and where what was found goes: words and counts, with room for all rows. Nine u32, which the caller writes. */
@unmanaged
class Networks {
  first: usize;
  second: usize;
  firstMask: u32;
  secondMask: u32;
  /** Numbers of the rows; 0 for all. */
  selected: usize;
  rows: u32;
  firsts: usize;
  seconds: usize;
  counts: usize;
}

export const NETWORKS_BYTES: u32 = 36;

/** Lists the different numbers, in no order, and their counts. `scratch` has eight bytes for each row. Returns how many there are, or TOO_MANY_NETWORKS. */
export function countNetworks(networks: usize, scratch: usize): u32 {
  const table = changetype<Networks>(networks);
  patience = <u64>PATIENCE * table.rows + (1 << SLOT_BITS);
  const few = countFew(table);
  if (few != TOO_MANY_NETWORKS) return few;
  const bits = partBits(table.rows);
  deal(table, scratch, bits);
  let found: u32 = 0;
  let start: u32 = 0;
  for (let part: u32 = 0; part < (<u32>1) << bits; part++) {
    const end = load<u32>(places + ((<usize>part) << 2));
    clearSlots();
    const before = found;
    for (let at = start; at < end; at++) {
      const number = load<u64>(scratch + ((<usize>at) << 3));
      const slot = slotOf(number, bits);
      if (holds(slot, number)) {
        addOne(table, slot);
        continue;
      }
      found = count(table, number, slot, found);
      if (found - before > MOST || patience == 0) return TOO_MANY_NETWORKS;
    }
    start = end;
  }
  return found;
}

/** Up to as many as the table has room for, as they come. */
function countFew(table: Networks): u32 {
  clearSlots();
  let found: u32 = 0;
  for (let i: u32 = 0; i < table.rows; i++) {
    const number = numberOf(table, i);
    const slot = slotOf(number, 0);
    if (holds(slot, number)) {
      addOne(table, slot);
      continue;
    }
    found = count(table, number, slot, found);
    if (found > MOST || patience == 0) return TOO_MANY_NETWORKS;
  }
  return found;
}

function partBits(rows: u32): u32 {
  return min(MOST_PART_BITS, 32 - <u32>clz(rows / PART_ROWS));
}

/** Writes the numbers of all rows to `to`, part by part. */
function deal(table: Networks, to: usize, bits: u32): void {
  const shift = <u64>(64 - bits);
  memory.fill(places, 0, (<usize>4) << bits);
  for (let i: u32 = 0; i < table.rows; i++) {
    const place = places + ((<usize>partOf(numberOf(table, i), shift)) << 2);
    store<u32>(place, load<u32>(place) + 1);
  }
  let sum: u32 = 0;
  for (let place = places, end = places + ((<usize>4) << bits); place < end; place += 4) {
    const size = load<u32>(place);
    store<u32>(place, sum);
    sum += size;
  }
  for (let i: u32 = 0; i < table.rows; i++) {
    const number = numberOf(table, i);
    const place = places + ((<usize>partOf(number, shift)) << 2);
    const at = load<u32>(place);
    store<u32>(place, at + 1);
    store<u64>(to + ((<usize>at) << 3), number);
  }
}

function numberOf(table: Networks, i: u32): u64 {
  const row = table.selected == 0 ? i : load<u32>(table.selected + ((<usize>i) << 2));
  const first = load<u32>(table.first + ((<usize>row) << 2)) & table.firstMask;
  const second = load<u32>(table.second + ((<usize>row) << 2)) & table.secondMask;
  return ((<u64>first) << 32) | (<u64>second);
}

function hashOf(number: u64): u64 {
  return (number ^ (number >> 29)) * HASH_FACTOR;
}

/** Without parts, all rows are in the first. */
function partOf(number: u64, shift: u64): u32 {
  return shift == 64 ? 0 : <u32>(hashOf(number) >> shift);
}

function clearSlots(): void {
  memory.fill(slots, 0, SLOT_BYTES << SLOT_BITS);
}

/** The first slot where a number can be. It is named by bits of its hash below those that name its part. */
function slotOf(number: u64, usedBits: u32): usize {
  return slots + <usize>((hashOf(number) << (<u64>usedBits)) >> (64 - SLOT_BITS)) * SLOT_BYTES;
}

function holds(slot: usize, number: u64): bool {
  return load<u64>(slot) == number && load<u32>(slot, 8) != 0;
}

function addOne(table: Networks, slot: usize): void {
  const counter = table.counts + ((<usize>(load<u32>(slot, 8) - 1)) << 2);
  store<u32>(counter, load<u32>(counter) + 1);
}

/** Adds one to the count of a number that can be in this slot or in one after it. Returns how many numbers there are then. */
function count(table: Networks, number: u64, slot: usize, found: u32): u32 {
  for (; patience > 0; patience--) {
    if (holds(slot, number)) {
      addOne(table, slot);
      return found;
    }
    if (load<u32>(slot, 8) == 0) {
      const place = (<usize>found) << 2;
      store<u64>(slot, number);
      store<u32>(slot, found + 1, 8);
      store<u32>(table.firsts + place, <u32>(number >> 32));
      store<u32>(table.seconds + place, <u32>number);
      store<u32>(table.counts + place, 1);
      return found + 1;
    }
    slot = slot + SLOT_BYTES == slots + (SLOT_BYTES << SLOT_BITS) ? slots : slot + SLOT_BYTES;
  }
  return found;
}
