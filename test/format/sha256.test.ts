import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sha256Now } from '../../dist/core/file/sha256Now.js';

const expected = (parts: readonly Uint8Array[]): Uint8Array =>
  new Uint8Array(createHash('sha256').update(Buffer.concat(parts)).digest());

test('agrees with OpenSSL on every length around the ends of blocks', () => {
  for (let length = 0; length < 300; length++) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 167 + length) & 0xff);
    expect(sha256Now([bytes]), `${length}`).toEqual(expected([bytes]));
  }
});

test('agrees with OpenSSL on parts of any bytes', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 6 }), (parts) => {
      expect(sha256Now(parts)).toEqual(expected(parts));
    }),
    { numRuns: 300 },
  );
});
