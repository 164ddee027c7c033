import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
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
import { encodeMetadata } from '../../dist/core/file/messagePack/encode.js';
import { RunningSeries } from '../../dist/core/timeline/runningSeries.js';
import { SeriesBuilder } from '../../dist/core/timeline/series.js';
import { decodeSeriesPayload, encodeSeriesPayload } from '../../dist/core/timeline/seriesFrame.js';
import { SeriesWriter } from '../../dist/core/timeline/seriesWriter.js';
import { NODE_PRIMITIVES } from '../../dist/node/files/nodePrimitives.js';
import { makeTemporaryFolder } from '../cli/temporaryFolder.js';
import { snapshots as anySnapshots } from '../reference/arbitraryRecording.js';
import { encodeRecording, secondOf } from '../reference/encodeRecording.js';
import type { ClassName } from '../reference/mibTables.js';
import { framesOf } from '../reference/recordedFrames.js';
import { recordingOf, snapshotOf, type Content, type Socket } from '../reference/recordings.js';
import { slowTimeline } from '../reference/slowTimeline.js';

const SERIES = 8;

let decoder: Decoder;
beforeAll(async () => {
  decoder = await createDecoder(readFileSync(new URL('../../dist/tcpscope.wasm', import.meta.url)));
});

const few: fc.Arbitrary<Socket> = fc.record({
  state: fc.constantFrom(2, 3, 5, 8, 11, 57),
  local: fc.nat(1),
  lport: fc.constantFrom(80, 443),
  remote: fc.nat(2),
  rport: fc.constantFrom(0, 5000),
  pid: fc.constantFrom(0, 4, 4242),
});
const CLASSES = ['tcp2', 'tcp6-2', 'udp-owner-pid', 'udp6-owner-pid'] as const satisfies ClassName[];
const content: fc.Arbitrary<Content> = fc.dictionary(
  fc.constantFrom<ClassName>(...CLASSES),
  fc.array(few, { maxLength: 5 }),
);
/** Times that stand still, jump and go back; a moment without a snapshot; one without a time. */
const moments = fc.array(fc.record({ content, seconds: fc.integer({ min: -2, max: 5 }), kind: fc.nat(9) }), {
  minLength: 1,
  maxLength: 12,
});

type Moments = typeof moments extends fc.Arbitrary<infer Value> ? Value : never;

function itemsOf(given: Moments): (Snapshot | Gap)[] {
  let second = 10;
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
    const { offset } = frames.filter(({ type }) => type === SERIES).at(-1)!;
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

  test('nor where a number cannot be told', async () => {
    const { time, ...rest } = second(0);
    const bytes = await recorded([
      { ...rest, time: { ...time!, monotonicMicroseconds: 2 ** 53 - 1 } },
      { ...rest, time: { ...time!, monotonicMicroseconds: 0 } },
    ]);
    expect(framesOf(bytes).map(({ type }) => type)).not.toContain(SERIES);
  });
});

describe('the payload of a series frame', () => {
  const u32 = fc.oneof(fc.nat(3), fc.integer({ min: 0, max: 2 ** 32 - 1 }));
  const time = fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: 0, max: 2 ** 51 }) },
    { weight: 1, arbitrary: fc.constant(Number.NaN) },
  );
  const anySeries: fc.Arbitrary<SnapshotSeries> = fc.nat(20).chain((count) => {
    const counts = fc
      .array(u32, { minLength: count, maxLength: count })
      .map((values) => Uint32Array.from(values));
    const times = fc
      .array(time, { minLength: count, maxLength: count })
      .map((values) => Float64Array.from(values));
    const rows = fc
      .array(fc.nat(1e6), { minLength: count, maxLength: count })
      .map((values) => Uint32Array.from(values));
    return fc
      .record({
        isReadable: fc
          .array(fc.nat(1), { minLength: count, maxLength: count })
          .map((values) => Uint8Array.from(values)),
        utcMicroseconds: times,
        monotonicMicroseconds: times,
        elapsedMicroseconds: times,
        tick: times,
        lateMicroseconds: times,
        opened: counts,
        closed: counts,
        stateChanged: counts,
        ownerChanged: counts,
        listen: rows,
        udp: rows,
      })
      .map(({ listen, udp, ...columns }) => ({
        count,
        ...columns,
        rows: listen.map((value, i) => value + udp[i]!),
        rowsByState: [
          { state: 'LISTEN', rows: listen },
          { state: 'UDP', rows: udp },
        ],
      }));
  });

  test('tells what was written', async () => {
    await fc.assert(
      fc.asyncProperty(anySeries, async (series) => {
        const payload = (await encodeSeriesPayload(series, NODE_PRIMITIVES))!;
        expect(await decodeSeriesPayload(payload, 0, NODE_PRIMITIVES)).toEqual(series);
      }),
      { numRuns: 300 },
    );
  });

  describe('that was made otherwise', () => {
    const columns = Object.fromEntries(
      [
        'isReadable',
        'utcMicroseconds',
        'monotonicMicroseconds',
        'elapsedMicroseconds',
        'tick',
        'lateMicroseconds',
      ]
        .concat(['opened', 'closed', 'stateChanged', 'ownerChanged'])
        .map((name) => [name, Uint8Array.of(1, 3)]),
    );
    const map = {
      snapshots: 2,
      columns,
      states: { LISTEN: Uint8Array.of(1, 1), a: Uint8Array.of(3, 3), b: Uint8Array.of(3, 1) },
    };
    const payloadOf = async (document: object, length?: number): Promise<Uint8Array<ArrayBuffer>> => {
      const bytes = encodeMetadata(document);
      const head = new Uint8Array(4);
      new DataView(head.buffer).setUint32(0, length ?? bytes.length, true);
      return concatBytes([head, await NODE_PRIMITIVES.deflate(bytes)]);
    };

    test('has states that nobody knows: they are one', async () => {
      const series = await decodeSeriesPayload(await payloadOf(map), 0, NODE_PRIMITIVES);
      expect(series.opened).toEqual(Uint32Array.of(0, 1));
      expect(series.rows).toEqual(Uint32Array.of(2, 3));
      expect(series.rowsByState).toEqual([
        { state: 'LISTEN', rows: Uint32Array.of(0, 0) },
        { state: 'UNKNOWN', rows: Uint32Array.of(2, 3) },
      ]);
    });

    test.each<[string, object, number?]>([
      ['a column that is missing', { ...map, columns: { ...columns, tick: undefined } }],
      ['a column that is a text', { ...map, columns: { ...columns, tick: 'none' } }],
      ['a column that ends too soon', { ...map, columns: { ...columns, tick: Uint8Array.of(1) } }],
      ['a column with more behind it', { ...map, columns: { ...columns, tick: Uint8Array.of(1, 1, 1) } }],
      ['a count that is not told', { ...map, columns: { ...columns, opened: Uint8Array.of(1, 0) } }],
      ['a count below nothing', { ...map, columns: { ...columns, opened: Uint8Array.of(1, 2) } }],
      [
        'a count that is too large',
        { ...map, columns: { ...columns, opened: Uint8Array.of(1, 0x81, 0x80, 0x80, 0x80, 0x20) } },
      ],
      [
        'a snapshot that is more than readable',
        { ...map, columns: { ...columns, isReadable: Uint8Array.of(1, 5) } },
      ],
      ['a state with too few snapshots', { ...map, states: { LISTEN: Uint8Array.of(1) } }],
      ['too many snapshots', { ...map, snapshots: 65_537 }],
      ['half a snapshot', { ...map, snapshots: 1.5 }],
      ['no columns', { snapshots: 0, states: {} }],
      ['no states', { snapshots: 0, columns }],
      ['a length that is not its own', map, 10],
      ['a length beyond all measure', map, 4_000_000_000],
    ])('%s', async (_, document, length) => {
      const payload = await payloadOf(document, length);
      const failed = decodeSeriesPayload(payload, 500, NODE_PRIMITIVES);
      await expect(failed).rejects.toThrow(SnapshotError);
      await expect(failed).rejects.toSatisfy(({ offset }: SnapshotError) => offset! >= 500);
    });

    test('has no room for its length', async () => {
      await expect(decodeSeriesPayload(new Uint8Array(3), 500, NODE_PRIMITIVES)).rejects.toThrow(
        'needs 4 bytes',
      );
    });
  });

  test('with any bytes tells numbers or why it does not', async () => {
    const payload = (await encodeSeriesPayload(new SeriesBuilder(9).finish(), NODE_PRIMITIVES))!;
    const map = await NODE_PRIMITIVES.inflate(
      payload.subarray(4),
      new DataView(payload.buffer).getUint32(0, true),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(map.length - 1), fc.nat(255)), { maxLength: 4 }),
        async (changes) => {
          const changed = map.slice();
          for (const [at, value] of changes) changed[at] = value;
          const bytes = concatBytes([payload.subarray(0, 4), await NODE_PRIMITIVES.deflate(changed)]);
          const found = await decodeSeriesPayload(bytes, 100, NODE_PRIMITIVES).catch(
            (error: unknown) => error,
          );
          if (!(found instanceof Error)) return;
          expect(found).toBeInstanceOf(SnapshotError);
          expect((found as SnapshotError).offset).toBeGreaterThanOrEqual(100);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
