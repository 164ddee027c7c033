import { crc32 as zlibCrc32 } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { crc32 } from '../../dist/core/file/crc32.js';

test('agrees with zlib', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(20), (bytes, start) => {
      // Views that begin anywhere in their buffer, too.
      const view = bytes.subarray(Math.min(start, bytes.length));
      expect(crc32(view)).toBe(zlibCrc32(view));
    }),
    { numRuns: 1000 },
  );
});

test('agrees with the check value of the catalogue of CRC algorithms', () => {
  expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
});
