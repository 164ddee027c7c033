import { layoutOf } from '../../core/index.js';
import type { SocketList } from './socketList.js';
import type { SynthesizedClass } from './synthesizedTable.js';

/**
 * What the kernel says of the sockets and the rows of the table have no room for: a column each, with a value for every row in the
 * order of the rows (docs/format.md).
 */
export function encodeExtras(
  tableClass: SynthesizedClass,
  sockets: SocketList,
): Readonly<Record<string, Uint8Array>> {
  const words = sockets.family === 'IPv6' ? 4 : 1;
  return {
    uid: column(sockets, 1, (i) => sockets.uid(i)),
    inode: column(sockets, 1, (i) => sockets.inode(i)),
    interface: column(sockets, 1, (i) => sockets.interfaceIndex(i)),
    ...(layoutOf(tableClass).protocol === 'UDP' && {
      remoteAddress: column(sockets, words, (i, word) => sockets.remoteAddress(i, word)),
      remotePort: column(sockets, 1, (i) => sockets.remotePort(i)),
    }),
  };
}

/** Little-endian u32, `words` of them for each socket. */
function column(
  sockets: SocketList,
  words: number,
  value: (socket: number, word: number) => number,
): Uint8Array {
  const bytes = new Uint8Array(sockets.count * words * 4);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < sockets.count; i++) {
    for (let word = 0; word < words; word++) view.setUint32((i * words + word) * 4, value(i, word), true);
  }
  return bytes;
}
