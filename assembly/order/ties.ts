// Rows that the window showed as equal, though their keys have more bits. A few are put in order by their columns; more
// of them are a run, to be done through the next window once all buckets are.

import { exactBits, firstHidden } from './codes';
import { compareRows, keyAt, valueAt } from './keys';
import { Job } from './job';
import { areRunsPlain, isExactInRest, isRestAll, seenWithRest, sortByRest } from './rest';

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

/** One of two neighbouring rows with equal keys. Takes the place of an entry. */
@unmanaged
class Tie {
  /** The low bits of the key. */
  key: u32;
  /** The place of the second row. */
  place: u32;
}

/** Keeps columns from being read for nothing, as far as a compiler can see. */
const touched = memory.data(4, 4);

/**
 * Looks for equal keys among sorted entries, which it overwrites; their rows stand at `order`. `offset`: bits of keys that
 * entries have seen.
 */
export function settleTies(job: Job, entries: usize, size: u32, order: usize, offset: u32): void {
  const drop = job.offset + 64 - offset;
  const hinting = job.isCoded ? <u32>(exactBits(job.keys, job.keyCount, drop) >> (<u64>drop)) : 0;
  if (job.rest != 0 && areRunsPlain(job, entries, size, hinting)) {
    const rests = entries == job.bucket ? job.spare : job.bucket;
    sortByRest(job, entries, rests, order, size);
    settleEqualRests(job, entries, rests, order, size);
    return;
  }
  const ties = listTies(entries, size, <u64>job.rowBits);
  if (ties < size >> 2) touchRows(job, entries, ties, order, offset);
  for (let at = entries, end = entries + ((<usize>ties) << 3); at < end;) {
    const tie = changetype<Tie>(at);
    let last = tie.place;
    for (at += 8; at < end && changetype<Tie>(at).place == last + 1; at += 8) last++;
    const first = tie.place - 1;
    settle(job, order + ((<usize>first) << 2), last - first + 1, offset, (tie.key & hinting) != 0);
  }
}

/** Sees to rows that are equal in their rest too. */
function settleEqualRests(job: Job, entries: usize, rests: usize, order: usize, size: u32): void {
  if (isRestAll(job, rests, size)) return;
  const shift = <u64>job.rowBits;
  const seen = seenWithRest(job);
  let start: usize = 0;
  for (let i: usize = 1; i <= <usize>size; i++) {
    const rest = load<u64>(rests + (start << 3));
    if (
      i < <usize>size &&
      load<u64>(rests + (i << 3)) == rest &&
      (load<u64>(entries + (i << 3)) ^ load<u64>(entries + (start << 3))) >> shift == 0
    )
      continue;
    if (i - start > 1) settle(job, order + (start << 2), <u32>(i - start), seen, isExactInRest(rest));
    start = i;
  }
}

/** Makes a list of the ties, without a branch for each entry, where the entries are. Returns how many there are. */
function listTies(entries: usize, size: u32, shift: u64): u32 {
  let ties: u32 = 0;
  let previous = load<u64>(entries) >> shift;
  for (let i: u32 = 1; i < size; i++) {
    const key = load<u64>(entries + ((<usize>i) << 3)) >> shift;
    const tie = changetype<Tie>(entries + ((<usize>ties) << 3));
    tie.key = <u32>key;
    tie.place = i;
    ties += u32(key == previous);
    previous = key;
  }
  return ties;
}

/** Reads what comparisons will need one after the other, so that a processor fetches it for many rows at a time. */
function touchRows(job: Job, entries: usize, ties: u32, order: usize, offset: u32): void {
  const first = job.isCoded ? firstHidden(job, 0, offset, true) : firstUnseen(job, offset);
  if (first == job.keyCount) return;
  const key = keyAt(job.keys, first);
  let sum: u32 = 0;
  for (let at = entries, end = entries + ((<usize>ties) << 3); at < end; at += 8) {
    const second = order + ((<usize>changetype<Tie>(at).place) << 2);
    sum += valueAt(key, load<u32>(second - 4)) + valueAt(key, load<u32>(second));
  }
  store<u32>(touched, sum);
}

/** Rows with equal keys, as far as these have been seen, stand at `order`, ascending. */
export function settle(job: Job, order: usize, rows: u32, offset: u32, isExact: bool): void {
  const first = job.isCoded ? firstHidden(job, load<u32>(order), offset, isExact) : firstUnseen(job, offset);
  if (first == job.keyCount) return;
  if (rows <= FEW) insertRows(job, order, rows, first);
  else leaveRun(job, order, rows, job.isCoded ? 0 : offset);
}

/** Leaves a run of rows that are equal in `offset` bits of keys, and stand at `order`, ascending, for later. */
export function leaveRun(job: Job, order: usize, rows: u32, offset: u32): void {
  const run = changetype<Run>(job.pending);
  run.start = <u32>order;
  run.rows = rows;
  run.offset = offset;
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
