// Selecting rows: a small program of tests over columns, run for a block of rows at a time, so that what the tests say
// (a byte for each row: 0 or 255) stays in the first-level cache. The program is in postfix order: a test pushes the bytes of a
// block on a stack, `and`, `or` and `not` combine what is on top. What remains at the end is turned into row numbers.
//
// An operation is four u32: what it does and up to three operands.
//
//   SELECT_RANGE_U32  column, lowest, highest     the column's value lies between them, both included
//   SELECT_RANGE_U16  column, lowest, highest
//   SELECT_LOOKUP     column, table, size         the u32 value is below `size`, and the byte of that number is not 0
//   SELECT_CONSTANT   0 or 255                    the same for every row
//   SELECT_AND, SELECT_OR, SELECT_NOT

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

/**
 * Runs the program of `operations` operations over all rows and writes the numbers of those for which it holds to
 * `selected`, ascending. Columns have 15 readable bytes after their last value.
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
        rangeU32(<usize>operand + ((<usize>first) << 2), load<u32>(at, 8), load<u32>(at, 12), size, top);
        top += SELECT_BLOCK_ROWS;
        break;
      case SELECT_RANGE_U16:
        rangeU16(<usize>operand + ((<usize>first) << 1), load<u32>(at, 8), load<u32>(at, 12), size, top);
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

/** value − low, unsigned, is at most high − low exactly where low ≤ value ≤ high. */
function rangeU32(column: usize, low: u32, high: u32, size: u32, result: usize): void {
  const base = i32x4.splat(low);
  const span = i32x4.splat(high - low);
  for (let i: usize = 0; i < <usize>size; i += 16) {
    const at = column + (i << 2);
    const a = i32x4.le_u(i32x4.sub(v128.load(at), base), span);
    const b = i32x4.le_u(i32x4.sub(v128.load(at, 16), base), span);
    const c = i32x4.le_u(i32x4.sub(v128.load(at, 32), base), span);
    const d = i32x4.le_u(i32x4.sub(v128.load(at, 48), base), span);
    v128.store(result + i, i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d)));
  }
}

function rangeU16(column: usize, low: u32, high: u32, size: u32, result: usize): void {
  const base = i16x8.splat(<u16>low);
  const span = i16x8.splat(<u16>(high - low));
  for (let i: usize = 0; i < <usize>size; i += 16) {
    const at = column + (i << 1);
    const a = i16x8.le_u(i16x8.sub(v128.load(at), base), span);
    const b = i16x8.le_u(i16x8.sub(v128.load(at, 16), base), span);
    v128.store(result + i, i8x16.narrow_i16x8_s(a, b));
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
