// Rows that the window showed as equal, though their keys have more bits. A few are put in order by their columns; more
// of them are a run, to be done through the next window once all buckets are.

import { firstHidden } from './codes';
import { compareRows, keyAt } from './keys';
import { Job } from './job';

/** Up to so many rows are compared with each other. */
const FEW: u32 = 8;

/** Runs have more than FEW rows and none in common: all that there can ever be fit into the job's two bytes a row. */
@unmanaged
class Run {
  start: u32;
  rows: u32;
  offset: u32;
}
const RUN_BYTES: usize = 12;

/** Looks for equal keys among sorted entries, whose rows stand at `order`. `offset`: bits of keys that entries have seen. */
export function settleTies(job: Job, entries: usize, size: u32, order: usize, offset: u32): void {
  const shift = <u64>job.rowBits;
  let start: usize = 0;
  let previous = load<u64>(entries) >> shift;
  for (let i: usize = 1; i <= <usize>size; i++) {
    const key = i < <usize>size ? load<u64>(entries + (i << 3)) >> shift : ~previous;
    if (key == previous) continue;
    if (i - start > 1) settle(job, order + (start << 2), <u32>(i - start), offset);
    start = i;
    previous = key;
  }
}

/** Rows with equal keys, as far as these have been seen, stand at `order`, ascending. */
function settle(job: Job, order: usize, rows: u32, offset: u32): void {
  const first = job.isCoded ? firstHidden(job, load<u32>(order), offset) : firstUnseen(job, offset);
  if (first == job.keyCount) return;
  if (rows <= FEW) {
    insertRows(job, order, rows, first);
    return;
  }
  const run = changetype<Run>(job.pending);
  run.start = <u32>order;
  run.rows = rows;
  run.offset = job.isCoded ? 0 : offset;
  job.pending += RUN_BYTES;
}

/** The number of the first key of whose bits not all have been seen. */
function firstUnseen(job: Job, offset: u32): u32 {
  let i: u32 = 0;
  while (i < job.keyCount && keyAt(job.keys, i).offset + keyAt(job.keys, i).width <= offset) i++;
  return i;
}

/** Takes a run from those left to do; the job is then about it. */
export function takeRun(job: Job): void {
  job.pending -= RUN_BYTES;
  const run = changetype<Run>(job.pending);
  job.run = <usize>run.start;
  job.order = <usize>run.start;
  job.rows = run.rows;
  job.offset = run.offset;
}

/** Stable insertion by the columns. */
function insertRows(job: Job, order: usize, size: u32, firstKey: u32): void {
  for (let i: usize = 4; i < (<usize>size) << 2; i += 4) {
    const row = load<u32>(order + i);
    let at = order + i;
    while (at > order && compareRows(job.keys, firstKey, job.keyCount, load<u32>(at - 4), row) > 0) {
      store<u32>(at, load<u32>(at - 4));
      at -= 4;
    }
    store<u32>(at, row);
  }
}
