// What the steps of one sort share. A sort is one job for all rows, and then, for each run of rows that the window showed as
// equal, one more through the next window.

import { BLOCK_ROWS, packBlock, packRow, packRows } from './pack';

@unmanaged
export class Job {
  keys: usize;
  keyCount: u32;
  /** Bits of all keys, as the window shows them. */
  bits: u32;
  /** Whether the window shows codes (codes.ts). */
  isCoded: bool;
  /** Bits that any row number takes. */
  rowBits: u32;
  /** Bits of keys above the window. */
  offset: u32;
  /** How many rows are sorted. */
  rows: u32;
  /** Their numbers, ascending, where they are a run; 0 for all rows. The result takes their place. */
  run: usize;
  /** Where the rest of every row is (rest.ts); 0 where there is none. */
  rest: usize;
  /** Where the result goes. */
  order: usize;
  /** Room for the chunks of buckets (chunks.ts). */
  chunks: usize;
  /** Room for an entry a row: those of the bucket that is being sorted. */
  bucket: usize;
  /** Room for an entry a row: what its sort needs. */
  spare: usize;
  /** Where the next run to do goes. */
  pending: usize;
}

const shared = memory.data(offsetof<Job>(), 16);
/** A block's numbers. packBlock writes up to three more than there are rows; who compares rows puts the one before the first in front of it. */
const block: usize = memory.data(16 + 512 * 8 + 32, 16) + 16;

/** The one job there is at a time. */
export function theJob(): Job {
  return changetype<Job>(shared);
}

/** Bits of a key that an entry has room for, above its row number. */
export function keyRoom(job: Job): u32 {
  return 64 - job.rowBits;
}

/** The numbers that the window shows of BLOCK_ROWS rows from `first` on, or of those up to the last. */
export function blockOf(job: Job, first: u32): usize {
  const size = min(BLOCK_ROWS, job.rows - first);
  if (job.run == 0) {
    packBlock(job.keys, job.keyCount, first, size, block);
    return block;
  }
  packRows(job.keys, job.keyCount, job.run + ((<usize>first) << 2), size, block);
  return block;
}

/** What the window shows of the row at `place`. */
export function numberOf(job: Job, place: u32): u64 {
  return packRow(job.keys, job.keyCount, rowOf(job, place));
}

export function rowOf(job: Job, place: u32): u32 {
  return job.run == 0 ? place : load<u32>(job.run + ((<usize>place) << 2));
}
