import { readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createDecoder } from 'tcpscope/core';
import { Decoder } from '../../dist/core/decoder.js';
import { checksumByEngine } from '../../dist/core/file/engineChecksum.js';

describe.each(['tcpscope.wasm', 'tcpscope.debug.wasm'])('CRC-32 by %s', async (name) => {
  const decoder = await createDecoder(readFileSync(new URL(`../../dist/${name}`, import.meta.url)));
  const engine = Decoder.engineOf(decoder);

  test('agrees with zlib on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(checksumByEngine(engine, bytes)).toBe(crc32(bytes));
      }),
      { numRuns: 1000 },
    );
  });

  test('agrees with zlib around the end of the window, and on what fills it several times', () => {
    const { WINDOW_BYTES } = engine.run((kernels) => kernels);
    const all = Uint8Array.from({ length: 2 * WINDOW_BYTES + 3 }, (_, i) => (i * 167 + (i >> 7)) & 0xff);
    for (const length of [-9, -8, -1, 0, 1, 7, 8, 9].map((more) => WINDOW_BYTES + more).concat(all.length)) {
      expect(checksumByEngine(engine, all.subarray(0, length)), `${length}`).toBe(
        crc32(all.subarray(0, length)),
      );
    }
  });
});
