import { layoutOf, type TableClass } from '../../core/index.js';
import type { InodePids } from './inodePids.js';
import type { SocketList } from './socketList.js';

/** What Windows gives sockets that are bound, but neither listen nor connect. */
const MIB_BOUND = 100;

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
  MIB_BOUND, // 13 BOUND_INACTIVE
];

/** A state that a later kernel may bring keeps its number: from 14 to 99 none has a meaning in the MIB. */
function mibState(linuxState: number): number {
  return MIB_STATES[linuxState] ?? linuxState;
}

type WriteRow = (row: DataView, at: number, sockets: SocketList, i: number, pid: number) => void;

/**
 * Rows as Windows has them, DWORDs little-endian. Ports are in network order in the first two bytes of theirs, the other two zero; the
 * offload state is 0, MIB_TCP_OFFLOAD_STATE's InHost.
 */
const ROWS = {
  tcp2: writeTcp2,
  'tcp6-2': writeTcp62,
  'tcp2-bound': writeBound,
  'tcp6-2-bound': writeBound6,
  'udp-owner-pid': writeUdp,
  'udp6-owner-pid': writeUdp6,
} satisfies Partial<Record<TableClass, WriteRow>>;

/** The classes that can be written from what the kernel says. */
export type SynthesizedClass = keyof typeof ROWS;

export function isSynthesized(tableClass: TableClass): tableClass is SynthesizedClass {
  return Object.hasOwn(ROWS, tableClass);
}

/** Writes sockets as a table of this class, in the order given. */
export function encodeTable(
  tableClass: SynthesizedClass,
  sockets: SocketList,
  owners: Pick<InodePids, 'pid'>,
): Uint8Array {
  const { firstRow, rowBytes } = layoutOf(tableClass);
  const writeRow: WriteRow = ROWS[tableClass];
  const bytes = new Uint8Array(firstRow + sockets.count * rowBytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, sockets.count, true);
  for (let i = 0; i < sockets.count; i++) {
    writeRow(view, firstRow + i * rowBytes, sockets, i, owners.pid(sockets.inode(i)));
  }
  return bytes;
}

/** MIB_TCPROW2: state 0, local address 4 and port 8, remote address 12 and port 16, pid 20. */
function writeTcp2(row: DataView, at: number, sockets: SocketList, i: number, pid: number): void {
  row.setUint32(at, mibState(sockets.state(i)), true);
  row.setUint32(at + 4, sockets.localAddress(i), true);
  row.setUint32(at + 8, sockets.localPort(i), true);
  row.setUint32(at + 12, sockets.remoteAddress(i), true);
  row.setUint32(at + 16, sockets.remotePort(i), true);
  row.setUint32(at + 20, pid, true);
}

/** MIB_TCP6ROW2: local address 0, scope 16 and port 20, remote address 24, scope 40 and port 44, state 48, pid 52. */
function writeTcp62(row: DataView, at: number, sockets: SocketList, i: number, pid: number): void {
  writeLocal6(row, at, sockets, i);
  for (let word = 0; word < 4; word++) {
    row.setUint32(at + 24 + word * 4, sockets.remoteAddress(i, word), true);
  }
  row.setUint32(at + 40, isLinkLocal(sockets.remoteAddress(i)) ? sockets.interfaceIndex(i) : 0, true);
  row.setUint32(at + 44, sockets.remotePort(i), true);
  row.setUint32(at + 48, mibState(sockets.state(i)), true);
  row.setUint32(at + 52, pid, true);
}

/** The kernel calls these sockets closed, as it does until one listens or connects. */
function writeBound(row: DataView, at: number, sockets: SocketList, i: number, pid: number): void {
  writeTcp2(row, at, sockets, i, pid);
  row.setUint32(at, MIB_BOUND, true);
}

function writeBound6(row: DataView, at: number, sockets: SocketList, i: number, pid: number): void {
  writeTcp62(row, at, sockets, i, pid);
  row.setUint32(at + 48, MIB_BOUND, true);
}

/** MIB_UDPROW_OWNER_PID: local address 0 and port 4, pid 8. */
function writeUdp(row: DataView, at: number, sockets: SocketList, i: number, pid: number): void {
  row.setUint32(at, sockets.localAddress(i), true);
  row.setUint32(at + 4, sockets.localPort(i), true);
  row.setUint32(at + 8, pid, true);
}

/** MIB_UDP6ROW_OWNER_PID: local address 0, scope 16 and port 20, pid 24. */
function writeUdp6(row: DataView, at: number, sockets: SocketList, i: number, pid: number): void {
  writeLocal6(row, at, sockets, i);
  row.setUint32(at + 24, pid, true);
}

/** What all IPv6 rows begin with. The scope is the interface that the socket is bound to, of whatever kind its address is. */
function writeLocal6(row: DataView, at: number, sockets: SocketList, i: number): void {
  for (let word = 0; word < 4; word++) row.setUint32(at + word * 4, sockets.localAddress(i, word), true);
  row.setUint32(at + 16, sockets.interfaceIndex(i), true);
  row.setUint32(at + 20, sockets.localPort(i), true);
}

/** fe80::/10, by the first word as SocketList reads it. */
function isLinkLocal(firstWord: number): boolean {
  return (firstWord & 0xc0ff) === 0x80fe;
}
