import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FileMemory } from '../../dist/node/dataset/fileMemory.js';

const lengths = fc.array(fc.oneof(fc.nat(70_000), fc.nat(20)), { maxLength: 60 });

test('what is taken lies side by side until it is all used again', () => {
  fc.assert(
    fc.property(lengths, lengths, (first, second) => {
      const memory = new FileMemory();
      for (const wanted of [first, second]) {
        const taken = wanted.map((length, i) => memory.take(length).fill(i));
        for (const [i, bytes] of taken.entries()) {
          expect(bytes.length).toBe(wanted[i]);
          expect(bytes.byteOffset % 8).toBe(0);
          expect(bytes.every((byte) => byte === i)).toBe(true);
        }
        memory.reuse();
      }
    }),
    { numRuns: 40 },
  );
});

test('small files that come when others have been used are read into the same bytes', () => {
  const memory = new FileMemory();
  const { buffer, byteOffset } = memory.take(1000);
  memory.take(2000);
  memory.reuse();
  expect(memory.take(3000)).toMatchObject({ buffer, byteOffset });
});

test('where much is in use, more has memory of its own, and no more is kept', () => {
  const memory = new FileMemory();
  const length = 50_000;
  const buffers = Array.from({ length: 1000 }, (_, i) => memory.take(length).fill(i).buffer);
  const pieces = new Set(buffers.filter(({ byteLength }) => byteLength > length));
  expect(pieces.size).toBe(16);
  expect(new Set(buffers.filter(({ byteLength }) => byteLength === length)).size).toBeGreaterThan(600);
  memory.reuse();
  expect(pieces).toContain(memory.take(length).buffer);
});
