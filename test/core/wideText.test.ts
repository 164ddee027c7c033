import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { createDecoder, type Decoder } from 'tcpscope/core';
import { decodeSockets, textOf } from '../reference/mibTables.js';

// Tables of IPv6 alone, whose addresses are measured four at a time and written two groups at a time, where they have no run of zeros.

const ROW_BYTES = 60;
/** Around each number of digits; zeros now and then, so that some have no run. */
const group = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(1, 15, 16, 255, 256, 4095, 4096, 0x8000, 0xffff) },
  { weight: 1, arbitrary: fc.constant(0) },
);
const address = fc.array(group, { minLength: 8, maxLength: 8 });
const scope = fc.oneof(
  { weight: 9, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.nat(99_999_999) },
);
const row = fc.tuple(address, scope, address, scope);

let decoder: Decoder;

beforeAll(async () => {
  decoder = await createDecoder(readFileSync(new URL('../../dist/tcpscope.wasm', import.meta.url)));
});

test('CSV of any number of rows, to the last byte', () => {
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 20 }), fc.nat(600), (rows, count) => {
      const bytes = encode(Array.from({ length: count }, (_, i) => rows[(i * 7 + (i >> 4)) % rows.length]!));
      using table = decoder.decode(bytes, 'tcp6-2');
      const lines = decodeSockets('tcp6-2', bytes).map(
        ({ local, remote }) => `TCP,IPv6,5,${textOf(local)},${local.port},${textOf(remote!)},443,77\n`,
      );
      const keys = 'protocol,family,state,localAddress,localPort,remoteAddress,remotePort,pid';
      const text = new TextDecoder().decode(table.formatCsv(undefined, keys.split(',')));
      expect(text).toBe([`${keys}\n`, ...lines].join(''));
    }),
    { numRuns: 150 },
  );
});

function encode(rows: readonly (readonly [number[], number, number[], number])[]): Uint8Array {
  const bytes = new Uint8Array(4 + rows.length * ROW_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, rows.length, true);
  for (const [i, [local, localScope, remote, remoteScope]] of rows.entries()) {
    const at = 4 + i * ROW_BYTES;
    local.forEach((value, n) => view.setUint16(at + 2 * n, value));
    view.setUint32(at + 16, localScope, true);
    view.setUint16(at + 20, i);
    remote.forEach((value, n) => view.setUint16(at + 24 + 2 * n, value));
    view.setUint32(at + 40, remoteScope, true);
    view.setUint16(at + 44, 443);
    view.setUint32(at + 48, 5, true);
    view.setUint32(at + 52, 77, true);
  }
  return bytes;
}
