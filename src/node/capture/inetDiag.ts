import { type Exchange, HEADER_BYTES, inconsistent, parseDumpPart } from './netlinkMessage.js';

/** One TCP socket as the kernel describes it. Addresses and ports keep the bytes that they have on the network. */
export interface DiagSocket {
  /** Linux's number of the state (net/tcp_states.h), 1 to 13. */
  readonly state: number;
  /** Four bytes in network order, read as a little-endian u32, so that writing it so gives the same bytes. */
  readonly localAddress: number;
  /** Two bytes in network order, read as a little-endian u16. */
  readonly localPort: number;
  readonly remoteAddress: number;
  readonly remotePort: number;
  /** Inode number of the socket; 0 where no process can have it open: TIME_WAIT, SYN_RECV, closed by its process, not accepted yet. */
  readonly inode: number;
}

export interface DiagPart {
  readonly sockets: readonly DiagSocket[];
  readonly done: boolean;
  readonly interrupted: boolean;
}

const SOCK_DIAG_BY_FAMILY = 20;
const NLM_F_REQUEST = 0x001;
const NLM_F_DUMP = 0x300;
const AF_INET = 2;
const IPPROTO_TCP = 6;

/**
 * Bits 1 to 11 are the states from ESTABLISHED to CLOSING, 12 is NEW_SYN_RECV (connections that are being accepted). Bit 13,
 * BOUND_INACTIVE, is left out: it would add sockets that hold a port but neither listen nor connect (from Linux 6.8 on), which
 * GetTcpTable2 does not list either.
 */
const ALL_STATES = 0x1ffe;

/**
 * A request for every IPv4 TCP socket of this network namespace. The kernel compares the socket's own family: connections that
 * a dual-stack AF_INET6 listener accepted over IPv4 belong to the IPv6 table, as in `ss -4`.
 *
 *     0   nlmsghdr (netlinkMessage.ts)
 *     16  struct inet_diag_req_v2 (linux/inet_diag.h), host byte order
 *           0  u8  family    1  u8  protocol    2  u8  extensions    3  padding
 *           4  u32 states, a bit each
 *           8  48 bytes of inet_diag_sockid: not used by a dump of everything
 */
export function encodeTcpDumpRequest(sequence: number): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + 56);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length, true);
  view.setUint16(4, SOCK_DIAG_BY_FAMILY, true);
  view.setUint16(6, NLM_F_REQUEST | NLM_F_DUMP, true);
  view.setUint32(8, sequence, true);
  view.setUint8(16, AF_INET);
  view.setUint8(17, IPPROTO_TCP);
  view.setUint32(20, ALL_STATES, true);
  return bytes;
}

/** @throws CaptureError `inconsistent`, or what the kernel reports */
export function parseTcpDumpPart(datagram: Uint8Array, exchange: Exchange): DiagPart {
  const { messages, done, interrupted } = parseDumpPart(datagram, exchange);
  const sockets = messages.map(({ type, payload }) => {
    if (type !== SOCK_DIAG_BY_FAMILY) throw inconsistent(`a message of the type ${type}`);
    return parseInetDiagMessage(payload);
  });
  return { sockets, done, interrupted };
}

const INET_DIAG_MESSAGE_BYTES = 72;

/**
 * struct inet_diag_msg (linux/inet_diag.h); attributes may follow it. Ports and addresses are in network order, the rest in
 * host order:
 *
 *     0   u8  family    1  u8  state    2  u8  timer    3  u8  retransmits
 *     4   u16 local port                6  u16 remote port
 *     8   16 bytes local address: IPv4 uses the first four
 *     24  16 bytes remote address
 *     40  u32 interface, u32 cookie[2]
 *     52  u32 expires, u32 receive queue, u32 send queue, u32 uid
 *     68  u32 inode
 */
function parseInetDiagMessage(message: DataView): DiagSocket {
  if (message.byteLength < INET_DIAG_MESSAGE_BYTES) {
    throw inconsistent(
      `an inet_diag_msg of ${message.byteLength} bytes where it needs ${INET_DIAG_MESSAGE_BYTES}`,
    );
  }
  const family = message.getUint8(0);
  if (family !== AF_INET)
    throw inconsistent(`a socket of the address family ${family} where IPv4 was asked for`);
  return {
    state: message.getUint8(1),
    localAddress: message.getUint32(8, true),
    localPort: message.getUint16(4, true),
    remoteAddress: message.getUint32(24, true),
    remotePort: message.getUint16(6, true),
    inode: message.getUint32(68, true),
  };
}
