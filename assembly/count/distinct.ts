// Rows that are equal in several columns get a number in common, so that what is wider than a word can be counted, compared and named
// like any other value.

/**
 * Numbers what is different in `count` columns of u32, whose addresses stand at `columns`, from 1 on in the order of the rows that
 * `order` has. Writes the number of each row to `numbers`, and to `members` the first row of each, that of 1 first.
 *
 * @returns how many there are
 */
export function numberDistinct(
  columns: usize,
  count: u32,
  order: usize,
  rows: u32,
  numbers: usize,
  members: usize,
): u32 {
  let found: u32 = 0;
  let previous: u32 = 0;
  for (let i: u32 = 0; i < rows; i++) {
    const row = load<u32>(order + ((<usize>i) << 2));
    if (i == 0 || differ(columns, count, previous, row)) {
      store<u32>(members + ((<usize>found) << 2), row);
      found++;
    }
    store<u32>(numbers + ((<usize>row) << 2), found);
    previous = row;
  }
  return found;
}

function differ(columns: usize, count: u32, a: u32, b: u32): bool {
  for (let at = columns, end = columns + ((<usize>count) << 2); at < end; at += 4) {
    const column = <usize>load<u32>(at);
    if (load<u32>(column + ((<usize>a) << 2)) != load<u32>(column + ((<usize>b) << 2))) return true;
  }
  return false;
}
