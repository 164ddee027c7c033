// Rows of which 64 bits of keys tell too little: those of IPv6, whose addresses mostly begin alike, and where what begins alike is mostly the
// same address. To fetch what the window does not show, row by row, would take longer than all else, so entries have sixteen bytes and bring it
// along:
//
//   ┌───────┬─────────────────────────────┬────────────────────────────┬────────────┐
//   │ more  │ what the first window shows │ what the next one shows    │ row number │   116 bits of keys of a million rows
//   └───────┴─────────────────────────────┴────────────────────────────┴────────────┘
//
// The upper bits of the first window are those of the cell (partition.ts), and the same in a whole bucket: `more` bits of the next window stand in
// their place. In a bucket, upper halves are sorted as entries that have places in the bucket in the place of row numbers, and runs of equal
// ones by their lower halves, in the same way.

import { sortBucket } from './bucket';
import { addWideEntry, Bucket, collectWideEntries, listWideRows } from './chunks';
import { aimCodes, exactBits } from './codes';
import { blockOf, Job, keyRoom } from './job';
import { KEY_BYTES } from './keys';
import { BLOCK_ROWS, packBlock } from './pack';
import { bucketAt, bucketOf, cellAt, drawBuckets } from './partition';
import { leaveRun, settle } from './ties';

/** Fewer rows, of which numbers take less than places, are not sorted here. */
export const LEAST_WIDE: u32 = 2049;
/** Buckets of more rows are left to be sorted as a run. */
const MOST: u32 = 4096;
const PLACE_BITS: u64 = 12;
const PLACE_MASK: u64 = 4095;

const entries = memory.data(4096 * 16 + 16, 16);
const spare = memory.data(4096 * 8 + 16, 16);
/** A block's numbers, as the next window shows them. packBlock writes up to three more than there are rows. */
const block = memory.data(512 * 8 + 32, 16);

// Bits of each half that are zero in rows where a code does not tell the value; 0 where the half shows no code. And how many bits both show.
let exactHigh: u64 = 0;
let exactLow: u64 = 0;
let seen: u32 = 0;
/** How many bits `more` has: what row numbers take more than places. */
let moreBits: u32 = 0;

/** Of so many blocks of rows it is looked at whether the first window tells them apart. */
const SAMPLED_BLOCKS: u32 = 16;
/** Bits of that window that entries of eight bytes may have no room for. */
const DROPPED_BITS: u64 = 8;
/** So many rows that are equal to one before are no chance. */
const TOO_MANY_EQUAL: u32 = 4;
const SLOT_BITS: u64 = 13;

/** Whether so many rows are equal in what the first window shows that all entries had better bring along more. */
export function areManyEqual(job: Job): bool {
  memory.fill(entries, 0, 8 << (<usize>SLOT_BITS));
  const blocks = min(SAMPLED_BLOCKS, job.rows / BLOCK_ROWS);
  const stride = job.rows / blocks;
  let equal: u32 = 0;
  for (let b: u32 = 0; b < blocks; b++) {
    const from = blockOf(job, b * stride);
    for (let i: usize = 0; i < <usize>BLOCK_ROWS; i++) {
      const number = (load<u64>(from + (i << 3)) >> DROPPED_BITS) + 1;
      const slot = entries + ((<usize>((number * 0x9e3779b97f4a7c15) >> (64 - SLOT_BITS))) << 3);
      equal += u32(load<u64>(slot) == number);
      store<u64>(slot, number);
    }
  }
  return equal >= TOO_MANY_EQUAL;
}

/** Sorts all rows, through two windows at once. */
export function sortWide(job: Job): void {
  const cellBits = drawBuckets(job);
  // Numbers of a bucket have the bits of a cell in common. What there is no room for beside a place is left to the lower half.
  const drop: u32 = <u32>PLACE_BITS > cellBits ? <u32>PLACE_BITS - cellBits : 0;
  const next = job.keys + <usize>job.keyCount * KEY_BYTES;
  memory.copy(next, job.keys, <usize>job.keyCount * KEY_BYTES);
  aimCodes(next, job.keyCount, 64 - drop);
  moreBits = min(job.rowBits - <u32>PLACE_BITS, cellBits);
  exactHigh = exactBits(job.keys, job.keyCount, drop);
  exactLow = exactBits(next, job.keyCount, job.rowBits - moreBits);
  seen = 64 - drop + keyRoom(job) + moreBits;
  scatter(job, next, cellBits, drop);
  let bucket: u32 = 0;
  let order = job.order;
  for (let c: u32 = 0; c < (<u32>1) << cellBits; c++) {
    for (const last = bucket + <u32>cellAt(c).more; bucket <= last; bucket++) {
      order += (<usize>sortWideBucket(job, bucketAt(bucket), order, drop)) << 2;
    }
  }
}

function scatter(job: Job, next: usize, cellBits: u32, drop: u32): void {
  const cellShift = <u64>(64 - cellBits);
  const cellMask = ~(<u64>0) >> (<u64>cellBits);
  const highMask = ~(<u64>0) << (<u64>drop);
  const lowMask = ~(<u64>0) << (<u64>job.rowBits);
  const exact = exactHigh;
  // What lies behind the lower half's bits, moved to the top.
  const moreShift = <u64>keyRoom(job);
  const moreMask = ~(~(<u64>0) >> (<u64>moreBits));
  let nextChunk = job.chunks;
  for (let first: u32 = 0; first < job.rows; first += BLOCK_ROWS) {
    const from = blockOf(job, first);
    const size = min(BLOCK_ROWS, job.rows - first);
    packBlock(next, job.keyCount, first, size, block);
    for (let i: u32 = 0; i < size; i++) {
      const high = load<u64>(from + ((<usize>i) << 3)) & highMask;
      // Where a code does not tell the value, nothing after it counts.
      const isTold = exact == 0 || (high & exact) != 0;
      const low = select<u64>(load<u64>(block + ((<usize>i) << 3)), 0, isTold);
      const more = (low << moreShift) & moreMask;
      const bucket = bucketOf(high, cellShift);
      nextChunk = addWideEntry(
        bucket,
        (high & cellMask) | more,
        (low & lowMask) | (<u64>(first + i)),
        nextChunk,
      );
    }
  }
}

/** Writes the rows of a bucket to `order`. Returns how many there are. */
function sortWideBucket(job: Job, bucket: Bucket, order: usize, drop: u32): u32 {
  const size = collectWideEntries(bucket, entries, MOST);
  const rowMask = ((<u32>1) << job.rowBits) - 1;
  if (size == 0) return 0;
  if (size > MOST) {
    listWideRows(bucket, rowMask, order);
    leaveRun(job, order, size, 0);
    return size;
  }
  for (let i: usize = 0; i < <usize>size; i++) {
    const high = load<u64>(entries + (i << 4)) >> (<u64>drop);
    store<u64>(job.bucket + (i << 3), (high << PLACE_BITS) | (<u64>i));
  }
  const highs = sortBucket(job.bucket, size, job.spare);
  const lows = highs == job.bucket ? job.spare : job.bucket;
  const lowMask = ~(<u64>0) << (<u64>job.rowBits);
  // Below the lower half's bits, and above the place.
  const moreShift = <u64>(64 - job.rowBits);
  const moreMask = ~(~(<u64>0) >> (<u64>moreBits));
  let previous = ~load<u64>(highs);
  let equal: u32 = 0;
  for (let i: usize = 0; i < <usize>size; i++) {
    const high = load<u64>(highs + (i << 3));
    const place = high & PLACE_MASK;
    const entry = entries + ((<usize>place) << 4);
    const low = load<u64>(entry, 8);
    const more = (load<u64>(entry) & moreMask) >> moreShift;
    store<u64>(lows + (i << 3), (low & lowMask) | more | place);
    store<u32>(order + (i << 2), (<u32>low) & rowMask);
    equal |= u32((high ^ previous) >> PLACE_BITS == 0);
    previous = high;
  }
  if (equal) sortRuns(job, highs, lows, size, order, drop);
  return size;
}

/** Sorts by their lower halves what is equal in the upper ones. */
function sortRuns(job: Job, highs: usize, lows: usize, size: u32, order: usize, drop: u32): void {
  let start: usize = 0;
  let high = load<u64>(highs) >> PLACE_BITS;
  for (let i: usize = 1; i <= <usize>size; i++) {
    const other = i == <usize>size ? ~high : load<u64>(highs + (i << 3)) >> PLACE_BITS;
    if (other == high) continue;
    if (i - start > 1) {
      const mask = exactHigh >> (<u64>drop);
      const isExact = mask == 0 || (high & mask) != 0;
      sortRun(job, lows + (start << 3), <u32>(i - start), order + (start << 2), isExact);
    }
    start = i;
    high = other;
  }
}

function sortRun(job: Job, lows: usize, size: u32, order: usize, isExact: bool): void {
  const sorted = sortBucket(lows, size, spare);
  const rowMask = ((<u32>1) << job.rowBits) - 1;
  let previous = ~load<u64>(sorted);
  let equal: u32 = 0;
  for (let i: usize = 0; i < <usize>size; i++) {
    const low = load<u64>(sorted + (i << 3));
    const entry = entries + ((<usize>(low & PLACE_MASK)) << 4);
    store<u32>(order + (i << 2), load<u32>(entry, 8) & rowMask);
    equal |= u32((low ^ previous) >> PLACE_BITS == 0);
    previous = low;
  }
  if (equal && (job.isCoded || job.bits > seen)) settleEqual(job, sorted, size, order, isExact);
}

/** Sees to rows that are equal in all that entries show. */
function settleEqual(job: Job, lows: usize, size: u32, order: usize, isExact: bool): void {
  let start: usize = 0;
  for (let i: usize = 1; i <= <usize>size; i++) {
    const low = load<u64>(lows + (start << 3));
    if (i < <usize>size && (load<u64>(lows + (i << 3)) ^ low) >> PLACE_BITS == 0) continue;
    const areExact = isExact && (exactLow == 0 || (low & exactLow) != 0);
    const areTold = areExact && job.bits <= seen;
    if (i - start > 1 && !areTold) settle(job, order + (start << 2), <u32>(i - start), seen, areExact);
    start = i;
  }
}
