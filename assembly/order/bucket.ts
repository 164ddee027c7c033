// Sorting one bucket of entries, in cache. An entry is a u64 with key bits on top and the row number below, so no two are
// equal and every method is stable.
//
// The entries are spread by value over about twice as many slots as there are entries. Slots are in order, and mostly
// hold one entry or none, so that one pass of insertion puts the few that share a slot in order.

import { sortEntries } from './entries';

/** Up to so many entries are spread; their slots and both copies of them fit into a first-level cache. */
const MANY: u32 = 2048;
/** Up to so many entries, insertion alone is the fastest. */
const FEW: u32 = 12;
/** A slot with more entries than this is more than insertion should have to deal with. */
const CROWDED: u32 = 24;

/** Counters of two bytes: 2 × MANY slots, and a vector more. */
const counters = memory.data(2048 * 2 * 2 + 16, 16);

/** Sorts `size` entries whose range is not known. Returns where they are then: at `bucket` or at `scratch`. */
export function sortBucket(bucket: usize, size: u32, scratch: usize): usize {
  if (size <= FEW) {
    insertInPlace(bucket, size);
    return bucket;
  }
  let low = load<u64>(bucket);
  let high = low;
  let previous = low;
  let sorted: u32 = 1;
  for (let at = bucket + 8, end = bucket + ((<usize>size) << 3); at < end; at += 8) {
    const entry = load<u64>(at);
    sorted &= u32(previous < entry);
    previous = entry;
    low = min(low, entry);
    high = max(high, entry);
  }
  if (sorted) return bucket;
  return sortInRange(bucket, size, scratch, low, 64 - <u32>clz(high - low));
}

/** Sorts `size` entries that lie from `low` to `low` + 2^`rangeBits` − 1. Returns where they are then. */
export function sortInRange(bucket: usize, size: u32, scratch: usize, low: u64, rangeBits: u32): usize {
  if (size <= FEW) {
    insertInPlace(bucket, size);
    return bucket;
  }
  if (size > MANY) {
    sortEntries(bucket, size, scratch, 0);
    return bucket;
  }
  const slotBits: u32 = min(rangeBits, 33 - <u32>clz(size - 1));
  const shift = <u64>(rangeBits - slotBits);
  const slots = (<u32>1) << slotBits;
  memory.fill(counters, 0, (<usize>slots) << 1);
  const end = bucket + ((<usize>size) << 3);
  for (let at = bucket; at < end; at += 8) {
    const counter = counters + ((<usize>((load<u64>(at) - low) >> shift)) << 1);
    store<u16>(counter, load<u16>(counter) + 1);
  }
  if (countToOffsets(slots) > CROWDED) {
    sortEntries(bucket, size, scratch, 0);
    return bucket;
  }
  for (let at = bucket; at < end; at += 8) {
    const entry = load<u64>(at);
    const counter = counters + ((<usize>((entry - low) >> shift)) << 1);
    const place = load<u16>(counter);
    store<u16>(counter, place + 1);
    store<u64>(scratch + ((<usize>place) << 3), entry);
  }
  insertInPlace(scratch, size);
  return scratch;
}

/** Turns the counts of the slots into the places where they begin. Returns the highest count. */
function countToOffsets(slots: u32): u32 {
  const zero = i16x8.splat(0);
  let most = zero;
  let before = zero;
  for (let at = counters, end = counters + ((<usize>slots) << 1); at < end; at += 16) {
    const counts = v128.load(at);
    most = i16x8.max_u(most, counts);
    let sums = i16x8.add(
      counts,
      i8x16.shuffle(zero, counts, 0, 1, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29),
    );
    sums = i16x8.add(
      sums,
      i8x16.shuffle(zero, sums, 0, 1, 2, 3, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27),
    );
    sums = i16x8.add(sums, i8x16.shuffle(zero, sums, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23));
    v128.store(at, i16x8.add(before, i16x8.sub(sums, counts)));
    before = i16x8.add(before, i16x8.shuffle(sums, sums, 7, 7, 7, 7, 7, 7, 7, 7));
  }
  most = i16x8.max_u(most, i8x16.shuffle(most, most, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  most = i16x8.max_u(most, i8x16.shuffle(most, most, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3));
  return max(<u32>i16x8.extract_lane_u(most, 0), <u32>i16x8.extract_lane_u(most, 1));
}

/** Shifts each entry back to where it belongs; those that are in order are only looked at. */
function insertInPlace(entries: usize, size: u32): void {
  let previous = load<u64>(entries);
  for (let at = entries + 8, end = entries + ((<usize>size) << 3); at < end; at += 8) {
    const entry = load<u64>(at);
    if (entry > previous) {
      previous = entry;
      continue;
    }
    let to = at;
    do {
      store<u64>(to, load<u64>(to - 8));
      to -= 8;
    } while (to > entries && load<u64>(to - 8) > entry);
    store<u64>(to, entry);
  }
}
