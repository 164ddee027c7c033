// Counting rows by the values of one or two columns, in a hash table that the caller has made large enough. Where it was
// not, the kernel says so soon, and the caller comes again with a larger one.
//
// A slot is four u32: first value, second value, count (0: the slot is free), unused.

export const COUNT_SLOT_BYTES: u32 = 16;
/** `countRows`: more different values than half the slots. */
export const COUNT_TABLE_FULL: i32 = -1;

/** Rows looked at in between two checks for a full table: so many new values always find room. */
const CHECK_ROWS: u32 = 64;

/**
 * Counts `rows` rows by the values of two columns, each shifted right first: an address prefix, or 0 bits for the value as it is.
 * A column of address 0 has the value 0 in every row. The table has 2^`slotBits` slots, all free, more than 2 × CHECK_ROWS.
 *
 * @param selected numbers of the rows to count; 0 for all, from 0 on
 * @param bytes bytes of a value of each column: 2 or 4
 * @returns how many different values there are, or COUNT_TABLE_FULL
 */
export function countRows(
  selected: usize,
  rows: u32,
  first: usize,
  firstBytes: u32,
  firstShift: u32,
  second: usize,
  secondBytes: u32,
  secondShift: u32,
  slots: usize,
  slotBits: u32,
): i32 {
  const room = ((<u32>1) << slotBits) >> 1;
  let found: u32 = 0;
  for (let start: u32 = 0; start < rows; start += CHECK_ROWS) {
    if (found + CHECK_ROWS > room) return COUNT_TABLE_FULL;
    const end = min(rows, start + CHECK_ROWS);
    for (let i = start; i < end; i++) {
      const row = selected == 0 ? i : load<u32>(selected + ((<usize>i) << 2));
      const a = valueOf(first, firstBytes, row) >> firstShift;
      const b = valueOf(second, secondBytes, row) >> secondShift;
      found += count(a, b, slots, slotBits);
    }
  }
  return <i32>found;
}

function valueOf(column: usize, bytes: u32, row: u32): u32 {
  if (column == 0) return 0;
  if (bytes == 2) return load<u16>(column + ((<usize>row) << 1));
  return load<u32>(column + ((<usize>row) << 2));
}

/** Adds one to the count of a pair of values. Returns 1 where it is new. */
function count(a: u32, b: u32, slots: usize, slotBits: u32): u32 {
  // Fibonacci hashing: the top bits of the product depend on every bit of both values.
  const hash = (((<u64>a) << 32) | b) * 0x9e3779b97f4a7c15;
  const mask = ((<u32>1) << slotBits) - 1;
  let slot = <u32>(hash >> (64 - slotBits));
  while (true) {
    const at = slots + ((<usize>slot) << 4);
    const counted = load<u32>(at, 8);
    if (counted == 0) {
      store<u32>(at, a);
      store<u32>(at, b, 4);
      store<u32>(at, 1, 8);
      return 1;
    }
    if (load<u32>(at) == a && load<u32>(at, 4) == b) {
      store<u32>(at, counted + 1, 8);
      return 0;
    }
    slot = (slot + 1) & mask;
  }
}

/** Writes what the slots hold into three columns of u32, in no order of meaning. Returns how many there are. */
export function collectCounts(slots: usize, slotBits: u32, first: usize, second: usize, counts: usize): u32 {
  let found: usize = 0;
  for (let at = slots, end = slots + ((<usize>1) << (slotBits + 4)); at < end; at += 16) {
    const counted = load<u32>(at, 8);
    if (counted == 0) continue;
    store<u32>(first + (found << 2), load<u32>(at));
    store<u32>(second + (found << 2), load<u32>(at, 4));
    store<u32>(counts + (found << 2), counted);
    found++;
  }
  return <u32>found;
}

/** Frees all slots. */
export function clearCounts(slots: usize, slotBits: u32): void {
  memory.fill(slots, 0, (<usize>1) << (slotBits + 4));
}
