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

  test('agrees with zlib on which codes there can be', () => {
    // Of the changes, one code of the greatest length too many is the one that most nearly fits.
    const change = fc.tuple(fc.oneof(fc.nat(), fc.constant(-1)), fc.oneof(fc.nat(15), fc.constant(15)));
    const code = fc.tuple(fc.array(fc.nat(), { maxLength: 40 }), fc.option(change, { freq: 2 }));
    const seen = { taken: 0, refused: 0 };
    fc.assert(
      fc.property(code, code, (literals, distances) => {
        const bytes = emptyBlock(lengthsOf(...literals, 286), lengthsOf(...distances, 30));
        const isRight = zlibResult(bytes) !== undefined;
        seen[isRight ? 'taken' : 'refused']++;
        if (isRight) expect(inflate(bytes, 0)).toEqual(new Uint8Array(0));
        else expect(() => inflate(bytes, 0)).toThrow();
      }),
      { numRuns: 3000 },
    );
    expect(Math.min(seen.taken, seen.refused)).toBeGreaterThan(300);
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

/**
 * Lengths of a complete code, made by splitting one code after another, the last of which is that of the end of a block where there is one;
 * none where there are no splits; and one of them changed, which mostly leaves too many codes or too few.
 */
function lengthsOf(
  splits: readonly number[],
  change: readonly [number, number] | null,
  count: number,
): number[] {
  if (splits.length === 0) return Array.from({ length: count }, () => 0);
  const codes = [1, 1];
  for (const split of splits) {
    // The longest ones are split as often as all others together, or none would come to 15 bits.
    const at = split % 2 === 0 ? codes.length - 1 : split % codes.length;
    if (codes[at]! < 15 && codes.length < count) codes.splice(at, 1, codes[at]! + 1, codes[at]! + 1);
  }
  const lengths = Array.from({ length: count }, () => 0);
  for (const [i, length] of codes.entries())
    lengths[i < codes.length - 1 ? i : Math.min(256, count - 1)] = length;
  if (change !== null) lengths[change[0] < 0 ? codes.length : change[0] % codes.length] = change[1];
  return lengths;
}

/** A last block of these codes that holds nothing but its end. */
function emptyBlock(literals: readonly number[], distances: readonly number[]): Uint8Array {
  const bits: number[] = [];
  const put = (value: number, count: number): void => {
    for (let i = 0; i < count; i++) bits.push((value >> i) & 1);
  };
  const putCode = (value: number, count: number): void => {
    for (let i = count - 1; i >= 0; i--) bits.push((value >> i) & 1);
  };
  put(1, 1);
  put(2, 2);
  put(literals.length - 257, 5);
  put(distances.length - 1, 5);
  put(19 - 4, 4);
  // The lengths from 0 to 15 have four bits each, and nothing is repeated.
  for (const symbol of [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15])
    put(symbol < 16 ? 4 : 0, 3);
  for (const length of [...literals, ...distances]) putCode(length, 4);
  // The code of the end is the last one of its length.
  const length = literals[256]!;
  let code = 0;
  for (let bit = 1; bit <= length; bit++) {
    code = (code + (bit > 1 ? literals.filter((other) => other === bit - 1).length : 0)) << 1;
  }
  putCode(code + literals.filter((other) => other === length).length - 1, length);
  const bytes = new Uint8Array(Math.ceil(bits.length / 8));
  for (const [i, bit] of bits.entries()) bytes[i >> 3]! |= bit << (i & 7);
  return bytes;
}

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
