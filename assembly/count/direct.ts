// Counting values that lie close together: a counter for each value that there may be.

/**
 * Two sets of counters, used in turn: to add to a counter that was written just before waits for that write, and neighbouring
 * rows often have the same value.
 */
export const COUNTER_SETS: u32 = 2;

/**
 * Counts values, shifted right by `shift`, which are from `low` to `low + range - 1` then. `counters` has room for COUNTER_SETS times `range`
 * u32.
 */
export function countDirectly(
  values: usize,
  rows: u32,
  shift: u32,
  low: u32,
  range: u32,
  counters: usize,
): void {
  const set = (<usize>range) << 2;
  memory.fill(counters, 0, set * COUNTER_SETS);
  const first = counters - ((<usize>low) << 2);
  const second = first + set;
  const even = values + ((<usize>(rows & ~1)) << 2);
  for (; values < even; values += 8) {
    const two = load<u64>(values);
    add(first + ((<usize>((<u32>two) >> shift)) << 2));
    add(second + ((<usize>((<u32>(two >> 32)) >> shift)) << 2));
  }
  if ((rows & 1) != 0) add(first + ((<usize>(load<u32>(values) >> shift)) << 2));
}

function add(counter: usize): void {
  store<u32>(counter, load<u32>(counter) + 1);
}

/**
 * Lists the values that were counted, the lowest first, and their counts. One more than there are may be written.
 * Returns how many there are.
 */
export function listCounted(counters: usize, low: u32, range: u32, values: usize, counts: usize): u32 {
  const set = (<usize>range) << 2;
  let found: usize = 0;
  for (let i: usize = 0; i < set; i += 4) {
    const count = load<u32>(counters + i) + load<u32>(counters + set + i);
    store<u32>(values + found, low + ((<u32>i) >> 2));
    store<u32>(counts + found, count);
    found += (<usize>(count != 0)) << 2;
  }
  return <u32>(found >> 2);
}
