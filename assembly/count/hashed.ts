// Counting few values that lie anywhere: a hash table that stays in the first-level cache.
import { sortEntries } from '../order/entries';

const HASH_FACTOR: u32 = 0x9e3779b9;
const SLOT_BITS: u32 = 12;
/** More different values than this are not counted here. */
export const MOST_HASHED: u32 = 1 << (SLOT_BITS - 1);
/** `countHashed`: there are more than MOST_HASHED. */
export const TOO_MANY_VALUES: i32 = -1;
/** Rows looked at in between two checks for too many values: so many new ones always find room. */
const CHECK_ROWS: u32 = 64;

/** A slot is a value with its count above it; 0 is a free one. */
const slots = memory.data((1 << 12) * 8, 16);
const scratch = memory.data(((1 << 11) + 64) * 8, 16);

/**
 * Counts values, shifted right by `shift`, and lists them, the lowest first, with their counts. `values` and `counts` have room for MOST_HASHED.
 * Returns how many there are, or TOO_MANY_VALUES, soon.
 */
export function countHashed(from: usize, rows: u32, shift: u32, values: usize, counts: usize): i32 {
  memory.fill(slots, 0, (1 << SLOT_BITS) * 8);
  let found: u32 = 0;
  const end = from + ((<usize>rows) << 2);
  while (from < end) {
    const stop = min(end, from + CHECK_ROWS * 4);
    for (; from < stop; from += 4) found += count(load<u32>(from) >> shift);
    if (found > MOST_HASHED) return TOO_MANY_VALUES;
  }
  listSlots(found, values, counts);
  return <i32>found;
}

/** Adds one to the count of a value. Returns 1 where it is new. */
function count(value: u32): u32 {
  // Fibonacci hashing: the top bits of the product depend on every bit of the value.
  let slot = slots + ((<usize>((value * HASH_FACTOR) >> (32 - SLOT_BITS))) << 3);
  let held = load<u64>(slot);
  // A free slot holds value 0 with no count, and may be taken for it.
  while (<u32>held != value) {
    if (held == 0) break;
    slot = slot + 8 == slots + ((1 << SLOT_BITS) << 3) ? slots : slot + 8;
    held = load<u64>(slot);
  }
  store<u64>(slot, (((held >> 32) + 1) << 32) | (<u64>value));
  return <u32>(held == 0);
}

function listSlots(found: u32, values: usize, counts: usize): void {
  // Sorted in the place of the slots: what is listed so far never reaches a slot that has not been read.
  let end = slots;
  for (let slot = slots; slot < slots + ((1 << SLOT_BITS) << 3); slot += 8) {
    const held = load<u64>(slot);
    if (held == 0) continue;
    store<u64>(end, (held << 32) | (held >> 32));
    end += 8;
  }
  sortEntries(slots, found, scratch, 0);
  for (let slot = slots; slot < end; slot += 8, values += 4, counts += 4) {
    const held = load<u64>(slot);
    store<u32>(values, <u32>(held >> 32));
    store<u32>(counts, <u32>held);
  }
}
