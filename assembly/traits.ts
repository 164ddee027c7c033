// What rows that stand side by side have in common, in one pass (core/findings/traits.ts).

/** What readTraits writes: four u32 (rows in states from TRAITS_STATES on, rows in offload states without a name, rows whose local address ends with a
 *  word of zeros, the most rows to one bucket of remote addresses), then a counter for each state. */
const traits = memory.data((4 + 128) * 4, 16);
const HEAD_BYTES: usize = 16;
export const TRAITS_STATES: u32 = 128;

/** Remote addresses are counted together by some bits of a hash: of few rows in all, no one has many where these have not. */
const buckets = memory.data((1 << 8) * 4, 16);
const BUCKET_BITS: u32 = 8;
const HASH_FACTOR: u32 = 0x9e3779b1;

/** Stands for no value, where a table has wide columns. */
const NO_VALUE: u32 = 0xffffffff;

export function traitsAddress(): usize {
  return traits;
}

/** The columns are given by the addresses of their first row. */
export function readTraits(
  states: usize,
  offloads: usize,
  locals: usize,
  remotes: usize,
  rows: u32,
  offloadRange: u32,
  isWide: bool,
): void {
  memory.fill(traits, 0, HEAD_BYTES + TRAITS_STATES * 4);
  memory.fill(buckets, 0, 4 << BUCKET_BITS);
  let unnamedStates: u32 = 0;
  let unnamedOffloads: u32 = 0;
  let zeros: u32 = 0;
  for (let at: usize = 0; at < (<usize>rows) << 2; at += 4) {
    const state = load<u32>(states + at);
    if (state < TRAITS_STATES) add(traits + HEAD_BYTES + ((<usize>state) << 2));
    else unnamedStates += <u32>isValue(state, isWide);
    const offload = load<u32>(offloads + at);
    unnamedOffloads += <u32>(offload >= offloadRange && isValue(offload, isWide));
    zeros += <u32>(load<u32>(locals + at) == 0);
    // The last word of an address: what is the same in all of it is the same in this.
    add(buckets + ((<usize>((load<u32>(remotes + at) * HASH_FACTOR) >> (32 - BUCKET_BITS))) << 2));
  }
  store<u32>(traits, unnamedStates);
  store<u32>(traits, unnamedOffloads, 4);
  store<u32>(traits, zeros, 8);
  store<u32>(traits, largestBucket(), 12);
}

function isValue(value: u32, isWide: bool): bool {
  return value != NO_VALUE || !isWide;
}

function largestBucket(): u32 {
  let largest: u32 = 0;
  for (let at = buckets; at < buckets + (4 << BUCKET_BITS); at += 4) largest = max(largest, load<u32>(at));
  return largest;
}

function add(counter: usize): void {
  store<u32>(counter, load<u32>(counter) + 1);
}
