import { expect, test } from 'vitest';
import { openSnapshots, type Snapshot } from 'tcpscope/core';
import { NODE_PRIMITIVES } from '../../dist/node/files/nodePrimitives.js';
import { encodeRecording, secondOf } from '../reference/encodeRecording.js';

// Tables of 34 MB, so that the reader keeps no more than two of them: on the way to snapshot 16, which is made from 8, and that from 0,
// it lets go of 15.
const ROWS = 1_200_000;
const ROW_WORDS = 7;
const COUNT = 17;

function snapshotOf(second: number): Snapshot {
  const words = new Uint32Array(1 + ROWS * ROW_WORDS);
  words[0] = ROWS;
  for (let row = 0; row < ROWS; row++) {
    const at = 1 + row * ROW_WORDS;
    words[at] = row % (5000 + second) === 0 ? 8 : 5;
    words[at + 3] = row;
  }
  return secondOf(second, [], {
    tables: [{ class: 'tcp2', scope: 'all', synthesized: false, bytes: new Uint8Array(words.buffer) }],
  });
}

test('tables are lent until the next one is asked for, however little the reader keeps', async () => {
  const written = Array.from({ length: COUNT }, (_, second) => snapshotOf(second));
  const file = await openSnapshots(await encodeRecording(written), NODE_PRIMITIVES);
  let number = 0;
  for await (const read of file.inOrder()) {
    if ('error' in read) throw read.error;
    // The next one is being restored.
    await new Promise((resolve) => setTimeout(resolve, 300));
    const same = Buffer.compare(read.snapshot.tables[0]!.bytes, written[number]!.tables[0]!.bytes) === 0;
    expect(same, `${number}`).toBe(true);
    number++;
  }
  expect(number).toBe(COUNT);
});
