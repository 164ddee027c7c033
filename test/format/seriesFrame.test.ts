import { expect, test } from 'vitest';
import { decodeSeriesPayload } from '../../dist/core/timeline/seriesFrame.js';
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
