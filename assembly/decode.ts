// Rows to columns. Whatever the structure, a row is a sequence of u32 words, and a column takes one word of each row: as it is, as
// an address, or as a port. What stands where in a row is said by a plan that the caller makes (src/core/decodePlan.ts).
//
// A plan is a list of groups of four words that lie side by side. A group is nine u32: the offset of its first word in the row, then for
// each of the four words the address of its column's first value, and what it is.

/** What a word of a row is: of no interest, */
const WORD_SKIPPED: u32 = 0;
/** a number, to be taken as it is, whatever its value, */
const WORD_NUMBER: u32 = 1;
/** four bytes of an address in network order, to become a number in host order, */
const WORD_ADDRESS: u32 = 2;
/** a port in network order in the first two bytes, for a column of u16. The other two may be uninitialized memory (MIB_TCPROW2's page). */
const WORD_PORT: u32 = 3;

const GROUP_BYTES: u32 = 36;

/** The caller writes its plan here. No structure has more words that are of interest than eight groups take. */
const plan = memory.data(36 * 8, 4);

export function planAddress(): usize {
  return plan;
}

/** Rows are decoded from here, so many bytes at a time: a window that stays in cache. */
export const WINDOW_BYTES: u32 = 114688;

/** With room behind it, where a group of the last row may reach. */
const window = memory.data(114688 + 16, 16);

export function windowAddress(): usize {
  return window;
}

/** Rows that decodeVarying looks at for one group after the other: they stay in the first-level cache. */
const BLOCK_ROWS: u32 = 256;
/** What these have that is not wanted goes here. */
const unwanted = memory.data(256 * 4, 16);

// What decodeVarying has seen of each word of the plan, as it stands in the rows: in the first row of the table, then the bits in which
// any other differs from it; and at last, for itself, the bits in which rows of this window differ.
const GROUPS: usize = 8;
const VECTOR_BYTES: usize = 16;
const seen = memory.data(16 * 8 * 3, 16);
const VARYING: usize = GROUPS * VECTOR_BYTES;
const IN_WINDOW: usize = 2 * VARYING;

/** The first words of the table, and behind them, for as many as any plan has, the bits that vary. */
export function seenAddress(): usize {
  return seen;
}
/** Words that a plan has at most. */
export const PLAN_WORDS: u32 = 32;

@unmanaged
class Word {
  column: usize;
  kind: u32;
}

/**
 * Decodes `count` rows of `rowBytes` bytes in the window into columns, by a plan of `groups` groups. The values of these rows are
 * those from number `firstRow` on.
 */
export function decodeWindow(count: u32, rowBytes: u32, groups: u32, firstRow: u32): void {
  for (let group: u32 = 0; group < groups; group++) {
    const at = planOf(group);
    const fours = count & ~3;
    decodeFours(window + <usize>load<u32>(at), fours, rowBytes, at + 4, firstRow);
    decodeRest(at, fours, count - fours, rowBytes, firstRow);
  }
}

/**
 * As decodeWindow, but leaves out words that are the same in all of these rows, and returns which of the plan's these are, a bit for each
 * from the lowest on. Wide rows are mostly addresses, and these mostly begin alike: to look at them all once more costs less than to write
 * what they have in common. `isFirst`: this is the first window of a table.
 */
export function decodeVarying(count: u32, rowBytes: u32, groups: u32, firstRow: u32, isFirst: bool): u32 {
  memory.fill(seen + IN_WINDOW, 0, VARYING);
  for (let row: u32 = 0; row < count; row += BLOCK_ROWS) {
    for (let group: u32 = 0; group < groups; group++) {
      lookAtGroup(group, row, min(BLOCK_ROWS, count - row), rowBytes);
    }
  }
  let constant: u32 = 0;
  for (let group: u32 = 0; group < groups; group++) {
    constant |= (<u32>i32x4.bitmask(noteGroup(group, isFirst))) << (4 * group);
  }
  for (let row: u32 = 0; row < count; row += BLOCK_ROWS) {
    for (let group: u32 = 0; group < groups; group++) {
      const wanted = v128.load(seen + IN_WINDOW + ((<usize>group) << 4));
      if (!v128.any_true(wanted)) continue;
      decodeWanted(planOf(group), row, min(BLOCK_ROWS, count - row), rowBytes, firstRow, wanted);
    }
  }
  return constant;
}

function planOf(group: u32): usize {
  return plan + <usize>group * GROUP_BYTES;
}

/** Adds the bits in which `count` rows from number `row` on differ from the window's first row. */
function lookAtGroup(group: u32, row: u32, count: u32, rowBytes: u32): void {
  const first = window + <usize>load<u32>(planOf(group));
  const words = v128.load(first);
  const stride = <usize>rowBytes;
  const to = seen + IN_WINDOW + ((<usize>group) << 4);
  let at = first + <usize>row * stride;
  const end = at + <usize>count * stride;
  let bits = v128.load(to);
  let others = bits;
  for (; at + stride < end; at += 2 * stride) {
    bits = v128.or(bits, v128.xor(v128.load(at), words));
    others = v128.or(others, v128.xor(v128.load(at + stride), words));
  }
  if (at < end) bits = v128.or(bits, v128.xor(v128.load(at), words));
  v128.store(to, v128.or(bits, others));
}

/** Adds what was seen in this window to what was seen in those before. Returns which words are the same in all of it. */
function noteGroup(group: u32, isFirst: bool): v128 {
  const at = seen + ((<usize>group) << 4);
  const words = v128.load(window + <usize>load<u32>(planOf(group)));
  const inWindow = v128.load(at + IN_WINDOW);
  if (isFirst) {
    v128.store(at, words);
    v128.store(at + VARYING, inWindow);
  } else {
    const fromFirst = v128.or(inWindow, v128.xor(words, v128.load(at)));
    v128.store(at + VARYING, v128.or(v128.load(at + VARYING), fromFirst));
  }
  return i32x4.eq(inWindow, i32x4.splat(0));
}

/** Decodes the words of a group that are not zero in `wanted`, in `count` rows of the window from number `row` on. */
function decodeWanted(group: usize, row: u32, count: u32, rowBytes: u32, firstRow: u32, wanted: v128): void {
  const first = window + <usize>load<u32>(group) + <usize>row * rowBytes;
  const fours = count & ~3;
  const constant = <u32>i32x4.bitmask(i32x4.eq(wanted, i32x4.splat(0)));
  const words = group + 4;
  let numbers: u32 = 0;
  let last: usize = 0;
  for (let word: usize = 0; word < 4; word++) {
    const kind = changetype<Word>(words + (word << 3)).kind;
    if (kind == WORD_SKIPPED || ((constant >> (<u32>word)) & 1) != 0) continue;
    if (kind == WORD_PORT) {
      decodePorts(
        first + (word << 2),
        fours,
        rowBytes,
        changetype<Word>(words + (word << 3)).column,
        firstRow + row,
      );
    } else {
      numbers |= (<u32>1) << (<u32>word);
      last = word;
    }
  }
  if (popcnt(numbers) == 1) {
    decodeNumbers(
      first + (last << 2),
      fours,
      rowBytes,
      changetype<Word>(words + (last << 3)),
      firstRow + row,
    );
  } else if (numbers != 0) {
    transpose(first, fours, rowBytes, words, numbers, firstRow + row);
  }
  decodeRest(group, row + fours, count - fours, rowBytes, firstRow);
}

/** Rows that are not four together. */
function decodeRest(group: usize, row: u32, count: u32, rowBytes: u32, firstRow: u32): void {
  const first = window + <usize>load<u32>(group);
  for (const end = row + count; row < end; row++) {
    const words = first + <usize>row * rowBytes;
    for (let word: usize = 0; word < 4; word++) {
      decodeWord(load<u32>(words + (word << 2)), firstRow + row, changetype<Word>(group + 4 + (word << 3)));
    }
  }
}

/** Words of four rows. */
function loadFour(at: usize, stride: usize): v128 {
  let four = v128.load_zero<u32>(at);
  four = v128.load_lane<u32>(at + stride, four, 1);
  four = v128.load_lane<u32>(at + 2 * stride, four, 2);
  return v128.load_lane<u32>(at + 3 * stride, four, 3);
}

function decodePorts(at: usize, rows: u32, rowBytes: u32, column: usize, firstRow: u32): void {
  const ports = i8x16(1, 0, 5, 4, 9, 8, 13, 12, -1, -1, -1, -1, -1, -1, -1, -1);
  let to = column + ((<usize>firstRow) << 1);
  for (const end = to + ((<usize>rows) << 1); to < end; to += 8) {
    v128.store_lane<u64>(to, v128.swizzle(loadFour(at, rowBytes), ports), 0);
    at += 4 * <usize>rowBytes;
  }
}

function decodeNumbers(at: usize, rows: u32, rowBytes: u32, word: Word, firstRow: u32): void {
  const order = orderOf(word.kind);
  let to = word.column + ((<usize>firstRow) << 2);
  for (const end = to + ((<usize>rows) << 2); to < end; to += 16) {
    v128.store(to, v128.swizzle(loadFour(at, rowBytes), order));
    at += 4 * <usize>rowBytes;
  }
}

/** The order in which a column has the bytes of four words. */
function orderOf(kind: u32): v128 {
  return kind == WORD_ADDRESS
    ? i8x16(3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12)
    : i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}

/** As decodeFours, for several words of four bytes, a bit for each in `wanted`. The others are written where nobody reads them. */
function transpose(at: usize, rows: u32, rowBytes: u32, words: usize, wanted: u32, firstRow: u32): void {
  const order0 = orderOf(changetype<Word>(words).kind);
  const order1 = orderOf(changetype<Word>(words + 8).kind);
  const order2 = orderOf(changetype<Word>(words + 16).kind);
  const order3 = orderOf(changetype<Word>(words + 24).kind);
  let to0 = placeOf(words, wanted & 1, firstRow);
  let to1 = placeOf(words + 8, wanted & 2, firstRow);
  let to2 = placeOf(words + 16, wanted & 4, firstRow);
  let to3 = placeOf(words + 24, wanted & 8, firstRow);
  const stride = <usize>rowBytes;
  for (let row: u32 = 0; row < rows; row += 4) {
    const a = v128.load(at);
    const b = v128.load(at + stride);
    const c = v128.load(at + 2 * stride);
    const d = v128.load(at + 3 * stride);
    at += 4 * stride;
    const lowAB = v128.shuffle<u32>(a, b, 0, 4, 1, 5);
    const lowCD = v128.shuffle<u32>(c, d, 0, 4, 1, 5);
    v128.store(to0, v128.swizzle(v128.shuffle<u64>(lowAB, lowCD, 0, 2), order0));
    v128.store(to1, v128.swizzle(v128.shuffle<u64>(lowAB, lowCD, 1, 3), order1));
    const highAB = v128.shuffle<u32>(a, b, 2, 6, 3, 7);
    const highCD = v128.shuffle<u32>(c, d, 2, 6, 3, 7);
    v128.store(to2, v128.swizzle(v128.shuffle<u64>(highAB, highCD, 0, 2), order2));
    v128.store(to3, v128.swizzle(v128.shuffle<u64>(highAB, highCD, 1, 3), order3));
    to0 += 16;
    to1 += 16;
    to2 += 16;
    to3 += 16;
  }
}

function placeOf(word: usize, wanted: u32, firstRow: u32): usize {
  return wanted == 0 ? unwanted : changetype<Word>(word).column + ((<usize>firstRow) << 2);
}

function decodeWord(value: u32, row: u32, word: Word): void {
  const u32s = word.column + ((<usize>row) << 2);
  switch (word.kind) {
    case WORD_NUMBER:
      store<u32>(u32s, value);
      return;
    case WORD_ADDRESS:
      store<u32>(u32s, bswap<u32>(value));
      return;
    case WORD_PORT:
      store<u16>(word.column + ((<usize>row) << 1), bswap<u16>(<u16>value));
  }
}

/**
 * Takes four rows at a time. A load each takes the group's words; transposed, they are columns:
 *
 *     s0 l0 p0 r0        s0 s1 s2 s3   states
 *     s1 l1 p1 r1   →    l0 l1 l2 l3   local addresses, bytes reversed in each lane
 *     s2 l2 p2 r2        p0 p1 p2 p3   local ports, two bytes of each lane
 *     s3 l3 p3 r3        r0 r1 r2 r3   remote addresses
 */
function decodeFours(first: usize, rows: u32, rowBytes: u32, words: usize, firstRow: u32): void {
  // Held in variables: that stores do not change them, no compiler can see.
  const kind0 = changetype<Word>(words).kind;
  const kind1 = changetype<Word>(words + 8).kind;
  const kind2 = changetype<Word>(words + 16).kind;
  const kind3 = changetype<Word>(words + 24).kind;
  const column0 = changetype<Word>(words).column;
  const column1 = changetype<Word>(words + 8).column;
  const column2 = changetype<Word>(words + 16).column;
  const column3 = changetype<Word>(words + 24).column;
  const stride = <usize>rowBytes;
  let at = first;
  for (let row = <usize>firstRow, end = row + <usize>rows; row < end; row += 4) {
    const a = v128.load(at);
    const b = v128.load(at + stride);
    const c = v128.load(at + 2 * stride);
    const d = v128.load(at + 3 * stride);
    const lowAB = v128.shuffle<u32>(a, b, 0, 4, 1, 5);
    const lowCD = v128.shuffle<u32>(c, d, 0, 4, 1, 5);
    const highAB = v128.shuffle<u32>(a, b, 2, 6, 3, 7);
    const highCD = v128.shuffle<u32>(c, d, 2, 6, 3, 7);
    storeFour(kind0, column0, row, v128.shuffle<u64>(lowAB, lowCD, 0, 2));
    storeFour(kind1, column1, row, v128.shuffle<u64>(lowAB, lowCD, 1, 3));
    storeFour(kind2, column2, row, v128.shuffle<u64>(highAB, highCD, 0, 2));
    storeFour(kind3, column3, row, v128.shuffle<u64>(highAB, highCD, 1, 3));
    at += 4 * stride;
  }
}

function storeFour(kind: u32, column: usize, row: usize, values: v128): void {
  const swapped = i8x16(3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
  const ports = i8x16(1, 0, 5, 4, 9, 8, 13, 12, -1, -1, -1, -1, -1, -1, -1, -1);
  if (kind == WORD_ADDRESS) v128.store(column + (row << 2), v128.swizzle(values, swapped));
  else if (kind == WORD_NUMBER) v128.store(column + (row << 2), values);
  else if (kind == WORD_PORT) v128.store_lane<u64>(column + (row << 1), v128.swizzle(values, ports), 0);
}
