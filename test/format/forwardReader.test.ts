import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openSnapshots, type Snapshot } from 'tcpscope/core';
import { WEB_PRIMITIVES } from '../../dist/core/file/primitives.js';
import { NODE_PRIMITIVES } from '../../dist/node/files/nodePrimitives.js';
import { snapshots } from '../reference/arbitraryRecording.js';
import { encodeRecording, secondOf } from '../reference/encodeRecording.js';

// Tables of 7 MB, so that the reader keeps few of them, and has to restore some a second time on the way to others.
const ROWS = 200_000;
const ROW_WORDS = 7;
const COUNT = 20;

/** Every snapshot has another state in some rows, and a few rows less than the one before. */
const SNAPSHOTS: readonly Snapshot[] = Array.from({ length: COUNT }, (_, second) => {
  const rows = ROWS - second;
  const words = new Uint32Array(1 + rows * ROW_WORDS);
  words[0] = rows;
  for (let row = 0; row < rows; row++) {
    const state = row % (100 + second) === 0 ? 8 : 5;
    words.set([state, 0x0100007f, row & 0xffff, row, 0x5000, 42, 0], 1 + row * ROW_WORDS);
  }
  const extras = { uid: new Uint8Array(new Uint32Array(rows).fill(second).buffer) };
  const bytes = new Uint8Array(words.buffer);
  return secondOf(second, [], {
    tables: [{ class: 'tcp2', scope: 'all', synthesized: false, bytes, extras }],
  });
});

test.each([
  ['Node', NODE_PRIMITIVES],
  ['browsers', WEB_PRIMITIVES],
])('reading forward lends what was written, until the next one is asked for (%s)', async (_, host) => {
  const file = await openSnapshots(await encodeRecording(SNAPSHOTS), host);
  const memory = new Set<ArrayBufferLike>();
  let number = 0;
  for await (const read of file.inOrder()) {
    if ('error' in read) throw read.error;
    // The next one is being restored.
    await new Promise((resolve) => setTimeout(resolve, 20));
    expectSame(read.snapshot, SNAPSHOTS[number++]!);
    memory.add(read.snapshot.tables[0]!.bytes.buffer);
  }
  expect(number).toBe(COUNT);
  expect(memory.size).toBeLessThan(COUNT - 2);
});

test('what others read of the file meanwhile stays theirs', async () => {
  const file = await openSnapshots(await encodeRecording(SNAPSHOTS), NODE_PRIMITIVES);
  const { snapshot } = await file.begin(1);
  for await (const read of file.inOrder()) expect(read).toHaveProperty('snapshot');
  expectSame(snapshot, SNAPSHOTS[1]!);
});

test('in order, each snapshot is read or refused as by its number, whatever is damaged', async () => {
  await fc.assert(
    fc.asyncProperty(snapshots, fc.array(fc.nat(), { maxLength: 2 }), async (written, damage) => {
      const bytes = await encodeRecording(written);
      // Behind the file's header, so that it can be opened.
      for (const place of damage) bytes[64 + (place % (bytes.length - 64))]! ^= 4;
      const file = await openSnapshots(bytes, NODE_PRIMITIVES);
      let number = 0;
      for await (const read of file.inOrder()) {
        const expected = await file.at(number++).then(
          (snapshot) => ({ snapshot }),
          (error: unknown) => ({ error }),
        );
        expect(read).toEqual(expected);
      }
      expect(number).toBe(file.count);
    }),
    { numRuns: 300 },
  );
});

/** Millions of bytes are compared as one text would be: looking into them one by one takes too long. */
function expectSame({ tables: [read] }: Snapshot, { tables: [written] }: Snapshot): void {
  expect(Buffer.compare(read!.bytes, written!.bytes)).toBe(0);
  expect(Buffer.compare(read!.extras!['uid']!, written!.extras!['uid']!)).toBe(0);
}
