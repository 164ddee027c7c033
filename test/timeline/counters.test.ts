import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { createDecoder, timeline, type CounterSeries, type Decoder, type Snapshot } from 'tcpscope/core';
import { recordingOf, snapshotOf } from '../reference/recordings.js';

let decoder: Decoder;
beforeAll(async () => {
  decoder = await createDecoder(readFileSync(new URL('../../dist/tcpscope.wasm', import.meta.url)));
});

type Counters = Record<string, number | bigint>;

/** Snapshots a second apart, of which null cannot be read. */
async function seriesOf(
  ticks: readonly (Counters | null)[],
  changes: Record<number, Partial<Snapshot>> = {},
) {
  const snapshots = ticks.map(
    (counters, number): Snapshot | null =>
      counters && {
        ...snapshotOf({ tcp2: [] }, number),
        statistics: [{ source: '/proc/net/snmp', name: 'Tcp', counters }],
        ...changes[number],
      },
  );
  return (await timeline(recordingOf(snapshots), decoder)).counters;
}

function plain({ changedAt, changes, resetAt, ...series }: CounterSeries) {
  return { ...series, changedAt: [...changedAt], changes: [...changes], resetAt: [...resetAt] };
}

/** Booted so many seconds after the first snapshot. */
const booted = (second: number, monotonicMicroseconds = 1e6): Partial<Snapshot> => {
  const { host, time } = snapshotOf({}, second + 1);
  return {
    host: { ...host!, bootUtcMicroseconds: snapshotOf({}, second).time!.utcMicroseconds },
    time: { utcMicroseconds: time!.utcMicroseconds, monotonicMicroseconds },
  };
};

test('changes from one snapshot to the next that has it', async () => {
  const found = await seriesOf([
    { InSegs: 10, OutRsts: 1 },
    { InSegs: 15, OutRsts: 1 },
    null,
    { InSegs: 15 },
    { InSegs: 40, OutRsts: 3 },
  ]);
  expect(found.map(plain)).toEqual([
    {
      source: '/proc/net/snmp',
      group: 'Tcp',
      name: 'InSegs',
      isLevel: false,
      first: 10,
      last: 40,
      change: 30,
      changedAt: [1, 4],
      changes: [5, 25],
      resetAt: [],
    },
    expect.objectContaining({ name: 'OutRsts', change: 2, changedAt: [4], changes: [2] }),
  ]);
});

test('a level goes down too', async () => {
  const [level] = await seriesOf([{ CurrEstab: 9 }, { CurrEstab: 4 }, { CurrEstab: 5 }]);
  expect(plain(level!)).toMatchObject({ isLevel: true, change: -4, changes: [-5, 1], resetAt: [] });
});

test('after a boot, counters begin at 0 again, and have counted what they show', async () => {
  const [series] = await seriesOf([{ InSegs: 1000 }, { InSegs: 1010 }, { InSegs: 7 }, { InSegs: 8 }], {
    2: booted(1),
    3: { ...booted(1), time: snapshotOf({}, 3).time! },
  });
  expect(plain(series!)).toMatchObject({
    first: 1000,
    last: 8,
    change: 18,
    changes: [10, 7, 1],
    resetAt: [2],
  });
});

test('a boot is seen even where a counter has grown beyond what it was', async () => {
  const [series] = await seriesOf([{ InSegs: 5 }, { InSegs: 6 }], { 1: booted(0.5, 99e9) });
  expect(plain(series!)).toMatchObject({ change: 6, resetAt: [1] });
  const [backwards] = await seriesOf([{ InSegs: 5 }, { InSegs: 6 }], {
    1: { time: { utcMicroseconds: snapshotOf({}, 1).time!.utcMicroseconds, monotonicMicroseconds: 3 } },
  });
  expect(plain(backwards!)).toMatchObject({ change: 6, resetAt: [1] });
});

test('a clock that is set moves the boot time, and is no boot', async () => {
  const { host, time } = snapshotOf({}, 1);
  const hour = 3_600_000_000;
  const set = {
    host: { ...host!, bootUtcMicroseconds: host!.bootUtcMicroseconds! + hour },
    time: { ...time!, utcMicroseconds: time!.utcMicroseconds + hour },
  };
  const [series] = await seriesOf([{ InSegs: 5 }, { InSegs: 6 }], { 1: set });
  expect(plain(series!)).toMatchObject({ change: 1, resetAt: [] });
});

test('a counter of 32 bits wraps', async () => {
  const [series] = await seriesOf([{ InSegs: 2 ** 32 - 10 }, { InSegs: 5 }]);
  expect(plain(series!)).toMatchObject({ change: 15, changes: [15], resetAt: [] });
});

test('what else falls has begun anew', async () => {
  const [series] = await seriesOf([{ InSegs: 500 }, { InSegs: 5 }]);
  expect(plain(series!)).toMatchObject({ change: 5, resetAt: [1] });
  const [large] = await seriesOf([{ InSegs: 2 ** 33 }, { InSegs: 5 }]);
  expect(plain(large!)).toMatchObject({ change: 5, resetAt: [1] });
});

test('counters beyond what a number holds', async () => {
  const [series] = await seriesOf([
    { InSegs: 2n ** 63n },
    { InSegs: 2n ** 63n + 3n },
    { InSegs: 2n ** 63n + 3n },
  ]);
  expect(plain(series!)).toMatchObject({ change: 3, changedAt: [1], changes: [3] });
});

test('counters that come in another order, or later, or not at all', async () => {
  const found = await seriesOf([{ A: 1, B: 1 }, { B: 2, A: 3 }, { C: 5, B: 2, D: 1, A: 3 }, { D: 2 }, {}]);
  expect(found.map(({ name, change, first }) => [name, change, first])).toEqual([
    ['A', 2, 1],
    ['B', 1, 1],
    ['C', 0, 5],
    ['D', 1, 1],
  ]);
});
