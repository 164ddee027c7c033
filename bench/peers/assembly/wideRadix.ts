// Plain LSD radix of keys of IPv6, of the same build: the peer that no input may make the library's sort of wide tables much slower than.
// From columns of u32 to row numbers.
//
// A key has the row number and the columns that vary, the least significant first, and is filled up to whole vectors:
//
//   ┌────────────┬──────────────┬─────┬───────────────┬ ─ ─ ─ ─ ─ ┐
//   │ row number │ column n − 1 │  …  │ column 0      │            16, 32, 48 or 64 bytes
//   └────────────┴──────────────┴─────┴───────────────┴ ─ ─ ─ ─ ─ ┘

const DIGITS_PER_COLUMN: u32 = 4;
const VALUES: u32 = 256;
/** Keys that are made before their digits are counted: they are in the first-level cache then. */
const BLOCK_ROWS: u32 = 256;

// Two addresses with scope ids, and two ports, are twelve columns.
const counts = memory.data(12 * 4 * 256 * 4, 16);
/** The caller writes the addresses of its columns here, the least significant first. */
const list = memory.data(12 * 4, 16);

/** The first address that the caller may use. */
export function heapBase(): usize {
  return __heap_base;
}

export function listAddress(): usize {
  return list;
}

export function keyBytes(columns: u32): u32 {
  return (4 + 4 * columns + 15) & ~15;
}

/** `keys` and `scratch` have room for a key a row. */
export function orderWide(columns: u32, rows: u32, keys: usize, scratch: usize, order: usize): void {
  const size = <usize>keyBytes(columns);
  const digits = columns * DIGITS_PER_COLUMN;
  memory.fill(counts, 0, (<usize>(digits * VALUES)) << 2);
  for (let first: u32 = 0; first < rows; first += BLOCK_ROWS) {
    const count = min(BLOCK_ROWS, rows - first);
    const block = keys + <usize>first * size;
    makeKeys(columns, first, count, block, size);
    for (let digit: u32 = 0; digit < digits; digit++) countDigits(block, count, digit, size);
  }
  let from = keys;
  let to = scratch;
  for (let digit: u32 = 0; digit < digits; digit++) {
    const places = placesOf(digit);
    if (rows === 0 || load<u32>(places + ((<usize>load<u8>(from + 4 + digit)) << 2)) === rows) continue;
    let sum: u32 = 0;
    for (let at = places, end = places + ((<usize>VALUES) << 2); at < end; at += 4) {
      const count = load<u32>(at);
      store<u32>(at, sum);
      sum += count;
    }
    scatter(from, to, rows, digit, size, places);
    const swapped = from;
    from = to;
    to = swapped;
  }
  for (let i: usize = 0; i < <usize>rows; i++) store<u32>(order + (i << 2), load<u32>(from + i * size));
}

function placesOf(digit: u32): usize {
  return counts + ((<usize>(digit * VALUES)) << 2);
}

function makeKeys(columns: u32, first: u32, count: u32, keys: usize, size: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) store<u32>(keys + i * size, first + <u32>i);
  for (let c: usize = 0; c < <usize>columns; c++) {
    const column = <usize>load<u32>(list + (c << 2)) + ((<usize>first) << 2);
    const to = keys + 4 + (c << 2);
    for (let i: usize = 0; i < <usize>count; i++) store<u32>(to + i * size, load<u32>(column + (i << 2)));
  }
}

function countDigits(keys: usize, count: u32, digit: u32, size: usize): void {
  const counters = placesOf(digit);
  for (let at = keys + 4 + digit, end = at + <usize>count * size; at < end; at += size) {
    const counter = counters + ((<usize>load<u8>(at)) << 2);
    store<u32>(counter, load<u32>(counter) + 1);
  }
}

function scatter(from: usize, to: usize, rows: u32, digit: u32, size: usize, places: usize): void {
  for (let at = from, end = from + <usize>rows * size; at < end; at += size) {
    const counter = places + ((<usize>load<u8>(at + 4 + digit)) << 2);
    const place = load<u32>(counter);
    store<u32>(counter, place + 1);
    const key = to + <usize>place * size;
    v128.store(key, v128.load(at));
    if (size > 16) v128.store(key, v128.load(at, 16), 16);
    if (size > 32) v128.store(key, v128.load(at, 32), 32);
    if (size > 48) v128.store(key, v128.load(at, 48), 48);
  }
}
