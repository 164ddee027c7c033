// The most frequent groups, by the counts of all.

const DIGIT_BITS: u32 = 11;
const DIGIT_MASK: u32 = (1 << DIGIT_BITS) - 1;
const counters = memory.data((1 << 11) * 4, 16);

/**
 * Writes the numbers of the groups with the highest counts to `order`: the highest count first, equal ones as they stand.
 * At least `limit` where there are as many. `order` and `scratch` have room for all groups and one more. Returns how many were written.
 */
export function orderByCount(counts: usize, groups: u32, limit: u32, order: usize, scratch: usize): u32 {
  const least = leastCount(counts, groups, limit);
  let found: usize = 0;
  let all: u32 = 0;
  for (let group: u32 = 0; group < groups; group++) {
    const count = load<u32>(counts + ((<usize>group) << 2));
    const isWanted = count >= least;
    store<u32>(order + found, group);
    found += (<usize>isWanted) << 2;
    all |= select<u32>(count, 0, isWanted);
  }
  const wanted = <u32>(found >> 2);
  let from = order;
  let to = scratch;
  for (let shift: u32 = 0; shift < 32 && all >> shift != 0; shift += DIGIT_BITS) {
    scatter(counts, from, wanted, shift, to);
    const next = to;
    to = from;
    from = next;
  }
  if (from != order) memory.copy(order, from, found);
  return wanted;
}

/** A count that as many groups reach as are wanted, or a lower one. */
function leastCount(counts: usize, groups: u32, limit: u32): u32 {
  if (limit >= groups) return 0;
  memory.fill(counters, 0, 4 << DIGIT_BITS);
  for (let at = counts, end = counts + ((<usize>groups) << 2); at < end; at += 4) {
    const counter = counters + ((<usize>min(DIGIT_MASK, load<u32>(at))) << 2);
    store<u32>(counter, load<u32>(counter) + 1);
  }
  let least = DIGIT_MASK;
  let reached = load<u32>(counters + ((<usize>least) << 2));
  while (reached < limit) reached += load<u32>(counters + ((<usize>--least) << 2));
  return least;
}

/** One pass of a radix sort by count, descending. */
function scatter(counts: usize, from: usize, groups: u32, shift: u32, to: usize): void {
  memory.fill(counters, 0, 4 << DIGIT_BITS);
  const end = from + ((<usize>groups) << 2);
  for (let at = from; at < end; at += 4) {
    const counter = counterOf(counts, load<u32>(at), shift);
    store<u32>(counter, load<u32>(counter) + 1);
  }
  let sum: u32 = 0;
  for (let counter = counters + (4 << DIGIT_BITS) - 4; counter >= counters; counter -= 4) {
    const size = load<u32>(counter);
    store<u32>(counter, sum);
    sum += size;
  }
  for (let at = from; at < end; at += 4) {
    const group = load<u32>(at);
    const counter = counterOf(counts, group, shift);
    const place = load<u32>(counter);
    store<u32>(counter, place + 1);
    store<u32>(to + ((<usize>place) << 2), group);
  }
}

function counterOf(counts: usize, group: u32, shift: u32): usize {
  const count = load<u32>(counts + ((<usize>group) << 2));
  return counters + ((<usize>((count >> shift) & DIGIT_MASK)) << 2);
}
