import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readSmallFile, readSnapshots, type ReadResult } from '../../dist/node/dataset/readSnapshots.js';
import { fileOf, flipBit, ROWS, snapshotOf } from '../cli/snapshotFiles.js';
import { makeTemporaryFolder } from '../cli/temporaryFolder.js';

const folder = makeTemporaryFolder();

async function resultsOf(path: string, bytes?: Uint8Array<ArrayBuffer>): Promise<ReadResult[]> {
  const results: ReadResult[] = [];
  for await (const result of readSnapshots(path, { name: 'file', ...(bytes && { bytes }) }))
    results.push(result);
  return results;
}

test('a small file that is no single whole snapshot is read once', async () => {
  const two = await fileOf(snapshotOf(ROWS), snapshotOf([]));
  for (const content of [two, flipBit(two, 300), flipBit(await fileOf(snapshotOf(ROWS)), 300)]) {
    const path = join(folder.path, folder.write('file.tcpsnap', content));
    const expected = await resultsOf(path);
    const small = readSmallFile(path, 'file')!;
    expect(small.sole).toBe(undefined);
    rmSync(path);
    expect(await resultsOf(path, small.bytes)).toEqual(expected);
  }
});

test('small files that are read one after the other do not lie in the same bytes', async () => {
  const contents = await Promise.all(
    Array.from({ length: 300 }, (_, i) =>
      fileOf(snapshotOf(ROWS.slice(0, i % 4), [{ pid: i, name: 'x'.repeat(i) }])),
    ),
  );
  const read = contents.map((content, i) =>
    readSmallFile(join(folder.path, folder.write(`${i}`, content)), 'file')!,
  );
  for (const [i, { bytes }] of read.entries()) expect(Buffer.from(bytes).equals(contents[i]!)).toBe(true);
});
