// Putting rows into buckets, in order, so that each bucket can be sorted in cache.
//
// A sample tells how the numbers are distributed. Their top bits name a cell; each cell has a straight line that maps its
// range to buckets, more of them where the sample has more rows, so that buckets are about equally full. One pass then makes an
// entry for each row, the row number below key bits, and adds it to its bucket.

import { addEntry, Bucket } from './chunks';
import { sortEntries } from './entries';
import { blockOf, Job, keyRoom, numberOf, rowOf } from './job';
import { BLOCK_ROWS } from './pack';
import { sampledPlace } from './sample';

const MAX_CELL_BITS: u32 = 12;
const MAX_SAMPLE: u32 = 1024;
/** Rows that a bucket should have: its entries, twice, stay in the nearest caches. */
const BUCKET_ROWS: u32 = 1024;
/** Buckets wanted at most. Drawing the lines may make eight times as many, and four for each cell: a u16 numbers them all. */
const MAX_WANTED: u32 = 6000;
export const BELOW: u8 = 1;
export const ABOVE: u8 = 2;
/** How often a cell's buckets are made half as wide. */
const MAX_HALVINGS: u32 = 2;
/** A cell of so many buckets is worth narrow entries: packing the rows of its two outer buckets again costs little then. */
const MANY_BUCKETS: u32 = 16;

/**
 * An entry has no room for all bits of a number, but all numbers in a bucket begin alike, so entries hold lower ones:
 * those of a cell (`drop` lets the lowest fall off), or of a bucket where there are many in the cell. In the latter case
 * the outer buckets that take what the line does not reach cannot be sorted by their entries.
 */
@unmanaged
export class Cell {
  /** Numbers up to this one go to the first bucket. */
  low: u64;
  /** A bucket is 2^shift numbers wide. */
  shift: u8;
  /** Bits of the number below those in the entry. */
  drop: u8;
  isNarrow: u8;
  /** BELOW and ABOVE: whether the line leaves out a part of the cell there. Its numbers go to the first or last bucket. */
  open: u8;
  /** The first of the cell's buckets. */
  base: u16;
  /** How many more it has. */
  more: u16;
}

const cells = memory.data((1 << 12) * 16, 16);
const buckets = memory.data(65536 * 8, 16);
const sample = memory.data(1024 * 8 * 2, 16);

export function cellAt(index: u32): Cell {
  return changetype<Cell>(cells + ((<usize>index) << 4));
}

export function bucketAt(index: u32): Bucket {
  return changetype<Bucket>(buckets + ((<usize>index) << 3));
}

/** How many buckets any `rows` rows may get, by the widths that drawCells gives them. */
export function mostBuckets(rows: u32): u32 {
  return (4 << cellBitsOf(rows)) + 8 * min(MAX_WANTED, rows / BUCKET_ROWS);
}

function cellBitsOf(rows: u32): u32 {
  return min<u32>(MAX_CELL_BITS, 24 - <u32>clz(rows));
}

/** How many bits of a number its entry and its bucket show together, at least. */
export function bitsInEntries(job: Job): u32 {
  return min<u32>(64, cellBitsOf(job.rows) + keyRoom(job));
}

/** Brings the rows into buckets. Returns how many bits of a number name its cell. */
export function partition(job: Job): u32 {
  const cellBits = cellBitsOf(job.rows);
  const sampled = takeSample(job);
  memory.fill(buckets, 0, (<usize>drawCells(job, sampled, cellBits)) << 3);
  scatter(job, cellBits);
  return cellBits;
}

/** Numbers of rows at jittered strides, sorted, at `sample`. Returns how many. */
export function takeSample(job: Job): u32 {
  const size = min(MAX_SAMPLE, job.rows >> 5);
  for (let i: u32 = 0; i < size; i++) {
    store<u64>(sample + ((<usize>i) << 3), numberOf(job, sampledPlace(job.rows, size, i)));
  }
  sortEntries(sample, size, sample + 1024 * 8, 0);
  return size;
}

/** One of the numbers that takeSample has sorted. */
export function sampledNumber(place: u32): u64 {
  return load<u64>(sample + ((<usize>place) << 3));
}

/** Gives every cell its buckets. Returns how many there are. */
function drawCells(job: Job, size: u32, cellBits: u32): u32 {
  const cellShift: u32 = 64 - cellBits;
  const rowsPerSample = job.rows / size;
  const bucketRows = max(BUCKET_ROWS, job.rows / MAX_WANTED);
  const room: u32 = keyRoom(job);
  const drop: u32 = cellShift > room ? cellShift - room : 0;
  const isWhole = job.bits <= job.offset + 64 - drop;
  let base: u32 = 0;
  let next: u32 = 0;
  for (let c: u32 = 0; c < (<u32>1) << cellBits; c++) {
    const start = next;
    while (next < size && <u32>(load<u64>(sample + ((<usize>next) << 3)) >> (<u64>cellShift)) == c) next++;
    const cell = cellAt(c);
    cell.base = <u16>base;
    cell.low = (<u64>c) << (<u64>cellShift);
    cell.shift = 63;
    cell.more = 0;
    cell.isNarrow = 0;
    cell.open = 0;
    cell.drop = <u8>drop;
    const wanted = ((next - start) * rowsPerSample) / bucketRows;
    if (wanted > 1) drawLine(cell, start, next, wanted, <u64>cellShift);
    if (!isWhole && cell.more >= MANY_BUCKETS) {
      cell.isNarrow = 1;
      cell.drop = <u8>(cell.shift > room ? cell.shift - room : 0);
    }
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
  // At a multiple of the buckets' width, so that the numbers of a bucket differ in its low bits alone.
  low = (low >> shift) << shift;
  let more = (high - low) >> shift;
  // What the line leaves out gets buckets where the sample has no rows.
  if (low > cellLow) {
    low -= (<u64>1) << shift;
    more++;
    if (low > cellLow) cell.open = BELOW;
  }
  if (endOfLine(low, more, shift) < cellHigh) {
    more++;
    if (endOfLine(low, more, shift) < cellHigh) cell.open |= ABOVE;
  }
  cell.low = low;
  cell.shift = <u8>shift;
  cell.more = <u16>more;
}

/** The highest number that a line of `more` + 1 buckets reaches. */
function endOfLine(low: u64, more: u64, shift: u64): u64 {
  return low + ((more + 1) << shift) - 1;
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

/** Makes an entry for every row, in its bucket. */
function scatter(job: Job, cellBits: u32): void {
  const cellShift = <u64>(64 - cellBits);
  const rows = job.rows;
  const rowBits = <u64>job.rowBits;
  let nextChunk = job.chunks;
  for (let first: u32 = 0; first < rows; first += BLOCK_ROWS) {
    const from = blockOf(job, first);
    const size = min(BLOCK_ROWS, rows - first);
    for (let i: u32 = 0; i < size; i++) {
      const number = load<u64>(from + ((<usize>i) << 3));
      const cell = cellAt(<u32>(number >> cellShift));
      const above = number > cell.low ? number - cell.low : 0;
      const bucket = <u32>cell.base + <u32>min<u64>(above >> (<u64>cell.shift), <u64>cell.more);
      const entry = ((number >> (<u64>cell.drop)) << rowBits) | rowOf(job, first + i);
      nextChunk = addEntry(bucketAt(bucket), entry, nextChunk);
    }
  }
}
