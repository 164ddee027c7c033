import {
  TCP2_FIRST_ROW,
  TCP2_LOCAL_ADDRESS,
  TCP2_LOCAL_PORT,
  TCP2_OFFLOAD_STATE,
  TCP2_OWNING_PID,
  TCP2_REMOTE_ADDRESS,
  TCP2_REMOTE_PORT,
  TCP2_ROW_BYTES,
  TCP2_STATE,
} from './layout';

/** `countTcp2Rows`: the bytes end before the row count does. */
export const HEADER_TRUNCATED: i32 = -1;
/** `countTcp2Rows`: the row count asks for more bytes than there are. */
export const ROWS_TRUNCATED: i32 = -2;

/**
 * The number of rows of a MIB_TCPTABLE2 of `byteLength` bytes at `raw`, or one of the negative statuses above.
 * After a result ≥ 0 every row lies inside the bytes: nothing that reads them needs to check again.
 */
export function countTcp2Rows(raw: usize, byteLength: u32): i32 {
  if (byteLength < TCP2_FIRST_ROW) return HEADER_TRUNCATED;
  const rows = load<u32>(raw);
  // In 64 bits, where 2³²−1 rows of 28 bytes do not overflow.
  if (<u64>rows * TCP2_ROW_BYTES + TCP2_FIRST_ROW > <u64>byteLength) return ROWS_TRUNCATED;
  return <i32>rows;
}

/**
 * Decodes `rows` rows, which countTcp2Rows has found to be there, into columns: numbers in host order, states, pids
 * and offload states as they are, whatever their value.
 */
export function decodeTcp2(
  raw: usize,
  rows: u32,
  state: usize,
  localAddress: usize,
  remoteAddress: usize,
  pid: usize,
  offload: usize,
  localPort: usize,
  remotePort: usize,
): void {
  let row = raw + TCP2_FIRST_ROW;
  for (let i: usize = 0; i < <usize>rows; i++) {
    const at = i << 2;
    store<u32>(state + at, load<u32>(row, TCP2_STATE));
    store<u32>(localAddress + at, bswap<u32>(load<u32>(row, TCP2_LOCAL_ADDRESS)));
    store<u32>(remoteAddress + at, bswap<u32>(load<u32>(row, TCP2_REMOTE_ADDRESS)));
    store<u32>(pid + at, load<u32>(row, TCP2_OWNING_PID));
    store<u32>(offload + at, load<u32>(row, TCP2_OFFLOAD_STATE));
    store<u16>(localPort + (i << 1), bswap<u16>(load<u16>(row, TCP2_LOCAL_PORT)));
    store<u16>(remotePort + (i << 1), bswap<u16>(load<u16>(row, TCP2_REMOTE_PORT)));
    row += TCP2_ROW_BYTES;
  }
}
