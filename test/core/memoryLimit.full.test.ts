import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createDecoder } from 'tcpscope/core';
import { encodeRows } from '../reference/arbitraryTable.js';
import { makeTable } from '../reference/largeTable.js';

const wasm = readFileSync(new URL('../../dist/tcpscope.wasm', import.meta.url));

test('a table that WebAssembly cannot hold is an error with the bytes that it needs', async () => {
  const decoder = await createDecoder(wasm);
  const raw = makeTable(10_000_000);
  const tables = [];
  let error: unknown;
  try {
    // Each takes 280 MB of columns; the memory ends at 4 GiB.
    for (let i = 0; i < 16; i++) tables.push(decoder.decode(raw, 'tcp2'));
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toMatchObject({ code: 'out-of-memory' });
  expect((error as Error).message).toMatch(
    /^the table needs 2800000\d\d more bytes of memory than the \d+ in use, and WebAssembly cannot have them \(its limit is 4294967296 bytes\)$/,
  );
  // Nothing that was decoded before is lost.
  expect(tables[0]!.row(9_999_999).pid).toBe(9_999_999 % 256);
  for (const table of tables) table.free();
  using again = decoder.decode(encodeRows([[5, 1, 1, 1, 1, 43, 0]]), 'tcp2');
  expect(again.row(0).pid).toBe(43);
}, 120_000);
