// Sorting permutes row numbers; columns stay where they are.
//
//   1. A window of 64 bits is put on the keys of all rows (keys.ts). Sorted and reversed tables are recognised (recognise.ts).
//   2. Rows go to buckets that are in order (partition.ts), as entries: key bits with the row number below, so that no two
//      are equal. That is all the work that goes beyond a cache.
//   3. Each bucket is sorted in cache (bucket.ts; entries.ts where it is crowded).
//   4. Rows that the window shows as equal, though their keys have more bits, are sorted in the same way through the next
//      window (ties.ts).

import { sortBucket, sortInRange } from './bucket';
import { alignChunk, chunkBytes, CHUNK_SLACK, collectEntries } from './chunks';
import { codeKeys } from './codes';
import { ABOVE, BELOW, bucketAt, cellAt, mostBuckets, partition } from './partition';
import { blockOf, Job, keyRoom, rowOf, theJob } from './job';
import { aimKeys, prepareKeys } from './keys';
import { BLOCK_ROWS, packRow } from './pack';
import { countUp, recognise } from './recognise';
import { areManyEqual, LEAST_WITH_REST, packRest, REST_SLACK } from './rest';
import { settleTies, takeRun } from './ties';

/** Up to so many rows are one bucket. */
const ONE_BUCKET: u32 = 1024;

/** Bytes of scratch memory that orderRows needs. Most of it is touched by few inputs only. */
export function orderScratchBytes(rows: u32, mayBeWide: bool): u32 {
  const restBytes: u32 = mayBeWide ? rows * 8 + REST_SLACK : 0;
  return bytesOfChunks(rows) + CHUNK_SLACK + rows * 18 + 64 + restBytes;
}

function bytesOfChunks(rows: u32): u32 {
  return rows <= ONE_BUCKET ? 0 : chunkBytes(rows, mostBuckets(rows));
}

/**
 * Writes the row numbers in the order of `count` keys (keys.ts), behind which there is room for as many, to `order`. Stable. Columns have
 * 60 readable bytes after their last value. `mayBeWide`: whether there is scratch memory for the rest of every row (rest.ts).
 */
export function orderRows(
  keys: usize,
  count: u32,
  rows: u32,
  order: usize,
  scratch: usize,
  mayBeWide: bool,
): void {
  const bits = rows > 1 ? prepareKeys(keys, count, rows) : 0;
  if (bits == 0) {
    countUp(order, rows);
    return;
  }
  const all = theJob();
  all.keys = keys;
  all.keyCount = count;
  all.bits = bits;
  all.isCoded = false;
  all.rowBits = 32 - <u32>clz(rows - 1);
  all.offset = 0;
  all.rows = rows;
  all.run = 0;
  all.rest = 0;
  all.order = order;
  all.chunks = alignChunk(scratch);
  all.bucket = all.chunks + bytesOfChunks(rows);
  all.spare = all.bucket + ((<usize>rows) << 3) + 16;
  all.pending = all.spare + ((<usize>rows) << 3);
  const none = all.pending;
  aimKeys(keys, count, 0);
  if (recognise(all)) return;
  const coded = rows > 64 && bits > keyRoom(all) ? codeKeys(all) : 0;
  if (coded > 0) {
    all.bits = coded;
    all.isCoded = true;
  }
  // Behind what runs may take.
  const rest = (none + <usize>rows * 2 + 15) & ~15;
  if (mayBeWide && all.bits > 64 && rows >= LEAST_WITH_REST && areManyEqual(all)) packRest(all, rest);
  sort(all);
  all.bits = bits;
  all.isCoded = false;
  all.rest = 0;
  while (all.pending > none) {
    takeRun(all);
    aimKeys(keys, count, all.offset);
    sort(all);
  }
}

function sort(job: Job): void {
  if (job.rows <= ONE_BUCKET) sortOneBucket(job);
  else sortBuckets(job, partition(job));
}

function sortOneBucket(job: Job): void {
  const drop = job.rowBits;
  fillEntries(job, drop);
  // Every other code stands for what is between two values, which is mostly nothing.
  const sorted = sortBucket(job.bucket, job.rows, job.spare, 0, job.isCoded);
  finish(job, sorted, job.rows, job.order, drop);
}

function fillEntries(job: Job, drop: u32): void {
  const isAll = job.run == 0;
  for (let first: u32 = 0; first < job.rows; first += BLOCK_ROWS) {
    const from = blockOf(job, first);
    const size = min(BLOCK_ROWS, job.rows - first);
    const to = job.bucket + ((<usize>first) << 3);
    if (isAll) addRowNumbers(from, to, first, size, drop, job.rowBits);
    else {
      for (let i: u32 = 0; i < size; i++) {
        const number = load<u64>(from + ((<usize>i) << 3)) >> (<u64>drop);
        store<u64>(to + ((<usize>i) << 3), (number << (<u64>job.rowBits)) | rowOf(job, first + i));
      }
    }
  }
}

/** Makes entries of the numbers of rows from `first` on, two at a time. May write one more. */
function addRowNumbers(from: usize, to: usize, first: u32, size: u32, drop: u32, rowBits: u32): void {
  let rows = i64x2.replace_lane(i64x2.splat(first), 1, first + 1);
  for (const end = from + ((<usize>size) << 3); from < end; from += 16) {
    const numbers = i64x2.shl(i64x2.shr_u(v128.load(from), drop), rowBits);
    v128.store(to, v128.or(numbers, rows));
    rows = i64x2.add(rows, i64x2.splat(2));
    to += 16;
  }
}

/** Sorts one bucket after the other and writes their row numbers. */
function sortBuckets(job: Job, cellBits: u32): void {
  const room: u32 = keyRoom(job);
  const rowBits = <u64>job.rowBits;
  const cellShift: u32 = 64 - cellBits;
  let start: u32 = 0;
  let bucket: u32 = 0;
  for (let c: u32 = 0; c < (<u32>1) << cellBits; c++) {
    const cell = cellAt(c);
    const more = <u32>cell.more;
    const drop = <u32>cell.drop;
    // A cell without a line is one bucket.
    const width: u32 = more == 0 ? cellShift : <u32>cell.shift;
    let low = more == 0 ? (<u64>c) << (<u64>cellShift) : cell.low;
    for (let b: u32 = 0; b <= more; b++) {
      const size = collectEntries(bucketAt(bucket++), job.bucket);
      if (size > 0) {
        const entries = job.bucket;
        const order = job.order + ((<usize>start) << 2);
        const isOuter = (b == 0 && cell.open & BELOW) || (b == more && cell.open & ABOVE);
        if (isOuter && cell.isNarrow) {
          sortOuter(job, entries, size, order, cellShift > room ? cellShift - room : 0);
        } else if (isOuter) {
          finish(job, sortBucket(entries, size, job.spare), size, order, drop);
        } else {
          const lowest = (low >> (<u64>drop)) << rowBits;
          const rangeBits = (width > drop ? width - drop : 0) + job.rowBits;
          finish(job, sortInRange(entries, size, job.spare, lowest, rangeBits), size, order, drop);
        }
        start += size;
      }
      low += (<u64>1) << (<u64>width);
    }
  }
}

/** The entries of an outer bucket lack their highest bits: they are made again, without the lowest `drop` bits. */
function sortOuter(job: Job, entries: usize, size: u32, order: usize, drop: u32): void {
  const rowMask = ((<u32>1) << job.rowBits) - 1;
  for (let at = entries; at < entries + ((<usize>size) << 3); at += 8) {
    const row = load<u32>(at) & rowMask;
    const number = packRow(job.keys, job.keyCount, row) >> (<u64>drop);
    store<u64>(at, (number << (<u64>job.rowBits)) | row);
  }
  finish(job, sortBucket(entries, size, job.spare), size, order, drop);
}

/** Writes the row numbers of sorted entries, and sees to those that are equal without the lowest `drop` bits. */
function finish(job: Job, entries: usize, size: u32, order: usize, drop: u32): void {
  const areEqual = writeRows(entries, size, order, job.rowBits);
  const seen = job.offset + 64 - drop;
  if (areEqual && (job.isCoded || job.bits > seen)) settleTies(job, entries, size, order, seen);
}

/** Writes the row numbers of sorted entries, four at a time. Returns whether any two entries are equal but for these. */
function writeRows(entries: usize, size: u32, order: usize, rowBits: u32): bool {
  const rowMask = ((<u32>1) << rowBits) - 1;
  const rowMasks = i32x4.splat(rowMask);
  let previous = load<u64>(entries);
  store<u32>(order, (<u32>previous) & rowMask);
  let equal = i64x2.splat(0);
  let at = entries + 8;
  let to = order + 4;
  const end = entries + ((<usize>size) << 3);
  for (const last = at + ((<usize>((size - 1) & ~3)) << 3); at < last; at += 32) {
    const two = v128.load(at);
    const more = v128.load(at, 16);
    v128.store(to, v128.and(v128.shuffle<u32>(two, more, 0, 2, 4, 6), rowMasks));
    equal = v128.or(equal, equalKeys(two, v128.load(at - 8), rowBits));
    equal = v128.or(equal, equalKeys(more, v128.load(at + 8), rowBits));
    to += 16;
  }
  let areEqual = v128.any_true(equal);
  previous = load<u64>(at - 8);
  for (; at < end; at += 8) {
    const entry = load<u64>(at);
    store<u32>(to, (<u32>entry) & rowMask);
    areEqual = areEqual || (entry ^ previous) >> (<u64>rowBits) == 0;
    previous = entry;
    to += 4;
  }
  return areEqual;
}

/** Ones in the places of entries that are equal to those before them but for their row numbers. */
function equalKeys(entries: v128, before: v128, rowBits: u32): v128 {
  return i64x2.eq(i64x2.shr_u(v128.xor(entries, before), rowBits), i64x2.splat(0));
}
