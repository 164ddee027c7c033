import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openSnapshots } from 'tcpscope';
import { readSoleSnapshot, type SoleSnapshot } from '../../dist/core/file/soleSnapshot.js';
import { hasSha256 } from '../../dist/node/files/nodePrimitives.js';
import { fileOf, flipBit, ROWS, snapshotOf } from '../cli/snapshotFiles.js';
import { tellingSnapshots } from '../dataset/exampleFiles.js';

function sole(bytes: Uint8Array): SoleSnapshot | undefined {
  return readSoleSnapshot(new Uint8Array(bytes), hasSha256);
}

test('it is what openSnapshots reads, with the digests of its tables', async () => {
  for (const snapshot of [snapshotOf(ROWS), snapshotOf([]), ...tellingSnapshots()]) {
    const bytes = await fileOf(snapshot);
    const file = await openSnapshots(bytes);
    const read = sole(bytes)!;
    expect(read.snapshot).toEqual(await file.at(0));
    expect(read.digests.map((digest) => Buffer.from(digest).toString('hex'))).toEqual(
      snapshot.tables.map((table) => createHash('sha256').update(table.bytes).digest('hex')),
    );
  }
});

test('whatever is not a single whole snapshot is left to openSnapshots', async () => {
  const bytes = await fileOf(snapshotOf(ROWS));
  expect(sole(await fileOf(snapshotOf(ROWS), snapshotOf(ROWS)))).toBe(undefined);
  expect(sole(Buffer.concat([bytes, Buffer.from([0])]))).toBe(undefined);
  for (let length = 0; length < bytes.length; length++)
    expect(sole(bytes.subarray(0, length))).toBe(undefined);
});

test('a bit that is flipped anywhere gives nothing, or what openSnapshots reads in spite of it', async () => {
  const bytes = await fileOf(snapshotOf(ROWS, [{ pid: 4, name: 'System' }]));
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length - 1), async (offset) => {
      const damaged = flipBit(bytes, offset);
      const read = sole(damaged);
      if (read === undefined) return;
      const file = await openSnapshots(damaged);
      expect(file.problems).toEqual([]);
      expect(read.snapshot).toEqual(await file.at(0));
      expect(read.snapshot).toEqual(sole(bytes)!.snapshot);
    }),
    { numRuns: 500 },
  );
});
