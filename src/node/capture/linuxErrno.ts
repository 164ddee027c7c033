import { CaptureError } from './captureError.js';

interface Meaning {
  readonly name: string;
  readonly text: string;
  readonly code: 'no-permission' | 'not-supported' | 'call-failed';
}

/**
 * The errors that netlink sockets and dumps are known to give (errno(3), asm-generic/errno.h), by Linux's numbers: those of the
 * system that runs this need not be Linux's, and libuv has names of its own (ENOTSUP for 95).
 *
 * ENOENT, EINVAL and EOPNOTSUPP are how kernels answer a NETLINK_SOCK_DIAG request for which they have no module.
 */
const MEANINGS: ReadonlyMap<number, Meaning> = new Map<number, Meaning>([
  [1, { name: 'EPERM', text: 'operation not permitted', code: 'no-permission' }],
  [2, { name: 'ENOENT', text: 'no such file or directory', code: 'not-supported' }],
  [12, { name: 'ENOMEM', text: 'cannot allocate memory', code: 'call-failed' }],
  [13, { name: 'EACCES', text: 'permission denied', code: 'no-permission' }],
  [22, { name: 'EINVAL', text: 'invalid argument', code: 'not-supported' }],
  [23, { name: 'ENFILE', text: 'too many open files in system', code: 'call-failed' }],
  [24, { name: 'EMFILE', text: 'too many open files', code: 'call-failed' }],
  [38, { name: 'ENOSYS', text: 'function not implemented', code: 'not-supported' }],
  [93, { name: 'EPROTONOSUPPORT', text: 'protocol not supported', code: 'not-supported' }],
  [95, { name: 'EOPNOTSUPP', text: 'operation not supported', code: 'not-supported' }],
  [97, { name: 'EAFNOSUPPORT', text: 'address family not supported', code: 'not-supported' }],
  [105, { name: 'ENOBUFS', text: 'no buffer space available', code: 'call-failed' }],
]);

/** Interrupted by a signal: nothing failed. */
export const EINTR = 4;

const ADVICE: Readonly<Record<Meaning['code'], string>> = {
  'no-permission':
    'A sandbox or a container policy denies it: capture needs no root, but it needs netlink sockets.',
  'not-supported':
    'This kernel or sandbox lacks NETLINK_SOCK_DIAG (kernel modules inet_diag, tcp_diag and udp_diag).',
  'call-failed': 'Capture again; if it fails in the same way, report this message.',
};

/**
 * @param what the call as the manual pages name it, or what the kernel was asked
 * @param errno positive, as in C
 */
export function linuxCallError(what: string, errno: number): CaptureError {
  const unknown: Meaning = { name: `errno ${errno}`, text: 'see errno(3)', code: 'call-failed' };
  const { name, text, code } = MEANINGS.get(errno) ?? unknown;
  return new CaptureError(code, `${what} failed: ${name} (${text}). ${ADVICE[code]}`, { systemCode: errno });
}
