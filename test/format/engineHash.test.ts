import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createDecoder } from 'tcpscope/core';
import { Decoder } from '../../dist/core/decoder.js';
import { EngineHash } from '../../dist/core/file/engineHash.js';
import { enginePrimitives } from '../../dist/core/file/enginePrimitives.js';

const expected = (...parts: readonly Uint8Array[]): Uint8Array =>
  new Uint8Array(createHash('sha256').update(Buffer.concat(parts)).digest());

const noise = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (i * 167 + (i >> 7)) & 0xff);

describe.each(['tcpscope.wasm', 'tcpscope.debug.wasm'])('SHA-256 by %s', async (name) => {
  const decoder = await createDecoder(readFileSync(new URL(`../../dist/${name}`, import.meta.url)));
  const engine = Decoder.engineOf(decoder);

  test('agrees with OpenSSL on every length around the ends of blocks', () => {
    for (let length = 0; length < 300; length++) {
      const bytes = noise(length);
      expect(new EngineHash(engine).add(bytes).digest(), `${length}`).toEqual(expected(bytes));
    }
  });

  test('agrees with OpenSSL around the end of the window', () => {
    const { WINDOW_BYTES } = engine.run((kernels) => kernels);
    const all = noise(WINDOW_BYTES + 2);
    // The window holds a block less than it has, for what is known of the blocks before.
    for (const less of [0, 1, 2, 55, 56, 57, 63, 64, 65, 66, 67, 119, 120, 121, 128, 129, 130]) {
      const bytes = all.subarray(less);
      const hash = new EngineHash(engine).add(bytes).add(bytes.subarray(0, 9));
      expect(Buffer.compare(hash.digest(), expected(bytes, bytes.subarray(0, 9))), `${less}`).toBe(0);
    }
  });

  test('agrees with OpenSSL on pieces of any bytes, whatever the window is used for between them', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 6 }), (parts) => {
        const hash = new EngineHash(engine);
        const other = new EngineHash(engine);
        for (const part of parts) {
          hash.add(part);
          other.add(part.toReversed());
          engine.run((kernels) =>
            engine.bytes.fill(0xaa, kernels.windowAddress(), kernels.windowAddress() + 4096),
          );
        }
        expect(hash.digest()).toEqual(expected(...parts));
        expect(other.digest()).toEqual(expected(...parts.map((part) => part.toReversed())));
      }),
      { numRuns: 300 },
    );
  });

  test('hashes few bytes at once, and many in pieces between which other work passes', async () => {
    let pauses = 0;
    const { sha256 } = enginePrimitives(decoder, async () => void pauses++);
    const few = [noise(5000), noise(0), noise(77)];
    expect(sha256(...few)).toEqual(expected(...few));
    const more = [noise(40_000), noise(1)];
    expect(await sha256(...more)).toEqual(expected(...more));
    expect(pauses).toBe(0);
    const many = [noise((1 << 22) + 1), noise(3)];
    expect(await sha256(...many)).toEqual(expected(...many));
    expect(pauses).toBeGreaterThan(5);
  });
});
