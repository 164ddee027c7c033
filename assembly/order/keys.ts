// A sort key as one number. Every field that rows are sorted by is a column; of each, only the bits between the lowest and
// the highest in which its values differ at all take part. Side by side, the most significant field on top, they make one
// long number whose order is the order of the rows. Sorting looks at it through a window of 64 bits:
//
//   63                                                  0
//   ┌───────────┬─────────────────────┬──────────────┬───┐
//   │ lport: 14 │ remote address: 32  │ rport: 16    │ 0 │   a busy server, whose local address does not vary
//   └───────────┴─────────────────────┴──────────────┴───┘
//
// Most tables fit into the first window. Where they do not, rows that it shows as equal are looked at through the next.

@unmanaged
export class Key {
  // What the caller writes for each key, the most significant first.
  column: usize;
  /** Bytes of a value: 2 or 4. */
  valueBytes: u32;
  /** 0, or all ones for a key that descends: complemented values are in the opposite order. */
  flip: u32;
  /** Whether `varying` is there already; otherwise prepareKeys looks at every value. */
  known: u32;
  /** The bits in which the column's values differ. */
  varying: u32;

  // What prepareKeys fills in.
  /** A value xor this is complemented where the key descends, and zero where values do not differ. */
  toggle: u32;
  /** The lowest bit that varies. */
  low: u32;
  /** Bits from there to the highest that varies; 0 where none does. */
  width: u32;
  /** Bits of all keys above this one. */
  offset: u32;

  // What aimKeys fills in, for one window.
  /** How far a value moves right, so that bit 0 is the lowest in the window. */
  shift: u32;
  /** The bits in the window after that; 0 where there are none. */
  mask: u32;
  /** Where bit 0 then goes in the window. */
  position: u32;

  // What codes.ts fills in: values that stand for themselves, where the window shows codes.
  /** How many there are; 0 where the window shows the value's bits. */
  values: u32;
  value0: u32;
  value1: u32;
  value2: u32;
  value3: u32;
  value4: u32;
  value5: u32;
  value6: u32;
  value7: u32;
  value8: u32;
  value9: u32;
  value10: u32;
  value11: u32;
  value12: u32;
  value13: u32;
  value14: u32;
}

/** Bytes of a Key. */
export const KEY_BYTES: u32 = 112;

/** Finds which bits of every key take part. Returns how many those of all keys are. */
export function prepareKeys(keys: usize, count: u32, rows: u32): u32 {
  let offset: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const key = keyAt(keys, i);
    if (!key.known) {
      key.varying = key.valueBytes == 2 ? varyingBitsU16(key.column, rows) : varyingBitsU32(key.column, rows);
    }
    const varying = key.varying;
    key.toggle = (valueAt(key, 0) & ~varying) | (key.flip & varying);
    key.low = varying == 0 ? 0 : <u32>ctz(varying);
    key.width = varying == 0 ? 0 : 32 - <u32>clz(varying) - key.low;
    key.offset = offset;
    offset += key.width;
  }
  return offset;
}

/** Moves the window so that its top bit is the one that has `offset` others above it. */
export function aimKeys(keys: usize, count: u32, offset: u32): void {
  const end = offset + 64;
  for (let i: u32 = 0; i < count; i++) {
    const key = keyAt(keys, i);
    const from = max(key.offset, offset);
    const to = min(key.offset + key.width, end);
    key.mask = 0;
    key.values = 0;
    if (from >= to) continue;
    key.shift = key.low + key.offset + key.width - to;
    key.mask = <u32>(0xffffffff >> (32 - (to - from)));
    key.position = end - to;
  }
}

export function keyAt(keys: usize, index: u32): Key {
  return changetype<Key>(keys + <usize>index * KEY_BYTES);
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

/** The order of two rows by the keys from number `first` on, in full: negative, zero or positive. */
export function compareRows(keys: usize, first: u32, count: u32, a: u32, b: u32): i32 {
  for (let i = first; i < count; i++) {
    const key = keyAt(keys, i);
    if (key.width == 0) continue;
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
