// Rows to columns. Whatever the structure, a row is a sequence of u32 words, and a column takes one word of each row: as it is, as
// an address, or as a port. What stands where in a row is said by a plan that the caller makes (src/core/decodePlan.ts).
//
// A plan is a list of groups of four words that lie side by side. A group is nine u32: the offset of its first word in the row, then for
// each of the four words the address of its column's first value, and what it is.

/** What a word of a row is: of no interest, */
export const WORD_SKIPPED: u32 = 0;
/** a number, to be taken as it is, whatever its value, */
export const WORD_NUMBER: u32 = 1;
/** four bytes of an address in network order, to become a number in host order, */
export const WORD_ADDRESS: u32 = 2;
/** a port in network order in the first two bytes, for a column of u16. The other two may be uninitialized memory (MIB_TCPROW2's page). */
export const WORD_PORT: u32 = 3;

const GROUP_BYTES: u32 = 36;

/** The caller writes its plan here. No structure has more words that are of interest than eight groups take. */
const plan = memory.data(36 * 8, 4);

export function planAddress(): usize {
  return plan;
}

/** Rows are decoded from here, so many bytes at a time: a window that stays in cache. */
export const WINDOW_BYTES: u32 = 229376;

/** With room behind it, where a group of the last row may reach. */
export const window = memory.data(229376 + 16, 16);

export function windowAddress(): usize {
  return window;
}

/** Words that a plan has at most. */
export const PLAN_WORDS: u32 = 32;

@unmanaged
export class Word {
  column: usize;
  kind: u32;
}

export function planOf(group: u32): usize {
  return plan + <usize>group * GROUP_BYTES;
}

/** Where the first row of the window has the words of a group. */
export function wordsOf(group: u32): usize {
  return window + <usize>load<u32>(planOf(group));
}

/** What word number `word` of a group is, and where it goes. */
export function wordAt(group: u32, word: u32): Word {
  return changetype<Word>(planOf(group) + 4 + ((<usize>word) << 3));
}
