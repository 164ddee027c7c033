import { loadKoffi, openLibrary } from '../../dist/node/capture/koffi.js';

const [AF_INET, SOCK_STREAM] = [2, 1];

/** Binds a TCP socket of this process to a free port of 127.0.0.1 and leaves it so, which Node's own API cannot do. */
export async function bindWithoutListening(): Promise<{ readonly port: number; close(): void }> {
  const libc = openLibrary(await loadKoffi(), 'libc.so.6');
  const socket = libc.bind<(domain: number, type: number, protocol: number) => number>(
    'int socket(int domain, int type, int protocol)',
  );
  const bind = libc.bind<(fd: number, address: Uint8Array, bytes: number) => number>(
    'int bind(int fd, const void *address, uint32_t bytes)',
  );
  const getsockname = libc.bind<(fd: number, address: Uint8Array, bytes: Uint32Array) => number>(
    'int getsockname(int fd, void *address, _Inout_ uint32_t *bytes)',
  );
  const close = libc.bind<(fd: number) => number>('int close(int fd)');

  const address = Uint8Array.of(AF_INET, 0, 0, 0, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0);
  const fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0 || bind(fd, address, 16) !== 0 || getsockname(fd, address, Uint32Array.of(16)) !== 0) {
    throw new Error('could not bind a socket for the test');
  }
  return { port: address[2]! * 256 + address[3]!, close: () => void close(fd) };
}
