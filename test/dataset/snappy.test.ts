import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compressSnappy } from '../../dist/core/dataset/parquet/snappy.js';
import { decompressSnappy } from './snappyReference.js';

/** Pieces that repeat, and some that do not. */
const bytes = fc
  .array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.oneof(fc.nat(3), fc.nat(3000))), {
    maxLength: 20,
  })
  .map((pieces) =>
    Uint8Array.from(
      pieces.flatMap(([piece, times]) => Array.from({ length: times }, () => [...piece]).flat()),
    ),
  );

test('what is compressed is restored by a reader that follows the description', () => {
  fc.assert(
    fc.property(fc.oneof(bytes, fc.uint8Array({ maxLength: 300 })), (input) => {
      expect(Buffer.compare(decompressSnappy(compressSnappy(input)), input)).toBe(0);
    }),
    { numRuns: 300 },
  );
});

test('blocks of 64 KiB and their ends', () => {
  for (const length of [0, 1, 3, 4, 15, 16, 17, 65_535, 65_536, 65_537, 65_551, 131_080, 200_000]) {
    for (const period of [1, 3, 7, 300, 70_000]) {
      const input = Uint8Array.from({ length }, (_, i) => Math.imul(i % period, 2_654_435_761) >>> 24);
      const compressed = compressSnappy(input);
      expect(Buffer.compare(decompressSnappy(compressed), input), `${length} bytes, period ${period}`).toBe(
        0,
      );
      if (length > 1000 && period < 1000) expect(compressed.length).toBeLessThan(length / 10);
    }
  }
});
