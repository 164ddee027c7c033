import { CaptureError } from './captureError.js';
import { linuxCallError } from './linuxErrno.js';

/** Whose answer is read: what the request carried, and where it was sent from. */
export interface Exchange {
  /** `nlmsg_seq` of the request. */
  readonly sequence: number;
  /** Port id of the socket. */
  readonly portId: number;
}

/** One message of a dump. `payload` is borrowed from the datagram. */
export interface NetlinkMessage {
  readonly type: number;
  readonly payload: DataView;
}

/** What one datagram of a dump holds. */
export interface DumpPart {
  readonly messages: readonly NetlinkMessage[];
  /** True when this datagram ended the dump. */
  readonly done: boolean;
  /** True when the kernel says that the table changed so much during the dump that it is not consistent. */
  readonly interrupted: boolean;
}

export const HEADER_BYTES = 16;
const NLMSG_NOOP = 1;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const NLMSG_OVERRUN = 4;
const NLM_F_DUMP_INTR = 0x10;

/**
 * Splits a datagram into its messages (linux/netlink.h). Integers are in host byte order, which is little-endian on every
 * processor that koffi runs on. Each message begins at a multiple of 4 bytes:
 *
 *     0   u32  nlmsg_len     bytes of this message, header included
 *     4   u16  nlmsg_type
 *     6   u16  nlmsg_flags
 *     8   u32  nlmsg_seq     the request's
 *     12  u32  nlmsg_pid     port id of the socket that asked
 *     16  …    payload
 *
 * @throws CaptureError for an error that the kernel reports, and `inconsistent` for bytes that are no such answer
 */
export function parseDumpPart(datagram: Uint8Array, exchange: Exchange): DumpPart {
  if (datagram.length === 0) throw inconsistent('an empty datagram');
  const messages: NetlinkMessage[] = [];
  let interrupted = false;
  for (let offset = 0; offset < datagram.length;) {
    const remaining = datagram.length - offset;
    if (remaining < HEADER_BYTES) {
      throw inconsistent(
        `${remaining} bytes at offset ${offset} where a message header needs ${HEADER_BYTES}`,
      );
    }
    const header = new DataView(datagram.buffer, datagram.byteOffset + offset, HEADER_BYTES);
    const length = header.getUint32(0, true);
    if (length < HEADER_BYTES || length > remaining) {
      throw inconsistent(`a message of ${length} bytes at offset ${offset}, where ${remaining} bytes remain`);
    }
    checkExchange(header, exchange);
    if ((header.getUint16(6, true) & NLM_F_DUMP_INTR) !== 0) interrupted = true;

    const type = header.getUint16(4, true);
    const payloadOffset = datagram.byteOffset + offset + HEADER_BYTES;
    const payload = new DataView(datagram.buffer, payloadOffset, length - HEADER_BYTES);
    if (type === NLMSG_DONE) {
      checkDone(payload);
      return { messages, done: true, interrupted };
    }
    if (type === NLMSG_ERROR) throw reportedError(payload);
    if (type === NLMSG_OVERRUN) throw inconsistent('NLMSG_OVERRUN: messages were lost');
    if (type !== NLMSG_NOOP) messages.push({ type, payload });
    offset += align(length);
  }
  return { messages, done: false, interrupted };
}

function align(length: number): number {
  return Math.ceil(length / 4) * 4;
}

function checkExchange(header: DataView, { sequence, portId }: Exchange): void {
  const gotSequence = header.getUint32(8, true);
  const gotPortId = header.getUint32(12, true);
  if (gotSequence !== sequence || gotPortId !== portId) {
    throw inconsistent(
      `an answer to request ${gotSequence} of port ${gotPortId}, where request ${sequence} of port ${portId} was sent`,
    );
  }
}

/** The payload of NLMSG_DONE is an i32: 0, or the negative errno with which the dump ended early. Very old kernels omit it. */
function checkDone(payload: DataView): void {
  if (payload.byteLength < 4) return;
  const status = payload.getInt32(0, true);
  if (status < 0) throw linuxCallError('The dump of TCP sockets (NETLINK_SOCK_DIAG)', -status);
}

/** The payload of NLMSG_ERROR begins with the negative errno, i32. 0 would be an acknowledgement, which was not asked for. */
function reportedError(payload: DataView): CaptureError {
  if (payload.byteLength < 4) return inconsistent(`an NLMSG_ERROR of ${payload.byteLength} bytes`);
  const status = payload.getInt32(0, true);
  if (status >= 0) return inconsistent(`an NLMSG_ERROR with the code ${status}`);
  return linuxCallError('The NETLINK_SOCK_DIAG request', -status);
}

export function inconsistent(what: string): CaptureError {
  return new CaptureError('inconsistent', `The kernel's answer on NETLINK_SOCK_DIAG holds ${what}.`);
}
