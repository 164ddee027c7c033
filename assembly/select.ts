// Selecting rows: a small program of tests over columns, run for a block of rows at a time, so that what the tests say
// (a byte for each row: 0 or 255) stays in the first-level cache. The program is in postfix order: a test pushes the bytes of a
// block on a stack, `and`, `or` and `not` combine what is on top. What remains at the end is turned into row numbers.
//
// An operation is four u32: what it does and up to three operands.
//
//   SELECT_RANGE_U32  column, ranges, how many    the column's value lies in one of the ranges
//   SELECT_RANGE_U16  column, ranges, how many
//   SELECT_LOOKUP     column, table, size         the u32 value is below `size`, and the byte of that number is not 0
//   SELECT_CONSTANT   0 or 255                    the same for every row
//   SELECT_AND, SELECT_OR, SELECT_NOT
//
// A range is two u32, the lowest and the highest value. Ranges are ascending and disjoint, and there is at least one.

export const SELECT_RANGE_U32: u32 = 0;
export const SELECT_RANGE_U16: u32 = 1;
export const SELECT_LOOKUP: u32 = 2;
export const SELECT_CONSTANT: u32 = 3;
export const SELECT_AND: u32 = 4;
export const SELECT_OR: u32 = 5;
export const SELECT_NOT: u32 = 6;

/** Rows that are tested at a time; the stack has so many bytes for each level. */
export const SELECT_BLOCK_ROWS: u32 = 2048;

const OPERATION_BYTES: usize = 16;
const RANGE_BYTES: usize = 8;

/** From here on a search in the ranges for each row is quicker than a pass over the rows for each range. */
const SEARCHED_RANGES: u32 = 64;

/**
 * Runs the program of `operations` operations over all rows and writes the numbers of those for which it holds to
 * `selected`, ascending. Columns have 60 readable bytes after their last value: 15 values of four bytes.
 *
 * @returns how many rows were selected
 */
export function selectRows(program: usize, operations: u32, rows: u32, stack: usize, selected: usize): u32 {
  let count: u32 = 0;
  for (let first: u32 = 0; first < rows; first += SELECT_BLOCK_ROWS) {
    const size = min(SELECT_BLOCK_ROWS, rows - first);
    testBlock(program, operations, first, size, stack);
    count = collect(stack, first, size, selected, count);
  }
  return count;
}

/** Leaves what the program says of each row of the block at `stack`. */
function testBlock(program: usize, operations: u32, first: u32, size: u32, stack: usize): void {
  let top = stack;
  const end = program + <usize>operations * OPERATION_BYTES;
  for (let at = program; at < end; at += OPERATION_BYTES) {
    const operand = load<u32>(at, 4);
    switch (load<u32>(at)) {
      case SELECT_RANGE_U32:
        testRanges<u32>(
          <usize>operand + ((<usize>first) << 2),
          load<u32>(at, 8),
          load<u32>(at, 12),
          size,
          top,
        );
        top += SELECT_BLOCK_ROWS;
        break;
      case SELECT_RANGE_U16:
        testRanges<u16>(
          <usize>operand + ((<usize>first) << 1),
          load<u32>(at, 8),
          load<u32>(at, 12),
          size,
          top,
        );
        top += SELECT_BLOCK_ROWS;
        break;
      case SELECT_LOOKUP:
        lookUp(<usize>operand + ((<usize>first) << 2), <usize>load<u32>(at, 8), load<u32>(at, 12), size, top);
        top += SELECT_BLOCK_ROWS;
        break;
      case SELECT_CONSTANT:
        memory.fill(top, <u8>operand, size);
        top += SELECT_BLOCK_ROWS;
        break;
      case SELECT_AND:
        top -= SELECT_BLOCK_ROWS;
        for (let i: usize = 0; i < <usize>size; i += 16) {
          const below = top - SELECT_BLOCK_ROWS + i;
          v128.store(below, v128.and(v128.load(below), v128.load(top + i)));
        }
        break;
      case SELECT_OR:
        top -= SELECT_BLOCK_ROWS;
        for (let i: usize = 0; i < <usize>size; i += 16) {
          const below = top - SELECT_BLOCK_ROWS + i;
          v128.store(below, v128.or(v128.load(below), v128.load(top + i)));
        }
        break;
      default:
        for (let i: usize = 0; i < <usize>size; i += 16) {
          const below = top - SELECT_BLOCK_ROWS + i;
          v128.store(below, v128.not(v128.load(below)));
        }
    }
  }
}

function testRanges<T>(column: usize, ranges: usize, count: u32, size: u32, result: usize): void {
  if (count >= SEARCHED_RANGES) return searchRanges<T>(column, ranges, count, size, result);
  memory.fill(result, 0, size);
  const end = ranges + <usize>count * RANGE_BYTES;
  for (let range = ranges; range < end; range += RANGE_BYTES) {
    if (sizeof<T>() == 4) addRangeU32(column, load<u32>(range), load<u32>(range, 4), size, result);
    else addRangeU16(column, load<u32>(range), load<u32>(range, 4), size, result);
  }
}

/** value − low, unsigned, is at most high − low exactly where low ≤ value ≤ high. */
function addRangeU32(column: usize, low: u32, high: u32, size: u32, result: usize): void {
  const base = i32x4.splat(low);
  const span = i32x4.splat(high - low);
  for (let i: usize = 0; i < <usize>size; i += 16) {
    const at = column + (i << 2);
    const a = i32x4.le_u(i32x4.sub(v128.load(at), base), span);
    const b = i32x4.le_u(i32x4.sub(v128.load(at, 16), base), span);
    const c = i32x4.le_u(i32x4.sub(v128.load(at, 32), base), span);
    const d = i32x4.le_u(i32x4.sub(v128.load(at, 48), base), span);
    const within = i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d));
    v128.store(result + i, v128.or(v128.load(result + i), within));
  }
}

function addRangeU16(column: usize, low: u32, high: u32, size: u32, result: usize): void {
  const base = i16x8.splat(<u16>low);
  const span = i16x8.splat(<u16>(high - low));
  for (let i: usize = 0; i < <usize>size; i += 16) {
    const at = column + (i << 1);
    const a = i16x8.le_u(i16x8.sub(v128.load(at), base), span);
    const b = i16x8.le_u(i16x8.sub(v128.load(at, 16), base), span);
    v128.store(result + i, v128.or(v128.load(result + i), i8x16.narrow_i16x8_s(a, b)));
  }
}

/** Looks for the last range that begins at or below the value; where all begin above it, the first does not hold it either. */
function searchRanges<T>(column: usize, ranges: usize, count: u32, size: u32, result: usize): void {
  for (let i: usize = 0; i < <usize>size; i++) {
    const value = <u32>load<T>(column + i * sizeof<T>());
    let range = ranges;
    for (let left = count; left > 1;) {
      const half = left >> 1;
      const middle = range + <usize>half * RANGE_BYTES;
      range = select(middle, range, load<u32>(middle) <= value);
      left -= half;
    }
    const low = load<u32>(range);
    store<u8>(result + i, value - low <= load<u32>(range, 4) - low ? 255 : 0);
  }
}

function lookUp(column: usize, table: usize, tableSize: u32, size: u32, result: usize): void {
  for (let i: usize = 0; i < <usize>size; i++) {
    const value = load<u32>(column + (i << 2));
    const found = value < tableSize && load<u8>(table + value) != 0;
    store<u8>(result + i, found ? 255 : 0);
  }
}

/** Appends the numbers of the rows whose byte is set. Returns how many there are now. */
function collect(bytes: usize, first: u32, size: u32, selected: usize, before: u32): u32 {
  let to = selected + ((<usize>before) << 2);
  for (let i: u32 = 0; i < size; i += 16) {
    let bits = i8x16.bitmask(v128.load(bytes + i));
    // What lies behind the last row is no row.
    if (size - i < 16) bits &= (1 << (size - i)) - 1;
    while (bits != 0) {
      store<u32>(to, first + i + <u32>ctz(bits));
      to += 4;
      bits &= bits - 1;
    }
  }
  return <u32>((to - selected) >> 2);
}
