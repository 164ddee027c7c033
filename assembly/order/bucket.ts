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
/** How often what is crowded is spread again; after that it is sorted in a way that no distribution slows down. */
const MAX_DEPTH: u32 = 3;

/** Where upper halves of entries differ by less than this, they tell too little to spread by. */
const NARROW: u32 = 1 << 14;

/** Counters of two bytes: 2 × MANY slots, and a vector more. */
const counters = memory.data(2048 * 2 * 2 + 16, 16);

/**
 * Sorts `size` entries whose range is not known. Returns where they are then: at `bucket` or at `scratch`.
 *
 * @param isSparse at least half of the range holds no entry; up to MANY / 2 entries then get twice as many slots
 */
export function sortBucket(
  bucket: usize,
  size: u32,
  scratch: usize,
  depth: u32 = 0,
  isSparse: bool = false,
): usize {
  if (size <= FEW) {
    insertInPlace(bucket, size);
    return bucket;
  }
  const end = bucket + ((<usize>size) << 3);
  let four = upperHalves(bucket);
  let lows = four;
  let highs = four;
  for (let at = bucket + (((<usize>size) & 3) << 3); at < end; at += 32) {
    four = upperHalves(at);
    lows = i32x4.min_u(lows, four);
    highs = i32x4.max_u(highs, four);
  }
  const lowest = lowestLane(lows);
  const range = ~lowestLane(v128.not(highs)) - lowest;
  if (range < NARROW) return sortNarrow(bucket, size, scratch, depth);
  const rangeBits = 64 - <u32>clz(range);
  const isWide = isSparse && size <= MANY / 2;
  return carry(spread(bucket, size, scratch, (<u64>lowest) << 32, rangeBits, depth, u32(isWide)), size);
}

/** Of four entries. */
function upperHalves(entries: usize): v128 {
  return v128.shuffle<u32>(v128.load(entries), v128.load(entries, 16), 1, 3, 5, 7);
}

function lowestLane(lanes: v128): u32 {
  const pairs = i32x4.min_u(lanes, v128.shuffle<u32>(lanes, lanes, 2, 3, 0, 1));
  return min(<u32>i32x4.extract_lane(pairs, 0), <u32>i32x4.extract_lane(pairs, 1));
}

/** As sortBucket, for entries whose upper halves differ little. */
function sortNarrow(bucket: usize, size: u32, scratch: usize, depth: u32): usize {
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
  return carry(spread(bucket, size, scratch, low, 64 - <u32>clz(high - low), depth, 0), size);
}

/** Sorts `size` entries that lie from `low` to `low` + 2^`rangeBits` − 1. Returns where they are then. */
export function sortInRange(bucket: usize, size: u32, scratch: usize, low: u64, rangeBits: u32): usize {
  if (size <= FEW) {
    insertInPlace(bucket, size);
    return bucket;
  }
  // Where four of them are much nearer to each other than that, all may be.
  const first = load<u64>(bucket);
  const quarter = (<usize>(size >> 2)) << 3;
  let differing = first ^ load<u64>(bucket + quarter);
  differing |= first ^ load<u64>(bucket + 2 * quarter);
  differing |= first ^ load<u64>(bucket + 3 * quarter);
  if (rangeBits + <u32>clz(differing) > 67) return sortBucket(bucket, size, scratch);
  const spreadTo = spread(bucket, size, scratch, low, rangeBits, 0, 0);
  insertInPlace(spreadTo, size);
  return spreadTo;
}

/** Puts the entries into slots, which are 2^`moreBits` times as many as usual. Returns where they are then. */
function spread(
  bucket: usize,
  size: u32,
  scratch: usize,
  low: u64,
  rangeBits: u32,
  depth: u32,
  moreBits: u32,
): usize {
  if (size > MANY || depth > MAX_DEPTH) {
    sortEntries(bucket, size, scratch, 0);
    return bucket;
  }
  const slotBits: u32 = min(rangeBits, 33 + moreBits - <u32>clz(size - 1));
  const shift = <u64>(rangeBits - slotBits);
  const slots = (<u32>1) << slotBits;
  memory.fill(counters, 0, (<usize>slots) << 1);
  const end = bucket + ((<usize>size) << 3);
  for (let at = bucket; at < end; at += 8) {
    const counter = counters + ((<usize>((load<u64>(at) - low) >> shift)) << 1);
    store<u16>(counter, load<u16>(counter) + 1);
  }
  const most = countToOffsets(slots);
  for (let at = bucket; at < end; at += 8) {
    const entry = load<u64>(at);
    const counter = counters + ((<usize>((entry - low) >> shift)) << 1);
    const place = load<u16>(counter);
    store<u16>(counter, place + 1);
    store<u64>(scratch + ((<usize>place) << 3), entry);
  }
  if (most > CROWDED) sortCrowdedSlots(scratch, size, bucket, low, shift, depth);
  return scratch;
}

/** The entries are spread: those of a slot lie side by side. `spare` has room for as many. */
function sortCrowdedSlots(entries: usize, size: u32, spare: usize, low: u64, shift: u64, depth: u32): void {
  // Among any CROWDED entries of a slot are two neighbours at this stride.
  const stride: usize = (CROWDED / 2) << 3;
  const end = entries + ((<usize>size) << 3);
  let at = entries;
  while (at + stride < end) {
    const slot = (load<u64>(at) - low) >> shift;
    if ((load<u64>(at + stride) - low) >> shift != slot) {
      at += stride;
      continue;
    }
    let from = at;
    while (from > entries && (load<u64>(from - 8) - low) >> shift == slot) from -= 8;
    at += stride;
    while (at < end && (load<u64>(at) - low) >> shift == slot) at += 8;
    const inSlot = <u32>((at - from) >> 3);
    const sorted = sortBucket(from, inSlot, spare + (from - entries), depth + 1);
    if (sorted != from) memory.copy(from, sorted, at - from);
  }
}

/** Turns the counts of the slots into the places where they begin. Returns the highest count. */
function countToOffsets(slots: u32): u32 {
  const zero = i16x8.splat(0);
  let most = zero;
  let before = zero;
  // Neighbouring bytes of zero and a vector, side by side, are one instruction; any other bytes of two vectors are three.
  for (let at = counters, end = counters + ((<usize>slots) << 1); at < end; at += 16) {
    const counts = v128.load(at);
    most = i16x8.max_u(most, counts);
    let sums = i16x8.add(
      counts,
      i8x16.shuffle(zero, counts, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29),
    );
    sums = i16x8.add(
      sums,
      i8x16.shuffle(zero, sums, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27),
    );
    sums = i16x8.add(
      sums,
      i8x16.shuffle(zero, sums, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23),
    );
    v128.store(at, i16x8.add(before, i16x8.sub(sums, counts)));
    before = i16x8.add(before, i16x8.shuffle(sums, sums, 7, 7, 7, 7, 7, 7, 7, 7));
  }
  most = i16x8.max_u(most, i8x16.shuffle(most, most, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  most = i16x8.max_u(most, i8x16.shuffle(most, most, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3));
  return max(<u32>i16x8.extract_lane_u(most, 0), <u32>i16x8.extract_lane_u(most, 1));
}

/**
 * As insertInPlace, without branches that depend on entries that are one or two places from where they belong: the two greatest of those
 * seen are carried along.
 */
function carry(entries: usize, size: u32): usize {
  const a = load<u64>(entries);
  const b = load<u64>(entries, 8);
  let greater = min(a, b);
  let greatest = max(a, b);
  let previous: u64 = 0;
  let to = entries;
  for (let at = entries + 16, end = entries + ((<usize>size) << 3); at < end; at += 8) {
    const entry = load<u64>(at);
    const lesser = min(greatest, entry);
    greatest = max(greatest, entry);
    const least = min(greater, lesser);
    greater = max(greater, lesser);
    if (least >= previous) {
      store<u64>(to, least);
      previous = least;
    } else {
      shiftBack(entries, to, least);
    }
    to += 8;
  }
  store<u64>(to, greater);
  store<u64>(to, greatest, 8);
  return entries;
}

/** Shifts each entry back to where it belongs; those that are in order are only looked at. */
function insertInPlace(entries: usize, size: u32): void {
  let previous = load<u64>(entries);
  for (let at = entries + 8, end = entries + ((<usize>size) << 3); at < end; at += 8) {
    const entry = load<u64>(at);
    if (entry > previous) previous = entry;
    else shiftBack(entries, at, entry);
  }
}

/** Inserts an entry among those before `to`, the last of which is greater. */
function shiftBack(entries: usize, to: usize, entry: u64): void {
  do {
    store<u64>(to, load<u64>(to - 8));
    to -= 8;
  } while (to > entries && load<u64>(to - 8) > entry);
  store<u64>(to, entry);
}
