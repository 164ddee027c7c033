// One of two tables that are compared: the columns of all its rows, or of those that the comparison has come down to.
//
// A connection key is local address, local port, remote address, remote port. Listeners have no remote end: theirs counts as zero. Of
// tables with wide columns, the walk (walk.ts) compares these too; what it leaves over is compared with numbers for whole addresses in
// the place of `local` and `remote`.

export const STATE_LISTEN: u32 = 2;
export const STATE_TIME_WAIT: u32 = 11;

/** Nine u32, which the caller writes. Columns have 60 readable bytes after their last value. */
@unmanaged
export class Side {
  rows: u32;
  local: usize;
  localPort: usize;
  remote: usize;
  remotePort: usize;
  pid: usize;
  state: usize;
  /** Where the addresses of further columns of u32 stand that belong to the key, and how many there are. */
  further: usize;
  furtherCount: u32;
}

export const DIFF_SIDE_BYTES: u32 = 36;

export function u32At(column: usize, row: u32): u32 {
  return load<u32>(column + ((<usize>row) << 2));
}

export function u16At(column: usize, row: u32): u32 {
  return load<u16>(column + ((<usize>row) << 1));
}

export function furtherColumn(side: Side, number: u32): usize {
  return load<u32>(side.further + ((<usize>number) << 2));
}

export function push(list: usize, row: u32): usize {
  store<u32>(list, row);
  return list + 4;
}

/** Address and port of the local end as one number. */
export function localEnd(side: Side, row: u32): u64 {
  return ((<u64>u32At(side.local, row)) << 16) | u16At(side.localPort, row);
}

/** Address and port of the remote end as one number; 0 of a listener. */
export function remoteEnd(side: Side, row: u32): u64 {
  if (u32At(side.state, row) == STATE_LISTEN) return 0;
  return ((<u64>u32At(side.remote, row)) << 16) | u16At(side.remotePort, row);
}

export function haveSameKey(a: Side, rowA: u32, b: Side, rowB: u32): bool {
  return localEnd(a, rowA) == localEnd(b, rowB) && remoteEnd(a, rowA) == remoteEnd(b, rowB);
}
