import { CaptureError } from './captureError.js';
import { type DumpRequest, encodeDumpRequest, readSockets } from './inetDiag.js';
import type { NetlinkSocket } from './netlinkSocket.js';
import { SocketList } from './socketList.js';

export interface SocketDump {
  /** In the kernel's order. */
  readonly sockets: SocketList;
  /** Dumps that were asked for: 1, and one more for each that the kernel called inconsistent. */
  readonly dumps: number;
}

const MAX_DUMPS = 10;

/**
 * Asks for sockets until the kernel gives a table that did not change while it was written (NLM_F_DUMP_INTR).
 *
 * @param sockets what to put them into
 * @throws CaptureError `unstable` when it never does
 */
export function dumpSockets(
  socket: NetlinkSocket,
  request: DumpRequest,
  sockets = new SocketList(request.family),
): SocketDump {
  for (let dumps = 1; dumps <= MAX_DUMPS; dumps++) {
    sockets.clear(request.family);
    const interrupted = dumpOnce(socket, request, dumps, sockets);
    if (!interrupted) return { sockets, dumps };
  }
  throw new CaptureError(
    'unstable',
    `The kernel's table of ${request.protocol} sockets over ${request.family} changed during each of ` +
      `${MAX_DUMPS} dumps (NLM_F_DUMP_INTR). Capture again.`,
  );
}

/** An interrupted dump is read to its end all the same, so that none of it is left when the next one begins. */
function dumpOnce(
  socket: NetlinkSocket,
  request: DumpRequest,
  sequence: number,
  sockets: SocketList,
): boolean {
  socket.send(encodeDumpRequest(request, sequence));
  let interrupted = false;
  for (let done = false; !done;) {
    const part = readSockets(socket.receive(), { sequence, portId: socket.portId }, sockets);
    interrupted ||= part.interrupted;
    done = part.done;
  }
  return interrupted;
}
