import { layoutOf, type RawTable, type TableClass } from 'tcpscope';
import type { Socket } from './machine.js';

/** 100 ns from 1601 to 1970. */
const FILETIME_EPOCH = 116_444_736_000_000_000n;

/** What a table says of a socket beyond its row's words. */
export interface TableTimes {
  /** When tick 0 was. */
  readonly startUtcMicroseconds: number;
  readonly intervalMicroseconds: number;
}

/** Sockets as a raw table of any class, in the order given. */
export function encodeSockets(
  sockets: readonly Socket[],
  tableClass: TableClass,
  { startUtcMicroseconds, intervalMicroseconds }: TableTimes,
): Uint8Array {
  const { firstRow, rowBytes, words } = layoutOf(tableClass);
  const bytes = new Uint8Array(firstRow + sockets.length * rowBytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, sockets.length, true);
  for (const [row, socket] of sockets.entries()) {
    const seen = { local: 0, remote: 0, created: 0 };
    const createdMicroseconds = startUtcMicroseconds + socket.createdTick * intervalMicroseconds;
    const created = BigInt(createdMicroseconds) * 10n + FILETIME_EPOCH;
    for (const [i, word] of words.entries()) {
      const at = firstRow + row * rowBytes + i * 4;
      switch (word) {
        case 'state':
        case 'pid':
          view.setUint32(at, socket[word], true);
          break;
        case 'lport':
        case 'rport':
          view.setUint16(at, socket[word]);
          break;
        case 'local':
        case 'remote':
          view.setUint32(at, socket[word][seen[word]++]!);
          break;
        case 'created':
          view.setUint32(at, Number((created >> BigInt(32 * seen.created++)) & 0xffffffffn), true);
          break;
        default:
        // Padding, scope ids and offload states: zero.
      }
    }
  }
  return bytes;
}

/** What netlink tells of each socket beyond its row. */
export function socketExtras(sockets: readonly Socket[]): RawTable['extras'] {
  const column = (valueOf: (socket: Socket) => number): Uint8Array =>
    new Uint8Array(Uint32Array.from(sockets, valueOf).buffer);
  return { uid: column(({ uid }) => uid), inode: column(({ inode }) => inode), interface: column(() => 0) };
}
