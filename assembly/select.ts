// Selecting rows: a small program of tests over columns, run for a block of rows at a time, so that columns that are tested
// twice are still in the first-level cache. The program is in postfix order: a test pushes a bit for each row of the block on a
// stack, `and`, `or` and `not` combine what is on top. What remains at the end is turned into row numbers.
//
// An operation is four u32: what it does and up to three operands.
//
//   SELECT_RANGE_U32  column, ranges, how many    the column's value lies in one of the ranges
//   SELECT_RANGE_U16  column, ranges, how many
//   SELECT_RANGE_U8   column, ranges, how many
//   SELECT_LOOKUP     column, table, size         the u32 value is below `size`, and the byte of that number is not 0
//   SELECT_CONSTANT   0 or 255                    the same for every row
//   SELECT_AND, SELECT_OR, SELECT_NOT
//   SELECT_SKIP       operations                  where what is on top holds for no row of the block, passes over so many of the next operations:
//                                                 a further test and its `and`, whose columns need not be read then
//
// A range is two u32, the lowest and the highest value. Ranges are ascending and disjoint, and there is at least one.

export const SELECT_RANGE_U32: u32 = 0;
export const SELECT_RANGE_U16: u32 = 1;
export const SELECT_RANGE_U8: u32 = 2;
export const SELECT_LOOKUP: u32 = 3;
export const SELECT_CONSTANT: u32 = 4;
export const SELECT_AND: u32 = 5;
export const SELECT_OR: u32 = 6;
export const SELECT_NOT: u32 = 7;
export const SELECT_SKIP: u32 = 8;

/** Rows that are tested at a time. */
const BLOCK_ROWS: u32 = 1024;
/** A level of the stack: a bit for each row of a block. */
export const SELECT_LEVEL_BYTES: u32 = BLOCK_ROWS / 8;

const OPERATION_BYTES: usize = 16;
const RANGE_BYTES: usize = 8;

/** From here on a search in the ranges for each row is quicker than a pass over the rows for each range. */
const SEARCHED_RANGES: u32 = 64;

/**
 * Runs the program of `operations` operations over all rows and writes the numbers of those for which it holds to
 * `selected`, ascending. Columns have 60 readable bytes after their last value: 15 values of four bytes. `stack` has room for one
 * level more than the program needs.
 *
 * @returns how many rows were selected
 */
export function selectRows(program: usize, operations: u32, rows: u32, stack: usize, selected: usize): u32 {
  let to = selected;
  for (let first: u32 = 0; first < rows; first += BLOCK_ROWS) {
    const size = min(BLOCK_ROWS, rows - first);
    testBlock(program, operations, first, size, stack);
    to = collect(stack, first, size, to);
  }
  return <u32>((to - selected) >> 2);
}

/**
 * The same, but writes a bit for each row to `marks`, from the lowest of the first byte on, those behind the last row up to a whole block
 * included. Behind these there is room for one level more than the program needs: each block's stack begins where its bits stay.
 */
export function markRows(program: usize, operations: u32, rows: u32, marks: usize): void {
  for (let first: u32 = 0; first < rows; first += BLOCK_ROWS) {
    const size = min(BLOCK_ROWS, rows - first);
    testBlock(program, operations, first, size, marks + ((<usize>first) >> 3));
  }
}

/** Writes the numbers of the rows that markRows has marked to `marked`, ascending. Returns how many they are. */
export function listMarked(marks: usize, rows: u32, marked: usize): u32 {
  let to = marked;
  for (let first: u32 = 0; first < rows; first += BLOCK_ROWS) {
    to = collect(marks + ((<usize>first) >> 3), first, min(BLOCK_ROWS, rows - first), to);
  }
  return <u32>((to - marked) >> 2);
}

/** Leaves what the program says of each row of the block at `stack`. */
function testBlock(program: usize, operations: u32, first: u32, size: u32, stack: usize): void {
  let top = stack;
  const end = program + <usize>operations * OPERATION_BYTES;
  for (let at = program; at < end; at += OPERATION_BYTES) {
    const operation = load<u32>(at);
    if (operation == SELECT_AND || operation == SELECT_OR) {
      top -= SELECT_LEVEL_BYTES;
      combine(operation, top - SELECT_LEVEL_BYTES, top);
    } else if (operation == SELECT_NOT) {
      invert(top - SELECT_LEVEL_BYTES);
    } else if (operation == SELECT_SKIP) {
      if (holdsNowhere(top - SELECT_LEVEL_BYTES)) at += <usize>load<u32>(at, 4) * OPERATION_BYTES;
    } else {
      test(operation, load<u32>(at, 4), load<u32>(at, 8), load<u32>(at, 12), first, size, top);
      top += SELECT_LEVEL_BYTES;
    }
  }
}

function test(
  operation: u32,
  operand: u32,
  data: u32,
  count: u32,
  first: u32,
  size: u32,
  result: usize,
): void {
  switch (operation) {
    case SELECT_RANGE_U32:
      return testRanges<u32>(<usize>operand + ((<usize>first) << 2), data, count, size, result);
    case SELECT_RANGE_U16:
      return testRanges<u16>(<usize>operand + ((<usize>first) << 1), data, count, size, result);
    case SELECT_RANGE_U8:
      return testRanges<u8>(<usize>operand + <usize>first, data, count, size, result);
    case SELECT_LOOKUP:
      return lookUp(<usize>operand + ((<usize>first) << 2), data, count, size, result);
    default:
      memory.fill(result, <u8>operand, SELECT_LEVEL_BYTES);
  }
}

function combine(operation: u32, result: usize, other: usize): void {
  for (let i: usize = 0; i < SELECT_LEVEL_BYTES; i += 16) {
    const a = v128.load(result + i);
    const b = v128.load(other + i);
    v128.store(result + i, operation == SELECT_AND ? v128.and(a, b) : v128.or(a, b));
  }
}

function invert(result: usize): void {
  for (let i: usize = 0; i < SELECT_LEVEL_BYTES; i += 16) {
    v128.store(result + i, v128.not(v128.load(result + i)));
  }
}

function holdsNowhere(level: usize): bool {
  let any = v128.load(level);
  for (let i: usize = 16; i < SELECT_LEVEL_BYTES; i += 16) any = v128.or(any, v128.load(level + i));
  return !v128.any_true(any);
}

function testRanges<T>(column: usize, ranges: usize, count: u32, size: u32, result: usize): void {
  if (count >= SEARCHED_RANGES) return searchRanges<T>(column, ranges, count, size, result);
  testRange<T>(column, ranges, size, result);
  for (let i: u32 = 1; i < count; i++) {
    const next = result + SELECT_LEVEL_BYTES;
    testRange<T>(column, ranges + <usize>i * RANGE_BYTES, size, next);
    combine(SELECT_OR, result, next);
  }
}

function testRange<T>(column: usize, range: usize, size: u32, result: usize): void {
  const low = load<u32>(range);
  const span = load<u32>(range, 4) - low;
  // What begins at a multiple of its size, which is a power of two, is all values with the same upper bits: a prefix, a single value.
  const isPrefix = (span & (span + 1)) == 0 && (low & span) == 0;
  if (sizeof<T>() == 1) {
    testRangeU8(column, low, span, size, result);
  } else if (sizeof<T>() == 2) {
    if (isPrefix) testPrefixU16(column, low, span, size, result);
    else testRangeU16(column, low, span, size, result);
  } else {
    if (isPrefix) testPrefixU32(column, low, span, size, result);
    else testRangeU32(column, low, span, size, result);
  }
}

function testPrefixU32(column: usize, low: u32, span: u32, size: u32, result: usize): void {
  const mask = i32x4.splat(~span);
  const prefix = i32x4.splat(low);
  for (let i: usize = 0; i < <usize>size; i += 16) {
    const at = column + (i << 2);
    const a = i32x4.eq(v128.and(v128.load(at), mask), prefix);
    const b = i32x4.eq(v128.and(v128.load(at, 16), mask), prefix);
    const c = i32x4.eq(v128.and(v128.load(at, 32), mask), prefix);
    const d = i32x4.eq(v128.and(v128.load(at, 48), mask), prefix);
    const within = i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d));
    store<u16>(result + (i >> 3), <u16>i8x16.bitmask(within));
  }
}

/** value − low, unsigned, is at most high − low exactly where low ≤ value ≤ high. */
function testRangeU32(column: usize, low: u32, span: u32, size: u32, result: usize): void {
  const base = i32x4.splat(low);
  const most = i32x4.splat(span);
  for (let i: usize = 0; i < <usize>size; i += 16) {
    const at = column + (i << 2);
    const a = i32x4.le_u(i32x4.sub(v128.load(at), base), most);
    const b = i32x4.le_u(i32x4.sub(v128.load(at, 16), base), most);
    const c = i32x4.le_u(i32x4.sub(v128.load(at, 32), base), most);
    const d = i32x4.le_u(i32x4.sub(v128.load(at, 48), base), most);
    const within = i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d));
    store<u16>(result + (i >> 3), <u16>i8x16.bitmask(within));
  }
}

function testPrefixU16(column: usize, low: u32, span: u32, size: u32, result: usize): void {
  const mask = i16x8.splat(<u16>~span);
  const prefix = i16x8.splat(<u16>low);
  for (let i: usize = 0; i < <usize>size; i += 16) {
    const at = column + (i << 1);
    const a = i16x8.eq(v128.and(v128.load(at), mask), prefix);
    const b = i16x8.eq(v128.and(v128.load(at, 16), mask), prefix);
    store<u16>(result + (i >> 3), <u16>i8x16.bitmask(i8x16.narrow_i16x8_s(a, b)));
  }
}

function testRangeU16(column: usize, low: u32, span: u32, size: u32, result: usize): void {
  const base = i16x8.splat(<u16>low);
  const most = i16x8.splat(<u16>span);
  for (let i: usize = 0; i < <usize>size; i += 16) {
    const at = column + (i << 1);
    const a = i16x8.le_u(i16x8.sub(v128.load(at), base), most);
    const b = i16x8.le_u(i16x8.sub(v128.load(at, 16), base), most);
    store<u16>(result + (i >> 3), <u16>i8x16.bitmask(i8x16.narrow_i16x8_s(a, b)));
  }
}

function testRangeU8(column: usize, low: u32, span: u32, size: u32, result: usize): void {
  const base = i8x16.splat(<u8>low);
  const most = i8x16.splat(<u8>span);
  for (let i: usize = 0; i < <usize>size; i += 16) {
    const within = i8x16.le_u(i8x16.sub(v128.load(column + i), base), most);
    store<u16>(result + (i >> 3), <u16>i8x16.bitmask(within));
  }
}

/** Looks for the last range that begins at or below the value; where all begin above it, the first does not hold it either. */
function searchRanges<T>(column: usize, ranges: usize, count: u32, size: u32, result: usize): void {
  for (let i: u32 = 0; i < size; i++) {
    const value = <u32>load<T>(column + <usize>i * sizeof<T>());
    let range = ranges;
    for (let left = count; left > 1;) {
      const half = left >> 1;
      const middle = range + <usize>half * RANGE_BYTES;
      range = select(middle, range, load<u32>(middle) <= value);
      left -= half;
    }
    const low = load<u32>(range);
    setBit(result, i, value - low <= load<u32>(range, 4) - low);
  }
}

function lookUp(column: usize, table: usize, tableSize: u32, size: u32, result: usize): void {
  for (let i: u32 = 0; i < size; i++) {
    const value = load<u32>(column + ((<usize>i) << 2));
    setBit(result, i, value < tableSize && load<u8>(table + value) != 0);
  }
}

/** Sets the bit of a row, or clears it. Bits of one byte are set one after the other from the first on. */
function setBit(bits: usize, row: u32, value: bool): void {
  const byte = bits + ((<usize>row) >> 3);
  const before: u32 = (row & 7) == 0 ? 0 : load<u8>(byte);
  store<u8>(byte, <u8>(before | ((<u32>value) << (row & 7))));
}

/** Writes the numbers of the rows whose bit is set to `to`. Returns where the next one goes. */
function collect(level: usize, first: u32, size: u32, to: usize): usize {
  for (let i: u32 = 0; i < size; i += 64) {
    let bits = load<u64>(level + ((<usize>i) >> 3));
    // What lies behind the last row is no row.
    if (size - i < 64) bits &= ((<u64>1) << (size - i)) - 1;
    for (; bits != 0; bits &= bits - 1, to += 4) {
      store<u32>(to, first + i + <u32>ctz(bits));
    }
  }
  return to;
}

/**
 * Writes a byte for each value of a column of u32: the value, or 255 for all from there on. Reads and writes up to 15 values behind the
 * last one.
 */
export function writeSmallValues(column: usize, rows: u32, bytes: usize): void {
  const most = i32x4.splat(255);
  for (const end = bytes + <usize>rows; bytes < end; bytes += 16) {
    const a = i32x4.min_u(v128.load(column), most);
    const b = i32x4.min_u(v128.load(column, 16), most);
    const c = i32x4.min_u(v128.load(column, 32), most);
    const d = i32x4.min_u(v128.load(column, 48), most);
    v128.store(bytes, i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_u(a, b), i16x8.narrow_i32x4_u(c, d)));
    column += 64;
  }
}
