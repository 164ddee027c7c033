// Sorting permutes row numbers; columns stay where they are. Each call is one stable pass by one key, so that a sort by
// several keys is a call for each, the least significant first. A key is sorted by the bytes in which its values
// differ at all: most columns of a real table vary in one or two of their four.

const DIGITS: u32 = 256;
const offsets = memory.data(DIGITS * sizeof<u32>(), 16);

/** Writes the numbers 0 to `rows` − 1 to `order`. */
export function identityOrder(order: usize, rows: u32): void {
  for (let i: u32 = 0; i < rows; i++) store<u32>(order + ((<usize>i) << 2), i);
}

/**
 * Sorts the row numbers at `order` by the u32 values of `column`, stably; equal values keep their order also when
 * `descending`. `scratch` has room for as many row numbers.
 *
 * @returns the address that holds the result: `order` or `scratch`
 */
export function sortByU32(order: usize, scratch: usize, rows: u32, column: usize, descending: bool): usize {
  return sortBy<u32>(order, scratch, rows, column, descending);
}

/** As sortByU32, for a column of u16 values. */
export function sortByU16(order: usize, scratch: usize, rows: u32, column: usize, descending: bool): usize {
  return sortBy<u16>(order, scratch, rows, column, descending);
}

function sortBy<T>(order: usize, scratch: usize, rows: u32, column: usize, descending: bool): usize {
  const varying = varyingBits<T>(column, rows);
  // Complementing every digit reverses the order of values and leaves ties in theirs.
  const flip: u32 = descending ? 0xff : 0;
  let from = order;
  let to = scratch;
  for (let shift: u32 = 0; shift < sizeof<T>() * 8; shift += 8) {
    if (((varying >> shift) & 0xff) == 0) continue;
    countDigits<T>(column, rows, shift, flip);
    scatter<T>(from, to, rows, column, shift, flip);
    const swapped = from;
    from = to;
    to = swapped;
  }
  return from;
}

/** The bits in which the values of a column differ from each other. */
function varyingBits<T>(column: usize, rows: u32): u32 {
  if (rows == 0) return 0;
  const first = <u32>load<T>(column);
  let varying: u32 = 0;
  for (let i: usize = 0; i < <usize>rows; i++) {
    varying |= first ^ (<u32>load<T>(column + i * sizeof<T>()));
  }
  return varying;
}

/** Leaves in `offsets` where the first row of each digit goes. */
function countDigits<T>(column: usize, rows: u32, shift: u32, flip: u32): void {
  memory.fill(offsets, 0, DIGITS * sizeof<u32>());
  for (let i: usize = 0; i < <usize>rows; i++) {
    const at = digitSlot(<u32>load<T>(column + i * sizeof<T>()), shift, flip);
    store<u32>(at, load<u32>(at) + 1);
  }
  let sum: u32 = 0;
  for (let at = offsets; at < offsets + DIGITS * sizeof<u32>(); at += sizeof<u32>()) {
    const count = load<u32>(at);
    store<u32>(at, sum);
    sum += count;
  }
}

function scatter<T>(from: usize, to: usize, rows: u32, column: usize, shift: u32, flip: u32): void {
  for (let i: usize = 0; i < <usize>rows; i++) {
    const row = load<u32>(from + (i << 2));
    const at = digitSlot(<u32>load<T>(column + <usize>row * sizeof<T>()), shift, flip);
    const place = load<u32>(at);
    store<u32>(at, place + 1);
    store<u32>(to + ((<usize>place) << 2), row);
  }
}

function digitSlot(value: u32, shift: u32, flip: u32): usize {
  return offsets + ((<usize>(((value >> shift) & 0xff) ^ flip)) << 2);
}
