import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import {
  createDecoder,
  SnapshotError,
  timeline,
  timelineConnection,
  type Decoder,
  type RawTable,
  type Snapshot,
  type Timeline,
} from 'tcpscope/core';
import { EXAMPLE_SNAPSHOT } from '../reference/exampleSnapshot.js';
import { STRUCTURES, type ClassName, type Structure } from '../reference/mibTables.js';
import { slowTimeline, type SlowConnection } from '../reference/slowTimeline.js';

let decoder: Decoder;
beforeAll(async () => {
  decoder = await createDecoder(readFileSync(new URL('../../dist/tcpscope.wasm', import.meta.url)));
});

/** A socket in few words, so that keys, states and pids meet in all ways. */
interface Socket {
  readonly state: number;
  readonly local: number;
  readonly lport: number;
  readonly remote: number;
  readonly rport: number;
  readonly pid: number;
}

const few: fc.Arbitrary<Socket> = fc.record({
  state: fc.constantFrom(2, 3, 5, 8, 11, 57),
  local: fc.nat(1),
  lport: fc.constantFrom(80, 443),
  remote: fc.nat(2),
  rport: fc.constantFrom(0, 5000),
  pid: fc.constantFrom(0, 4, 4242),
});
const CLASSES = ['tcp2', 'tcp6-2', 'udp-owner-pid', 'udp6-owner-pid'] as const satisfies ClassName[];

function encode(name: ClassName, sockets: readonly Socket[]): Uint8Array {
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

type Content = Partial<Record<ClassName, readonly Socket[]>>;

function snapshotOf(content: Content, number: number, names: readonly string[] = ['a', 'b']): Snapshot {
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
function recordingOf(snapshots: readonly (Snapshot | null)[]) {
  return {
    count: snapshots.length,
    at: async (number: number): Promise<Snapshot> => {
      const snapshot = snapshots[number];
      if (snapshot) return snapshot;
      throw new SnapshotError('damaged', `snapshot ${number} is damaged`, { offset: 1000 + number });
    },
  };
}

const timelineOf = (snapshots: readonly (Snapshot | null)[]): Promise<Timeline> =>
  timeline(recordingOf(snapshots), decoder);

/** The connections of a timeline by key, as the slow reference has them. */
function byKey(found: Timeline): Map<string, SlowConnection> {
  return new Map(
    Array.from({ length: found.connections.count }, (_, number) => {
      const { seen, of, spans, states, owners, firstSeen, lastSeen, ...connection } = timelineConnection(
        found,
        number,
      );
      expect([firstSeen, lastSeen]).toEqual([spans[0]![0], spans.at(-1)![1]]);
      const { protocol, localAddress, localPort, remoteAddress, remotePort } = connection;
      const key = `${protocol} ${localAddress} ${localPort} ${remoteAddress ?? '-'} ${remotePort ?? '-'}`;
      const plain = {
        seen,
        of,
        spans: spans.map(([first, last]): [number, number] => [first, last]),
        states: states.map(({ state, since }) => ({ state, since })),
        owners: [...owners],
      };
      return [key, plain] as const;
    }),
  );
}

function expectSame(found: Timeline, snapshots: readonly (Snapshot | null)[]): void {
  const slow = slowTimeline(snapshots);
  expect(byKey(found)).toEqual(slow.connections);
  const { rows, opened, closed, stateChanged, ownerChanged, rowsByState } = found.snapshots;
  for (const [number, expected] of slow.snapshots.entries()) {
    const [now] = [{ rows, opened, closed, stateChanged, ownerChanged }].map((columns) =>
      Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, column[number]])),
    );
    const { rowsByState: states, ...counts } = expected;
    expect(now).toEqual(counts);
    const named = new Map<string, number>();
    for (const [state, count] of states) named.set(nameOf(state), (named.get(nameOf(state)) ?? 0) + count);
    const counted = rowsByState.map((series) => [series.state, series.rows[number]!] as const);
    expect(new Map(counted.filter(([, count]) => count > 0))).toEqual(named);
  }
}

function nameOf(state: number | null): string {
  if (state === null) return 'UDP';
  return (
    { 2: 'LISTEN', 3: 'SYN_SENT', 5: 'ESTABLISHED', 8: 'CLOSE_WAIT', 11: 'TIME_WAIT' }[state] ?? 'UNKNOWN'
  );
}

/** What a recording has one tick after another. Mostly the same as before, since that is what recordings are. */
const contents: fc.Arbitrary<(Content | null)[]> = fc
  .array(
    fc.record({
      unreadable: fc.nat(9),
      tables: fc.tuple(
        ...CLASSES.map(() =>
          fc.record({
            missing: fc.nat(7),
            dropped: fc.nat(3),
            added: fc.array(few, { maxLength: 5 }),
            flip: fc.nat(9),
          }),
        ),
      ),
    }),
    { maxLength: 14 },
  )
  .map((ticks) => {
    const present: Socket[][] = CLASSES.map(() => []);
    return ticks.map(({ unreadable, tables }) => {
      const content: Content = {};
      for (const [i, name] of CLASSES.entries()) {
        const { missing, dropped, added, flip } = tables[i]!;
        const kept = present[i]!.slice(dropped);
        const changed = kept.map((socket, n) => (n === flip ? { ...socket, state: 8, pid: 4 } : socket));
        present[i] = [...changed, ...added];
        if (missing > 0) content[name] = present[i]!;
      }
      return unreadable === 0 ? null : content;
    });
  });

test('agrees with the slow reference, whatever comes and goes', async () => {
  await fc.assert(
    fc.asyncProperty(
      contents,
      fc.array(fc.constantFrom('a', 'b', 'c', ''), { minLength: 30, maxLength: 30 }),
      async (ticks, names) => {
        const snapshots = ticks.map(
          (content, number) => content && snapshotOf(content, number, names.slice(number, number + 2)),
        );
        expectSame(await timelineOf(snapshots), snapshots);
      },
    ),
    { numRuns: 1500 },
  );
});
