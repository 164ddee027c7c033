// Sorting of entries: u64s with key bits on top and the row number below, so no two are equal and every method is stable.
// Meant for what fits into a cache; linear in the number of entries whatever their distribution.

/** Up to so many entries, shifting each to its place is the fastest. */
const FEW: u32 = 24;
/** A slot with more entries than this is sorted by itself before the final pass. */
const CROWDED: u32 = 32;
/** Levels of spreading by value; entries still crowded then (exponentially distributed, say) are sorted by digits. */
const MAX_DEPTH: u32 = 2;
const MAX_SLOT_BITS: u32 = 12;

/** Counters for each level of recursion. */
const SLOT_COUNTERS: usize = ((1 << 12) + 1) * 4;
const slotCounters = memory.data(((1 << 12) + 1) * 4 * 3, 16);
const digitCounters = memory.data(256 * 4, 16);

/** Sorts `count` entries at `entries`. `scratch` has room for as many. */
export function sortEntries(entries: usize, count: u32, scratch: usize, depth: u32): void {
  if (count <= FEW) {
    insertEntries(entries, entries, count);
    return;
  }
  let low = load<u64>(entries);
  let high = low;
  let previous = low;
  let sorted = true;
  for (let at = entries + 8, end = entries + ((<usize>count) << 3); at < end; at += 8) {
    const entry = load<u64>(at);
    sorted = sorted && previous < entry;
    previous = entry;
    low = min(low, entry);
    high = max(high, entry);
  }
  if (sorted) return;
  if (depth > MAX_DEPTH) {
    sortByDigits(entries, count, scratch, low, high);
    return;
  }
  spread(entries, count, scratch, depth, low, high);
}

/** Spreads the entries by value over about as many slots, and then shifts each to its place, which is near. */
function spread(entries: usize, count: u32, scratch: usize, depth: u32, low: u64, high: u64): void {
  const slotBits = min(MAX_SLOT_BITS, 31 - <u32>clz(count));
  const shift = <u64>max(0, 64 - <i32>clz(high - low) - <i32>slotBits);
  const slots = <u32>((high - low) >> shift) + 1;
  const counters = slotCounters + <usize>depth * SLOT_COUNTERS;
  memory.fill(counters, 0, (<usize>slots) << 2);
  const end = entries + ((<usize>count) << 3);
  for (let at = entries; at < end; at += 8) {
    const counter = counters + ((<usize>((load<u64>(at) - low) >> shift)) << 2);
    store<u32>(counter, load<u32>(counter) + 1);
  }
  let sum: u32 = 0;
  let most: u32 = 0;
  for (let counter = counters, last = counters + ((<usize>slots) << 2); counter < last; counter += 4) {
    const size = load<u32>(counter);
    store<u32>(counter, sum);
    sum += size;
    most = max(most, size);
  }
  for (let at = entries; at < end; at += 8) {
    const entry = load<u64>(at);
    const counter = counters + ((<usize>((entry - low) >> shift)) << 2);
    const place = load<u32>(counter);
    store<u32>(counter, place + 1);
    store<u64>(scratch + ((<usize>place) << 3), entry);
  }
  if (most > CROWDED) sortCrowdedSlots(entries, scratch, counters, slots, depth);
  insertEntries(scratch, entries, count);
}

/** The counters hold where each slot ends. The slots are at `scratch`; `entries` is free. */
function sortCrowdedSlots(entries: usize, scratch: usize, counters: usize, slots: u32, depth: u32): void {
  let start: u32 = 0;
  for (let slot: u32 = 0; slot < slots; slot++) {
    const end = load<u32>(counters + ((<usize>slot) << 2));
    if (end - start > CROWDED) {
      sortEntries(scratch + ((<usize>start) << 3), end - start, entries + ((<usize>start) << 3), depth + 1);
    }
    start = end;
  }
}

/** Copies entries from one place to another (or the same), shifting each back to where it belongs. */
function insertEntries(from: usize, to: usize, count: u32): void {
  for (let i: usize = 0, end = (<usize>count) << 3; i < end; i += 8) {
    const entry = load<u64>(from + i);
    let at = to + i;
    while (at > to && load<u64>(at - 8) > entry) {
      store<u64>(at, load<u64>(at - 8));
      at -= 8;
    }
    store<u64>(at, entry);
  }
}

/** Least significant digit first, over the bytes in which any two entries can differ. */
function sortByDigits(entries: usize, count: u32, scratch: usize, low: u64, high: u64): void {
  const bits = 64 - clz(low ^ high);
  let from = entries;
  let to = scratch;
  for (let shift: u64 = 0; shift < bits; shift += 8) {
    memory.fill(digitCounters, 0, 256 * 4);
    for (let i: usize = 0; i < <usize>count; i++) {
      const counter = digitCounters + ((<usize>((load<u64>(from + (i << 3)) >> shift) & 255)) << 2);
      store<u32>(counter, load<u32>(counter) + 1);
    }
    let sum: u32 = 0;
    for (let counter = digitCounters; counter < digitCounters + 256 * 4; counter += 4) {
      const size = load<u32>(counter);
      store<u32>(counter, sum);
      sum += size;
    }
    for (let i: usize = 0; i < <usize>count; i++) {
      const entry = load<u64>(from + (i << 3));
      const counter = digitCounters + ((<usize>((entry >> shift) & 255)) << 2);
      const place = load<u32>(counter);
      store<u32>(counter, place + 1);
      store<u64>(to + ((<usize>place) << 3), entry);
    }
    const swapped = from;
    from = to;
    to = swapped;
  }
  if (from != entries) memory.copy(entries, from, (<usize>count) << 3);
}
