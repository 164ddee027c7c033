// The first rows of an order, without the order of the others. The numbers that the window shows of a sample tell below which of them
// there should be enough rows; who is wanted is among all the rows up to that one, whatever the window does not show.

import { blockOf, theJob } from './job';
import { aimKeys, prepareKeys } from './keys';
import { BLOCK_ROWS } from './pack';
import { sampledNumber, takeSample } from './partition';
import { countUp } from './recognise';

/** So many rows of the sample are taken to be among the first at least: fewer could lie by accident. */
const LEAST_SAMPLED: u32 = 8;
/** And so many times as many rows as are wanted. */
const TIMES_WANTED: u32 = 4;

/** How many rows listFirst may list, of so many. */
export function firstRoom(rows: u32): u32 {
  return (rows >> 5) + BLOCK_ROWS;
}

/**
 * Lists numbers of rows, ascending, among which the first `wanted` in the order of `count` keys (keys.ts) are; there are at least 32 rows, and 64 times
 * as many as are wanted. There is room for firstRoom(rows) of them at `list`. Returns how many they are; 0 where they would be more, or the
 * sample was wrong.
 */
export function listFirst(keys: usize, count: u32, rows: u32, wanted: u32, list: usize): u32 {
  if (prepareKeys(keys, count, rows) == 0) {
    countUp(list, wanted);
    return wanted;
  }
  aimKeys(keys, count, 0);
  const job = theJob();
  job.keys = keys;
  job.keyCount = count;
  job.rows = rows;
  job.run = 0;
  const size = takeSample(job);
  const place = max(LEAST_SAMPLED, <u32>((<u64>wanted * TIMES_WANTED * size) / rows));
  if (place >= size) return 0;
  const last = sampledNumber(place);
  const most = firstRoom(rows) - BLOCK_ROWS;
  let found: u32 = 0;
  for (let first: u32 = 0; first < rows; first += BLOCK_ROWS) {
    const from = blockOf(job, first);
    const end = min(BLOCK_ROWS, rows - first);
    for (let i: u32 = 0; i < end; i++) {
      // Written always, counted where it is meant: no branch for the processor to guess.
      store<u32>(list + ((<usize>found) << 2), first + i);
      found += u32(load<u64>(from + ((<usize>i) << 3)) <= last);
    }
    if (found > most) return 0;
  }
  return found >= wanted ? found : 0;
}
