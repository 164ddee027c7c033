// What rows are counted by, as one u32 a row: a column's values, the first bits of its addresses, or two of these side by side.

/**
 * Writes the values of a column, shifted right (an address prefix is what remains), to `values`.
 *
 * @param selected numbers of the rows; 0 for all, from 0 on. Then up to 15 values behind the last are read, and written, too
 * @param bytes bytes of a value of the column: 2 or 4
 */
export function gatherValues(
  selected: usize,
  rows: u32,
  column: usize,
  bytes: u32,
  shift: u32,
  values: usize,
): void {
  if (selected != 0) {
    gatherSelected(selected, rows, column, bytes, shift, values);
    return;
  }
  const end = values + ((<usize>rows) << 2);
  if (bytes == 2) {
    for (let to = values; to < end; to += 16, column += 8) {
      v128.store(to, i32x4.shr_u(v128.load16x4_u(column), shift));
    }
    return;
  }
  for (let to = values; to < end; to += 16, column += 16) {
    v128.store(to, i32x4.shr_u(v128.load(column), shift));
  }
}

function gatherSelected(
  selected: usize,
  rows: u32,
  column: usize,
  bytes: u32,
  shift: u32,
  values: usize,
): void {
  for (let i: usize = 0, end = (<usize>rows) << 2; i < end; i += 4) {
    const row = <usize>load<u32>(selected + i);
    const value = bytes == 2 ? <u32>load<u16>(column + (row << 1)) : load<u32>(column + (row << 2));
    store<u32>(values + i, value >> shift);
  }
}

/** Writes the lowest and the highest of the values to `range`, as two u32. There is at least one. */
export function valueRange(values: usize, rows: u32, range: usize): void {
  let low = load<u32>(values);
  let high = low;
  const end = values + ((<usize>rows) << 2);
  const even = values + ((<usize>(rows & ~3)) << 2);
  let lows = i32x4.splat(low);
  let highs = lows;
  for (; values < even; values += 16) {
    const four = v128.load(values);
    lows = i32x4.min_u(lows, four);
    highs = i32x4.max_u(highs, four);
  }
  for (; values < end; values += 4) {
    low = min(low, load<u32>(values));
    high = max(high, load<u32>(values));
  }
  low = min(low, min(lane(lows, 0), min(lane(lows, 1), min(lane(lows, 2), lane(lows, 3)))));
  high = max(high, max(lane(highs, 0), max(lane(highs, 1), max(lane(highs, 2), lane(highs, 3)))));
  store<u32>(range, low);
  store<u32>(range, high, 4);
}

function lane(four: v128, number: u32): u32 {
  if (number == 0) return <u32>i32x4.extract_lane(four, 0);
  if (number == 1) return <u32>i32x4.extract_lane(four, 1);
  if (number == 2) return <u32>i32x4.extract_lane(four, 2);
  return <u32>i32x4.extract_lane(four, 3);
}

/** Puts the values of a second column beside those of the first, which they replace: (first - low) × range + (second - low). */
export function joinValues(
  first: usize,
  firstLow: u32,
  second: usize,
  secondLow: u32,
  secondRange: u32,
  rows: u32,
): void {
  for (let i: usize = 0, end = (<usize>rows) << 2; i < end; i += 4) {
    const joined = (load<u32>(first + i) - firstLow) * secondRange + (load<u32>(second + i) - secondLow);
    store<u32>(first + i, joined);
  }
}

/** Copies a word of addresses without the bits that are not in a mask: `mask4` in rows of IPv4, `mask6` in all others. Family 0: in all rows. */
export function maskWord(
  column: usize,
  family: usize,
  rows: u32,
  mask4: u32,
  mask6: u32,
  masked: usize,
): void {
  for (let i: usize = 0, end = (<usize>rows) << 2; i < end; i += 4) {
    const mask = select<u32>(mask4, mask6, family != 0 && load<u32>(family + i) == 4);
    store<u32>(masked + i, load<u32>(column + i) & mask);
  }
}
