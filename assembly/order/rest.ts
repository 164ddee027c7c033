// Rows of which 64 bits of keys tell too little: those of IPv6, whose addresses mostly begin alike, and where what begins alike is mostly the
// same address. To fetch from their columns what entries have no room for, row by row, would take longer than all else; so it is put together
// for all rows beforehand, in table order:
//
//   what a bucket and its entries show                the rest
//   ┌─────────┬─────────────────────┬────────────┐    ┌─────────────────────────────────┐
//   │ cell    │ 44 bits of a number │ row number │    │ the 64 bits behind these 12+44  │   of a million rows
//   └─────────┴─────────────────────┴────────────┘    └─────────────────────────────────┘
//
// Rows whose entries are equal are put in order by their rest, which is fetched for all rows of a bucket at once.

import { aimCodes, exactBits } from './codes';
import { blockOf, Job } from './job';
import { KEY_BYTES } from './keys';
import { BLOCK_ROWS, packBlock } from './pack';
import { bitsInEntries } from './partition';

/** Bytes that are written behind the rest of the last row. */
export const REST_SLACK: u32 = 32;
/** Fewer rows, of which columns stay in caches, need none. */
export const LEAST_WITH_REST: u32 = 2049;
/** Longer runs of equal entries are left to be sorted as a run. */
const LONGEST_RUN: u32 = 32;

/** Bits of the rest that are zero in rows of which a code does not tell the value; 0 where it shows no code. */
let exactRest: u64 = 0;

/** Of so many blocks of rows it is looked at whether the first window tells them apart. */
const SAMPLED_BLOCKS: u32 = 16;
/** Bits of that window that entries may have no room for. */
const DROPPED_BITS: u64 = 8;
/** So many rows that are equal to one before are no chance. */
const TOO_MANY_EQUAL: u32 = 4;
const SLOT_BITS: u64 = 13;

const slots = memory.data(8 << 13, 16);

/** Whether so many rows are equal in what the first window shows that the rest will be needed. */
export function areManyEqual(job: Job): bool {
  memory.fill(slots, 0, 8 << (<usize>SLOT_BITS));
  const blocks = min(SAMPLED_BLOCKS, job.rows / BLOCK_ROWS);
  const stride = job.rows / blocks;
  let equal: u32 = 0;
  for (let b: u32 = 0; b < blocks; b++) {
    const from = blockOf(job, b * stride);
    for (let i: usize = 0; i < <usize>BLOCK_ROWS; i++) {
      const number = (load<u64>(from + (i << 3)) >> DROPPED_BITS) + 1;
      const slot = slots + ((<usize>((number * 0x9e3779b97f4a7c15) >> (64 - SLOT_BITS))) << 3);
      equal += u32(load<u64>(slot) == number);
      store<u64>(slot, number);
    }
  }
  return equal >= TOO_MANY_EQUAL;
}

/** Puts together what entries of all rows have no room for, at `rest`. */
export function packRest(job: Job, rest: usize): void {
  const next = job.keys + <usize>job.keyCount * KEY_BYTES;
  memory.copy(next, job.keys, <usize>job.keyCount * KEY_BYTES);
  aimCodes(next, job.keyCount, bitsInEntries(job));
  exactRest = exactBits(next, job.keyCount, 0);
  for (let first: u32 = 0; first < job.rows; first += BLOCK_ROWS) {
    const size = min(BLOCK_ROWS, job.rows - first);
    packBlock(next, job.keyCount, first, size, rest + ((<usize>first) << 3));
  }
  job.rest = rest;
}

/** Bits of keys up to the end of the rest. */
export function seenWithRest(job: Job): u32 {
  return bitsInEntries(job) + 64;
}

/** Whether rows that are equal in their entries and in these rests are equal in all keys. */
export function isRestAll(job: Job, rests: usize, size: u32): bool {
  if (job.bits > seenWithRest(job)) return false;
  if (exactRest == 0) return true;
  let inexact: u32 = 0;
  for (const end = rests + ((<usize>size) << 3); rests < end; rests += 8) {
    inexact |= u32((load<u64>(rests) & exactRest) == 0);
  }
  return inexact == 0;
}

/** Whether codes that the rest shows tell all values of a row. */
export function isExactInRest(rest: u64): bool {
  return exactRest == 0 || (rest & exactRest) != 0;
}

/** Whether all runs of equal entries are short, and exact in what they show; `hinting`: bits of which one is set where they are. */
export function areRunsPlain(job: Job, entries: usize, size: u32, hinting: u32): bool {
  const shift = <u64>job.rowBits;
  let previous = ~load<u64>(entries) >> shift;
  let run: u32 = 0;
  let longest: u32 = 0;
  let inexact: u32 = 0;
  const isCoded = u32(hinting != 0);
  for (let i: usize = 0; i < <usize>size; i++) {
    const key = load<u64>(entries + (i << 3)) >> shift;
    const isTie = u32(key == previous);
    run = (run + 1) * isTie;
    longest = max(longest, run);
    inexact |= isTie & isCoded & u32(((<u32>key) & hinting) == 0);
    previous = key;
  }
  return longest < LONGEST_RUN && inexact == 0;
}

/**
 * Puts rows at `order` in order by their rest within each run of entries that are equal, stably, and their rests at `rests` beside them. All
 * runs are done in one pass, since a processor cannot foresee where each ends.
 */
export function sortByRest(job: Job, entries: usize, rests: usize, order: usize, size: u32): void {
  gatherRests(job, order, size, rests);
  const shift = <u64>job.rowBits;
  let previous = load<u64>(entries) >> shift;
  let greatest = load<u64>(rests);
  for (let i: usize = 1; i < <usize>size; i++) {
    const key = load<u64>(entries + (i << 3)) >> shift;
    const rest = load<u64>(rests + (i << 3));
    if (u32(key == previous) & u32(rest < greatest)) {
      insertBack(entries, rests, order, i, shift);
    } else {
      greatest = rest;
      previous = key;
    }
  }
}

/** Copies the rest of the rows at `order` to `to`, one after another: many loads that do not wait for each other. */
function gatherRests(job: Job, order: usize, rows: u32, to: usize): void {
  const rest = job.rest;
  for (const end = order + ((<usize>rows) << 2); order < end; order += 4) {
    store<u64>(to, load<u64>(rest + ((<usize>load<u32>(order)) << 3)));
    to += 8;
  }
}

/** Moves the row at place `from` back to where it belongs in its run. */
function insertBack(entries: usize, rests: usize, order: usize, from: usize, shift: u64): void {
  const key = load<u64>(entries + (from << 3)) >> shift;
  const rest = load<u64>(rests + (from << 3));
  const row = load<u32>(order + (from << 2));
  let at = from;
  do {
    store<u64>(rests + (at << 3), load<u64>(rests + (at << 3) - 8));
    store<u32>(order + (at << 2), load<u32>(order + (at << 2) - 4));
    at--;
  } while (
    at > 0 &&
    load<u64>(entries + (at << 3) - 8) >> shift == key &&
    load<u64>(rests + (at << 3) - 8) > rest
  );
  store<u64>(rests + (at << 3), rest);
  store<u32>(order + (at << 2), row);
}
