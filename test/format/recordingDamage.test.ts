import { describe, expect, test } from 'vitest';
import { join } from 'node:path';
import { createRecording } from 'tcpscope';
import { openSnapshots, verifySnapshots } from 'tcpscope/core';
import { WEB_PRIMITIVES } from '../../dist/core/file/primitives.js';
import { makeTemporaryFolder } from '../cli/temporaryFolder.js';
import {
  checkFlippedBit,
  readDamaged,
  smallRecording,
  type WholeRecording,
} from '../reference/damagedRecording.js';
import { SMALL_RECORDING } from '../reference/encodeRecording.js';

// A keyframe and two deltas. Every bit of it is flipped in recordingDamage.full.test.ts.

test('a flipped bit in any byte of a recording: what is read is what docs/format.md promises', async () => {
  const whole = await smallRecording();
  for (let at = 0; at < whole.bytes.length; at++) await checkFlippedBit(at * 8 + ((at * 5) & 7), whole);
});

test('the same with the primitives of browsers, in what is compressed', async () => {
  const whole = await smallRecording();
  for (const { payload, length } of whole.frames.filter(({ type }) => type === 2)) {
    const compressed = new DataView(whole.bytes.buffer).getUint32(payload + 64, true);
    expect(72 + compressed).toBeLessThanOrEqual(length);
    for (let at = 72; at < 72 + compressed; at += 3) {
      await checkFlippedBit((payload + at) * 8 + (at & 7), whole, WEB_PRIMITIVES);
    }
  }
});

/** What is read of a file that was cut off: the snapshots whose frames are whole. */
async function checkTruncation(length: number, whole: WholeRecording): Promise<void> {
  const { report, outcomes } = await readDamaged(whole.bytes.slice(0, length), whole);
  const at = `${length} bytes`;
  if (length < 32) return expect(report, at).toBeUndefined();
  const ends = whole.frames.map((frame) => frame.payload + frame.length + 4);
  const held = ends.filter((end) => end <= length).length;
  expect(outcomes, at).toEqual([0, 1, 2].map((i) => (i < held ? 'right' : 'missing')));
  expect(report!.frameCount, at).toBe(held);
  // The loss of whole frames at the end cannot be seen from what is left.
  const isWhole = held > 0 && ends[held - 1] === length;
  expect(report!.intact, at).toBe(isWhole);
  expect(
    report!.problems.map(({ offset }) => offset),
    at,
  ).toEqual(isWhole ? [] : [ends[held - 1] ?? 32]);
}

test.each([true, false])(
  'a recording cut off at any byte (closed before: %s): all whole frames are read',
  async (closed) => {
    const whole = await smallRecording({ closed });
    for (let length = 0; length < whole.bytes.length; length++) await checkTruncation(length, whole);
  },
);

test('any byte missing from a frame, or too many, cost what docs/format.md says', async () => {
  const whole = await smallRecording({ closed: false });
  const [keyframe, first, second] = whole.frames;
  for (let at = 32; at < whole.bytes.length; at += 5) {
    for (const count of [1, 9]) {
      const missing = Buffer.concat([whole.bytes.subarray(0, at), whole.bytes.subarray(at + count)]);
      const { report, outcomes } = await readByNote(new Uint8Array(missing), whole);
      expect(report.intact, `${count} bytes missing at ${at}`).toBe(false);
      const frame = [second, first, keyframe].find(({ offset } = keyframe!) => offset <= at)!;
      // What stands before the damage is as it was, unless the missing bytes reach into it.
      for (const [i, { offset }] of whole.frames.entries()) {
        if (offset < frame.offset)
          expect(outcomes[i], `snapshot ${i}, ${count} missing at ${at}`).toBe('right');
      }
    }
    const more = Buffer.concat([whole.bytes.subarray(0, at), Buffer.alloc(5, at), whole.bytes.subarray(at)]);
    expect((await readByNote(new Uint8Array(more), whole)).report.intact).toBe(false);
  }
});

/** Like readDamaged where offsets have moved: snapshots are told by their ticks. */
async function readByNote(bytes: Uint8Array<ArrayBuffer>, { snapshots }: WholeRecording) {
  const file = await openSnapshots(bytes);
  const outcomes: ('right' | undefined)[] = [];
  for (let number = 0; number < file.count; number++) {
    const read = await file.at(number).catch(() => undefined);
    if (read === undefined) continue;
    const original = read.tick!.number;
    expect(read).toEqual(snapshots[original]);
    outcomes[original] = 'right';
  }
  return { report: await verifySnapshots(file), outcomes };
}

describe('frames that are missing, repeated, or in another order', () => {
  test.each<[string, readonly number[], readonly (number | undefined)[]]>([
    ['no keyframe', [1, 2], []],
    ['the first delta is missing', [0, 2], [0]],
    ['the keyframe twice', [0, 0, 1, 2], [0, 0, 1, 2]],
    ['a delta twice', [0, 1, 1, 2], [0, 1, 1, 2]],
    ['deltas swapped', [0, 2, 1], [0, 1]],
    ['the keyframe last', [1, 2, 0], [0]],
    ['a delta before the keyframe', [1, 0, 2], [0]],
  ])('%s', async (_name, order, readable) => {
    const whole = await smallRecording({ closed: false });
    const parts = order.map((n) => {
      const { offset, payload, length } = whole.frames[n]!;
      return whole.bytes.subarray(offset, payload + length + 4);
    });
    const bytes = new Uint8Array(Buffer.concat([whole.bytes.subarray(0, 32), ...parts]));
    const file = await openSnapshots(bytes);
    expect(file.count).toBe(order.length);
    const read = await Promise.all(order.map((_, i) => file.at(i).catch(() => undefined)));
    const found = read.filter((snapshot) => snapshot !== undefined);
    expect(found.map(({ tick }) => tick!.number)).toEqual(readable);
    for (const snapshot of found) expect(snapshot).toEqual(whole.snapshots[snapshot.tick!.number]);
    expect((await verifySnapshots(file)).intact).toBe(false);
  });
});

describe('a recording is continued', () => {
  const folder = makeTemporaryFolder();

  test('what was torn off is gone, however much it was', async () => {
    const { bytes } = await smallRecording({ closed: false });
    const torn = new Uint8Array(40 << 20);
    torn.set(bytes);
    const path = join(folder.path, folder.write('torn.tcpsnap', torn));
    const recording = await createRecording(path, { append: true });
    await recording.close();
    const report = await verifySnapshots(await openSnapshots(new Uint8Array(folder.read('torn.tcpsnap'))));
    expect(report).toMatchObject({ intact: true, frameCount: 7 });
    expect(report.size).toBeLessThan(bytes.length + 1000);
  });

  test('wherever it was cut off: what was whole is there, and what follows', async () => {
    const whole = await smallRecording();
    const ends = whole.frames.map((frame) => frame.payload + frame.length + 4);
    for (
      let length = 32;
      length <= whole.bytes.length;
      length += length === whole.bytes.length - 1 ? 1 : 13
    ) {
      const path = join(folder.path, folder.write(`cut-${length}.tcpsnap`, whole.bytes.subarray(0, length)));
      const held = ends.filter((end) => end <= length).length;
      const count = Math.min(held, 3);
      const recording = await createRecording(path, { append: true });
      expect([recording.count, recording.size > (ends[held - 1] ?? 32)]).toEqual([count, true]);
      for (const snapshot of SMALL_RECORDING) await recording.append(snapshot);
      await recording.close();
      const file = await openSnapshots(new Uint8Array(folder.read(`cut-${length}.tcpsnap`)));
      const report = await verifySnapshots(file);
      expect(report, `${length} bytes`).toMatchObject({ intact: true, problems: [] });
      expect(file.count).toBe(count + 3);
      for (let i = 0; i < count; i++) expect(await file.at(i)).toEqual(whole.snapshots[i]);
      for (let i = 0; i < 3; i++) {
        expect((await file.at(count + i)).tables[0]!.bytes).toEqual(whole.snapshots[i]!.tables[0]!.bytes);
      }
    }
  });
});
