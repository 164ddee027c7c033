// reader.py was written from docs/format.md alone. It reads series frames, and counts itself what they tell.
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { createRecording } from 'tcpscope';
import type { Gap, Snapshot } from 'tcpscope/core';
import { concatBytes } from '../../dist/core/bytes.js';
import { encodeFrame } from '../../dist/core/file/frame.js';
import { makeTemporaryFolder } from '../cli/temporaryFolder.js';
import { snapshots as anySnapshots } from '../reference/arbitraryRecording.js';
import { RIGHT_SERIES, SERIES_OF_NONE, seriesPayload, WRONG_SERIES } from '../reference/craftedSeries.js';
import { secondOf, SMALL_RECORDING } from '../reference/encodeRecording.js';
import { expectAgreementWithPython } from '../reference/pythonAgreement.js';
import { PYTHON, SKIPPED, type Reading } from '../reference/pythonReader.js';
import { framesOf, type RecordedFrame } from '../reference/recordedFrames.js';

const SERIES = 8;
const UTC = 1_795_000_000_000_000;
const HOST = { name: 'h', os: 'Windows', osRelease: '10', osVersion: 'x', architecture: 'x64' };

/** Few ends, so that they come again: several rows of one connection, junk behind ports, states without a name. */
const row = fc.tuple(
  fc.constantFrom(1, 2, 2, 3, 5, 5, 5, 8, 11, 11, 12, 100, 0, 77),
  fc.constant(0x0100007f),
  fc.constantFrom(1, 0x70001, 2, 3),
  fc.constantFrom(2, 3),
  fc.nat(3),
  fc.constantFrom(0, 4, 42),
  fc.constant(0),
);
const tcp2Rows = fc.array(row, { maxLength: 14 });

/** What can happen to the clocks of a machine: it boots, it is set, both; and some snapshots do not tell. */
function momentAt(second: number): Partial<Snapshot> {
  let utc = UTC + second * 1e6;
  if (second >= 20 && second < 30) utc -= 5e6;
  if (second >= 340) utc -= 50e6; // it also boots
  // Booted, as its boot time alone shows: the clock that is never set is ahead of where it was.
  const host = { ...HOST, bootUtcMicroseconds: UTC + 399.5e6 };
  if (second >= 450) utc += 7e6;
  const time = { utcMicroseconds: utc, monotonicMicroseconds: (second % 170) * 1e6 + 5 };
  const tick = { number: second % 250, intervalMicroseconds: 1e6, lateMicroseconds: (second * 37) % 991 };
  return { ...(second % 40 < 39 && { time, tick }), ...(second >= 450 && { host }) };
}

/** Snapshots of all kinds of tables, which come and go. */
function livelySnapshots(count: number, hasOtherTables: boolean): Snapshot[] {
  const others = fc.sample(anySnapshots, { numRuns: count, seed: 8 }).flat();
  return fc.sample(tcp2Rows, { numRuns: count, seed: 9 }).map((rows, second) => {
    const { time: _time, tick: _tick, ...snapshot } = secondOf(second, rows);
    const tcp2 = hasOtherTables && second % 17 === 16 ? [] : snapshot.tables;
    const tables = hasOtherTables ? [...tcp2, ...others[second]!.tables] : tcp2;
    return { ...snapshot, ...momentAt(second), tables };
  });
}

describe.skipIf(PYTHON === undefined)(`series of recordings, read by a stranger${SKIPPED}`, () => {
  const folder = makeTemporaryFolder();

  /** Records these as a user of the library does. Returns the bytes of the file. */
  async function record(
    name: string,
    items: readonly (Snapshot | Gap)[],
    end: 'close' | 'release' = 'close',
  ): Promise<Uint8Array<ArrayBuffer>> {
    const isThere = folder.list().includes(name);
    const recording = await createRecording(join(folder.path, name), isThere ? { append: true } : {});
    for (const item of items) {
      if ('reason' in item) await recording.appendGap(item);
      else await recording.append(item);
    }
    await recording[end]();
    return new Uint8Array(folder.read(name));
  }

  async function expectAgreement(
    name: string,
    files: readonly Uint8Array<ArrayBuffer>[],
  ): Promise<Reading[]> {
    return expectAgreementWithPython(folder, name, files);
  }

  test('a long one, of tables of all classes', async () => {
    const items = livelySnapshots(620, true).map((snapshot, second): Snapshot | Gap => {
      const time = { utcMicroseconds: UTC + second * 1e6, monotonicMicroseconds: 1 };
      return second % 50 === 49 ? { time, reason: 'none' } : snapshot;
    });
    const [reading] = await expectAgreement('long', [await record('long.tcpsnap', items)]);
    expect(reading).toMatchObject({ exit: 0, indexed: true, told: 608, differs: [] });
    expect(reading!.series.map(({ snapshots }) => snapshots)).toEqual([251, 251, 106]);
    for (const column of ['opened', 'closed', 'stateChanged', 'ownerChanged']) {
      const values = reading!.series.flatMap(({ columns }) => columns[column]!);
      expect(values.filter((value) => value! > 0).length, column).toBeGreaterThan(200);
    }
    for (const column of ['tick', 'lateMicroseconds', 'utcMicroseconds', 'elapsedMicroseconds']) {
      expect(reading!.series[0]!.columns[column], column).toContain(null);
    }
    expect(Object.keys(reading!.series[0]!.states)).toEqual(
      expect.arrayContaining(['LISTEN', 'TIME_WAIT', 'BOUND', 'UDP', 'UNKNOWN']),
    );
  });

  test('one that was torn and continued', async () => {
    const items = livelySnapshots(330, false);
    const gap = { time: { utcMicroseconds: UTC, monotonicMicroseconds: 1 }, reason: 'none' };
    await record('torn.tcpsnap', items.slice(0, 270), 'release');
    folder.write('torn.tcpsnap', folder.read('torn.tcpsnap').subarray(0, -9));
    const released = await record('torn.tcpsnap', [gap, ...items.slice(270, 300)], 'release');
    const closed = await record('torn.tcpsnap', [gap, ...items.slice(300)]);
    const readings = await expectAgreement('torn', [released, closed]);
    expect(readings).toMatchObject([
      { exit: 0, indexed: false, told: 256, differs: [] },
      { exit: 0, indexed: true, told: 329, differs: [] },
    ]);
    expect(readings[1]!.repairs).toHaveLength(2);
  });

  describe('that are damaged: both find the same', () => {
    let bytes: Uint8Array<ArrayBuffer>;
    let frames: RecordedFrame[];
    let first: RecordedFrame;
    beforeAll(async () => {
      await record('small.tcpsnap', SMALL_RECORDING);
      bytes = await record('small.tcpsnap', [SMALL_RECORDING[1]!, SMALL_RECORDING[2]!]);
      frames = framesOf(bytes);
      expect(frames.map(({ type }) => type)).toEqual([1, 2, 2, 8, 3, 7, 6, 1, 2, 8, 3, 7]);
      first = frames[3]!;
    });

    const frameBytes = ({ offset, length }: RecordedFrame): Uint8Array =>
      bytes.subarray(offset, offset + 36 + length);
    const fileId = (): Uint8Array => bytes.subarray(16, 24);
    const payloadOf = ({ payload, length }: RecordedFrame): Uint8Array =>
      bytes.slice(payload, payload + length);

    /** The file with these frames alone, numbered as they stand. */
    function fileOf(kept: readonly { readonly type: number; readonly payload: Uint8Array }[]) {
      const parts = kept.map(({ type, payload }, number) => encodeFrame(type, fileId(), number, payload));
      return concatBytes([bytes.subarray(0, 32), ...parts]);
    }

    /** The file's first snapshots, and behind them what a series frame holds. */
    const withSeries = (payload: Uint8Array): Uint8Array<ArrayBuffer> =>
      fileOf([
        ...frames.slice(0, 3).map((frame) => ({ type: frame.type, payload: payloadOf(frame) })),
        { type: SERIES, payload },
      ]);

    const withMap = (map: Uint8Array): Uint8Array<ArrayBuffer> => withSeries(seriesPayload(map));

    test.each([true, false])('a byte of the payload flipped (with a CRC-32 that fits: %s)', async (fits) => {
      const variants = Array.from({ length: first.length + 4 }, (_, at) => {
        const damaged = bytes.slice();
        damaged[first.payload + at]! ^= 1 << ((at * 3) & 7);
        if (!fits || at >= first.length) return damaged;
        const payload = damaged.slice(first.payload, first.payload + first.length);
        damaged.set(encodeFrame(SERIES, fileId(), first.number, payload), first.offset);
        return damaged;
      });
      const readings = await expectAgreement(`flips-${fits}`, variants);
      const damaged = readings.filter(({ exit }) => exit === 1);
      if (!fits) expect(damaged).toHaveLength(variants.length);
      expect(damaged.length).toBeGreaterThan(variants.length / 2);
      expect(damaged.every(({ told }) => told === 0)).toBe(true);
    });

    test('a bit of the map flipped: what does not fit is damage, and what does is hardly what the tables say', async () => {
      const map = new Uint8Array(inflateRawSync(payloadOf(first).subarray(4)));
      const variants = Array.from({ length: map.length * 8 }, (_, bit) => {
        const damaged = map.slice();
        damaged[bit >> 3]! ^= 1 << (bit & 7);
        return withMap(damaged);
      });
      const [whole] = await expectAgreement('map', [withMap(map)]);
      expect(whole).toMatchObject({ exit: 0, told: 3, differs: [] });
      const readings = await expectAgreement('maps', variants);
      const read = readings.filter(({ told }) => told === 3);
      expect(read.length).toBeGreaterThan(20);
      expect(readings.length - read.length).toBeGreaterThan(200);
      expect(read.every(({ exit, differs }) => exit === 0 && differs!.length > 0)).toBe(true);
    });

    test('frames missing, repeated, swapped', async () => {
      const orders = fc.sample(
        fc.shuffledSubarray(
          [...frames.keys()].flatMap((place) => [place, place]),
          { minLength: 2, maxLength: 9 },
        ),
        { numRuns: 200, seed: 3 },
      );
      const parts = frames.map((frame) => ({ type: frame.type, payload: payloadOf(frame) }));
      const shuffled = orders.map((order) =>
        concatBytes([bytes.subarray(0, 32), ...order.map((place) => frameBytes(frames[place]!))]),
      );
      await expectAgreement('shuffled', shuffled);
      const lacking = frames.map((_, place) => fileOf(parts.toSpliced(place, 1)));
      const readings = await expectAgreement('lacking', lacking);
      expect(readings[3]).toMatchObject({ series: [{ snapshots: 2 }], told: null });
      expect(readings[9]).toMatchObject({ series: [{ snapshots: 3 }], told: 3 });
    });

    test('maps that no writer makes', async () => {
      const read = await expectAgreement('right', RIGHT_SERIES.map(withMap));
      expect(read.map(({ exit, told }) => [exit, told])).toEqual(RIGHT_SERIES.map(() => [0, 3]));
      expect(read[2]!.series[0]!.states).toEqual({ UNKNOWN: [4, 4, 5] });
      const [ofNone, ...refused] = await expectAgreement('wrong', [
        withMap(SERIES_OF_NONE),
        ...WRONG_SERIES.map(withMap),
      ]);
      expect(ofNone).toMatchObject({ exit: 0, told: null }); // it is right, but three snapshots are before it
      expect(refused.map(({ exit, told }) => [exit, told])).toEqual(WRONG_SERIES.map(() => [1, 0]));
    });

    test('maps that do not have the length that is told, or bytes behind them', async () => {
      const [map] = RIGHT_SERIES;
      const { length } = map!;
      const whole = seriesPayload(map!);
      const payloads = [
        ...[length + 1, length - 1, 4, 0, 2 ** 20 + 1].map((told) => seriesPayload(map!, told)),
        concatBytes([whole, Uint8Array.of(0)]),
        ...[whole.length - 1, 5, 4, 3, 0].map((there) => whole.subarray(0, there)),
      ];
      const readings = await expectAgreement('lengths', payloads.map(withSeries));
      expect(readings.map(({ exit, told }) => [exit, told])).toEqual(payloads.map(() => [1, 0]));
    });
  });
});
