import { CaptureError } from './captureError.js';
import { type DiagPart, type DiagSocket, encodeTcpDumpRequest, parseTcpDumpPart } from './inetDiag.js';
import type { NetlinkSocket } from './netlinkSocket.js';

export interface TcpDump {
  /** In the kernel's order. */
  readonly sockets: readonly DiagSocket[];
  /** Dumps that were asked for: 1, and one more for each that the kernel called inconsistent. */
  readonly dumps: number;
}

const MAX_DUMPS = 10;

/**
 * Asks for all IPv4 TCP sockets until the kernel gives a table that did not change while it was written (NLM_F_DUMP_INTR).
 *
 * @throws CaptureError `unstable` when it never does
 */
export function dumpTcpSockets(socket: NetlinkSocket): TcpDump {
  for (let dumps = 1; dumps <= MAX_DUMPS; dumps++) {
    const { sockets, interrupted } = dumpOnce(socket, dumps);
    if (!interrupted) return { sockets, dumps };
  }
  throw new CaptureError(
    'unstable',
    `The kernel's table of TCP sockets changed during each of ${MAX_DUMPS} dumps (NLM_F_DUMP_INTR). ` +
      'Capture again.',
  );
}

/** An interrupted dump is read to its end all the same, so that none of it is left when the next one begins. */
function dumpOnce(socket: NetlinkSocket, sequence: number): Pick<DiagPart, 'sockets' | 'interrupted'> {
  socket.send(encodeTcpDumpRequest(sequence));
  const parts: (readonly DiagSocket[])[] = [];
  let interrupted = false;
  for (let done = false; !done;) {
    const part = parseTcpDumpPart(socket.receive(), { sequence, portId: socket.portId });
    parts.push(part.sockets);
    interrupted ||= part.interrupted;
    done = part.done;
  }
  return { sockets: parts.flat(), interrupted };
}
