import fc from 'fast-check';
import { SnapshotError, type RawTable, type Snapshot } from 'tcpscope/core';
import { EXAMPLE_SNAPSHOT } from './exampleSnapshot.js';
import { STRUCTURES, type ClassName, type Structure } from './mibTables.js';

/** A socket in few words, so that keys, states and pids meet in all ways. */
export interface Socket {
  readonly state: number;
  readonly local: number;
  readonly lport: number;
  readonly remote: number;
  readonly rport: number;
  readonly pid: number;
}

export const fewSockets: fc.Arbitrary<Socket> = fc.record({
  state: fc.constantFrom(2, 3, 5, 8, 11, 57),
  local: fc.nat(1),
  lport: fc.constantFrom(80, 443),
  remote: fc.nat(2),
  rport: fc.constantFrom(0, 5000),
  pid: fc.constantFrom(0, 4, 4242),
});

/** One class of each protocol and family. */
export const SOCKET_CLASSES = [
  'tcp2',
  'tcp6-2',
  'udp-owner-pid',
  'udp6-owner-pid',
] as const satisfies ClassName[];

/** Sockets as a raw table; addresses are their last byte, the others zero. */
export function encode(name: ClassName, sockets: readonly Socket[]): Uint8Array {
  const structure: Structure = STRUCTURES[name];
  const bytes = new Uint8Array(structure.first + sockets.length * structure.size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, sockets.length, true);
  const width = structure.family === 'IPv4' ? 4 : 16;
  for (const [i, socket] of sockets.entries()) {
    const row = structure.first + i * structure.size;
    bytes[row + structure.local + width - 1] = socket.local;
    view.setUint16(row + structure.localPort, socket.lport);
    if (structure.remote !== undefined) bytes[row + structure.remote + width - 1] = socket.remote;
    if (structure.remotePort !== undefined) view.setUint16(row + structure.remotePort, socket.rport);
    if (structure.state !== undefined) view.setUint32(row + structure.state, socket.state, true);
    if (structure.pid !== undefined) view.setUint32(row + structure.pid, socket.pid, true);
  }
  return bytes;
}

/** What a snapshot holds, by table class. */
export type Content = Partial<Record<ClassName, readonly Socket[]>>;

/** A snapshot taken in second `number`, with two processes: pids 4 and 4242. */
export function snapshotOf(
  content: Content,
  number: number,
  names: readonly string[] = ['a', 'b'],
): Snapshot {
  return {
    ...EXAMPLE_SNAPSHOT,
    time: {
      utcMicroseconds: 1_795_000_000_000_000 + number * 1e6,
      monotonicMicroseconds: 5e9 + number * 1e6,
    },
    processes: [
      { pid: 4, name: names[0]! },
      { pid: 4242, name: names[1]! },
    ],
    tables: Object.entries(content).map(([name, sockets]): RawTable => {
      return { class: name, scope: 'all', synthesized: false, bytes: encode(name as ClassName, sockets) };
    }),
  };
}

/** Anything that has snapshots in order; null cannot be read. */
export function recordingOf(snapshots: readonly (Snapshot | null)[]) {
  return {
    count: snapshots.length,
    at: async (number: number): Promise<Snapshot> => {
      const snapshot = snapshots[number];
      if (snapshot) return snapshot;
      throw new SnapshotError('damaged', `snapshot ${number} is damaged`, { offset: 1000 + number });
    },
  };
}
