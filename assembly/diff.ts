// What differs between two tables, both in order of connection key, pid and state. A connection key is local address, local
// port, remote address, remote port; listeners have no remote end, so theirs is taken as zero (maskRemotes).
//
// One pass over both orders: a key that only one side has was opened or closed. Where both have it, rows are paired: first
// those with the same pid, then the others in their order; what is left over was opened or closed.

const STATE_LISTEN: u32 = 2;
const STATE_TIME_WAIT: u32 = 11;

/** One table: eight u32. */
@unmanaged
class Side {
  rows: u32;
  /** Row numbers in order. */
  order: usize;
  local: usize;
  localPort: usize;
  /** With zeros for listeners, as the next. */
  remote: usize;
  remotePort: usize;
  pid: usize;
  state: usize;
}

/** What was found: four lists of u32 and how many rows or pairs each has. Pairs are a row before and a row after. */
@unmanaged
class Changes {
  opened: usize;
  openedCount: u32;
  closed: usize;
  closedCount: u32;
  stateChanged: usize;
  stateChangedCount: u32;
  ownerChanged: usize;
  ownerChangedCount: u32;
}

export const DIFF_SIDE_BYTES: u32 = 32;
export const DIFF_CHANGES_BYTES: u32 = 32;

/** Copies the remote ends, with zeros for listeners, whose remote end has no meaning. */
export function maskRemotes(
  state: usize,
  remote: usize,
  remotePort: usize,
  rows: u32,
  maskedRemote: usize,
  maskedPort: usize,
): void {
  for (let i: usize = 0; i < <usize>rows; i++) {
    const listens = load<u32>(state + (i << 2)) == STATE_LISTEN;
    store<u32>(maskedRemote + (i << 2), listens ? 0 : load<u32>(remote + (i << 2)));
    store<u16>(maskedPort + (i << 1), listens ? 0 : load<u16>(remotePort + (i << 1)));
  }
}

/** Finds the changes. The lists of `changes` have room for all rows of their side, the pairs for the smaller side. */
export function diffOrdered(before: usize, after: usize, changes: usize): void {
  const a = changetype<Side>(before);
  const b = changetype<Side>(after);
  const found = changetype<Changes>(changes);
  let i: u32 = 0;
  let j: u32 = 0;
  while (i < a.rows && j < b.rows) {
    const compared = compareKeys(a, rowAt(a, i), b, rowAt(b, j));
    if (compared < 0) {
      close(found, rowAt(a, i++));
    } else if (compared > 0) {
      open(found, rowAt(b, j++));
    } else {
      const iEnd = endOfKey(a, i);
      const jEnd = endOfKey(b, j);
      if (iEnd - i == 1 && jEnd - j == 1) pair(a, rowAt(a, i), b, rowAt(b, j), found);
      else matchGroup(a, i, iEnd, b, j, jEnd, found);
      i = iEnd;
      j = jEnd;
    }
  }
  while (i < a.rows) close(found, rowAt(a, i++));
  while (j < b.rows) open(found, rowAt(b, j++));
}

/**
 * Pairs rows of the same key. Both sides are ordered by pid. Rows without a partner of their pid are moved to the front of
 * their group's places in the order, which have been read by then, so that no other memory is needed.
 */
function matchGroup(a: Side, i: u32, iEnd: u32, b: Side, j: u32, jEnd: u32, found: Changes): void {
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
  while (p < leftA) close(found, rowAt(a, p++));
  while (q < leftB) open(found, rowAt(b, q++));
}

/** Notes what changed between two rows of one connection. Nothing, for most. */
function pair(a: Side, rowA: u32, b: Side, rowB: u32, found: Changes): void {
  const stateA = load<u32>(a.state + ((<usize>rowA) << 2));
  const stateB = load<u32>(b.state + ((<usize>rowB) << 2));
  if (stateA != stateB) {
    storePair(found.stateChanged, found.stateChangedCount++, rowA, rowB);
  }
  // TIME_WAIT has no owner any more: that it loses its pid is part of the change of state.
  if (pidOf(a, rowA) != pidOf(b, rowB) && stateA != STATE_TIME_WAIT && stateB != STATE_TIME_WAIT) {
    storePair(found.ownerChanged, found.ownerChangedCount++, rowA, rowB);
  }
}

function storePair(list: usize, index: u32, rowA: u32, rowB: u32): void {
  store<u32>(list + ((<usize>index) << 3), rowA);
  store<u32>(list + ((<usize>index) << 3), rowB, 4);
}

function close(found: Changes, row: u32): void {
  store<u32>(found.closed + ((<usize>found.closedCount) << 2), row);
  found.closedCount++;
}

function open(found: Changes, row: u32): void {
  store<u32>(found.opened + ((<usize>found.openedCount) << 2), row);
  found.openedCount++;
}

/** The place behind the rows that have the key of the row at `place`. */
function endOfKey(side: Side, place: u32): u32 {
  const row = rowAt(side, place);
  let end = place + 1;
  while (end < side.rows && compareKeys(side, row, side, rowAt(side, end)) == 0) end++;
  return end;
}

function compareKeys(a: Side, rowA: u32, b: Side, rowB: u32): i32 {
  const endA = endOf(a.local, a.localPort, rowA);
  const endB = endOf(b.local, b.localPort, rowB);
  if (endA != endB) return endA < endB ? -1 : 1;
  const remoteA = endOf(a.remote, a.remotePort, rowA);
  const remoteB = endOf(b.remote, b.remotePort, rowB);
  if (remoteA != remoteB) return remoteA < remoteB ? -1 : 1;
  return 0;
}

/** Address and port as one number. */
function endOf(addresses: usize, ports: usize, row: u32): u64 {
  return ((<u64>load<u32>(addresses + ((<usize>row) << 2))) << 16) | load<u16>(ports + ((<usize>row) << 1));
}

function pidOf(side: Side, row: u32): u32 {
  return load<u32>(side.pid + ((<usize>row) << 2));
}

function rowAt(side: Side, place: u32): u32 {
  return load<u32>(side.order + ((<usize>place) << 2));
}

function setRowAt(side: Side, place: u32, row: u32): void {
  store<u32>(side.order + ((<usize>place) << 2), row);
}
