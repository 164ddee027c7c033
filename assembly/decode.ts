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

/** Rows are decoded from here, so many bytes at a time: a window that stays in cache. */
export const WINDOW_BYTES: u32 = 114688;
const window = memory.data(114688, 16);

export function windowAddress(): usize {
  return window;
}

/** `countTcp2Rows`: the bytes end before the row count does. */
export const HEADER_TRUNCATED: i32 = -1;
/** `countTcp2Rows`: the row count asks for more bytes than there are. */
export const ROWS_TRUNCATED: i32 = -2;

/**
 * The number of rows of a MIB_TCPTABLE2 of `byteLength` bytes that begins with the header at `header`, or one of the negative
 * statuses above. After a result ≥ 0 every row lies inside the bytes: nothing that reads them needs to check again.
 */
export function countTcp2Rows(header: usize, byteLength: u32): i32 {
  if (byteLength < TCP2_FIRST_ROW) return HEADER_TRUNCATED;
  const rows = load<u32>(header);
  // In 64 bits, where 2³²−1 rows of 28 bytes do not overflow.
  if (<u64>rows * TCP2_ROW_BYTES + TCP2_FIRST_ROW > <u64>byteLength) return ROWS_TRUNCATED;
  return <i32>rows;
}

/**
 * Decodes `count` rows at `rows` into columns: numbers in host order, states, pids and offload states as they are, whatever
 * their value. Each column is given by the address of its first value.
 *
 * Four rows are 112 bytes. Two loads a row take their words 0–3 and 3–6, and transposing each set of four makes columns:
 *
 *     s0 l0 p0 r0        s0 s1 s2 s3   states
 *     s1 l1 p1 r1   →    l0 l1 l2 l3   local addresses, bytes reversed in each lane
 *     s2 l2 p2 r2        p0 p1 p2 p3   local ports, two bytes of each lane
 *     s3 l3 p3 r3        r0 r1 r2 r3   remote addresses
 */
export function decodeTcp2(
  rows: usize,
  count: u32,
  state: usize,
  localAddress: usize,
  remoteAddress: usize,
  pid: usize,
  offload: usize,
  localPort: usize,
  remotePort: usize,
): void {
  const swapU32 = i8x16(3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
  const takePorts = i8x16(1, 0, 5, 4, 9, 8, 13, 12, -1, -1, -1, -1, -1, -1, -1, -1);
  const fours = <usize>(count & ~3);
  let row = rows;
  for (let i: usize = 0; i < fours; i += 4) {
    const u32s = i << 2;
    const u16s = i << 1;
    const a0 = v128.load(row);
    const a1 = v128.load(row, 28);
    const a2 = v128.load(row, 56);
    const a3 = v128.load(row, 84);
    const b0 = v128.load(row, 12);
    const b1 = v128.load(row, 40);
    const b2 = v128.load(row, 68);
    const b3 = v128.load(row, 96);

    const states01 = v128.shuffle<u32>(a0, a1, 0, 4, 1, 5);
    const states23 = v128.shuffle<u32>(a2, a3, 0, 4, 1, 5);
    v128.store(state + u32s, v128.shuffle<u64>(states01, states23, 0, 2));
    v128.store(localAddress + u32s, v128.swizzle(v128.shuffle<u64>(states01, states23, 1, 3), swapU32));

    const ports01 = v128.shuffle<u32>(a0, a1, 2, 6, 3, 7);
    const ports23 = v128.shuffle<u32>(a2, a3, 2, 6, 3, 7);
    const localPorts = v128.swizzle(v128.shuffle<u64>(ports01, ports23, 0, 2), takePorts);
    v128.store_lane<u64>(localPort + u16s, localPorts, 0);
    v128.store(remoteAddress + u32s, v128.swizzle(v128.shuffle<u64>(ports01, ports23, 1, 3), swapU32));

    const owners01 = v128.shuffle<u32>(b0, b1, 1, 5, 2, 6);
    const owners23 = v128.shuffle<u32>(b2, b3, 1, 5, 2, 6);
    const remotePorts = v128.swizzle(v128.shuffle<u64>(owners01, owners23, 0, 2), takePorts);
    v128.store_lane<u64>(remotePort + u16s, remotePorts, 0);
    v128.store(pid + u32s, v128.shuffle<u64>(owners01, owners23, 1, 3));

    const offload01 = v128.shuffle<u32>(b0, b1, 3, 7, 3, 7);
    const offload23 = v128.shuffle<u32>(b2, b3, 3, 7, 3, 7);
    v128.store(offload + u32s, v128.shuffle<u64>(offload01, offload23, 0, 2));
    row += 4 * TCP2_ROW_BYTES;
  }
  for (let i = fours; i < <usize>count; i++) {
    store<u32>(state + (i << 2), load<u32>(row, TCP2_STATE));
    store<u32>(localAddress + (i << 2), bswap<u32>(load<u32>(row, TCP2_LOCAL_ADDRESS)));
    store<u32>(remoteAddress + (i << 2), bswap<u32>(load<u32>(row, TCP2_REMOTE_ADDRESS)));
    store<u32>(pid + (i << 2), load<u32>(row, TCP2_OWNING_PID));
    store<u32>(offload + (i << 2), load<u32>(row, TCP2_OFFLOAD_STATE));
    store<u16>(localPort + (i << 1), bswap<u16>(load<u16>(row, TCP2_LOCAL_PORT)));
    store<u16>(remotePort + (i << 1), bswap<u16>(load<u16>(row, TCP2_REMOTE_PORT)));
    row += TCP2_ROW_BYTES;
  }
}
