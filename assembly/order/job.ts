// What the steps of one sort share. A sort is one job for all rows, and then, for each run of rows that the window showed as
// equal, one more through the next window.

import { BLOCK_ROWS, packBlock, packRow } from './pack';

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
  /** Where the result goes. */
  order: usize;
  /** Room for an entry a row. */
  entries: usize;
  /** Room for an entry a row: the numbers of a run; what the sort of a bucket needs. */
  spare: usize;
  /** Room for two bytes a row: each row's bucket, and then the runs that are left to do. */
  buckets: usize;
  /** Where the next run to do goes. */
  pending: usize;
}

const shared = memory.data(52, 16);
/** A block's numbers. packBlock writes up to three more than there are rows. */
const block = memory.data(512 * 8 + 32, 16);

/** The one job there is at a time. */
export function theJob(): Job {
  return changetype<Job>(shared);
}

/** Bits of a key that an entry has room for, above its row number. */
export function keyRoom(job: Job): u32 {
  return 64 - job.rowBits;
}

/**
 * The numbers that the window shows of the rows from `first` on: BLOCK_ROWS of them, or up to the last. Those of all rows are packed
 * from the columns each time, which takes less than writing them to memory and reading them back.
 */
export function blockOf(job: Job, first: u32): usize {
  if (job.run != 0) return job.spare + ((<usize>first) << 3);
  packBlock(job.keys, job.keyCount, first, min(BLOCK_ROWS, job.rows - first), block);
  return block;
}

/** What the window shows of the row at `place`. */
export function numberOf(job: Job, place: u32): u64 {
  if (job.run != 0) return load<u64>(job.spare + ((<usize>place) << 3));
  return packRow(job.keys, job.keyCount, place);
}

export function rowOf(job: Job, place: u32): u32 {
  return job.run == 0 ? place : load<u32>(job.run + ((<usize>place) << 2));
}

/** Packs the numbers of a run's rows, which lie anywhere in the columns. */
export function gather(job: Job): void {
  for (let i: usize = 0; i < <usize>job.rows; i++) {
    const row = load<u32>(job.run + (i << 2));
    store<u64>(job.spare + (i << 3), packRow(job.keys, job.keyCount, row));
  }
}
