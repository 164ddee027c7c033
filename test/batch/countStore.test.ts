import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countKey } from '../../dist/core/dataset/counts/countKey.js';
import { sortedRun } from '../../dist/core/dataset/counts/runs.js';
import { CountStore, mergeFiles } from '../../dist/node/batch/countStore.js';
import { makeTemporaryFolder } from '../cli/temporaryFolder.js';

const folder = makeTemporaryFolder();

const name = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.constantFrom('a', 'b', 'ü\u2028\ud800', '\t\n'),
);

test('counts that are spilled again and again are merged to what one Map holds', async () => {
  const added = fc.array(fc.tuple(name, fc.integer({ min: 1, max: 1000 })), { maxLength: 300 });
  let run = 0;
  await fc.assert(
    fc.asyncProperty(added, fc.integer({ min: 1, max: 20 }), async (entries, mostKeys) => {
      const store = new CountStore(folder.path, `run${run++}`, mostKeys);
      const expected = new Map<string, number>();
      for (const [text, count] of entries) {
        const key = countKey('process', text);
        store.add(key, count);
        expected.set(key, (expected.get(key) ?? 0) + count);
      }
      const names = store.finish();
      const before = readdirSync(folder.path).length;
      for (const mostBytes of [undefined, 0])
        expect([...mergeFiles(folder.path, names, 'merged', mostBytes)]).toEqual(sortedRun(expected));
      expect(readdirSync(folder.path)).toHaveLength(before);
    }),
    { numRuns: 60 },
  );
});

test('lines that are longer than what is read at a time', async () => {
  const store = new CountStore(folder.path, 'long');
  const keys = ['x', 'ü', '€'].map((letter) => countKey('process', letter.repeat(70_000)));
  for (const key of keys) store.add(key, 7);
  const names = store.finish();
  for (const mostBytes of [undefined, 0])
    expect([...mergeFiles(folder.path, names, 'merged', mostBytes)]).toEqual(
      keys.toSorted().map((key) => [key, 7]),
    );
});
