// Tables that are sorted already, or sorted the other way round.

import { Job, blockOf } from './job';
import { compareRows } from './keys';
import { BLOCK_ROWS } from './pack';

/** So many rows are compared before any are packed: those of most tables that are in no order show it. */
const FIRST_ROWS: u32 = 8;

/** Writes the order of a table that is sorted one way or the other. False if it is neither. */
export function recognise(job: Job): bool {
  const descends = compareRows(job.keys, 0, job.keyCount, 0, 1) > 0;
  for (let row: u32 = 1; row < min(FIRST_ROWS, job.rows) - 1; row++) {
    const compared = compareRows(job.keys, 0, job.keyCount, row, row + 1);
    if (descends ? compared < 0 : compared > 0) return false;
  }
  let ties: u32 = 0;
  let previous: u64 = descends ? 0xffffffffffffffff : 0;
  for (let first: u32 = 0; first < job.rows; first += BLOCK_ROWS) {
    const from = blockOf(job, first);
    const size = min(BLOCK_ROWS, job.rows - first);
    for (let i: u32 = 0; i < size; i++) {
      const number = load<u64>(from + ((<usize>i) << 3));
      if (number == previous) {
        if (first + i == 0) continue;
        const compared = job.bits > 64 ? compareRows(job.keys, 0, job.keyCount, first + i - 1, first + i) : 0;
        if (descends ? compared < 0 : compared > 0) return false;
        ties |= u32(compared == 0);
      } else if (descends ? number > previous : number < previous) {
        return false;
      }
      previous = number;
    }
  }
  if (descends) countDown(job.order, job.rows);
  else countUp(job.order, job.rows);
  if (descends && ties != 0) turnTies(job);
  return true;
}

export function countUp(order: usize, rows: u32): void {
  for (let i: u32 = 0; i < rows; i++) store<u32>(order + ((<usize>i) << 2), i);
}

function countDown(order: usize, rows: u32): void {
  for (let i: u32 = 0; i < rows; i++) store<u32>(order + ((<usize>i) << 2), rows - 1 - i);
}

/** Rows with equal keys stand in the opposite of table order; stable is the other way round. */
function turnTies(job: Job): void {
  const end = job.order + ((<usize>job.rows) << 2);
  let start = job.order;
  for (let at = start + 4; at <= end; at += 4) {
    if (at < end && compareRows(job.keys, 0, job.keyCount, load<u32>(at - 4), load<u32>(at)) == 0) continue;
    for (let low = start, high = at - 4; low < high; low += 4, high -= 4) {
      const row = load<u32>(low);
      store<u32>(low, load<u32>(high));
      store<u32>(high, row);
    }
    start = at;
  }
}
