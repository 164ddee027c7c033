// Sorting permutes row numbers; columns stay where they are.
//
//   1. The keys of each row are packed into a u64 (keys.ts). Sorted and reversed tables are recognised on the way.
//   2. A sample tells how the numbers are distributed. Their top bits name a cell; each cell has a straight line that maps
//      its range to buckets, more of them where the sample has more rows. So buckets are about equally full, and in order.
//   3. One pass makes an entry for each row, the bits below the cell's on top and the row number under them; a second
//      pass puts each entry into its bucket. That is all the work that goes beyond a cache.
//   4. Each bucket is sorted in cache (bucket.ts; entries.ts where it is crowded).
//   5. Rows whose entries have the same key bits, which happens only where the keys have more bits than that, are compared
//      by their columns. Where the sample shows many of them, all is done by digits instead (digits.ts).

import { BLOCK_ROWS, compareRows, packKeys, prepareKeys } from './keys';
import { sortEntries } from './entries';
import { sortBucket, sortInRange } from './bucket';
import { orderByDigits } from './digits';

const MAX_CELL_BITS: u32 = 12;
const MAX_SAMPLE: u32 = 1024;
/** Rows that a bucket should have: its entries, twice, stay in the nearest caches. */
const BUCKET_ROWS: u32 = 1024;
/** Up to so many rows are one bucket. */
const ONE_BUCKET: u32 = 1024;
/** Buckets wanted at most. Drawing the lines may make eight times as many, and two for each cell: a u16 numbers them all. */
const MAX_WANTED: u32 = 7000;
/** How often a cell's buckets are made half as wide. */
const MAX_HALVINGS: u32 = 2;

@unmanaged
class Cell {
  /** Numbers up to this one go to the first bucket. */
  low: u64;
  shift: u32;
  /** The first of the cell's buckets. */
  base: u16;
  /** How many more it has. */
  more: u16;
}

const block = memory.data(512 * 8, 16);
const cells = memory.data((1 << 12) * 16, 16);
const sample = memory.data(1024 * 8 * 2, 16);
const bucketEnds = memory.data(65536 * 4, 16);

/** Bytes of scratch memory that orderRows needs. */
export function orderScratchBytes(rows: u32): u32 {
  return rows * 18 + 64;
}

/**
 * Writes the row numbers in the order of `count` keys (keys.ts) to `order`. Stable.
 */
export function orderRows(keys: usize, count: u32, rows: u32, order: usize, scratch: usize): void {
  const bits = rows > 1 ? prepareKeys(keys, count, rows) : 0;
  if (bits == 0) {
    countUp(order, rows);
    return;
  }
  if (recognise(keys, count, rows, order, bits)) return;

  const rowBits: u32 = 32 - <u32>clz(rows - 1);
  const cellBits: u32 = rows <= ONE_BUCKET ? 0 : min<u32>(MAX_CELL_BITS, 24 - <u32>clz(rows));
  const keyBits: u32 = 64 - rowBits + cellBits;
  const entries = scratch;
  const scattered = scratch + ((<usize>rows) << 3);
  const buckets = scratch + ((<usize>rows) << 4);
  const isCut = bits > keyBits;
  if (cellBits == 0) {
    makeEntries(keys, count, rows, scattered, rowBits);
    writeRows(keys, count, sortBucket(scattered, rows, entries), rows, order, rowBits, isCut);
  } else {
    const sampled = takeSample(keys, count, rows);
    if (isCut && tiesInSample(sampled, keyBits) > sampled >> 4) {
      orderByDigits(keys, count, rows, order, scratch);
      return;
    }
    const bucketCount = drawCells(sampled, cellBits, rows);
    memory.fill(bucketEnds, 0, (<usize>bucketCount) << 2);
    makeBucketEntries(keys, count, rows, cellBits, rowBits, entries, buckets);
    scatter(entries, buckets, rows, bucketCount, scattered);
    finishBuckets(keys, count, cellBits, rowBits, isCut, scattered, entries, order);
  }
}
function countUp(order: usize, rows: u32): void {
  for (let i: u32 = 0; i < rows; i++) store<u32>(order + ((<usize>i) << 2), i);
}

function countDown(order: usize, rows: u32): void {
  for (let i: u32 = 0; i < rows; i++) store<u32>(order + ((<usize>i) << 2), rows - 1 - i);
}

/** Writes the order of a table that is sorted, or sorted the other way round without ties. False if it is neither. */
function recognise(keys: usize, count: u32, rows: u32, order: usize, bits: u32): bool {
  const descends = compareRows(keys, count, 0, 1) > 0;
  let previous: u64 = 0;
  for (let first: u32 = 0; first < rows; first += BLOCK_ROWS) {
    const size = min(BLOCK_ROWS, rows - first);
    packKeys(keys, count, first, size, block);
    for (let i: u32 = first == 0 ? 1 : 0; i < size; i++) {
      if (i > 0) previous = load<u64>(block + ((<usize>(i - 1)) << 3));
      const packed = load<u64>(block + ((<usize>i) << 3));
      if (packed == previous && bits > 64) {
        const compared = compareRows(keys, count, first + i - 1, first + i);
        if (descends ? compared <= 0 : compared > 0) return false;
      } else if (descends ? packed >= previous : packed < previous) {
        return false;
      }
    }
    previous = load<u64>(block + ((<usize>(size - 1)) << 3));
  }
  if (descends) countDown(order, rows);
  else countUp(order, rows);
  return true;
}

/** Packed keys of rows at jittered strides, sorted, at `sample`. Returns how many. */
function takeSample(keys: usize, count: u32, rows: u32): u32 {
  const size = min(MAX_SAMPLE, rows >> 5);
  const stride = rows / size;
  let random: u32 = 0x9e3779b9;
  for (let i: u32 = 0; i < size; i++) {
    random = random * 1664525 + 1013904223;
    const row = i * stride + <u32>((<u64>random * stride) >> 32);
    packKeys(keys, count, row, 1, sample + ((<usize>i) << 3));
  }
  sortEntries(sample, size, sample + 1024 * 8, 0);
  return size;
}

/** Neighbours in the sample that an entry's key bits would not tell apart. */
function tiesInSample(size: u32, keyBits: u32): u32 {
  const unseen = keyBits < 64 ? <u64>(64 - keyBits) : 0;
  let ties: u32 = 0;
  for (let i: usize = 1; i < <usize>size; i++) {
    const at = sample + (i << 3);
    if (load<u64>(at) >> unseen == load<u64>(at - 8) >> unseen) ties++;
  }
  return ties;
}

/** Gives every cell its buckets. Returns how many there are. */
function drawCells(size: u32, cellBits: u32, rows: u32): u32 {
  const cellShift = <u64>(64 - cellBits);
  const rowsPerSample = rows / size;
  const bucketRows = max(BUCKET_ROWS, rows / MAX_WANTED);
  let base: u32 = 0;
  let next: u32 = 0;
  for (let c: u32 = 0; c < (<u32>1) << cellBits; c++) {
    const start = next;
    while (next < size && <u32>(load<u64>(sample + ((<usize>next) << 3)) >> cellShift) == c) next++;
    const cell = changetype<Cell>(cells + ((<usize>c) << 4));
    cell.base = <u16>base;
    cell.low = (<u64>c) << cellShift;
    cell.shift = 63;
    cell.more = 0;
    const wanted = ((next - start) * rowsPerSample) / bucketRows;
    if (wanted > 1) drawLine(cell, start, next, wanted, cellShift);
    base += <u32>cell.more + 1;
  }
  return base;
}

/** Maps the range in which the sample has the cell's rows, and a margin, to buckets: from `wanted` to twice as many. */
function drawLine(cell: Cell, start: u32, next: u32, wanted: u32, cellShift: u64): void {
  const cellLow = cell.low;
  const cellHigh = cellLow + (((<u64>1) << cellShift) - 1);
  let low = load<u64>(sample + ((<usize>start) << 3));
  let high = load<u64>(sample + ((<usize>(next - 1)) << 3));
  const sampled = <u64>(next - start);
  // Few samples tell little about where the range ends; many tell it to within their mean distance.
  const margin = sampled < 8 ? (<u64>1) << cellShift : (high - low) / sampled + 1;
  low = low - cellLow > margin ? low - margin : cellLow;
  high = cellHigh - high > margin ? high + margin : cellHigh;
  const range = high - low;
  const wantedBits = 32 - <u32>clz(wanted);
  const rangeBits = 64 - <u32>clz(range);
  let shift = rangeBits > wantedBits ? rangeBits - wantedBits : 0;
  // Rows that lie in few of these buckets need narrower ones.
  for (let halvings: u32 = 0; halvings < MAX_HALVINGS && shift > 0; halvings++) {
    if (bucketsInSample(start, next, shift) * 5 > (next - start) * 2) break;
    shift--;
  }
  // At a multiple of the buckets' width, so that the entries of a bucket differ in its low bits alone.
  low = (low >> shift) << shift;
  cell.low = low;
  cell.shift = shift;
  cell.more = <u16>((high - low) >> shift);
}

/** How many different buckets the sampled rows from `start` to `next` lie in. */
function bucketsInSample(start: u32, next: u32, shift: u32): u32 {
  let distinct: u32 = 1;
  let previous = load<u64>(sample + ((<usize>start) << 3)) >> shift;
  for (let i = start + 1; i < next; i++) {
    const bucket = load<u64>(sample + ((<usize>i) << 3)) >> shift;
    if (bucket != previous) distinct++;
    previous = bucket;
  }
  return distinct;
}

function makeEntries(keys: usize, count: u32, rows: u32, entries: usize, rowBits: u32): void {
  const keyMask = ~(((<u64>1) << rowBits) - 1);
  for (let first: u32 = 0; first < rows; first += BLOCK_ROWS) {
    const size = min(BLOCK_ROWS, rows - first);
    packKeys(keys, count, first, size, block);
    for (let i: u32 = 0; i < size; i++) {
      const packed = load<u64>(block + ((<usize>i) << 3));
      store<u64>(entries + ((<usize>(first + i)) << 3), (packed & keyMask) | (first + i));
    }
  }
}

/** Makes the entries in row order, with their buckets beside them; leaves in `bucketEnds` how many each bucket has. */
function makeBucketEntries(
  keys: usize,
  count: u32,
  rows: u32,
  cellBits: u32,
  rowBits: u32,
  entries: usize,
  buckets: usize,
): void {
  const keyMask = ~(((<u64>1) << rowBits) - 1);
  const cellShift = <u64>(64 - cellBits);
  for (let first: u32 = 0; first < rows; first += BLOCK_ROWS) {
    const size = min(BLOCK_ROWS, rows - first);
    packKeys(keys, count, first, size, block);
    for (let i: u32 = 0; i < size; i++) {
      const packed = load<u64>(block + ((<usize>i) << 3));
      const row = first + i;
      const cell = changetype<Cell>(cells + ((<usize>(packed >> cellShift)) << 4));
      const above = packed > cell.low ? packed - cell.low : 0;
      const bucket = <u32>cell.base + min(<u32>cell.more, <u32>min<u64>(above >> cell.shift, 0xffff));
      const counter = bucketEnds + ((<usize>bucket) << 2);
      store<u32>(counter, load<u32>(counter) + 1);
      store<u16>(buckets + ((<usize>row) << 1), <u16>bucket);
      store<u64>(entries + ((<usize>row) << 3), ((packed << cellBits) & keyMask) | row);
    }
  }
}

/** Moves every entry to its bucket; leaves in `bucketEnds` where each bucket ends. */
function scatter(entries: usize, buckets: usize, rows: u32, bucketCount: u32, scattered: usize): void {
  let sum: u32 = 0;
  for (let counter = bucketEnds; counter < bucketEnds + ((<usize>bucketCount) << 2); counter += 4) {
    const size = load<u32>(counter);
    store<u32>(counter, sum);
    sum += size;
  }
  for (let i: usize = 0; i < <usize>rows; i++) {
    const counter = bucketEnds + ((<usize>load<u16>(buckets + (i << 1))) << 2);
    const place = load<u32>(counter);
    store<u32>(counter, place + 1);
    store<u64>(scattered + ((<usize>place) << 3), load<u64>(entries + (i << 3)));
  }
}

/** Sorts the buckets where they lie and writes their row numbers. */
function finishBuckets(
  keys: usize,
  count: u32,
  cellBits: u32,
  rowBits: u32,
  isCut: bool,
  scattered: usize,
  scratch: usize,
  order: usize,
): void {
  let start: u32 = 0;
  let counter = bucketEnds;
  const cellEnd = cells + ((<usize>1) << (cellBits + 4));
  for (let at = cells; at < cellEnd; at += 16) {
    const cell = changetype<Cell>(at);
    const more = <u32>cell.more;
    const widthBits = cell.shift + cellBits;
    // Key bits below the row number's are not in the entries.
    const rangeBits = max(widthBits, rowBits);
    let low = cell.low << cellBits;
    for (let b: u32 = 0; b <= more; b++) {
      const end = load<u32>(counter);
      counter += 4;
      const size = end - start;
      if (size > 0) {
        const bucket = scattered + ((<usize>start) << 3);
        let sorted: usize;
        if (more == 0) sorted = sortInRange(bucket, size, scratch, 0, 64);
        else if (b == 0 || b == more) sorted = sortBucket(bucket, size, scratch);
        else sorted = sortInRange(bucket, size, scratch, low & ~(((<u64>1) << rowBits) - 1), rangeBits);
        writeRows(keys, count, sorted, size, order + ((<usize>start) << 2), rowBits, isCut);
        start = end;
      }
      low += (<u64>1) << widthBits;
    }
  }
}

/** Writes the row numbers of sorted entries; rows whose keys were cut and seem equal are put in order by their columns. */
function writeRows(
  keys: usize,
  count: u32,
  entries: usize,
  size: u32,
  order: usize,
  rowBits: u32,
  isCut: bool,
): void {
  const rowMask = ((<u32>1) << rowBits) - 1;
  for (let i: usize = 0; i < <usize>size; i++) {
    store<u32>(order + (i << 2), load<u32>(entries + (i << 3)) & rowMask);
  }
  if (!isCut) return;
  const shift = <u64>rowBits;
  let start: usize = 0;
  let previous = load<u64>(entries) >> shift;
  for (let i: usize = 1; i <= <usize>size; i++) {
    const key = i < <usize>size ? load<u64>(entries + (i << 3)) >> shift : ~previous;
    if (key == previous) continue;
    if (i - start > 1) insertRows(keys, count, order + (start << 2), <u32>(i - start));
    start = i;
    previous = key;
  }
}

/** Stable insertion by the columns. The runs are short, or the sample would have shown them. */
function insertRows(keys: usize, count: u32, order: usize, size: u32): void {
  for (let i: usize = 4; i < (<usize>size) << 2; i += 4) {
    const row = load<u32>(order + i);
    let at = order + i;
    while (at > order && compareRows(keys, count, load<u32>(at - 4), row) > 0) {
      store<u32>(at, load<u32>(at - 4));
      at -= 4;
    }
    store<u32>(at, row);
  }
}
