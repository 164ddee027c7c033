import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { createDecoder, type Decoder } from 'tcpscope/core';
import { markRows } from '../../dist/core/table/markedRows.js';
import { encodeRows } from '../reference/arbitraryTable.js';
import { randomOf } from '../reference/largeOrders.js';

// Marks are made a block of 1,024 rows at a time, and their words end at multiples of 32.
const COUNTS = [0, 1, 31, 32, 33, 1023, 1024, 1025, 2048, 5000, 70_001];

const CASES: readonly (readonly [text: string, holds: (state: number, pid: number) => boolean])[] = [
  ['state = 5', (state) => state === 5],
  ['not state = 5', (state) => state !== 5],
  ['pid >= 0', () => true],
  ['pid = 9', () => false],
  // Several levels of the stack, and ranges that are united on one more.
  [
    'pid in 1, 3 and (state = 2 or not (state in 5, 11 or pid = 3))',
    (state, pid) => [1, 3].includes(pid) && (state === 2 || !([5, 11].includes(state) || pid === 3)),
  ],
];

describe.each(['tcpscope.wasm', 'tcpscope.debug.wasm'])('%s', (file) => {
  let decoder: Decoder;

  beforeAll(async () => {
    decoder = await createDecoder(readFileSync(new URL(`../../dist/${file}`, import.meta.url)));
  });

  test.each(COUNTS)('of %i rows those that match are marked, and their states counted', (count) => {
    const random = randomOf(count + 1);
    const rows = Array.from({ length: count }, () => [[1, 2, 5, 11, 300][random(5)]!, random(4)] as const);
    using table = decoder.decode(encodeRows(rows.map(([state, pid]) => [state, 0, 0, 0, 0, pid, 0])), 'tcp2');
    for (const [text, holds] of CASES) {
      const { marks, count: marked, states } = markRows(table, text);
      const expected = rows.map(([state, pid]) => holds(state, pid));
      expect(rows.map((_, i) => ((marks[i >>> 5]! >>> (i & 31)) & 1) === 1)).toEqual(expected);
      expect(marked).toBe(expected.filter(Boolean).length);
      const counts = new Map<number, number>();
      for (const [i, [state]] of rows.entries())
        if (expected[i]) counts.set(state, (counts.get(state) ?? 0) + 1);
      expect(new Map(states.map(({ value, count: ofState }) => [value, ofState]))).toEqual(counts);
    }
  });

  test('what cannot be understood marks nothing', () => {
    using table = decoder.decode(encodeRows([[1, 0, 0, 0, 0, 1, 0]]), 'tcp2');
    expect(() => markRows(table, 'state =')).toThrow(expect.objectContaining({ code: 'bad-expression' }));
  });
});
