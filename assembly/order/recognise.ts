// Tables that are sorted already, or sorted the other way round.

import { Job, blockOf } from './job';
import { compareRows } from './keys';
import { BLOCK_ROWS } from './pack';

/** So many rows are compared before any are packed: those of most tables that are in no order show it. */
const FIRST_ROWS: u32 = 8;

/** What two rows side by side are to each other. */
const RISES: u32 = 1;
const FALLS: u32 = 2;
const TIES: u32 = 4;

/** Writes the order of a table that is sorted one way or the other. False if it is neither. */
export function recognise(job: Job): bool {
  const descends = compareRows(job.keys, 0, job.keyCount, 0, 1) > 0;
  for (let row: u32 = 1; row < min(FIRST_ROWS, job.rows) - 1; row++) {
    const compared = compareRows(job.keys, 0, job.keyCount, row, row + 1);
    if (descends ? compared < 0 : compared > 0) return false;
  }
  const unwanted = descends ? RISES : FALLS;
  let last: u64 = 0;
  // Where equal rows begin that may go on in the next block.
  let run: u32 = 0;
  for (let first: u32 = 0; first < job.rows; first += BLOCK_ROWS) {
    const rows = min(BLOCK_ROWS, job.rows - first);
    const block = blockOf(job, first);
    const end = block + ((<usize>rows) << 3);
    // The row before the block is compared with its first one.
    const from = first == 0 ? block : block - 8;
    const row = first == 0 ? 0 : first - 1;
    if (first != 0) store<u64>(from, last);
    last = load<u64>(end - 8);
    let here = compareNumbers(from, end);
    if (here & TIES && job.bits > 64) here = (here & ~TIES) | compareTies(job, from, end, row);
    if (here & unwanted) return false;
    if (!descends) continue;
    const bottom = first + rows - 1;
    countDown(slotOf(job, bottom), bottom, rows);
    if (here & TIES) {
      run = turnTies(job, from, end, row, run);
    } else {
      turn(job, run, row);
      run = bottom;
    }
  }
  if (descends) turn(job, run, job.rows - 1);
  else countUp(job.order, job.rows);
  return true;
}

/** What the window shows of any two rows side by side. */
function compareNumbers(from: usize, end: usize): u32 {
  // Vectors are compared as signed numbers.
  const sign = i64x2.splat(i64.MIN_VALUE);
  let rises = i64x2.splat(0);
  let falls = rises;
  let ties = rises;
  let at = from;
  for (; at + 24 <= end; at += 16) {
    const two = v128.xor(v128.load(at), sign);
    const next = v128.xor(v128.load(at + 8), sign);
    rises = v128.or(rises, i64x2.gt_s(next, two));
    falls = v128.or(falls, i64x2.gt_s(two, next));
    ties = v128.or(ties, i64x2.eq(two, next));
  }
  let seen: u32 =
    (v128.any_true(rises) ? RISES : 0) |
    (v128.any_true(falls) ? FALLS : 0) |
    (v128.any_true(ties) ? TIES : 0);
  for (; at + 16 <= end; at += 8) {
    const number = load<u64>(at);
    const next = load<u64>(at, 8);
    seen |= number == next ? TIES : number < next ? RISES : FALLS;
  }
  return seen;
}

/** What rows side by side are whose numbers are equal, by all of their keys. The first of all is number `row`. */
function compareTies(job: Job, from: usize, end: usize, row: u32): u32 {
  let seen: u32 = 0;
  for (let at = from; at + 16 <= end; at += 8, row++) {
    if (load<u64>(at) != load<u64>(at, 8)) continue;
    const compared = compareRows(job.keys, 0, job.keyCount, row, row + 1);
    seen |= compared == 0 ? TIES : compared < 0 ? RISES : FALLS;
  }
  return seen;
}

/** Four at a time; what is behind the last four is written one by one. */
export function countUp(order: usize, rows: u32): void {
  let four = i32x4(0, 1, 2, 3);
  let i: u32 = 0;
  for (; i + 4 <= rows; i += 4) {
    v128.store(order + ((<usize>i) << 2), four);
    four = i32x4.add(four, i32x4.splat(4));
  }
  for (; i < rows; i++) store<u32>(order + ((<usize>i) << 2), i);
}

/** The same from `highest` on downwards. */
function countDown(at: usize, highest: u32, rows: u32): void {
  let four = i32x4.sub(i32x4.splat(highest), i32x4(0, 1, 2, 3));
  let i: u32 = 0;
  for (; i + 4 <= rows; i += 4) {
    v128.store(at + ((<usize>i) << 2), four);
    four = i32x4.sub(four, i32x4.splat(4));
  }
  for (; i < rows; i++) store<u32>(at + ((<usize>i) << 2), highest - i);
}

/** Where a row of a table that descends has its place. */
function slotOf(job: Job, row: u32): usize {
  return job.order + ((<usize>(job.rows - 1 - row)) << 2);
}

/**
 * Counted down, equal rows stand in the opposite of table order; stable is the other way round. Turns the runs of equal rows that end
 * before the last row. The first of all is number `row`, and its run begins at `run`; returns where the last one does.
 */
function turnTies(job: Job, from: usize, end: usize, row: u32, run: u32): u32 {
  for (let at = from; at + 16 <= end; at += 8, row++) {
    if (load<u64>(at) == load<u64>(at, 8)) {
      if (job.bits <= 64 || compareRows(job.keys, 0, job.keyCount, row, row + 1) == 0) continue;
    }
    turn(job, run, row);
    run = row + 1;
  }
  return run;
}

/** Puts two rows and those between them in the opposite order. */
function turn(job: Job, first: u32, last: u32): void {
  for (let low = slotOf(job, last), high = slotOf(job, first); low < high; low += 4, high -= 4) {
    const row = load<u32>(low);
    store<u32>(low, load<u32>(high));
    store<u32>(high, row);
  }
}
