import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { createRecording } from 'tcpscope';
import {
  createDecoder,
  openSnapshots,
  SnapshotError,
  storedSeries,
  timeline,
  verifySnapshots,
  type Decoder,
  type Gap,
  type Snapshot,
  type SnapshotSeries,
} from 'tcpscope/core';
import { concatBytes } from '../../dist/core/bytes.js';
import { RunningSeries } from '../../dist/core/timeline/runningSeries.js';
import { SeriesWriter } from '../../dist/core/timeline/seriesWriter.js';
import { NODE_PRIMITIVES } from '../../dist/node/files/nodePrimitives.js';
import { makeTemporaryFolder } from '../cli/temporaryFolder.js';
import { snapshots as anySnapshots } from '../reference/arbitraryRecording.js';
import { encodeRecording, secondOf } from '../reference/encodeRecording.js';
import type { ClassName } from '../reference/mibTables.js';
import { framesOf } from '../reference/recordedFrames.js';
import {
  fewSockets,
  recordingOf,
  snapshotOf,
  SOCKET_CLASSES,
  type Content,
} from '../reference/recordings.js';
import { slowTimeline } from '../reference/slowTimeline.js';

const SERIES = 8;

let decoder: Decoder;
beforeAll(async () => {
  decoder = await createDecoder(readFileSync(new URL('../../dist/tcpscope.wasm', import.meta.url)));
});

const content: fc.Arbitrary<Content> = fc.dictionary(
  fc.constantFrom<ClassName>(...SOCKET_CLASSES),
  fc.array(fewSockets, { maxLength: 5 }),
);
/** Times that stand still, jump and go back; a moment without a snapshot; one without a time. */
const moments = fc.array(fc.record({ content, seconds: fc.integer({ min: -2, max: 5 }), kind: fc.nat(9) }), {
  minLength: 1,
  maxLength: 12,
});

type Moments = typeof moments extends fc.Arbitrary<infer Value> ? Value : never;

function itemsOf(given: Moments): (Snapshot | Gap)[] {
  // No time becomes negative.
  let second = 2 * given.length;
  return given.map((moment): Snapshot | Gap => {
    second += moment.seconds;
    const { time, ...timeless } = snapshotOf(moment.content, second);
    if (moment.kind === 0) return { time: time!, reason: 'none' };
    if (moment.kind === 1) return timeless;
    const tick = { number: second + 2, intervalMicroseconds: 1e6, lateMicroseconds: second * 7 };
    return { ...timeless, time: time!, ...(moment.kind > 4 && { tick }) };
  });
}

const isSnapshot = (item: Snapshot | Gap): item is Snapshot => !('reason' in item);
const newSeries = (): SeriesWriter => new SeriesWriter(new RunningSeries(decoder), NODE_PRIMITIVES);
const recorded = (items: readonly (Snapshot | Gap)[]): Promise<Uint8Array<ArrayBuffer>> =>
  encodeRecording(items, { series: newSeries() });

async function storedOf(bytes: Uint8Array<ArrayBuffer>): Promise<SnapshotSeries | undefined> {
  return storedSeries(await openSnapshots(bytes, NODE_PRIMITIVES), decoder);
}

async function countedOf(bytes: Uint8Array<ArrayBuffer>): Promise<SnapshotSeries> {
  return (await timeline(await openSnapshots(bytes, NODE_PRIMITIVES), decoder)).snapshots;
}

describe('the series that a recording holds', () => {
  test('are those of the slow reference, and of a timeline', async () => {
    await fc.assert(
      fc.asyncProperty(moments, async (given) => {
        const items = itemsOf(given);
        const bytes = await recorded(items);
        const taken = items.filter(isSnapshot);
        const stored = await storedOf(bytes);
        if (taken.length === 0) {
          expect(stored).toBeUndefined();
          return;
        }
        expect(stored).toEqual(await countedOf(bytes));
        for (const [number, slow] of slowTimeline(taken).snapshots.entries()) {
          const { rows, opened, closed, stateChanged, ownerChanged } = stored!;
          expect([rows, opened, closed, stateChanged, ownerChanged].map((column) => column[number])).toEqual([
            slow.rows,
            slow.opened,
            slow.closed,
            slow.stateChanged,
            slow.ownerChanged,
          ]);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('of tables of any class, some of them wrong', async () => {
    await fc.assert(
      fc.asyncProperty(anySnapshots, async (given) => {
        // Differences of larger times do not fit.
        fc.pre(
          given.every(({ time, tick }) => Math.max(...Object.values({ ...time, ...tick }), 0) < 2 ** 51),
        );
        const bytes = await recorded(given);
        expect(await storedOf(bytes)).toEqual(await countedOf(bytes));
      }),
      { numRuns: 60 },
    );
  });

  test('of a long one stand in several frames; of one that was not closed, the last snapshots are gone through', async () => {
    const items = Array.from({ length: 700 }, (_, second): Snapshot | Gap => {
      const rows = Array.from({ length: 1 + (second % 5) }, (_row, i) => [
        5 + (i % 7),
        1,
        second + i,
        2,
        443,
        4,
        0,
      ]);
      const snapshot = secondOf(second, rows);
      return second % 90 === 89 ? { time: snapshot.time!, reason: 'none' } : snapshot;
    });
    const bytes = await recorded(items);
    const frames = framesOf(bytes);
    expect(frames.filter(({ type }) => type === SERIES)).toHaveLength(3);
    expect(await storedOf(bytes)).toEqual(await countedOf(bytes));
    expect((await verifySnapshots(await openSnapshots(bytes))).intact).toBe(true);
    const { offset, payload } = frames.filter(({ type }) => type === SERIES).at(-1)!;
    const damaged = bytes.slice();
    damaged[payload + 9]! ^= 4;
    expect(await storedOf(damaged)).toEqual(await countedOf(damaged));
    for (const end of [offset, offset - 1000, offset + 20]) {
      const cut = bytes.slice(0, end);
      expect(await storedOf(cut)).toEqual(await countedOf(cut));
    }
  });

  test('what was encoded and could not be written counts for nothing', async () => {
    const items = Array.from({ length: 300 }, (_, second) =>
      secondOf(second, [[5, 1, second >> 3, 2, 443, 4, 0]]),
    );
    const series = newSeries();
    const bytes = await encodeRecording(items, { series, attempts: 2 });
    expect(await storedOf(bytes)).toEqual(await countedOf(bytes));
  });

  test('are the same where those that are gone were forgotten', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(content, { minLength: 1, maxLength: 30 }), fc.nat(6), async (given, most) => {
        const taken = given.map((each, second) => snapshotOf(each, second));
        const running = new RunningSeries(decoder, undefined, most);
        for (const snapshot of taken) running.add(snapshot);
        const found = running.series();
        running.free();
        expect(found).toEqual((await timeline(recordingOf(taken), decoder)).snapshots);
      }),
      { numRuns: 100 },
    );
  });

  test('are none of a recording without them, nor where they do not fit its snapshots', async () => {
    const items = Array.from({ length: 600 }, (_, second) =>
      secondOf(second, [[5, 1, second, 2, 443, 4, 0]]),
    );
    expect(await storedOf(await encodeRecording(items))).toBeUndefined();
    const bytes = await recorded(items);
    const frames = framesOf(bytes).map((frame, i, all) => ({
      ...frame,
      bytes: bytes.subarray(frame.offset, all[i + 1]?.offset),
    }));
    const without = (left: (typeof frames)[number]): Promise<SnapshotSeries | undefined> =>
      storedOf(
        concatBytes([
          bytes.subarray(0, 32),
          ...frames.filter((frame) => frame !== left).map((frame) => frame.bytes),
        ]),
      );
    // A snapshot of which a frame behind it tells; and the first of the frames that tell.
    expect(await without(frames[100]!)).toBeUndefined();
    expect(await without(frames.find(({ type }) => type === SERIES)!)).toBeUndefined();
    // One that none tells of yet.
    const last = frames.findLast(({ type }) => type === SERIES)!;
    expect((await without(last))?.count).toBe(600);
  });

  test('are none where the snapshot that the next ones follow is damaged', async () => {
    const items = Array.from({ length: 260 }, (_, second) =>
      secondOf(second, [[5, 1, second, 2, 443, 4, 0]]),
    );
    const bytes = await encodeRecording(items, { series: newSeries(), closed: false });
    expect((await storedOf(bytes))?.count).toBe(260);
    // The last one that a series tells of. Behind it a keyframe begins anew.
    const frames = framesOf(bytes);
    const { payload } = frames[frames.findIndex(({ type }) => type === SERIES) - 1]!;
    bytes[payload + 40]! ^= 1;
    expect(await storedOf(bytes)).toBeUndefined();
  });

  test('a bit that is flipped in them gives none, or numbers; and verify tells', async () => {
    const bytes = await recorded([0, 1, 2].map((second) => secondOf(second, [[5, 1, second, 2, 443, 4, 0]])));
    const { payload, length } = framesOf(bytes).find(({ type }) => type === SERIES)!;
    for (let at = payload; at < payload + length + 4; at++) {
      const damaged = bytes.slice();
      damaged[at]! ^= 1 << (at & 7);
      expect(await storedOf(damaged)).toBeUndefined();
      expect((await verifySnapshots(await openSnapshots(damaged))).intact).toBe(false);
    }
  });
});

describe('a recording that is written', () => {
  const folder = makeTemporaryFolder();
  const second = (number: number): Snapshot =>
    secondOf(
      number,
      [0, 1, 2].map((i) => [5 + ((number >> i) & 1), 1, number >> i, 2, 443, 4 * i, 0]),
    );

  test('holds them, however often it was torn and continued', async () => {
    const path = join(folder.path, 'continued.tcpsnap');
    let number = 0;
    for (const [count, isClosed] of [
      [3, true],
      [300, false],
      [1, false],
      [2, true],
      [270, false],
      [4, true],
    ] as const) {
      const recording = await createRecording(path, { append: true });
      for (let i = 0; i < count; i++) await recording.append(second(number++));
      await (isClosed ? recording.close() : recording.release());
      const written = new Uint8Array(folder.read('continued.tcpsnap'));
      const whole = await storedOf(written);
      expect(whole).toEqual(await countedOf(written));
      expect(whole?.count).toBe(number);
      if (isClosed) continue;
      // Cut inside the last frame, which is that of a snapshot.
      folder.write('continued.tcpsnap', written.subarray(0, -7));
      number--;
    }
    expect(
      framesOf(new Uint8Array(folder.read('continued.tcpsnap'))).filter(({ type }) => type === SERIES).length,
    ).toBeGreaterThan(3);
  });

  test('goes on without them where it cannot count', async () => {
    const broken = await createDecoder(readFileSync(new URL('../../dist/tcpscope.wasm', import.meta.url)));
    broken.decodeSnapshot = () => {
      throw new SnapshotError('out-of-memory', 'no memory');
    };
    const items = [second(0), second(1)];
    const series = new SeriesWriter(new RunningSeries(broken), NODE_PRIMITIVES);
    const bytes = await encodeRecording(items, { series });
    expect(framesOf(bytes).map(({ type }) => type)).not.toContain(SERIES);
    expect((await verifySnapshots(await openSnapshots(bytes))).snapshots).toHaveLength(2);
  });

  test.each([false, true])('and where the engine cannot run at all (continued: %s)', async (isContinued) => {
    const path = join(folder.path, `engineless-${isContinued}.tcpsnap`);
    if (isContinued) await (await createRecording(path)).close();
    vi.stubGlobal('WebAssembly', undefined);
    try {
      const recording = await createRecording(path, { append: true });
      await recording.append(second(0));
      await recording.close();
    } finally {
      vi.unstubAllGlobals();
    }
    const bytes = new Uint8Array(folder.read(`engineless-${isContinued}.tcpsnap`));
    expect(framesOf(bytes).map(({ type }) => type)).not.toContain(SERIES);
    expect((await verifySnapshots(await openSnapshots(bytes))).snapshots).toHaveLength(1);
  });

  test('nor where a number cannot be told', async () => {
    const { time, ...rest } = second(0);
    const bytes = await recorded([
      { ...rest, time: { ...time!, monotonicMicroseconds: 2 ** 53 - 1 } },
      { ...rest, time: { ...time!, monotonicMicroseconds: 0 } },
    ]);
    expect(framesOf(bytes).map(({ type }) => type)).not.toContain(SERIES);
  });
});
