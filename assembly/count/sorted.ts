// Counting many values that lie anywhere: sorted, equal ones stand together.

const MOST_DIGIT_BITS: u32 = 12;
/** Counters of up to three digits. */
const counters = memory.data(3 * (1 << 12) * 4, 16);

/**
 * Sorts values whose lowest and highest are known, digit by digit from the right. Returns where the result stands: at
 * `values` or at `scratch`, which has room for as many.
 */
export function sortValues(values: usize, rows: u32, low: u32, high: u32, scratch: usize): usize {
  const bits: u32 = 32 - <u32>clz(high - low);
  const digits: u32 = (bits + MOST_DIGIT_BITS - 1) / MOST_DIGIT_BITS;
  if (digits == 0) return values;
  const digitBits: u32 = (bits + digits - 1) / digits;
  countDigits(values, rows, low, digits, digitBits);
  let from = values;
  let to = scratch;
  for (let digit: u32 = 0; digit < digits; digit++) {
    scatter(from, rows, low, digit * digitBits, digitBits, countersOf(digit), to);
    const next = to;
    to = from;
    from = next;
  }
  return from;
}

function countersOf(digit: u32): usize {
  return counters + ((<usize>digit) << (MOST_DIGIT_BITS + 2));
}

function countDigits(values: usize, rows: u32, low: u32, digits: u32, digitBits: u32): void {
  const bytes: usize = (<usize>4) << digitBits;
  const mask = (1 << digitBits) - 1;
  for (let digit: u32 = 0; digit < digits; digit++) memory.fill(countersOf(digit), 0, bytes);
  const second = digits > 1 ? countersOf(1) : 0;
  const third = digits > 2 ? countersOf(2) : 0;
  for (const end = values + ((<usize>rows) << 2); values < end; values += 4) {
    const value = load<u32>(values) - low;
    increase(counters + ((<usize>(value & mask)) << 2));
    if (second != 0) increase(second + ((<usize>((value >> digitBits) & mask)) << 2));
    if (third != 0) increase(third + ((<usize>(value >> (2 * digitBits))) << 2));
  }
  for (let digit: u32 = 0; digit < digits; digit++) addUp(countersOf(digit), bytes);
}

function increase(counter: usize): void {
  store<u32>(counter, load<u32>(counter) + 1);
}

/** Counters become the places where the values of a digit begin. */
function addUp(first: usize, bytes: usize): void {
  let sum: u32 = 0;
  for (let counter = first; counter < first + bytes; counter += 4) {
    const count = load<u32>(counter);
    store<u32>(counter, sum);
    sum += count;
  }
}

function scatter(
  from: usize,
  rows: u32,
  low: u32,
  shift: u32,
  digitBits: u32,
  places: usize,
  to: usize,
): void {
  const mask = (1 << digitBits) - 1;
  for (const end = from + ((<usize>rows) << 2); from < end; from += 4) {
    const value = load<u32>(from);
    const place = places + ((<usize>(((value - low) >> shift) & mask)) << 2);
    const at = load<u32>(place);
    store<u32>(place, at + 1);
    store<u32>(to + ((<usize>at) << 2), value);
  }
}

/**
 * Lists the different ones of sorted values, and their counts. `values` may be where the sorted ones stand; one more than there are
 * may be written. Returns how many there are.
 */
export function countSorted(sorted: usize, rows: u32, values: usize, counts: usize): u32 {
  let found: usize = 0;
  let value = rows == 0 ? 0 : load<u32>(sorted);
  for (let row: u32 = 1; row < rows; row++) {
    const next = load<u32>(sorted + ((<usize>row) << 2));
    store<u32>(values + found, value);
    store<u32>(counts + found, row);
    found += (<usize>(next != value)) << 2;
    value = next;
  }
  return endRuns(found, value, rows, values, counts);
}

/** Ends the last run, and makes counts of the rows where runs end. */
function endRuns(found: usize, value: u32, rows: u32, values: usize, counts: usize): u32 {
  if (rows == 0) return 0;
  store<u32>(values + found, value);
  store<u32>(counts + found, rows);
  for (let i = found; i != 0; i -= 4) {
    store<u32>(counts + i, load<u32>(counts + i) - load<u32>(counts + i - 4));
  }
  return <u32>(found >> 2) + 1;
}
