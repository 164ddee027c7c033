import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
// The sources, as the page's modules have them: errors of two builds are of two classes.
import {
  createDecoder,
  openSnapshots,
  timeline,
  type Snapshot,
  type Timeline,
} from '../../src/core/index.js';
import { enginePrimitives } from '../../src/core/file/enginePrimitives.js';
import { receiveSnapshots, type StartSender } from '../../web/worker/snapshotReceiver.js';
import { sendSnapshots } from '../../web/worker/snapshotSender.js';
import { snapshots } from '../reference/arbitraryRecording.js';
import { encodeRecording, secondOf } from '../reference/encodeRecording.js';
import { randomOf } from '../reference/largeOrders.js';

const module = await WebAssembly.compile(readFileSync(new URL('../../dist/tcpscope.wasm', import.meta.url)));
const decoder = await createDecoder(module);
const primitives = enginePrimitives(decoder, () => Promise.resolve());

/** The sender as the page's second worker has it, but in this thread. */
function senderOf(source: Blob): { start: StartSender; ended: () => number } {
  let ended = 0;
  const start: StartSender = (port) => {
    void sendSnapshots({ module, source, port });
    return {
      terminate() {
        ended++;
        port.close();
      },
    };
  };
  return { start, ended: () => ended };
}

async function receivedTimeline(bytes: Uint8Array<ArrayBuffer>, count: number): Promise<Timeline> {
  const { start } = senderOf(new Blob([bytes]));
  return timeline({ count, inOrder: () => receiveSnapshots(count, start, primitives) }, decoder);
}

test('a timeline of snapshots that another thread sends is that of the file, whatever is damaged in it', async () => {
  await fc.assert(
    fc.asyncProperty(snapshots, fc.array(fc.nat(), { maxLength: 2 }), async (written, damage) => {
      const bytes = await encodeRecording(written);
      for (const place of damage) bytes[64 + (place % (bytes.length - 64))]! ^= 4;
      const file = await openSnapshots(bytes, primitives);
      const expected = await timeline(file, decoder);
      expect(await receivedTimeline(bytes, file.count)).toEqual(expected);
    }),
    { numRuns: 200 },
  );
});

const LARGE_ROWS = 40_000;

/** Tables of more than a megabyte, of which nothing is compressed. */
const LARGE: readonly Snapshot[] = Array.from({ length: 16 }, (_, second) => {
  const random = randomOf(second);
  const words = Uint32Array.from({ length: 1 + LARGE_ROWS * 7 }, () => random(2 ** 32));
  words[0] = LARGE_ROWS;
  return secondOf(second, [], {
    tables: [{ class: 'tcp2', scope: 'all', synthesized: false, bytes: new Uint8Array(words.buffer) }],
  });
});
const LARGE_FILE = new Blob([await encodeRecording(LARGE)]);

test('tables that are larger than a batch arrive as they were written', async () => {
  const { start, ended } = senderOf(LARGE_FILE);
  let number = 0;
  for await (const read of receiveSnapshots(LARGE.length, start, primitives)) {
    if ('error' in read) throw read.error;
    const { tables, ...others } = LARGE[number++]!;
    expect(read.snapshot).toMatchObject(others);
    expect(Buffer.compare(read.snapshot.tables[0]!.bytes, tables[0]!.bytes)).toBe(0);
  }
  expect(number).toBe(LARGE.length);
  expect(ended()).toBe(1);
});

test('the sender waits where nobody looks at what it has sent, and is ended where nobody wants more', async () => {
  let furthest = 0;
  const { start, ended } = senderOf(
    new (class extends Blob {
      override slice(from: number, to: number): Blob {
        furthest = Math.max(furthest, to);
        return super.slice(from, to);
      }
    })([LARGE_FILE]),
  );
  const received = receiveSnapshots(LARGE.length, start, primitives);
  // Opening the file means looking at its end.
  await received.next();
  furthest = 0;
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(furthest).toBeLessThan(LARGE_FILE.size / 2);
  expect(ended()).toBe(0);
  await received.return();
  expect(ended()).toBe(1);
});

test('a file that cannot be opened any more is told as it would be here', async () => {
  const { start, ended } = senderOf(new Blob(['no snapshot']));
  await expect(receiveSnapshots(3, start, primitives).next()).rejects.toMatchObject({
    code: 'not-a-snapshot',
  });
  expect(ended()).toBe(1);
});

test('a sender that dies is told, with its reason, by what was waiting for it', async () => {
  let die: (reason: string) => void;
  const start: StartSender = (_port, onDeath) => {
    die = onDeath;
    return { terminate: () => {} };
  };
  const received = receiveSnapshots(1, start, primitives);
  const next = received.next();
  die!('out of memory');
  await expect(next).rejects.toThrow('the thread that reads died: out of memory');
});
