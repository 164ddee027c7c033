// A sort key as one number. Every field that rows are sorted by is a column; of each, only the bits between the lowest and
// the highest in which its values differ at all take part. Packed side by side, the most significant field on top, they
// make a u64 whose order is the order of the rows, as far as 64 bits reach:
//
//   63                                                  0
//   ┌───────────┬─────────────────────┬──────────────┬───┐
//   │ lport: 9  │ remote address: 32  │ rport: 16    │ 0 │   a busy server, whose local address does not vary: exact
//   └───────────┴─────────────────────┴──────────────┴───┘
//
// Most tables fit. Where they do not, the last fields are cut off, and rows with equal numbers are compared by columns.

/** Bytes of a Key. */
export const KEY_BYTES: u32 = 32;

/** What the caller writes for each key, the most significant first; prepareKeys fills in the rest. */
@unmanaged
export class Key {
  column: usize;
  /** Bytes of a value: 2 or 4. */
  valueBytes: u32;
  /** 0, or all ones for a key that descends: complemented values are in the opposite order. */
  flip: u32;
  /** The bits in which the column's values differ. */
  varying: u32;
  /** How far a value moves right, so that bit 0 is the lowest that is used. */
  shift: u32;
  /** The bits used after that; 0 where the field does not vary or found no room. */
  mask: u32;
  /** Where bit 0 then goes in the packed number. */
  position: u32;
  unused: u32;
}

/** Rows whose numbers are packed at a time: their part of every column and the numbers stay in the first-level cache. */
export const BLOCK_ROWS: u32 = 512;

/** Finds the varying bits of every key and their places. Returns how many bits all of them have: above 64, some are cut. */
export function prepareKeys(keys: usize, count: u32, rows: u32): u32 {
  let used: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const key = keyAt(keys, i);
    key.varying = key.valueBytes == 2 ? varyingBitsU16(key.column, rows) : varyingBitsU32(key.column, rows);
    used += place(key, used);
  }
  return used;
}

export function keyAt(keys: usize, index: u32): Key {
  return changetype<Key>(keys + <usize>index * offsetof<Key>());
}

/** Places the field below the `used` topmost bits. Returns the bits that it has. */
function place(key: Key, used: u32): u32 {
  key.shift = 0;
  key.mask = 0;
  key.position = 0;
  if (key.varying == 0) return 0;
  const low = <u32>ctz(key.varying);
  const width = 32 - <u32>clz(key.varying) - low;
  const room = used < 64 ? 64 - used : 0;
  const taken = min(width, room);
  if (taken > 0) {
    key.shift = low + width - taken;
    key.mask = <u32>(0xffffffff >> (32 - taken));
    key.position = room - taken;
  }
  return width;
}

/** Packs the keys of `rows` rows from `first` on into u64s at `packed`. `rows` is at most BLOCK_ROWS. */
export function packKeys(keys: usize, count: u32, first: u32, rows: u32, packed: usize): void {
  memory.fill(packed, 0, (<usize>rows) << 3);
  for (let i: u32 = 0; i < count; i++) {
    const key = keyAt(keys, i);
    if (key.mask == 0) continue;
    if (key.valueBytes == 2) packU16(key, first, rows, packed);
    else packU32(key, first, rows, packed);
  }
}

function packU32(key: Key, first: u32, rows: u32, packed: usize): void {
  const column = key.column + ((<usize>first) << 2);
  const shift = key.shift;
  const position = key.position;
  const mask = i32x4.splat(key.mask);
  const flip = i32x4.splat(key.flip);
  let i: u32 = 0;
  for (; i + 4 <= rows; i += 4) {
    const bits = v128.and(i32x4.shr_u(v128.xor(v128.load(column + ((<usize>i) << 2)), flip), shift), mask);
    addPair(packed + ((<usize>i) << 3), i64x2.extend_low_i32x4_u(bits), position);
    addPair(packed + ((<usize>i) << 3) + 16, i64x2.extend_high_i32x4_u(bits), position);
  }
  for (; i < rows; i++) {
    addOne(packed + ((<usize>i) << 3), load<u32>(column + ((<usize>i) << 2)), key);
  }
}

function packU16(key: Key, first: u32, rows: u32, packed: usize): void {
  const column = key.column + ((<usize>first) << 1);
  const shift = key.shift;
  const position = key.position;
  const mask = i32x4.splat(key.mask);
  const flip = i32x4.splat(key.flip);
  let i: u32 = 0;
  for (; i + 4 <= rows; i += 4) {
    const values = v128.load_ext<u16>(column + ((<usize>i) << 1));
    const bits = v128.and(i32x4.shr_u(v128.xor(values, flip), shift), mask);
    addPair(packed + ((<usize>i) << 3), i64x2.extend_low_i32x4_u(bits), position);
    addPair(packed + ((<usize>i) << 3) + 16, i64x2.extend_high_i32x4_u(bits), position);
  }
  for (; i < rows; i++) {
    addOne(packed + ((<usize>i) << 3), load<u16>(column + ((<usize>i) << 1)), key);
  }
}

function addPair(at: usize, bits: v128, position: u32): void {
  v128.store(at, v128.or(v128.load(at), i64x2.shl(bits, position)));
}

function addOne(at: usize, value: u32, key: Key): void {
  store<u64>(at, load<u64>(at) | ((<u64>(((value ^ key.flip) >> key.shift) & key.mask)) << key.position));
}

function varyingBitsU32(column: usize, rows: u32): u32 {
  const first = i32x4.splat(load<u32>(column));
  let varying = i32x4.splat(0);
  let i: usize = 0;
  for (; i + 4 <= <usize>rows; i += 4) {
    varying = v128.or(varying, v128.xor(v128.load(column + (i << 2)), first));
  }
  let bits = foldU32(varying);
  for (; i < <usize>rows; i++) bits |= load<u32>(column + (i << 2)) ^ load<u32>(column);
  return bits;
}

function varyingBitsU16(column: usize, rows: u32): u32 {
  const first = i16x8.splat(load<u16>(column));
  let varying = i16x8.splat(0);
  let i: usize = 0;
  for (; i + 8 <= <usize>rows; i += 8) {
    varying = v128.or(varying, v128.xor(v128.load(column + (i << 1)), first));
  }
  const folded = foldU32(varying);
  let bits = (folded | (folded >> 16)) & 0xffff;
  for (; i < <usize>rows; i++) bits |= load<u16>(column + (i << 1)) ^ load<u16>(column);
  return bits;
}

function foldU32(value: v128): u32 {
  const low = <u64>i64x2.extract_lane(value, 0);
  const all = low | (<u64>i64x2.extract_lane(value, 1));
  return <u32>(all | (all >> 32));
}

/** The order of two rows by all keys in full: negative, zero or positive. */
export function compareRows(keys: usize, count: u32, a: u32, b: u32): i32 {
  for (let i: u32 = 0; i < count; i++) {
    const key = keyAt(keys, i);
    if (key.varying == 0) continue;
    const left = valueAt(key, a) ^ key.flip;
    const right = valueAt(key, b) ^ key.flip;
    if (left != right) return left < right ? -1 : 1;
  }
  return 0;
}

export function valueAt(key: Key, row: u32): u32 {
  return key.valueBytes == 2
    ? <u32>load<u16>(key.column + ((<usize>row) << 1))
    : load<u32>(key.column + ((<usize>row) << 2));
}
