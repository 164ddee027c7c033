import { readFileSync } from 'node:fs';
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createDecoder } from 'tcpscope/core';
import { Decoder } from '../../dist/core/decoder.js';
import { canInflate, inflateByEngine } from '../../dist/core/file/engineInflate.js';

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

describe.each(['tcpscope.wasm', 'tcpscope.debug.wasm'])('inflate by %s', async (name) => {
  const decoder = await createDecoder(readFileSync(new URL(`../../dist/${name}`, import.meta.url)));
  const engine = Decoder.engineOf(decoder);
  const inflate = (bytes: Uint8Array, length: number): Uint8Array => inflateByEngine(engine, bytes, length);

  test('gives back what zlib has deflated, however it did that', () => {
    fc.assert(
      fc.property(content, options, (bytes, how) => {
        expect(inflate(deflateRawSync(bytes, how), bytes.length)).toEqual(bytes);
      }),
      { numRuns: 400 },
    );
  });

  test('makes not a byte more or less than it should', () => {
    fc.assert(
      fc.property(content, options, fc.integer({ min: 1, max: 300 }), (bytes, how, more) => {
        const deflated = deflateRawSync(bytes, how);
        expect(() => inflate(deflated, bytes.length + more)).toThrow(/^it inflates to fewer than /);
        if (bytes.length < more) return;
        expect(() => inflate(deflated, bytes.length - more)).toThrow(/^it inflates to more than /);
      }),
    );
  });

  test('refuses every beginning, and whatever follows', () => {
    const bytes = new TextEncoder().encode('10.0.0.1:443 10.0.0.2:443 10.0.0.3:80 '.repeat(9));
    for (const level of [0, 1, 9]) {
      const deflated = deflateRawSync(bytes, { level });
      for (let length = 0; length < deflated.length; length++) {
        expect(() => inflate(deflated.subarray(0, length), bytes.length), `${length}`).toThrow();
      }
      expect(() => inflate(Buffer.concat([deflated, Buffer.of(0)]), bytes.length)).toThrow(
        'bytes follow the end of the compressed data',
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
            own = inflate(deflated, length);
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

  test('takes what fills the window, and knows what does not', () => {
    const { INFLATE_SLACK_BYTES, WINDOW_BYTES } = engine.run((kernels) => kernels);
    const all = Uint8Array.from({ length: WINDOW_BYTES }, (_, i) => (i * i) >> 9);
    for (const level of [0, 9]) {
      let length = 1;
      const fits = (): boolean =>
        deflateRawSync(all.subarray(0, length), { level }).length + length + 2 * INFLATE_SLACK_BYTES <=
        WINDOW_BYTES;
      for (let step = 1 << 17; step > 0; step >>= 1) {
        length += step;
        if (length > all.length || !fits()) length -= step;
      }
      const bytes = all.subarray(0, length);
      const deflated = deflateRawSync(bytes, { level });
      expect(canInflate(engine, deflated, length)).toBe(true);
      expect(Buffer.compare(inflate(deflated, length), bytes)).toBe(0);
      const room = WINDOW_BYTES - 2 * INFLATE_SLACK_BYTES - deflated.length;
      expect(canInflate(engine, deflated, room)).toBe(true);
      expect(canInflate(engine, deflated, room + 1)).toBe(false);
    }
  });

  test('agrees with zlib on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), (bytes) => {
        const expected = zlibResult(bytes);
        if (expected === undefined) expect(() => inflate(bytes, 100)).toThrow();
        else expect(Buffer.from(inflate(bytes, expected.length))).toEqual(expected);
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
