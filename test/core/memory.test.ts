import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createDecoder } from 'tcpscope/core';
import { encodeRows } from '../reference/arbitraryTable.js';
import { makeTable } from '../reference/largeTable.js';

const wasm = readFileSync(new URL('../../dist/tcpscope.wasm', import.meta.url));

test('a thousand tables need no more memory than the largest of them', async () => {
  const decoder = await createDecoder(wasm);
  const raws = [100, 20_000, 3, 5000].map(makeTable);
  let afterFirst = 0;
  for (let i = 0; i < 1000; i++) {
    using table = decoder.decode(raws[i % raws.length]!, 'tcp2');
    table.order(['-pid', 'remote']);
    table.select('pid > 3 and process != x');
    table.countBy('pid');
    table.formatCsv(Uint32Array.of(0, 1));
    if (i === raws.length) afterFirst = decoder.memoryBytes;
  }
  expect(decoder.memoryBytes).toBe(afterFirst);
});

test('the memory of a very large table is given back when it is freed, and decoding goes on', async () => {
  const decoder = await createDecoder(wasm);
  expect(decoder.memoryBytes).toBe(0);
  const small = decoder.decode(encodeRows([[5, 1, 1, 1, 1, 42, 0]]), 'tcp2');
  const large = decoder.decode(makeTable(10_000_000), 'tcp2');
  expect(decoder.memoryBytes).toBeGreaterThan(280_000_000);
  expect(large.copyColumn('pid').subarray(255, 258)).toEqual(Uint32Array.of(255, 0, 1));
  large.free();
  // A table is still there: its memory, and what has been touched for others, stays.
  expect(small.row(0).pid).toBe(42);
  small.free();
  expect(decoder.memoryBytes).toBe(0);
  using again = decoder.decode(encodeRows([[5, 1, 1, 1, 1, 43, 0]]), 'tcp2');
  expect(again.row(0).pid).toBe(43);
});
