import { getSystemErrorMap } from 'node:util';
import { CaptureError, type CaptureErrorCode } from './captureError.js';

/** `EPERM (operation not permitted)`; for a number that this Node does not know, `errno 4095`. */
function describeErrno(errno: number): string {
  const [name, text] = getSystemErrorMap().get(-errno) ?? [];
  return name === undefined ? `errno ${errno}` : `${name} (${text})`;
}

const DENIED = ['EPERM', 'EACCES'];
/** EINVAL and ENOENT are how the kernel answers a NETLINK_SOCK_DIAG request for which it has no module. */
const UNSUPPORTED = ['EAFNOSUPPORT', 'EPROTONOSUPPORT', 'ENOSYS', 'ENOENT', 'EINVAL', 'EOPNOTSUPP'];

function classify(errno: number): { readonly code: CaptureErrorCode; readonly advice: string } {
  const name = getSystemErrorMap().get(-errno)?.[0] ?? '';
  if (DENIED.includes(name)) {
    return {
      code: 'no-permission',
      advice: 'A sandbox or container policy denies it: capture needs no root, but it needs netlink sockets.',
    };
  }
  if (UNSUPPORTED.includes(name)) {
    return {
      code: 'not-supported',
      advice:
        'This kernel or sandbox lacks NETLINK_SOCK_DIAG for TCP (kernel modules inet_diag and tcp_diag).',
    };
  }
  return { code: 'call-failed', advice: 'Try again; if it goes on, the system has a problem of its own.' };
}

/**
 * @param what the call as a reader of the kernel's pages knows it, or who reported the error
 * @param errno positive, as in C
 */
export function linuxCallError(what: string, errno: number): CaptureError {
  const { code, advice } = classify(errno);
  return new CaptureError(code, `${what} failed: ${describeErrno(errno)}. ${advice}`, { systemCode: errno });
}
