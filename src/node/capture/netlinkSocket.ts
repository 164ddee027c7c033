import { CaptureError } from './captureError.js';
import { type Koffi, type NativeLibrary, openLibrary } from './koffi.js';
import { EINTR, linuxCallError } from './linuxErrno.js';

/** A netlink socket that is connected to the kernel: nobody else can send to it. */
export interface NetlinkSocket {
  /** The address that the kernel gave to this socket: `nlmsg_pid` of every answer. */
  readonly portId: number;
  send(request: Uint8Array): void;
  /** The next datagram, whole. The bytes are borrowed: valid until the next call. */
  receive(): Uint8Array;
  close(): void;
}

// The same numbers on every processor that Linux and koffi run on; SOL_SOCKET and SO_RCVTIMEO are not, hence poll.
const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const NETLINK_SOCK_DIAG = 4;
const MSG_TRUNC = 0x20;
const MSG_DONTWAIT = 0x40;
const POLLIN = 1;

/** The kernel fills datagrams of up to 32 KiB (netlink_dump), so none should ever need more. */
const RECEIVE_BYTES = 64 * 1024;
/** The kernel has the answer before `send` returns; a wait this long means that there will be none. */
const ANSWER_TIMEOUT_MILLISECONDS = 5_000;

/**
 * The C functions as koffi calls them. Their `socklen_t` and `nfds_t` are written as the integers that every Linux has for
 * them, their `ssize_t` as `intptr_t`.
 */
function bindLibc(library: NativeLibrary) {
  return {
    socket: library.bind<(domain: number, type: number, protocol: number) => number>(
      'int socket(int domain, int type, int protocol)',
    ),
    connect: library.bind<(fd: number, address: Uint8Array, bytes: number) => number>(
      'int connect(int fd, const void *address, uint32_t bytes)',
    ),
    getsockname: library.bind<(fd: number, address: Uint8Array, bytes: Uint32Array) => number>(
      'int getsockname(int fd, void *address, _Inout_ uint32_t *bytes)',
    ),
    send: library.bind<(fd: number, data: Uint8Array, bytes: number, flags: number) => number>(
      'intptr_t send(int fd, const void *data, size_t bytes, int flags)',
    ),
    recv: library.bind<(fd: number, data: Uint8Array, bytes: number, flags: number) => number>(
      'intptr_t recv(int fd, void *data, size_t bytes, int flags)',
    ),
    poll: library.bind<(pollfds: Uint8Array, count: number, milliseconds: number) => number>(
      'int poll(void *pollfds, unsigned long count, int milliseconds)',
    ),
    close: library.bind<(fd: number) => number>('int close(int fd)'),
  };
}

type Libc = ReturnType<typeof bindLibc>;

/**
 * Opens a NETLINK_SOCK_DIAG socket (sock_diag(7)). Needs no privileges.
 *
 * @throws CaptureError
 */
export function openSockDiagSocket(koffi: Koffi): NetlinkSocket {
  // musl's loader takes every name that begins with `libc.` for itself, so glibc's name works there too.
  const libc = bindLibc(openLibrary(koffi, 'libc.so.6'));
  const errno = () => koffi.errno();
  const fd = libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
  if (fd < 0) throw linuxCallError('socket(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG)', errno());
  try {
    const portId = connectToKernel(libc, fd, errno);
    const buffer = new Uint8Array(RECEIVE_BYTES);
    return {
      portId,
      send: (request) => sendWhole(libc, fd, request, errno),
      receive: () => receiveWhole(libc, fd, buffer, errno),
      close: () => void libc.close(fd),
    };
  } catch (error) {
    libc.close(fd);
    throw error;
  }
}

/**
 * struct sockaddr_nl (linux/netlink.h), 12 bytes, host byte order:
 *
 *     0   u16  nl_family
 *     2   u16  padding
 *     4   u32  nl_pid      port id; 0 is the kernel's
 *     8   u32  nl_groups
 */
function connectToKernel(libc: Libc, fd: number, errno: () => number): number {
  const address = new Uint8Array(12);
  const view = new DataView(address.buffer);
  view.setUint16(0, AF_NETLINK, true);
  if (libc.connect(fd, address, address.length) !== 0) throw linuxCallError('connect(AF_NETLINK)', errno());
  if (libc.getsockname(fd, address, Uint32Array.of(address.length)) !== 0) {
    throw linuxCallError('getsockname(AF_NETLINK)', errno());
  }
  return view.getUint32(4, true);
}

function sendWhole(libc: Libc, fd: number, request: Uint8Array, errno: () => number): void {
  const sent = libc.send(fd, request, request.length, 0);
  if (sent < 0) throw linuxCallError('send(NETLINK_SOCK_DIAG)', errno());
  if (sent !== request.length) {
    throw new CaptureError('call-failed', `send(NETLINK_SOCK_DIAG) took ${sent} of ${request.length} bytes.`);
  }
}

function receiveWhole(libc: Libc, fd: number, buffer: Uint8Array, errno: () => number): Uint8Array {
  waitForDatagram(libc, fd, errno);
  // With MSG_TRUNC the result is the datagram's own length. Without it, rows past the buffer would vanish unseen.
  const length = libc.recv(fd, buffer, buffer.length, MSG_TRUNC | MSG_DONTWAIT);
  if (length < 0) throw linuxCallError('recv(NETLINK_SOCK_DIAG)', errno());
  if (length > buffer.length) {
    throw new CaptureError(
      'inconsistent',
      `The kernel sent a datagram of ${length} bytes where at most ${buffer.length} were expected.`,
    );
  }
  return buffer.subarray(0, length);
}

/**
 * struct pollfd: `i32 fd, i16 events, i16 revents`, host byte order. Signals that Node handles (a profiler's timer, a resized
 * terminal) end poll with EINTR; waiting goes on.
 */
function waitForDatagram(libc: Libc, fd: number, errno: () => number): void {
  const pollfd = new Uint8Array(8);
  const view = new DataView(pollfd.buffer);
  view.setInt32(0, fd, true);
  view.setInt16(4, POLLIN, true);
  for (;;) {
    const ready = libc.poll(pollfd, 1, ANSWER_TIMEOUT_MILLISECONDS);
    if (ready > 0) return;
    if (ready === 0) {
      throw new CaptureError(
        'call-failed',
        `The kernel did not answer on NETLINK_SOCK_DIAG within ${ANSWER_TIMEOUT_MILLISECONDS / 1000} s.`,
      );
    }
    const code = errno();
    if (code !== EINTR) throw linuxCallError('poll(NETLINK_SOCK_DIAG)', code);
  }
}
