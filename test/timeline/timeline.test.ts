import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import {
  createDecoder,
  timeline,
  timelineConnection,
  type Decoder,
  type Snapshot,
  type Timeline,
} from 'tcpscope/core';
import {
  fewSockets,
  recordingOf,
  snapshotOf,
  SOCKET_CLASSES,
  type Content,
  type Socket,
} from '../reference/recordings.js';
import { slowTimeline, type SlowConnection } from '../reference/slowTimeline.js';

let decoder: Decoder;
beforeAll(async () => {
  decoder = await createDecoder(readFileSync(new URL('../../dist/tcpscope.wasm', import.meta.url)));
});

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
        ...SOCKET_CLASSES.map(() =>
          fc.record({
            missing: fc.nat(7),
            dropped: fc.nat(3),
            added: fc.array(fewSockets, { maxLength: 5 }),
            flip: fc.nat(9),
          }),
        ),
      ),
    }),
    { maxLength: 14 },
  )
  .map((ticks) => {
    const present: Socket[][] = SOCKET_CLASSES.map(() => []);
    return ticks.map(({ unreadable, tables }) => {
      const content: Content = {};
      for (const [i, name] of SOCKET_CLASSES.entries()) {
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

const web: Socket = { state: 5, local: 1, lport: 443, remote: 2, rport: 5000, pid: 4 };

test('what cannot be read is named, and connections go on across it', async () => {
  const tick = (number: number): Snapshot => snapshotOf({ tcp2: [web] }, number);
  const found = await timelineOf([null, tick(1), null, tick(3), null]);
  expect(found.unreadable).toEqual(
    [0, 2, 4].map((snapshot) => ({
      snapshot,
      code: 'damaged',
      reason: `snapshot ${snapshot} is damaged`,
      offset: 1000 + snapshot,
    })),
  );
  expect([...found.snapshots.isReadable]).toEqual([0, 1, 0, 1, 0]);
  expect([...found.snapshots.elapsedMicroseconds]).toEqual([Number.NaN, 0, Number.NaN, 2e6, Number.NaN]);
  expect([...found.snapshots.rows]).toEqual([0, 1, 0, 1, 0]);
  expect(timelineConnection(found, 0)).toMatchObject({ spans: [[1, 3]], seen: 2, of: 2 });
});

test('a table that does not hold its rows is named; the other tables count', async () => {
  const whole = snapshotOf({ tcp2: [web], 'udp-owner-pid': [web] }, 0);
  const broken = {
    ...whole,
    tables: whole.tables.map((table) =>
      table.class === 'tcp2' ? { ...table, bytes: table.bytes.slice(0, 20) } : table,
    ),
  };
  const found = await timelineOf([whole, broken, whole]);
  expect(found.unreadable).toMatchObject([{ snapshot: 1, code: 'bad-table', offset: 4 }]);
  expect([...found.snapshots.rows]).toEqual([2, 1, 2]);
  expect([...found.snapshots.closed]).toEqual([0, 0, 0]);
  expect(found.coverages).toMatchObject([
    { protocol: 'TCP', family: 'IPv4', scope: 'all', first: 0, last: 2, snapshots: 2 },
    { protocol: 'UDP', family: 'IPv4', scope: 'all', first: 0, last: 2, snapshots: 3 },
  ]);
});

test('tables of a later version are named', async () => {
  const later: Snapshot = snapshotOf({ tcp2: [web] }, 0);
  const table = { class: 'tcp9', scope: 'all', synthesized: false, bytes: new Uint8Array(4) };
  const found = await timelineOf([{ ...later, tables: [...later.tables, table] }, later]);
  expect(found.undecoded).toEqual(['tcp9']);
  expect([...found.snapshots.rows]).toEqual([1, 1]);
});

test('an error that is no fault of the file ends it', async () => {
  const file = { count: 1, at: () => Promise.reject(new TypeError('no disk')) };
  await expect(timeline(file, decoder)).rejects.toThrow('no disk');
});

test('progress, and a signal that ends it', async () => {
  const file = recordingOf([snapshotOf({ tcp2: [web] }, 0), null, snapshotOf({ tcp2: [web] }, 2)]);
  const progress: number[][] = [];
  await timeline(file, decoder, { onProgress: (...numbers) => progress.push(numbers) });
  expect(progress).toEqual([
    [1, 3],
    [2, 3],
    [3, 3],
  ]);
  const controller = new AbortController();
  const ended = timeline(file, decoder, {
    signal: controller.signal,
    onProgress: () => controller.abort(new Error('enough')),
  });
  await expect(ended).rejects.toThrow('enough');
});

test('an empty recording, and one of a single snapshot', async () => {
  expect(await timelineOf([])).toMatchObject({
    host: null,
    connections: { count: 0 },
    beacons: [],
    gaps: [],
  });
  const one = await timelineOf([snapshotOf({ tcp2: [web, web] }, 0)]);
  expect(one).toMatchObject({ host: 'WEB01', connections: { count: 1 } });
  expect([...one.snapshots.opened, ...one.snapshots.rows]).toEqual([0, 2]);
});

test('can be posted: plain objects and typed arrays', async () => {
  const found = await timelineOf([
    snapshotOf({ tcp2: [web] }, 0),
    null,
    snapshotOf({ 'udp-owner-pid': [web] }, 2),
  ]);
  expect(structuredClone(found)).toEqual(found);
});

test('a connection that does not exist', async () => {
  const found = await timelineOf([snapshotOf({ tcp2: [web] }, 0)]);
  for (const number of [1, -1, 0.5]) {
    expect(() => timelineConnection(found, number)).toThrow(`no connection ${number}; the timeline has 1`);
  }
});

test('the memory of tables is given back, whatever happens', async () => {
  const fresh = await createDecoder(readFileSync(new URL('../../dist/tcpscope.wasm', import.meta.url)));
  const many = Array.from({ length: 5000 }, (_, i): Socket => ({ ...web, rport: i }));
  const run = (count: number): Promise<Timeline> =>
    timeline(
      recordingOf(Array.from({ length: count }, (_, i) => snapshotOf({ tcp2: many.slice(i) }, i))),
      fresh,
    );
  await run(3);
  const after = fresh.memoryBytes;
  await run(60);
  const failing = {
    count: 2,
    at: (i: number) =>
      i === 0 ? Promise.resolve(snapshotOf({ tcp2: many }, 0)) : Promise.reject(new Error('x')),
  };
  for (let i = 0; i < 20; i++) await expect(timeline(failing, fresh)).rejects.toThrow('x');
  expect(fresh.memoryBytes).toBe(after);
});
