// Two tables whose rows are in order of connection key already: nothing needs to be moved, and both are read from front to back.

import { Changes, close, compareKeys, matchGroup, open, pair, Sorted } from './merge';
import { haveSameKey, localEnd, remoteEnd, Side, u32At } from './side';
import { equalRows, ROWS_AT_ONCE } from './walk';

/** Rows of one key that are put in order by comparing them. More are left to the way of tables in no order. */
const LARGEST_GROUP: u32 = 64;
const groupBefore = memory.data(64 * 4, 4);
const groupAfter = memory.data(64 * 4, 4);

/** Whether a table's rows are in order of connection key. */
export function isInKeyOrder(side: usize): bool {
  const table = changetype<Side>(side);
  let local: u64 = 0;
  let remote: u64 = 0;
  for (let row: u32 = 0; row < table.rows; row++) {
    const nextLocal = localEnd(table, row);
    const nextRemote = remoteEnd(table, row);
    if (nextLocal < local || (nextLocal == local && nextRemote < remote)) return false;
    local = nextLocal;
    remote = nextRemote;
  }
  return true;
}

/** As mergeSorted, of all rows of two tables that are in order of connection key. Their `order` is not used. False: given up. */
export function mergeInOrder(before: usize, after: usize, changes: usize): bool {
  const a = changetype<Sorted>(before);
  const b = changetype<Sorted>(after);
  const found = changetype<Changes>(changes);
  a.order = groupBefore;
  b.order = groupAfter;
  let i: u32 = 0;
  let j: u32 = 0;
  while (i < a.rows && j < b.rows) {
    const start = i;
    for (let equal = ROWS_AT_ONCE; equal == ROWS_AT_ONCE && i < a.rows && j < b.rows;) {
      equal = equalRows(a, i, b, j);
      i += equal;
      j += equal;
    }
    // Back to where the first key begins that may differ in any of its rows.
    while (i > start && (continues(a, i) || continues(b, j))) {
      i--;
      j--;
    }
    if (i == a.rows || j == b.rows) break;
    const compared = compareKeys(a, i, b, j);
    if (compared < 0) {
      close(found, a, i++);
    } else if (compared > 0) {
      open(found, b, j++);
    } else {
      const rowsA = groupAt(a, i);
      const rowsB = groupAt(b, j);
      if (max(rowsA, rowsB) > LARGEST_GROUP) return false;
      if (rowsA == 1 && rowsB == 1) {
        pair(a, i, b, j, found);
      } else {
        orderGroup(a, i, rowsA);
        orderGroup(b, j, rowsB);
        matchGroup(a, 0, rowsA, b, 0, rowsB, found);
      }
      i += rowsA;
      j += rowsB;
    }
  }
  while (i < a.rows) close(found, a, i++);
  while (j < b.rows) open(found, b, j++);
  return true;
}

/** Whether a row has the key of the one before it. */
function continues(side: Side, row: u32): bool {
  return row < side.rows && haveSameKey(side, row - 1, side, row);
}

/** How many rows from this one on have its key. */
function groupAt(side: Side, row: u32): u32 {
  let end = row + 1;
  while (end < side.rows && haveSameKey(side, row, side, end)) end++;
  return end - row;
}

/** Writes the rows of a key to `order`, by pid and state. */
function orderGroup(side: Sorted, first: u32, count: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const row = first + i;
    let at = side.order + ((<usize>i) << 2);
    for (; at > side.order && isBefore(side, row, load<u32>(at - 4)); at -= 4) {
      store<u32>(at, load<u32>(at - 4));
    }
    store<u32>(at, row);
  }
}

function isBefore(side: Side, row: u32, other: u32): bool {
  const pid = u32At(side.pid, row);
  const otherPid = u32At(side.pid, other);
  return pid != otherPid ? pid < otherPid : u32At(side.state, row) < u32At(side.state, other);
}
