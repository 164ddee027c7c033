import { STRUCTURES, type ClassName, type Structure } from './mibTables.js';

/** A socket as a test describes it. */
export interface Socket {
  readonly state?: number;
  readonly local: readonly number[];
  readonly localScope?: number;
  readonly lport: number;
  readonly remote?: readonly number[];
  readonly remoteScope?: number;
  readonly rport?: number;
  readonly pid?: number;
  /** A FILETIME. */
  readonly created?: bigint;
}

/** The bytes of a table of these sockets; what its structure has no room for is left out. */
export function tableOf(name: ClassName, sockets: readonly Socket[]): Uint8Array {
  const structure: Structure = STRUCTURES[name];
  const bytes = new Uint8Array(structure.first + sockets.length * structure.size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, sockets.length, true);
  for (const [i, socket] of sockets.entries()) {
    const row = structure.first + i * structure.size;
    const put = (offset: number | undefined, value: number | undefined): void => {
      if (offset !== undefined) view.setUint32(row + offset, value ?? 0, true);
    };
    put(structure.state, socket.state);
    put(structure.localScope, socket.localScope);
    put(structure.remoteScope, socket.remoteScope);
    put(structure.pid, socket.pid);
    bytes.set(socket.local, row + structure.local);
    view.setUint16(row + structure.localPort, socket.lport);
    if (structure.remote !== undefined) bytes.set(socket.remote ?? [], row + structure.remote);
    if (structure.remotePort !== undefined) view.setUint16(row + structure.remotePort, socket.rport ?? 0);
    if (structure.created !== undefined)
      view.setBigUint64(row + structure.created, socket.created ?? 0n, true);
  }
  return bytes;
}
