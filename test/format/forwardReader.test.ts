import { expect, test } from 'vitest';
import { openSnapshots, type Snapshot } from 'tcpscope/core';
import { WEB_PRIMITIVES } from '../../dist/core/file/primitives.js';
import { NODE_PRIMITIVES } from '../../dist/node/files/nodePrimitives.js';
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
])('reading forward lends what was written, until the snapshot behind the next one (%s)', async (_, host) => {
  const file = await openSnapshots(await encodeRecording(SNAPSHOTS), host);
  const reader = file.forward();
  const memory = new Set<ArrayBufferLike>();
  let before: Snapshot | undefined;
  for (let number = 0; number < COUNT; number++) {
    const { snapshot, checked } = await reader.begin(number);
    await checked;
    if (before !== undefined) expectSame(before, SNAPSHOTS[number - 1]!);
    expectSame(snapshot, SNAPSHOTS[number]!);
    memory.add(snapshot.tables[0]!.bytes.buffer);
    before = snapshot;
  }
  expect(memory.size).toBeLessThan(COUNT - 2);
});

test('what others read of the file meanwhile stays theirs', async () => {
  const file = await openSnapshots(await encodeRecording(SNAPSHOTS), NODE_PRIMITIVES);
  const { snapshot } = await file.begin(1);
  const reader = file.forward();
  for (let number = 0; number < COUNT; number++) await (await reader.begin(number)).checked;
  expectSame(snapshot, SNAPSHOTS[1]!);
});

/** Millions of bytes are compared as one text would be: looking into them one by one takes too long. */
function expectSame({ tables: [read] }: Snapshot, { tables: [written] }: Snapshot): void {
  expect(Buffer.compare(read!.bytes, written!.bytes)).toBe(0);
  expect(Buffer.compare(read!.extras!['uid']!, written!.extras!['uid']!)).toBe(0);
}
