import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  openSnapshots,
  verifySnapshots,
  type ByteSource,
  type Gap,
  type RawTable,
  type Snapshot,
} from 'tcpscope/core';
import { WEB_PRIMITIVES, type Primitives } from '../../dist/core/file/primitives.js';
import { NODE_PRIMITIVES } from '../../dist/node/files/nodePrimitives.js';
import { snapshots } from '../reference/arbitraryRecording.js';
import { encodeRecording, secondOf, SMALL_RECORDING } from '../reference/encodeRecording.js';
import { framesOf } from '../reference/recordedFrames.js';

const PRIMITIVES = { web: WEB_PRIMITIVES, node: NODE_PRIMITIVES };

/** A snapshot without what a recording adds to it. */
function withoutOwners(snapshot: Snapshot): Snapshot {
  const { endedProcesses: _, ...rest } = snapshot;
  return {
    ...rest,
    tables: snapshot.tables.map(({ extras, ...table }): RawTable => {
      if (extras === undefined) return table;
      const { lastOwnerPid, lastOwnerSnapshot, ...others } = extras;
      const isAdded = lastOwnerPid !== undefined && lastOwnerSnapshot !== undefined;
      return isAdded && Object.keys(others).length === 0 ? table : { ...table, extras: others };
    }),
  };
}

describe('any sequence of snapshots comes back bit for bit', () => {
  test.each([
    ['web', 'node', 30],
    ['node', 'web', 30],
    ['node', 'node', 150],
  ] as const)('written with the primitives of %s, read with those of %s', async (writer, reader, numRuns) => {
    let deltas = 0;
    await fc.assert(
      fc.asyncProperty(
        snapshots,
        fc.boolean(),
        fc.infiniteStream(fc.nat()),
        async (given, closed, numbers) => {
          const bytes = await encodeRecording(given, { primitives: PRIMITIVES[writer], closed });
          deltas += framesOf(bytes).filter(({ type }) => type === 2).length;
          const file = await openSnapshots(bytes, PRIMITIVES[reader]);
          expect(file.count).toBe(given.length);
          const inOrder: Snapshot[] = [];
          for await (const snapshot of file) inOrder.push(snapshot);
          // Numbers below 2^53 are numbers again, however they were given; toEqual tells nothing of absent and undefined apart.
          expect(inOrder.map(withoutOwners)).toEqual(given);
          const atRandom = await openSnapshots(new Blob([bytes]), PRIMITIVES[reader]);
          for (const number of [...numbers.take(given.length)].map((n) => n % given.length)) {
            expect(await atRandom.at(number)).toEqual(inOrder[number]);
          }
          expect(await verifySnapshots(atRandom)).toMatchObject({ intact: true, problems: [] });
        },
      ),
      { numRuns },
    );
    expect(deltas).toBeGreaterThan(numRuns);
  });

  test('what is read is the caller’s: changing its tables changes nothing that is read later', async () => {
    const file = await openSnapshots(await encodeRecording(SMALL_RECORDING));
    const before = [await file.at(0), await file.at(1), await file.at(2)].map((read) =>
      structuredClone(read),
    );
    for (const number of [0, 1, 2, 0, 1, 2]) {
      const snapshot = await file.at(number);
      expect(snapshot).toEqual(before[number]);
      snapshot.tables[0]!.bytes.fill(0);
    }
  });

  test('tables in Node’s Buffers, which begin anywhere', async () => {
    const shifted = SMALL_RECORDING.map((snapshot, i) => {
      const [table] = snapshot.tables;
      const bytes = Buffer.concat([Buffer.alloc(i + 1), table!.bytes]).subarray(i + 1);
      return { ...snapshot, tables: [{ ...table!, bytes }] };
    });
    expect(await encodeRecording(shifted)).toEqual(await encodeRecording(SMALL_RECORDING));
  });

  test('a value of a later version that becomes another type', async () => {
    const values = [Uint8Array.of(1), { changed: 5 }, [1], { length: 1 }, null, { a: null }, 'x'];
    const given = values.map((later, i) => secondOf(i, [], { later } as Partial<Snapshot>));
    const file = await openSnapshots(await encodeRecording(given));
    for (const [i, snapshot] of given.entries()) expect(await file.at(i)).toEqual(snapshot);
  });
});

/** A source that counts what is read of it. */
function counted(bytes: Uint8Array): { source: ByteSource; reads: [offset: number, length: number][] } {
  const reads: [number, number][] = [];
  const source: ByteSource = {
    size: bytes.length,
    read: async (offset, length) => {
      reads.push([offset, length]);
      return new Uint8Array(bytes.subarray(offset, offset + length));
    },
    close: async () => {},
  };
  return { source, reads };
}

describe('a long recording', async () => {
  const COUNT = 1000;
  // Rows that come and go, so that deltas differ.
  const given = Array.from({ length: COUNT }, (_, second) =>
    secondOf(
      second,
      Array.from({ length: 40 }, (_, i) => [5, 1, second + i, 2, 443, 42, 0]),
    ),
  );
  const bytes = await encodeRecording(given, { primitives: NODE_PRIMITIVES });

  test('has a keyframe now and then, and deltas that are much smaller', () => {
    const frames = framesOf(bytes);
    expect(frames.filter(({ type }) => type === 1).map(({ number }) => number)).toHaveLength(
      Math.ceil(COUNT / 256),
    );
    expect(frames.filter(({ type }) => type === 3)).toHaveLength(Math.ceil(COUNT / 256));
    expect(bytes.length).toBeLessThan((COUNT * given[0]!.tables[0]!.bytes.length) / 3);
  });

  test('is opened by its indexes, and any snapshot read from few frames', async () => {
    const { source, reads } = counted(bytes);
    const file = await openSnapshots(source, NODE_PRIMITIVES);
    expect(file.count).toBe(COUNT);
    // The header, the trailer, and each index, of which one is read ahead.
    expect(reads.length).toBeLessThanOrEqual(2 + Math.ceil(COUNT / 256));
    expect(reads.reduce((sum, [, length]) => sum + length, 0)).toBeLessThan(COUNT * 32 + 2000 + (1 << 18));
    for (const number of [500, 999, 255, 256, 257, 0, 767, 431]) {
      reads.length = 0;
      expect(await file.at(number)).toEqual(given[number]);
      expect(reads.length).toBeLessThanOrEqual(1 + 3 + 7 + 7);
      expect(file.knownTime(number)).toBe(given[number]!.time!.utcMicroseconds);
    }
  });

  test('read forward, reads every frame once', async () => {
    const { source, reads } = counted(bytes);
    let inflated = 0;
    const primitives: Primitives = {
      ...NODE_PRIMITIVES,
      inflate: (...delta) => {
        inflated++;
        return NODE_PRIMITIVES.inflate(...delta);
      },
    };
    const file = await openSnapshots(source, primitives);
    reads.length = 0;
    let number = 0;
    for await (const snapshot of file)
      expect(Buffer.compare(snapshot.tables[0]!.bytes, given[number++]!.tables[0]!.bytes)).toBe(0);
    expect(number).toBe(COUNT);
    expect(inflated).toBe(COUNT - Math.ceil(COUNT / 256));
    // In large pieces, one after the other.
    expect(reads.length).toBeLessThan(COUNT / 10);
    expect(reads.reduce((sum, [, length]) => sum + length, 0)).toBeLessThan(bytes.length * 1.5);
    expect(new Set(reads.map(([offset]) => offset)).size).toBe(reads.length);
  });

  test('that was not closed, is scanned, and gives the same', async () => {
    const open = await encodeRecording(given, { closed: false });
    const file = await openSnapshots(open, NODE_PRIMITIVES);
    expect(file.problems).toEqual([]);
    expect(file.count).toBe(COUNT);
    expect(file.knownTime(3)).toBeUndefined();
    for (const number of [999, 0, 511, 512]) expect(await file.at(number)).toEqual(given[number]);
    expect((await verifySnapshots(file)).intact).toBe(true);
  });

  test('of which the trailer or an index is damaged, is scanned, and gives the same', async () => {
    const frames = framesOf(bytes).filter(({ type }) => type === 3 || type === 7);
    for (const { payload, number } of frames) {
      const damaged = bytes.slice();
      damaged[payload + 1]! ^= 4;
      const file = await openSnapshots(damaged, NODE_PRIMITIVES);
      expect(file.count).toBe(COUNT);
      for (const at of [999, 0, 300]) expect(await file.at(at)).toEqual(given[at]);
      const report = await verifySnapshots(file);
      expect(report.problems.map(({ message }) => message)).toEqual([
        expect.stringContaining(`frame ${number} is damaged`),
      ]);
      expect(report.snapshots.every(({ problems }) => problems.length === 0)).toBe(true);
    }
  });
});

describe('chains of files', () => {
  test('the first snapshot continues the chain value that it was given', async () => {
    const first = await verifySnapshots(await openSnapshots(await encodeRecording(SMALL_RECORDING)));
    const chain = Buffer.from(first.snapshots[2]!.chain!, 'hex');
    const bytes = await encodeRecording(SMALL_RECORDING, { chain });
    const [keyframe] = framesOf(bytes);
    expect(bytes.subarray(keyframe!.payload, keyframe!.payload + 32)).toEqual(new Uint8Array(chain));
    const second = await verifySnapshots(await openSnapshots(bytes));
    expect(second.intact).toBe(true);
    expect(second.snapshots[0]!.chain).not.toBe(first.snapshots[0]!.chain);
  });
});

describe('gaps', () => {
  const gap = (second: number): Gap => {
    const { time, tick } = secondOf(second, []);
    return { time: time!, reason: 'GetTcpTable2 failed: é', tick: tick! };
  };
  const items = [gap(0), SMALL_RECORDING[0]!, gap(1), gap(2), SMALL_RECORDING[1]!, gap(3)];

  test('come back, each with the snapshot after it', async () => {
    for (const closed of [true, false]) {
      const file = await openSnapshots(await encodeRecording(items, { closed }));
      expect(file.count).toBe(2);
      expect(await file.readGaps()).toEqual([
        { ...gap(0), before: 0 },
        { ...gap(1), before: 1 },
        { ...gap(2), before: 1 },
        { ...gap(3), before: 2 },
      ]);
      expect((await verifySnapshots(file)).intact).toBe(true);
      expect((await file.at(1)).tables[0]!.bytes).toEqual(SMALL_RECORDING[1]!.tables[0]!.bytes);
    }
  });

  test('no flipped bit in one is read as right', async () => {
    const bytes = await encodeRecording(items);
    const { payload, length, number } = framesOf(bytes).find(({ type }) => type === 4)!;
    for (let at = payload; at < payload + length + 4; at++) {
      const damaged = bytes.slice();
      damaged[at]! ^= 1 << (at & 7);
      const file = await openSnapshots(damaged);
      expect(await file.readGaps()).toEqual(
        [gap(1), gap(2), gap(3)].map((one, i) => ({ ...one, before: [1, 1, 2][i] })),
      );
      const { problems } = await verifySnapshots(file);
      expect(problems[0]!.message).toContain(`frame ${number} is damaged`);
    }
  });
});

describe('last owners', () => {
  const connection = (state: number, port: number, pid: number): number[] => [state, 1, port, 2, 443, pid, 0];
  const process = (pid: number, name: string, startUtcMicroseconds: number) => ({
    pid,
    name,
    startUtcMicroseconds,
  });
  const [system, web] = [process(4, 'System', 1), process(42, 'web.exe', 10)];

  /** What a recording of these moments says of each row's last owner, in its last snapshot. */
  async function lastOf(moments: readonly Snapshot[]) {
    const file = await openSnapshots(await encodeRecording(moments), NODE_PRIMITIVES);
    const { tables, endedProcesses } = await file.at(-1);
    const numbers = (column: Uint8Array | undefined) =>
      column &&
      Array.from({ length: column.length / 4 }, (_, i) =>
        new DataView(column.buffer, column.byteOffset).getUint32(i * 4, true),
      );
    const { lastOwnerPid, lastOwnerSnapshot } = tables[0]!.extras ?? {};
    return { pids: numbers(lastOwnerPid), snapshots: numbers(lastOwnerSnapshot), endedProcesses };
  }

  test('of rows in TIME_WAIT, with the snapshot in which they were, however long ago', async () => {
    const moments = [
      secondOf(0, [connection(5, 1, 42), connection(5, 2, 42)]),
      secondOf(1, [connection(11, 1, 0), connection(5, 2, 42)]),
      secondOf(2, [connection(8, 2, 42), connection(11, 1, 0), connection(5, 3, 4)]),
      secondOf(3, [connection(11, 3, 0), connection(11, 2, 0), connection(11, 1, 0), connection(11, 9, 0)]),
    ].map((moment) => ({ ...moment, processes: [system, web] }));
    expect(await lastOf(moments.slice(0, 1))).toEqual({});
    expect(await lastOf(moments.slice(0, 2))).toEqual({ pids: [42, 0], snapshots: [0, 0] });
    expect(await lastOf(moments.slice(0, 3))).toEqual({ pids: [0, 42, 0], snapshots: [0, 0, 0] });
    expect(await lastOf(moments)).toEqual({ pids: [4, 42, 42, 0], snapshots: [2, 2, 0, 0] });
  });

  test('across a keyframe', async () => {
    const moments = Array.from({ length: 300 }, (_, second) =>
      secondOf(second, [connection(second < 250 ? 5 : 11, 1, second < 250 ? 42 : 0)]),
    );
    const bytes = await encodeRecording(moments);
    expect(framesOf(bytes).filter(({ type }) => type === 1)).toHaveLength(2);
    expect(await lastOf(moments)).toEqual({ pids: [42], snapshots: [249] });
    expect(await lastOf(moments.slice(0, 257))).toEqual({ pids: [42], snapshots: [249] });
  });

  test('not of listeners, nor of another connection with other ends', async () => {
    const moments = [
      secondOf(0, [connection(2, 1, 42), connection(5, 2, 42)]),
      secondOf(1, [connection(2, 1, 0), connection(11, 3, 0)]),
    ];
    expect(await lastOf(moments)).toEqual({});
  });

  test('are none where the connection was away for a snapshot', async () => {
    const moments = [
      secondOf(0, [connection(5, 1, 42)]),
      secondOf(1, []),
      secondOf(2, [connection(11, 1, 0)]),
    ];
    expect(await lastOf(moments)).toEqual({});
  });

  test('in IPv6 and in tables of another class too; not in those that have no pids', async () => {
    const table = (
      name: string,
      size: number,
      at: { state: number; pid: number } | undefined,
      state: number,
      pid: number,
    ): RawTable => {
      const bytes = new Uint8Array(4 + size);
      const view = new DataView(bytes.buffer);
      view.setUint32(0, 1, true);
      if (at) view.setUint32(4 + at.state, state, true);
      if (at) view.setUint32(4 + at.pid, pid, true);
      return { class: name, scope: 'all', synthesized: false, bytes };
    };
    const tablesOf = (state: number, pid: number): RawTable[] => [
      table('tcp6-2', 60, { state: 48, pid: 52 }, state, pid),
      table('tcp-owner-pid', 24, { state: 0, pid: 20 }, state, pid),
      table('tcp', 20, undefined, state, pid),
      table('udp-owner-pid', 12, undefined, state, pid),
    ];
    const moments = [
      secondOf(0, [], { tables: tablesOf(5, 7) }),
      secondOf(1, [], { tables: tablesOf(11, 0) }),
    ];
    const file = await openSnapshots(await encodeRecording(moments));
    const { tables } = await file.at(1);
    expect(tables.map(({ extras }) => extras?.['lastOwnerPid']?.[0])).toEqual([7, 7, undefined, undefined]);
  });

  describe('that have ended', () => {
    const moment = (second: number, rows: readonly number[][], processes: Snapshot['processes']) =>
      secondOf(second, rows, { processes: processes! });

    test('are kept as long as a row names them', async () => {
      const moments = [
        moment(0, [connection(5, 1, 42)], [system, web]),
        moment(1, [connection(11, 1, 0)], [system]),
        moment(2, [connection(11, 1, 0)], [system]),
        moment(3, [], [system]),
      ];
      expect((await lastOf(moments.slice(0, 2))).endedProcesses).toEqual([web]);
      expect((await lastOf(moments.slice(0, 3))).endedProcesses).toEqual([web]);
      expect((await lastOf(moments)).endedProcesses).toBeUndefined();
    });

    test('are told apart from those that have their pid now', async () => {
      const ssh = process(42, 'ssh.exe', 20);
      const reused = [
        moment(0, [connection(5, 1, 42)], [system, web]),
        moment(1, [connection(11, 1, 0), connection(5, 2, 42)], [system, ssh]),
      ];
      expect(await lastOf(reused)).toEqual({ pids: [42, 0], snapshots: [0, 0], endedProcesses: [web] });
      // Its row is gone: the last owner of the other one is the process that has the pid now.
      const gone = [...reused, moment(2, [connection(11, 2, 0)], [system, ssh])];
      expect(await lastOf(gone)).toEqual({ pids: [42], snapshots: [1] });
      // And when that one ends, it is the one that is kept.
      const ended = [...reused, moment(2, [connection(11, 2, 0)], [system])];
      expect(await lastOf(ended)).toEqual({ pids: [42], snapshots: [1], endedProcesses: [ssh] });
    });

    test('the same name with another start is another process', async () => {
      const moments = [
        moment(0, [connection(5, 1, 42)], [web]),
        moment(1, [connection(11, 1, 0)], [process(42, 'web.exe', 99)]),
      ];
      expect((await lastOf(moments)).endedProcesses).toEqual([web]);
    });
  });
});
