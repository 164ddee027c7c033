import { wordsOf } from '../../core/bytes.js';
import type { Family, Protocol } from '../../core/index.js';
import {
  type DumpState,
  type Exchange,
  HEADER_BYTES,
  inconsistent,
  readDumpMessages,
} from './netlinkMessage.js';
import { SOCKET_BYTES, type SocketList } from './socketList.js';

const SOCK_DIAG_BY_FAMILY = 20;
const NLM_F_REQUEST = 0x001;
const NLM_F_DUMP = 0x300;
/** Linux's numbers. */
const FAMILIES: Readonly<Record<Family, number>> = { IPv4: 2, IPv6: 10 };
const PROTOCOLS: Readonly<Record<Protocol, number>> = { TCP: 6, UDP: 17 };

/**
 * Bits 1 to 11 are the states from ESTABLISHED to CLOSING, 12 is NEW_SYN_RECV (connections that are being accepted). The last one,
 * BOUND_INACTIVE, is not among them: sockets that hold a port but neither listen nor connect (from Linux 6.8 on). GetTcpTable2 does not
 * list these either.
 */
export const ALL_STATES = 0x1ffe;
export const BOUND_STATE = 0x2000;

/** Which sockets to dump. */
export interface DumpRequest {
  readonly protocol: Protocol;
  readonly family: Family;
  /** A bit for each of Linux's states. */
  readonly states: number;
}

/**
 * A request for sockets of this network namespace. The kernel compares the socket's own family: connections that a dual-stack AF_INET6
 * listener accepted over IPv4 belong to the IPv6 table, as in `ss -6`.
 *
 *     0   nlmsghdr (netlinkMessage.ts)
 *     16  struct inet_diag_req_v2 (linux/inet_diag.h), host byte order
 *           0  u8  family    1  u8  protocol    2  u8  extensions    3  padding
 *           4  u32 states, a bit each
 *           8  48 bytes of inet_diag_sockid: not used by a dump of everything
 */
export function encodeDumpRequest(request: DumpRequest, sequence: number): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + 56);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length, true);
  view.setUint16(4, SOCK_DIAG_BY_FAMILY, true);
  view.setUint16(6, NLM_F_REQUEST | NLM_F_DUMP, true);
  view.setUint32(8, sequence, true);
  view.setUint8(16, FAMILIES[request.family]);
  view.setUint8(17, PROTOCOLS[request.protocol]);
  view.setUint32(20, request.states, true);
  return bytes;
}

/**
 * Adds the sockets of one datagram to the list. Attributes that follow a socket are passed over.
 *
 * @throws CaptureError `inconsistent`, or what the kernel reports
 */
export function readSockets(datagram: Uint8Array, exchange: Exchange, sockets: SocketList): DumpState {
  const family = FAMILIES[sockets.family];
  // Messages begin at multiples of four bytes.
  const words = wordsOf(datagram);
  return readDumpMessages(datagram, exchange, (type, offset, length) => {
    if (type !== SOCK_DIAG_BY_FAMILY) throw inconsistent(`a message of the type ${type}`);
    if (length < SOCKET_BYTES) {
      throw inconsistent(`an inet_diag_msg of ${length} bytes where it needs ${SOCKET_BYTES}`);
    }
    const got = datagram[offset];
    if (got !== family) {
      throw inconsistent(
        `a socket of the address family ${got} where ${sockets.family} (${family}) was asked for`,
      );
    }
    sockets.add(words, offset / 4);
  });
}
