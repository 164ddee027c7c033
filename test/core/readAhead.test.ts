import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ByteSource } from 'tcpscope/core';
import { readAhead } from '../../dist/core/file/readAhead.js';

function sourceOf(size: number) {
  const bytes = Uint8Array.from({ length: size }, (_, i) => (i * 2_654_435_761) >>> 24);
  const reads: number[] = [];
  const source: ByteSource = {
    size,
    read: async (offset, length) => {
      reads.push(length);
      return bytes.slice(offset, offset + length);
    },
    close: async () => {},
  };
  return { bytes, reads, source };
}

test('gives the same bytes, whatever is read in which order', async () => {
  const { bytes, source } = sourceOf(700_000);
  const read = fc.record({
    gap: fc.oneof(fc.nat(80), fc.integer({ min: -300_000, max: 300_000 })),
    length: fc.oneof(fc.nat(4000), fc.nat(400_000)),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(read, { maxLength: 12 }), async (steps) => {
      const ahead = readAhead(source);
      let at = 0;
      for (const { gap, length } of steps) {
        at = Math.max(0, at + gap);
        const got = await ahead.read(at, length);
        expect(Buffer.compare(got, bytes.subarray(at, at + length))).toBe(0);
        // The caller owns them.
        got.fill(0);
        at += length;
      }
    }),
    { numRuns: 200 },
  );
});

test('frames that follow each other are read many at a time', async () => {
  const { reads, source } = sourceOf(4_000_000);
  const ahead = readAhead(source);
  for (let at = 64; at + 4000 < source.size; at += 4036) await ahead.read(at, 4000);
  expect(reads.length).toBeLessThan(20);
});

test('what comes next is asked for before it is needed, once it is clear that reading goes on', async () => {
  const { reads, source } = sourceOf(1_500_000);
  const ahead = readAhead(source);
  let at = 0;
  for (; at < 250_000; at += 4036) await ahead.read(at, 4000);
  expect(reads.length).toBe(1);
  for (; at < 300_000; at += 4036) await ahead.read(at, 4000);
  // The window that is read in, and the one behind it.
  expect(reads.length).toBe(3);
});

test('a read ahead that fails is told to who asks for it, and not before', async () => {
  const { bytes, source } = sourceOf(900_000);
  const failing: ByteSource = {
    ...source,
    read: (offset, length) =>
      offset > 400_000 ? Promise.reject(new Error('gone')) : source.read(offset, length),
  };
  const ahead = readAhead(failing);
  let at = 0;
  for (; at + 4000 <= 2 * 262_144; at += 4000) {
    expect(Buffer.compare(await ahead.read(at, 4000), bytes.subarray(at, at + 4000))).toBe(0);
  }
  await expect(ahead.read(at, 4000)).rejects.toThrow('gone');
});

test('reads here and there take no more than what is asked for', async () => {
  const { reads, source } = sourceOf(4_000_000);
  const ahead = readAhead(source);
  for (const at of [3_000_000, 5000, 2_000_000, 900_000]) await ahead.read(at, 100);
  expect(reads).toEqual([100, 100, 100, 100]);
  await ahead.read(900_100, 300_000);
  expect(reads.at(-1)).toBe(300_000);
});
