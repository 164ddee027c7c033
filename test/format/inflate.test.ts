import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inflateNow } from '../../dist/core/file/inflate.js';

/** Bytes that deflate finds something in: runs, copies of what came before, and noise. */
const content = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.tuple(fc.nat(255), fc.nat(2000)).map(([value, count]) => new Uint8Array(count).fill(value)),
      fc.constantFrom('a connection', 'TIME_WAIT', '\0\0\0').map((text) => new TextEncoder().encode(text)),
    ),
    { maxLength: 40 },
  )
  .map((parts) => new Uint8Array(Buffer.concat(parts)));

const options = fc.record({
  level: fc.integer({ min: 0, max: 9 }),
  memLevel: fc.integer({ min: 1, max: 9 }),
  strategy: fc.constantFrom(
    constants.Z_DEFAULT_STRATEGY,
    constants.Z_FILTERED,
    constants.Z_HUFFMAN_ONLY,
    constants.Z_RLE,
    constants.Z_FIXED,
  ),
});

describe('inflate without waiting', () => {
  test('gives back what zlib has deflated, however it did that', () => {
    fc.assert(
      fc.property(content, options, (bytes, how) => {
        expect(inflateNow(deflateRawSync(bytes, how), bytes.length)).toEqual(bytes);
      }),
      { numRuns: 400 },
    );
  });

  test('makes not a byte more or less than it should', () => {
    fc.assert(
      fc.property(content, options, fc.integer({ min: 1, max: 300 }), (bytes, how, more) => {
        const deflated = deflateRawSync(bytes, how);
        expect(() => inflateNow(deflated, bytes.length + more)).toThrow(/^it inflates to \d+ bytes, not /);
        if (bytes.length < more) return;
        expect(() => inflateNow(deflated, bytes.length - more)).toThrow(/^it inflates to more than /);
      }),
    );
  });

  test('refuses every beginning, and whatever follows', () => {
    const bytes = new TextEncoder().encode('10.0.0.1:443 10.0.0.2:443 10.0.0.3:80 '.repeat(9));
    for (const level of [0, 1, 9]) {
      const deflated = deflateRawSync(bytes, { level });
      for (let length = 0; length < deflated.length; length++) {
        expect(() => inflateNow(deflated.subarray(0, length), bytes.length), `${length}`).toThrow();
      }
      expect(() => inflateNow(Buffer.concat([deflated, Buffer.of(0)]), bytes.length)).toThrow(
        'something follows the last block',
      );
    }
  });

  test('agrees with zlib on what is no deflate', () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 });
    let refused = 0;
    fc.assert(
      fc.property(
        fc.oneof(content, fc.uint8Array({ maxLength: 60 })),
        options,
        changes,
        (bytes, how, list) => {
          const deflated = deflateRawSync(bytes, how);
          for (const [at, value] of list) deflated[at % deflated.length]! ^= value;
          const expected = zlibResult(deflated);
          const length = expected?.length ?? bytes.length;
          let own: Uint8Array | undefined;
          try {
            own = inflateNow(deflated, length);
          } catch {
            refused++;
          }
          expect(own === undefined ? undefined : Buffer.from(own)).toEqual(expected);
        },
      ),
      { numRuns: 1500 },
    );
    expect(refused).toBeGreaterThan(200);
  });

  test('agrees with zlib on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), (bytes) => {
        const expected = zlibResult(bytes);
        if (expected === undefined) expect(() => inflateNow(bytes, 100)).toThrow();
        else expect(Buffer.from(inflateNow(bytes, expected.length))).toEqual(expected);
      }),
      { numRuns: 2000 },
    );
  });
});

/** What zlib makes of all of the bytes; undefined where they are not deflate, or something follows. */
function zlibResult(bytes: Uint8Array): Buffer | undefined {
  try {
    const { buffer, engine } = inflateRawSync(bytes, { info: true }) as unknown as {
      buffer: Buffer;
      engine: { bytesWritten: number };
    };
    return engine.bytesWritten === bytes.length ? buffer : undefined;
  } catch {
    return undefined;
  }
}
