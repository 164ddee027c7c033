// Counting rows of many snapshots together. A list has for each of its rows two u32: the row's number, and that of its snapshot's host.

/** Bytes of a list for each row. */
export const LISTED_BYTES: u32 = 8;

/** Splits a list by whether a row's value of a column of u32 is `value`. Keeps the order. Returns how many there are of which it is. */
export function splitRows(
  list: usize,
  count: u32,
  column: usize,
  value: u32,
  same: usize,
  others: usize,
): u32 {
  const first = same;
  for (const end = list + ((<usize>count) << 3); list < end; list += 8) {
    const listed = load<u64>(list);
    const isSame = load<u32>(column + ((<usize>(<u32>listed)) << 2)) == value;
    // Written to both, and kept in one: which it is cannot be foreseen.
    store<u64>(same, listed);
    store<u64>(others, listed);
    same += (<usize>isSame) << 3;
    others += (<usize>!isSame) << 3;
  }
  return <u32>((same - first) >> 3);
}

/** Adds to the counter of each row's value of a column of u32. Returns how many rows have values from `range` on, which have no counter. */
export function tallyValues(list: usize, count: u32, column: usize, range: u32, counters: usize): u32 {
  let beyond: u32 = 0;
  for (const end = list + ((<usize>count) << 3); list < end; list += 8) {
    const value = load<u32>(column + ((<usize>load<u32>(list)) << 2));
    if (value < range) add(counters + ((<usize>value) << 2));
    else beyond++;
  }
  return beyond;
}

/** Adds a list of ports, each with its rows, to what all have, as f64. */
export function addPorts(list: usize, count: u32, totals: usize): void {
  for (const end = list + ((<usize>count) << 3); list < end; list += 8) {
    const total = totals + ((<usize>load<u16>(list)) << 3);
    store<f64>(total, load<f64>(total) + <f64>load<u32>(list, 4));
  }
}

/** Adds to the counter of each row's value of a column of u16: there is one for each that a u16 can have. */
export function tallyShorts(list: usize, count: u32, column: usize, counters: usize): void {
  for (const end = list + ((<usize>count) << 3); list < end; list += 8) {
    add(counters + ((<usize>load<u16>(column + ((<usize>load<u32>(list)) << 1))) << 2));
  }
}

function add(counter: usize): void {
  store<u32>(counter, load<u32>(counter) + 1);
}
