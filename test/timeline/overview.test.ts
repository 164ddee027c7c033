import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import {
  busiestEnds,
  connectionTable,
  createDecoder,
  newListeners,
  orderConnections,
  timeline,
  timelineConnection,
  timelineIntervals,
  type Decoder,
  type Snapshot,
  type Timeline,
} from 'tcpscope/core';
import { recordingOf, snapshotOf, type Socket } from '../reference/recordings.js';

let decoder: Decoder;
beforeAll(async () => {
  decoder = await createDecoder(readFileSync(new URL('../../dist/tcpscope.wasm', import.meta.url)));
});

const socket: Socket = { state: 5, local: 1, lport: 40_000, remote: 9, rport: 443, pid: 4 };
const timelineOf = (snapshots: readonly (Snapshot | null)[]): Promise<Timeline> =>
  timeline(recordingOf(snapshots), decoder);

test('intervals cover every snapshot once, and no more are made than wanted', async () => {
  const steps = fc.array(
    fc.record({ seconds: fc.oneof(fc.nat(3), fc.nat(100_000)), kind: fc.nat(7), sockets: fc.nat(4) }),
    { minLength: 1, maxLength: 40 },
  );
  await fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 1, max: 12 }), async (ticks, most) => {
      let second = 0;
      const found = await timelineOf(
        ticks.map(({ seconds, kind, sockets }, tick) => {
          second += seconds;
          if (kind === 0) return null;
          const rows = Array.from({ length: sockets }, (_, i) => ({ ...socket, rport: i + (tick % 3) }));
          const { time: _, ...timeless } = snapshotOf({ tcp2: rows }, second);
          return kind === 1 ? timeless : snapshotOf({ tcp2: rows }, second);
        }),
      );
      const intervals = timelineIntervals(found.snapshots, most);
      expect(intervals.length).toBeLessThanOrEqual(most);
      let next = 0;
      for (const interval of intervals) {
        expect(interval.first).toBe(next);
        next = interval.last + 1;
        const inside = (values: ArrayLike<number>): number[] =>
          Array.from(values).slice(interval.first, next);
        const sum = (values: ArrayLike<number>): number => inside(values).reduce((a, b) => a + b, 0);
        expect(interval.opened).toBe(sum(found.snapshots.opened));
        expect(interval.closed).toBe(sum(found.snapshots.closed));
        expect(interval.stateChanged).toBe(sum(found.snapshots.stateChanged));
        expect(interval.readable).toBe(sum(found.snapshots.isReadable));
        const last = found.snapshots.isReadable.lastIndexOf(1, interval.last);
        if (interval.readable > 0) expect(interval.rows).toBe(found.snapshots.rows[last]);
        for (const time of inside(found.snapshots.utcMicroseconds)) {
          if (!Number.isNaN(time)) expect(time).toBeGreaterThanOrEqual(interval.utcMicroseconds!);
        }
      }
      expect(next).toBe(ticks.length);
    }),
    { numRuns: 300 },
  );
});

test('where most is opened: calls by process and remote end, incoming ones by port', async () => {
  const tick = (number: number): Snapshot =>
    snapshotOf(
      {
        tcp2: [
          { ...socket, state: 2, lport: 80, remote: 0, rport: 0, pid: 4242 },
          { ...socket, lport: 40_000 + number },
          { ...socket, lport: 41_000, remote: 7 },
          { ...socket, lport: 80, rport: 50_000 + number, pid: 4242 },
          { ...socket, lport: 80, rport: 60_000 + number, pid: 4242 },
        ],
      },
      number,
      ['curl', 'nginx'],
    );
  const found = await timelineOf([0, 1, 2, 3].map(tick));
  expect(busiestEnds(found, 5)).toEqual([
    { process: 'nginx', direction: 'in', address: null, port: 80, opened: 6 },
    { process: 'curl', direction: 'out', address: '0.0.0.9', port: 443, opened: 3 },
  ]);
  expect(busiestEnds(found, 1)).toHaveLength(1);
});

test('listeners that were not there at the beginning', async () => {
  const listener: Socket = { ...socket, state: 2, remote: 0, rport: 0 };
  const found = await timelineOf([
    snapshotOf({ tcp2: [{ ...listener, lport: 1 }], 'tcp6-2': [{ ...listener, lport: 2 }] }, 0),
    snapshotOf({ tcp2: [{ ...listener, lport: 1 }, { ...listener, lport: 3 }, socket] }, 1),
    snapshotOf({ 'tcp6-2': [{ ...listener, lport: 4 }], 'udp-owner-pid': [listener] }, 2),
  ]);
  const ports = newListeners(found).map((number) => timelineConnection(found, number).localPort);
  expect(ports).toEqual([3, 4]);
});

test('connections as a table, of all kinds', async () => {
  const found = await timelineOf([
    snapshotOf(
      { tcp2: [socket], 'tcp6-2': [socket], 'udp-owner-pid': [socket], 'udp6-owner-pid': [socket] },
      0,
    ),
    snapshotOf({ tcp2: [{ ...socket, state: 11, pid: 0 }], 'tcp6-2': [{ ...socket, pid: 4242 }] }, 1),
  ]);
  using table = connectionTable(found, decoder);
  const rows = table.rows([0, 1, 2, 3]);
  expect(rows).toMatchObject([
    {
      protocol: 'TCP',
      family: 'IPv4',
      localAddress: '0.0.0.1',
      stateName: 'TIME_WAIT',
      pid: 4,
      process: 'a',
    },
    {
      protocol: 'TCP',
      family: 'IPv6',
      localAddress: '::1',
      stateName: 'ESTABLISHED',
      pid: 4242,
      process: 'b',
    },
    { protocol: 'UDP', family: 'IPv4', localAddress: '0.0.0.1', stateName: null, remoteAddress: null },
    { protocol: 'UDP', family: 'IPv6', localAddress: '::1', stateName: null, remoteAddress: null },
  ]);
  expect([...table.select('process = b or TIME_WAIT')]).toEqual([0, 1]);
  expect([...table.select('UDP and local = ::1')]).toEqual([3]);
  expect([...orderConnections(found, table, ['-protocol', '-last', 'family'])]).toEqual([2, 3, 0, 1]);
  expect([...orderConnections(found, table, [])]).toEqual([0, 1, 2, 3]);
});
