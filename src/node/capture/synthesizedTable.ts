import { layoutOf } from '../../core/index.js';
import type { DiagSocket } from './inetDiag.js';

/**
 * Linux's state numbers (net/tcp_states.h) as the MIB's (MIB_TCP_STATE in tcpmib.h). The index is Linux's number.
 */
const MIB_STATES: readonly number[] = [
  0, // no state of Linux
  5, // 1 ESTABLISHED
  3, // 2 SYN_SENT
  4, // 3 SYN_RECV
  6, // 4 FIN_WAIT1
  7, // 5 FIN_WAIT2
  11, // 6 TIME_WAIT
  1, // 7 CLOSE
  8, // 8 CLOSE_WAIT
  10, // 9 LAST_ACK
  2, // 10 LISTEN
  9, // 11 CLOSING
  4, // 12 NEW_SYN_RECV
  100, // 13 BOUND_INACTIVE
];

/** A state that a later kernel may bring keeps its number: from 14 to 99 none has a meaning in the MIB. */
function mibState(linuxState: number): number {
  return MIB_STATES[linuxState] ?? linuxState;
}

const { firstRow: HEADER_BYTES, rowBytes: ROW_BYTES } = layoutOf('tcp2');

/**
 * Writes sockets as a MIB_TCPTABLE2 in the order given, the unused upper halves of the ports zero:
 *
 *     0   u32  number of rows
 *     4   rows of 28 bytes, seven DWORDs each, little-endian unless said:
 *           0   state
 *           4   local address    bytes in network order
 *           8   local port       network order in the first two bytes
 *           12  remote address
 *           16  remote port
 *           20  owning pid       0 where it is not known or there is none
 *           24  offload state    0, MIB_TCP_OFFLOAD_STATE's InHost
 *
 * @param owners inode → pid
 */
export function encodeTcpTable2(
  sockets: readonly DiagSocket[],
  owners: ReadonlyMap<number, number>,
): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + sockets.length * ROW_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, sockets.length, true);
  for (const [index, socket] of sockets.entries()) {
    const row = HEADER_BYTES + index * ROW_BYTES;
    view.setUint32(row, mibState(socket.state), true);
    view.setUint32(row + 4, socket.localAddress, true);
    view.setUint32(row + 8, socket.localPort, true);
    view.setUint32(row + 12, socket.remoteAddress, true);
    view.setUint32(row + 16, socket.remotePort, true);
    view.setUint32(row + 20, owners.get(socket.inode) ?? 0, true);
  }
  return bytes;
}
