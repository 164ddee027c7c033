// reader.py was written from docs/format.md alone. What it reads of a recording must be what tcpscope reads.
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRecording } from 'tcpscope';
import type { Gap, Snapshot } from 'tcpscope/core';
import { makeTemporaryFolder } from '../cli/temporaryFolder.js';
import { snapshots } from '../reference/arbitraryRecording.js';
import { smallRecording } from '../reference/damagedRecording.js';
import { documentedFiles } from '../reference/documentedFiles.js';
import { encodeRecording, secondOf, SMALL_RECORDING } from '../reference/encodeRecording.js';
import { expectAgreementWithPython } from '../reference/pythonAgreement.js';
import { PYTHON, SKIPPED, type Reading } from '../reference/pythonReader.js';
import { framesOf } from '../reference/recordedFrames.js';

describe.skipIf(PYTHON === undefined)(`recordings, read by a stranger${SKIPPED}`, () => {
  const folder = makeTemporaryFolder();

  const expectAgreement = (name: string, files: readonly Uint8Array<ArrayBuffer>[]): Promise<Reading[]> =>
    expectAgreementWithPython(folder, name, files);

  test('the files that stand in docs/format.md', async () => {
    const readings = await expectAgreement('documented', documentedFiles());
    expect(readings.map(({ exit, indexed }) => [exit, indexed])).toEqual([
      [0, false],
      [0, true],
      [0, true],
    ]);
  });

  test('any sequence of snapshots, of any classes', async () => {
    const samples = fc.sample(snapshots, { numRuns: 150, seed: 5 });
    const files = await Promise.all(samples.map((given, i) => encodeRecording(given, { closed: i % 3 > 0 })));
    const readings = await expectAgreement('any', files);
    expect(readings.every(({ exit }) => exit === 0)).toBe(true);
    const deltas = files.flatMap((bytes) => framesOf(bytes)).filter(({ type }) => type === 2);
    expect(deltas.length).toBeGreaterThan(100);
  });

  test('a long one with keyframes, gaps and indexes between', async () => {
    const items = Array.from({ length: 600 }, (_, second): Snapshot | Gap => {
      const rows = Array.from({ length: 1 + (second % 9) }, (_row, i) => [
        5 + (i % 7),
        1,
        second + i,
        2,
        443,
        i * 4,
        0,
      ]);
      const processes = rows.map((_row, i) => ({ pid: i * 4, name: `p${(second >> 3) + i}` }));
      const statistics = [
        { source: 's', name: 'TCP', counters: { in: second, out: 2n ** 64n - BigInt(second + 1) } },
      ];
      const snapshot = secondOf(second, rows, { processes, statistics });
      return second % 50 === 49 ? { time: snapshot.time!, reason: 'ä', tick: snapshot.tick! } : snapshot;
    });
    const [reading] = await expectAgreement('long', [await encodeRecording(items)]);
    expect(reading).toMatchObject({ exit: 0, indexed: true });
    expect(reading!.gaps).toHaveLength(12);
    expect(reading!.snapshots).toHaveLength(588);
  });

  test('one that was torn and continued, twice', async () => {
    const path = join(folder.path, 'continued.tcpsnap');
    const [first, second, third] = SMALL_RECORDING;
    const recording = await createRecording(path);
    await recording.append(first!);
    await recording.append(second!);
    await recording.release();
    folder.write('continued.tcpsnap', folder.read('continued.tcpsnap').subarray(0, -9));
    const continued = await createRecording(path, { append: true });
    await continued.append(third!);
    await continued.appendGap({ time: third!.time!, reason: 'none' });
    await continued.append(first!);
    await continued.close();
    const again = await createRecording(path, { append: true });
    await again.append(second!);
    await again.close();
    const [reading] = await expectAgreement('torn', [new Uint8Array(folder.read('continued.tcpsnap'))]);
    expect(reading).toMatchObject({ exit: 0, indexed: true, gaps: [{ reason: 'none' }] });
    expect(reading!.snapshots.map(({ snapshot }) => snapshot)).toEqual([0, 1, 2, 3]);
    const [torn, closed] = reading!.repairs;
    expect(torn!['cutBytes']).toBeGreaterThan(100);
    expect((torn!['cut'] as string).length).toBe(2 * (torn!['cutBytes'] as number));
    expect(closed).toMatchObject({ cutBytes: 0, tool: { name: 'tcpscope' } });
  });

  describe('that are damaged: both find the same', () => {
    test.each([true, false])('one flipped bit in any byte (closed: %s)', async (closed) => {
      const { bytes } = await smallRecording({ closed });
      const variants = Array.from(bytes.keys(), (at) => {
        const damaged = bytes.slice();
        damaged[at]! ^= 1 << ((at * 3) & 7);
        return damaged;
      });
      const readings = await expectAgreement(`flips-${closed}`, variants);
      expect(readings.map(({ exit }) => exit)).toEqual(variants.map((_, at) => (at < 12 ? 2 : 1)));
    });

    test('bytes missing', async () => {
      const { bytes } = await smallRecording();
      const variants = Array.from({ length: 400 }, (_, i) => {
        const at = 32 + ((i * 7) % (bytes.length - 32));
        const [before, after] = [bytes.subarray(0, at), bytes.subarray(at + 1 + (i % 60))];
        return new Uint8Array(Buffer.concat([before, after]));
      });
      await expectAgreement('missing', variants);
    });

    test('cut off', async () => {
      const { bytes } = await smallRecording();
      const lengths = Array.from(bytes.keys()).filter((length) => length >= 32 && length % 5 === 0);
      await expectAgreement(
        'cut',
        lengths.map((length) => bytes.slice(0, length)),
      );
    });

    test('frames missing, repeated, swapped', async () => {
      const items = Array.from({ length: 5 }, (_, i) => SMALL_RECORDING[i % 3]!);
      const bytes = await encodeRecording(items, { closed: false });
      const frames = framesOf(bytes).map(({ offset, length }) =>
        bytes.subarray(offset, offset + 36 + length),
      );
      const orders = fc.sample(fc.array(fc.nat(4), { maxLength: 6 }), { numRuns: 100, seed: 1 });
      const variants = orders.map(
        (order) => new Uint8Array(Buffer.concat([bytes.subarray(0, 32), ...order.map((n) => frames[n]!)])),
      );
      await expectAgreement('frames', variants);
    });
  });
});
