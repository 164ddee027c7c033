import { CaptureError } from './captureError.js';
import { linuxCallError } from './linuxErrno.js';

/** Whose answer is read: what the request carried, and where it was sent from. */
export interface Exchange {
  /** `nlmsg_seq` of the request. */
  readonly sequence: number;
  /** Port id of the socket. */
  readonly portId: number;
}

/** Takes one message: its type, and where in the datagram its payload is. */
export type TakeMessage = (type: number, offset: number, length: number) => void;

/** What one datagram says of its dump. */
export interface DumpState {
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
 * Goes through the messages of a datagram (linux/netlink.h). Integers are in host byte order, which is little-endian on every
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
export function readDumpMessages(datagram: Uint8Array, exchange: Exchange, take: TakeMessage): DumpState {
  if (datagram.length === 0) throw inconsistent('an empty datagram');
  const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.length);
  let interrupted = false;
  for (let offset = 0; offset < datagram.length;) {
    const remaining = datagram.length - offset;
    if (remaining < HEADER_BYTES) {
      throw inconsistent(
        `${remaining} bytes at offset ${offset} where a message header needs ${HEADER_BYTES}`,
      );
    }
    const length = view.getUint32(offset, true);
    if (length < HEADER_BYTES || length > remaining) {
      throw inconsistent(`a message of ${length} bytes at offset ${offset}, where ${remaining} bytes remain`);
    }
    checkExchange(view, offset, exchange);
    if ((view.getUint16(offset + 6, true) & NLM_F_DUMP_INTR) !== 0) interrupted = true;

    const type = view.getUint16(offset + 4, true);
    const payload = offset + HEADER_BYTES;
    const payloadLength = length - HEADER_BYTES;
    if (type === NLMSG_DONE) {
      checkDone(view, payload, payloadLength);
      return { done: true, interrupted };
    }
    if (type === NLMSG_ERROR) throw reportedError(view, payload, payloadLength);
    if (type === NLMSG_OVERRUN) throw inconsistent('NLMSG_OVERRUN: messages were lost');
    if (type !== NLMSG_NOOP) take(type, payload, payloadLength);
    offset += align(length);
  }
  return { done: false, interrupted };
}

function align(length: number): number {
  return Math.ceil(length / 4) * 4;
}

function checkExchange(view: DataView, header: number, { sequence, portId }: Exchange): void {
  const gotSequence = view.getUint32(header + 8, true);
  const gotPortId = view.getUint32(header + 12, true);
  if (gotSequence !== sequence || gotPortId !== portId) {
    throw inconsistent(
      `an answer to request ${gotSequence} of port ${gotPortId}, where request ${sequence} of port ${portId} was sent`,
    );
  }
}

/** The payload of NLMSG_DONE is an i32: 0, or the negative errno with which the dump ended early. Very old kernels omit it. */
function checkDone(view: DataView, payload: number, length: number): void {
  if (length < 4) return;
  const status = view.getInt32(payload, true);
  if (status < 0) throw linuxCallError('The dump of sockets (NETLINK_SOCK_DIAG)', -status);
}

/** The payload of NLMSG_ERROR begins with the negative errno, i32. 0 would be an acknowledgement, which was not asked for. */
function reportedError(view: DataView, payload: number, length: number): CaptureError {
  if (length < 4) return inconsistent(`an NLMSG_ERROR of ${length} bytes`);
  const status = view.getInt32(payload, true);
  if (status >= 0) return inconsistent(`an NLMSG_ERROR with the code ${status}`);
  return linuxCallError('The NETLINK_SOCK_DIAG request', -status);
}

export function inconsistent(what: string): CaptureError {
  return new CaptureError('inconsistent', `The kernel's answer on NETLINK_SOCK_DIAG holds ${what}.`);
}
