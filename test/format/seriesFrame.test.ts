import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SnapshotError, type SnapshotSeries } from 'tcpscope/core';
import { concatBytes } from '../../dist/core/bytes.js';
import { SeriesBuilder } from '../../dist/core/timeline/series.js';
import { decodeSeriesPayload, encodeSeriesPayload } from '../../dist/core/timeline/seriesFrame.js';
import { NODE_PRIMITIVES } from '../../dist/node/files/nodePrimitives.js';
import { RIGHT_SERIES, SERIES_OF_NONE, seriesPayload, WRONG_SERIES } from '../reference/craftedSeries.js';

const decode = (map: Uint8Array) => decodeSeriesPayload(seriesPayload(map), 100, NODE_PRIMITIVES);

test('maps that are right are read, whatever else is in them', async () => {
  const read = await Promise.all(RIGHT_SERIES.map(decode));
  expect(read.map(({ count, rows }) => [count, ...rows])).toEqual([
    [3, 1, 1, 1],
    [3, 1, 1, 1],
    [3, 4, 4, 5],
    [3, 0, 0, 0],
  ]);
  // States that nobody knows are one.
  expect(read[2]!.rowsByState).toEqual([{ state: 'UNKNOWN', rows: Uint32Array.of(4, 4, 5) }]);
  expect(await decode(SERIES_OF_NONE)).toMatchObject({ count: 0, rowsByState: [] });
});

test.each(WRONG_SERIES.map((map, i) => [i, map] as const))('wrong map %i is refused', async (_, map) => {
  await expect(decode(map)).rejects.toMatchObject({ name: 'SnapshotError', code: 'bad-metadata' });
});

test.each([10, 4_000_000_000, 1_048_577])(
  'a length of %i, which is not its own, is refused',
  async (length) => {
    const failed = decodeSeriesPayload(seriesPayload(RIGHT_SERIES[0]!, length), 500, NODE_PRIMITIVES);
    await expect(failed).rejects.toSatisfy((error) => error instanceof SnapshotError && error.offset! >= 500);
  },
);

test('a payload that has no room for its length is refused', async () => {
  const failed = decodeSeriesPayload(new Uint8Array(3), 500, NODE_PRIMITIVES);
  await expect(failed).rejects.toThrow('needs 4 bytes');
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
        isReadable: new Uint8Array(count).fill(1),
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
