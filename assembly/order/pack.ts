// What the window shows of rows, as u64s.

import { Key, keyAt, valueAt } from './keys';

/** Rows whose numbers are packed at a time: their part of every column and the numbers stay in the first-level cache. */
export const BLOCK_ROWS: u32 = 512;

/**
 * Packs what the first window shows of `rows` rows from `first` on into u64s at `packed`. May write up to 24 bytes more.
 * Reads up to 12 bytes behind a column.
 */
export function packBlock(keys: usize, count: u32, first: u32, rows: u32, packed: usize): void {
  let isFirst = true;
  for (let i = <i32>count - 1; i >= 0; i--) {
    const key = keyAt(keys, i);
    if (key.mask == 0) continue;
    const column = key.column + <usize>first * key.valueBytes;
    const end = packed + ((<usize>rows) << 3);
    if (key.valueBytes == 2) {
      if (key.values == 0) packBits<u16>(key, column, packed, end, isFirst);
      else packCodes<u16>(key, column, packed, end, isFirst);
    } else {
      if (key.values == 0) packBits<u32>(key, column, packed, end, isFirst);
      else packCodes<u32>(key, column, packed, end, isFirst);
    }
    isFirst = false;
  }
}

/** The first window begins at the top bit, so what is above a key's bits in it is zero by `toggle`, and needs no mask. */
function packBits<T>(key: Key, column: usize, packed: usize, end: usize, isFirst: bool): void {
  const shift = key.shift;
  const position = key.position;
  const toggle = i32x4.splat(key.toggle);
  for (let to = packed; to < end; to += 32) {
    addFour(to, i32x4.shr_u(v128.xor(loadFour<T>(column), toggle), shift), position, isFirst);
    column += 4 * sizeof<T>();
  }
}

function packCodes<T>(key: Key, column: usize, packed: usize, end: usize, isFirst: bool): void {
  const shift = key.shift;
  const position = key.position;
  const flip = i32x4.splat(key.flip);
  const values = valuesOf(key);
  const last = values + ((<usize>key.values) << 2);
  for (let to = packed; to < end; to += 32) {
    const four = v128.xor(loadFour<T>(column), flip);
    let codes = i32x4.splat(0);
    let code = i32x4.splat(1);
    for (let at = values; at < last; at += 4) {
      codes = v128.or(codes, v128.and(i32x4.eq(four, v128.load_splat<u32>(at)), code));
      code = i32x4.add(code, i32x4.splat(2));
    }
    if (i32x4.all_true(codes)) addFour(to, i32x4.shr_u(codes, shift), position, isFirst);
    else addCodes<T>(key, column, to, isFirst);
    column += 4 * sizeof<T>();
  }
}

/** Four rows, one of which has a value that no code stands for. */
function addCodes<T>(key: Key, column: usize, to: usize, isFirst: bool): void {
  for (let i: usize = 0; i < 4; i++) {
    const code = codeOf(key, load<T>(column + i * sizeof<T>()));
    store<u64>(to + (i << 3), withCode(key, code, isFirst ? 0 : load<u64>(to + (i << 3))));
  }
}

function addFour(to: usize, bits: v128, position: u32, isFirst: bool): void {
  const low = i64x2.shl(i64x2.extend_low_i32x4_u(bits), position);
  const high = i64x2.shl(i64x2.extend_high_i32x4_u(bits), position);
  v128.store(to, isFirst ? low : v128.or(v128.load(to), low));
  v128.store(to, isFirst ? high : v128.or(v128.load(to, 16), high), 16);
}

function loadFour<T>(column: usize): v128 {
  return sizeof<T>() == 2 ? v128.load_ext<u16>(column) : v128.load(column);
}

/** What the window shows of one row. */
export function packRow(keys: usize, count: u32, row: u32): u64 {
  let packed: u64 = 0;
  for (let i = <i32>count - 1; i >= 0; i--) {
    const key = keyAt(keys, i);
    if (key.mask == 0) continue;
    const value = valueAt(key, row);
    if (key.values > 0) packed = withCode(key, codeOf(key, value), packed);
    else packed |= (<u64>(((value ^ key.toggle) >> key.shift) & key.mask)) << key.position;
  }
  return packed;
}

/**
 * Packs what a window without codes shows of `count` rows, whose numbers stand at `rows`, into u64s at `packed`. One key after the other:
 * these are many loads that do not wait for each other.
 */
export function packRows(keys: usize, keyCount: u32, rows: usize, count: u32, packed: usize): void {
  memory.fill(packed, 0, (<usize>count) << 3);
  for (let i: u32 = 0; i < keyCount; i++) {
    const key = keyAt(keys, i);
    if (key.mask == 0) continue;
    if (key.valueBytes == 2) addBitsOfRows<u16>(key, rows, count, packed);
    else addBitsOfRows<u32>(key, rows, count, packed);
  }
}

function addBitsOfRows<T>(key: Key, rows: usize, count: u32, packed: usize): void {
  const column = key.column;
  const toggle = key.toggle;
  const shift = key.shift;
  const mask = key.mask;
  const position = <u64>key.position;
  for (const end = rows + ((<usize>count) << 2); rows < end; rows += 4) {
    const value = <u32>load<T>(column + <usize>load<u32>(rows) * sizeof<T>());
    store<u64>(packed, load<u64>(packed) | ((<u64>(((value ^ toggle) >> shift) & mask)) << position));
    packed += 8;
  }
}

/** What stands for a value: odd for one of the key's `values`, even for what lies between two of them. */
export function codeOf(key: Key, value: u32): u32 {
  const flipped = value ^ key.flip;
  const values = valuesOf(key);
  let code: u32 = 0;
  for (let at = values; at < values + ((<usize>key.values) << 2); at += 4) {
    code += u32(flipped > load<u32>(at)) + u32(flipped >= load<u32>(at));
  }
  return code;
}

/**
 * Adds a code to what the window shows of less significant keys. These come second to the value itself: where the code does not
 * tell it, they are left out, so that the rows are equal here and get compared in full.
 */
function withCode(key: Key, code: u32, packed: u64): u64 {
  const lower = (code & 1) == 1 ? packed : 0;
  return lower | ((<u64>((code >> key.shift) & key.mask)) << key.position);
}

/** Where a key's `values` are. */
export function valuesOf(key: Key): usize {
  return changetype<usize>(key) + offsetof<Key>('value0');
}
