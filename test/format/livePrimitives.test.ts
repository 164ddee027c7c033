import { createHash } from 'node:crypto';
import { crc32, deflateRawSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { createDecoder } from 'tcpscope';
import { Decoder } from '../../dist/core/decoder.js';
import { enginePrimitives } from '../../dist/core/file/enginePrimitives.js';
import { startPrimitives } from '../../dist/node/files/startPrimitives.js';

test.each([
  ['of the viewer', (decoder: Decoder) => enginePrimitives(decoder, async () => {})],
  ['of the command line', startPrimitives],
])('after the engine has failed, those %s use the next one', async (_, make) => {
  const decoder = await createDecoder();
  const { crc32: checksum, inflate, sha256 } = make(decoder);
  const bytes = new TextEncoder().encode('10.0.0.1:443 10.0.0.2:443');
  const check = async (): Promise<void> => {
    expect(checksum(bytes)).toBe(crc32(bytes));
    expect(await sha256(bytes)).toEqual(new Uint8Array(createHash('sha256').update(bytes).digest()));
    expect(await inflate(deflateRawSync(bytes), bytes.length)).toEqual(bytes);
  };
  await check();
  const trap = (): never => {
    throw new WebAssembly.RuntimeError('unreachable');
  };
  expect(() => Decoder.engineOf(decoder).run(trap)).toThrow('the engine failed');
  await check();
});
