// A key may stand in several rows, and all of these are compared with each other. So where one of them remains, those that have been
// paired need to be looked at with it.
//
// A filter has a bit for each hash of the keys that remain. Paired rows whose bit is set are added: all that share a key, and
// a few more, which does no harm, since equal rows are not a difference.

import { localEnd, push, remoteEnd, Side } from './side';

/** Sets the bits of the keys of `count` rows. The filter has 2^`bits` bits, which are zero. */
export function markKeys(side: usize, list: usize, count: u32, filter: usize, bits: u32): void {
  const table = changetype<Side>(side);
  for (let at = list, end = list + ((<usize>count) << 2); at < end; at += 4) {
    const hash = hashOfKey(table, load<u32>(at), bits);
    const byte = filter + ((<usize>hash) >> 3);
    store<u8>(byte, <u8>((<u32>load<u8>(byte)) | ((<u32>1) << (hash & 7))));
  }
}

/**
 * Writes the rows of both lists, and the paired rows between them whose keys are marked, to two other lists, ascending. Returns how
 * many of the table before these are.
 */
export function addCompanions(
  before: usize,
  after: usize,
  listBefore: usize,
  countBefore: u32,
  listAfter: usize,
  countAfter: u32,
  filter: usize,
  bits: u32,
  allBefore: usize,
  allAfter: usize,
): u32 {
  const a = changetype<Side>(before);
  const b = changetype<Side>(after);
  const endA = listBefore + ((<usize>countBefore) << 2);
  const endB = listAfter + ((<usize>countAfter) << 2);
  let toA = allBefore;
  let toB = allAfter;
  let i: u32 = 0;
  let j: u32 = 0;
  while (true) {
    for (; listBefore < endA && load<u32>(listBefore) == i; listBefore += 4) toA = push(toA, i++);
    for (; listAfter < endB && load<u32>(listAfter) == j; listAfter += 4) toB = push(toB, j++);
    if (i == a.rows && j == b.rows) break;
    const nextA = listBefore < endA ? load<u32>(listBefore) : a.rows;
    const nextB = listAfter < endB ? load<u32>(listAfter) : b.rows;
    for (let pairs = min(nextA - i, nextB - j); pairs > 0; pairs--) {
      const hash = hashOfKey(a, i, bits);
      if ((load<u8>(filter + ((<usize>hash) >> 3)) >> (<u8>(hash & 7))) & 1) {
        toA = push(toA, i);
        toB = push(toB, j);
      }
      i++;
      j++;
    }
  }
  return <u32>((toA - allBefore) >> 2);
}

function hashOfKey(side: Side, row: u32, bits: u32): u32 {
  const hash = (localEnd(side, row) * 0x9e3779b97f4a7c15) ^ (remoteEnd(side, row) * 0xc2b2ae3d27d4eb4f);
  return <u32>((hash * 0x9e3779b97f4a7c15) >> (<u64>(64 - bits)));
}
