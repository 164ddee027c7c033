// What differs between two tables, both in order of connection key, pid and state. A connection key is local address, local
// port, remote address, remote port; listeners have no remote end, so theirs is taken as zero (maskRemotes).
//
// One pass over both orders: a key that only one side has was opened or closed. Where both have it, rows are paired: first
// those with the same pid, then the others in their order; what is left over was opened or closed.

import { haveSameKey, localEnd, remoteEnd, Side, STATE_TIME_WAIT, u32At } from './side';

/** The rows of a table that are compared, in order. Eleven u32. */
@unmanaged
export class Sorted extends Side {
  order: usize;
  /** What number each row has in its table; 0 where it is the row's own. */
  numbers: usize;
}

/** What was found: four lists of u32 and how many rows or pairs each has. Pairs are a row before and a row after. */
@unmanaged
export class Changes {
  opened: usize;
  openedCount: u32;
  closed: usize;
  closedCount: u32;
  stateChanged: usize;
  stateChangedCount: u32;
  ownerChanged: usize;
  ownerChangedCount: u32;
}

export const DIFF_SORTED_BYTES: u32 = 44;
export const DIFF_CHANGES_BYTES: u32 = 32;

/** Finds the changes. The lists of `changes` have room for all rows of their side, the pairs for the smaller side. */
export function mergeSorted(before: usize, after: usize, changes: usize): void {
  const a = changetype<Sorted>(before);
  const b = changetype<Sorted>(after);
  const found = changetype<Changes>(changes);
  let i: u32 = 0;
  let j: u32 = 0;
  while (i < a.rows && j < b.rows) {
    const compared = compareKeys(a, rowAt(a, i), b, rowAt(b, j));
    if (compared < 0) {
      close(found, a, rowAt(a, i++));
    } else if (compared > 0) {
      open(found, b, rowAt(b, j++));
    } else {
      const iEnd = endOfKey(a, i);
      const jEnd = endOfKey(b, j);
      if (iEnd - i == 1 && jEnd - j == 1) pair(a, rowAt(a, i), b, rowAt(b, j), found);
      else matchGroup(a, i, iEnd, b, j, jEnd, found);
      i = iEnd;
      j = jEnd;
    }
  }
  while (i < a.rows) close(found, a, rowAt(a, i++));
  while (j < b.rows) open(found, b, rowAt(b, j++));
}

/**
 * Pairs rows of the same key. Both sides are ordered by pid. Rows without a partner of their pid are moved to the front of
 * their group's places in the order, which have been read by then, so that no other memory is needed.
 */
export function matchGroup(a: Sorted, i: u32, iEnd: u32, b: Sorted, j: u32, jEnd: u32, found: Changes): void {
  let leftA = i;
  let leftB = j;
  let p = i;
  let q = j;
  while (p < iEnd || q < jEnd) {
    const rowA = p < iEnd ? rowAt(a, p) : 0;
    const rowB = q < jEnd ? rowAt(b, q) : 0;
    const onlyA = q == jEnd || (p < iEnd && pidOf(a, rowA) < pidOf(b, rowB));
    const onlyB = p == iEnd || (q < jEnd && pidOf(b, rowB) < pidOf(a, rowA));
    if (onlyA) {
      setRowAt(a, leftA++, rowA);
      p++;
    } else if (onlyB) {
      setRowAt(b, leftB++, rowB);
      q++;
    } else {
      pair(a, rowA, b, rowB, found);
      p++;
      q++;
    }
  }
  p = i;
  q = j;
  while (p < leftA && q < leftB) pair(a, rowAt(a, p++), b, rowAt(b, q++), found);
  while (p < leftA) close(found, a, rowAt(a, p++));
  while (q < leftB) open(found, b, rowAt(b, q++));
}

/** Notes what changed between two rows of one connection. Nothing, for most. */
export function pair(a: Sorted, rowA: u32, b: Sorted, rowB: u32, found: Changes): void {
  const stateA = u32At(a.state, rowA);
  const stateB = u32At(b.state, rowB);
  const numberA = numberOf(a, rowA);
  const numberB = numberOf(b, rowB);
  if (stateA != stateB) {
    storePair(found.stateChanged, found.stateChangedCount++, numberA, numberB);
  }
  // TIME_WAIT has no owner any more: that it loses its pid is part of the change of state.
  if (pidOf(a, rowA) != pidOf(b, rowB) && stateA != STATE_TIME_WAIT && stateB != STATE_TIME_WAIT) {
    storePair(found.ownerChanged, found.ownerChangedCount++, numberA, numberB);
  }
}

function storePair(list: usize, index: u32, rowA: u32, rowB: u32): void {
  store<u32>(list + ((<usize>index) << 3), rowA);
  store<u32>(list + ((<usize>index) << 3), rowB, 4);
}

/** The place behind the rows that have the key of the row at `place`. */
function endOfKey(side: Sorted, place: u32): u32 {
  const row = rowAt(side, place);
  let end = place + 1;
  while (end < side.rows && haveSameKey(side, row, side, rowAt(side, end))) end++;
  return end;
}

export function compareKeys(a: Sorted, rowA: u32, b: Sorted, rowB: u32): i32 {
  const localA = localEnd(a, rowA);
  const localB = localEnd(b, rowB);
  if (localA != localB) return localA < localB ? -1 : 1;
  const remoteA = remoteEnd(a, rowA);
  const remoteB = remoteEnd(b, rowB);
  if (remoteA != remoteB) return remoteA < remoteB ? -1 : 1;
  return 0;
}

function pidOf(side: Sorted, row: u32): u32 {
  return u32At(side.pid, row);
}

function rowAt(side: Sorted, place: u32): u32 {
  return load<u32>(side.order + ((<usize>place) << 2));
}

function setRowAt(side: Sorted, place: u32, row: u32): void {
  store<u32>(side.order + ((<usize>place) << 2), row);
}

export function close(found: Changes, side: Sorted, row: u32): void {
  store<u32>(found.closed + ((<usize>found.closedCount) << 2), numberOf(side, row));
  found.closedCount++;
}

export function open(found: Changes, side: Sorted, row: u32): void {
  store<u32>(found.opened + ((<usize>found.openedCount) << 2), numberOf(side, row));
  found.openedCount++;
}

function numberOf(side: Sorted, row: u32): u32 {
  return side.numbers == 0 ? row : u32At(side.numbers, row);
}
