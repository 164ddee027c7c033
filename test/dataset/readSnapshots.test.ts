import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { createDecoder } from '../../dist/node/createDecoder.js';
import { FileMemory } from '../../dist/node/dataset/fileMemory.js';
import type { Decoder } from '../../dist/node/index.js';
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

describe('a file of which the size is known', () => {
  const memory = new FileMemory();
  const readKnown = (name: string, size: number) => {
    const path = join(folder.path, name);
    return readSmallFile(path, name, { size, decoder, memory });
  };
  let decoder: Decoder;
  beforeAll(async () => {
    decoder = await createDecoder();
  });

  test('does not lie in the bytes of others', async () => {
    const contents = await Promise.all(
      Array.from({ length: 300 }, (_, i) =>
        fileOf(snapshotOf(ROWS.slice(0, i % 4), [{ pid: i, name: 'x'.repeat(i) }])),
      ),
    );
    const read = contents.map((content, i) => readKnown(folder.write(`${i}`, content), content.length)!);
    for (const [i, { sole, bytes }] of read.entries()) {
      expect(sole).toHaveLength(1);
      expect(Buffer.from(bytes).equals(contents[i]!)).toBe(true);
    }
  });

  test('is read as it is now, should it have another size', async () => {
    const content = await fileOf(snapshotOf(ROWS));
    const name = folder.write('changed.tcpsnap', content);
    for (const size of [1, content.length - 1, content.length, content.length + 1, 1 << 30]) {
      const { sole, bytes } = readKnown(name, size)!;
      expect(sole).toHaveLength(1);
      expect(Buffer.from(bytes).equals(content)).toBe(true);
    }
  });

  test('keeps its bytes where it is no single snapshot, whatever is read next', async () => {
    const content = await fileOf(snapshotOf(ROWS), snapshotOf([]));
    const { sole, bytes } = readKnown(folder.write('two.tcpsnap', content), content.length)!;
    expect(sole).toBe(undefined);
    memory.reuse();
    readKnown(folder.write('other.tcpsnap', await fileOf(snapshotOf([]))), content.length);
    expect(Buffer.from(bytes).equals(content)).toBe(true);
  });
});
