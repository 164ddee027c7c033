// Plain LSD radix of the same build: the peer that no input may make the library's sort much slower than. From columns to
// row numbers in the documented order.
//
//   A key is 16 bytes, little-endian, so that the digits begin at byte 4, the least significant first:
//   0            4       6                10      12              16
//   ┌────────────┬───────┬────────────────┬───────┬───────────────┐
//   │ row number │ rport │ remote address │ lport │ local address │
//   └────────────┴───────┴────────────────┴───────┴───────────────┘

const KEY_BYTES: usize = 16;
const KEY_BITS: u32 = 96;
/** Keys that are made before their digits are counted: they are in the first-level cache then. */
const BLOCK_ROWS: u32 = 512;

/** A histogram for each digit: 12 of 256 values or 9 of 2,048. */
const counts = memory.data(9 * 2048 * 4, 16);

/** The first address that the caller may use. */
export function heapBase(): usize {
  return __heap_base;
}

/** `keys` and `scratch` have room for 16 bytes a row. A digit has 8 or 11 bits. */
export function orderColumns(
  local: usize,
  lport: usize,
  remote: usize,
  rport: usize,
  rows: u32,
  digitBits: u32,
  keys: usize,
  scratch: usize,
  order: usize,
): void {
  const values = (<u32>1) << digitBits;
  const digits: u32 = (KEY_BITS + digitBits - 1) / digitBits;
  memory.fill(counts, 0, (<usize>(digits * values)) << 2);
  for (let first: u32 = 0; first < rows; first += BLOCK_ROWS) {
    const end = min(rows, first + BLOCK_ROWS);
    makeKeys(local, lport, remote, rport, first, end, keys);
    for (let d: u32 = 0; d < digits; d++) {
      countDigits(
        keys + <usize>first * KEY_BYTES,
        end - first,
        d * digitBits,
        values,
        counts + ((<usize>(d * values)) << 2),
      );
    }
  }
  let from = keys;
  let to = scratch;
  for (let d: u32 = 0; d < digits; d++) {
    const places = counts + ((<usize>(d * values)) << 2);
    if (rows === 0 || load<u32>(places + ((<usize>digitAt(from, d * digitBits, values)) << 2)) === rows)
      continue;
    let sum: u32 = 0;
    for (let at = places, end = places + ((<usize>values) << 2); at < end; at += 4) {
      const count = load<u32>(at);
      store<u32>(at, sum);
      sum += count;
    }
    scatter(from, to, rows, d * digitBits, values, places);
    const swapped = from;
    from = to;
    to = swapped;
  }
  for (let i: usize = 0; i < <usize>rows; i++) store<u32>(order + (i << 2), load<u32>(from + i * KEY_BYTES));
}

function makeKeys(
  local: usize,
  lport: usize,
  remote: usize,
  rport: usize,
  first: u32,
  end: u32,
  keys: usize,
): void {
  for (let i = <usize>first; i < <usize>end; i++) {
    const key = keys + i * KEY_BYTES;
    const address = <u64>load<u32>(remote + (i << 2));
    const ports = <u64>load<u16>(lport + (i << 1));
    store<u64>(key, (address << 48) | ((<u64>load<u16>(rport + (i << 1))) << 32) | (<u64>i));
    store<u64>(key, ((<u64>load<u32>(local + (i << 2))) << 32) | (ports << 16) | (address >> 16), 8);
  }
}

function countDigits(keys: usize, rows: u32, bit: u32, values: u32, counters: usize): void {
  const offset = offsetOf(bit);
  const shift = shiftOf(bit);
  for (let at = keys + offset, end = at + <usize>rows * KEY_BYTES; at < end; at += KEY_BYTES) {
    const counter = counters + ((<usize>((load<u32>(at) >> shift) & (values - 1))) << 2);
    store<u32>(counter, load<u32>(counter) + 1);
  }
}

function scatter(from: usize, to: usize, rows: u32, bit: u32, values: u32, places: usize): void {
  const offset = offsetOf(bit);
  const shift = shiftOf(bit);
  for (let at = from, end = from + <usize>rows * KEY_BYTES; at < end; at += KEY_BYTES) {
    const counter = places + ((<usize>((load<u32>(at + offset) >> shift) & (values - 1))) << 2);
    const place = load<u32>(counter);
    store<u32>(counter, place + 1);
    v128.store(to + <usize>place * KEY_BYTES, v128.load(at));
  }
}

function digitAt(key: usize, bit: u32, values: u32): u32 {
  return (load<u32>(key + offsetOf(bit)) >> shiftOf(bit)) & (values - 1);
}

/** Where to load the four bytes that hold the digit at `bit`, without reading behind the key. */
function offsetOf(bit: u32): usize {
  return <usize>min<u32>(4 + (bit >> 3), 12);
}

function shiftOf(bit: u32): u32 {
  return bit + 32 - ((<u32>offsetOf(bit)) << 3);
}
