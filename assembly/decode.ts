// Rows to columns. Whatever the structure, a row is a sequence of u32 words, and a column takes one word of each row: as it is, as
// an address, or as a port. What stands where in a row is said by a plan that the caller makes (src/core/decodePlan.ts).
//
// A plan is a list of groups of four words that lie side by side. A group is nine u32: the offset of its first word in the row, then for
// each of the four words the address of its column's first value, and what it is.

/** What a word of a row is, where it is of interest (0: it is not): a number, to be taken as it is, whatever its value, */
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
    const at = plan + <usize>group * GROUP_BYTES;
    const first = window + <usize>load<u32>(at);
    const fours = count & ~3;
    decodeFours(first, fours, rowBytes, at + 4, firstRow);
    for (let row = fours; row < count; row++) {
      const words = first + <usize>row * rowBytes;
      for (let word: usize = 0; word < 4; word++) {
        decodeWord(load<u32>(words + (word << 2)), firstRow + row, changetype<Word>(at + 4 + (word << 3)));
      }
    }
  }
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
