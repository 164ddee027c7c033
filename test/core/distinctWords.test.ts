import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Engine } from '../../dist/core/engine/engine.js';
import { withDistinctWords } from '../../dist/core/table/distinctAddresses.js';

const module = new WebAssembly.Module(readFileSync(new URL('../../dist/tcpscope.wasm', import.meta.url)));
const ROWS = 10_000;
/** Kernels read so many bytes behind a column. */
const SLACK_BYTES = 64;

// Few go through a hash table, and all are sorted where nearly every row has its own: never both, whatever is returned.
test.each([
  ['few', 7],
  ['many', ROWS],
])('%s addresses are numbered once, in their order', (_, different) => {
  const engine = new Engine(module);
  const values = Array.from({ length: ROWS }, (_, row) => (Math.imul(row, 0x9e3779b1) >>> 0) % different);
  const sorted = [...new Set(values)].sort((a, b) => a - b);
  const numbered: number[][] = [];
  engine.withBlocks([ROWS * 4 + SLACK_BYTES], ([column]) => {
    engine.borrowU32(column!, ROWS).set(values);
    withDistinctWords(engine, [0, 0, 0, 0, column!, 0], ROWS, ({ numbers }) => {
      numbered.push(Array.from(engine.borrowU32(numbers, ROWS)));
    });
  });
  expect(numbered).toEqual([values.map((value) => sorted.indexOf(value) + 1)]);
});
