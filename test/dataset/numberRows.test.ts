import fc from 'fast-check';
import { expect, test } from 'vitest';
import { numberRows } from '../../dist/core/dataset/numberRows.js';

const value = fc.oneof(fc.nat(3), fc.nat(0xffffffff), fc.constantFrom(0, 0xffffffff, 0x80000000));

/** By a Map of texts. */
function reference(columns: readonly (readonly number[])[], rows: number) {
  const known = new Map<string, number>();
  const members: number[] = [];
  const numbers = Array.from({ length: rows }, (_, row) => {
    const key = columns.map((column) => column[row]).join();
    if (!known.has(key)) known.set(key, members.push(row) - 1);
    return known.get(key)!;
  });
  return { numbers, members };
}

test('rows get the numbers that a Map of their values gives them', () => {
  const columns = fc
    .tuple(fc.integer({ min: 1, max: 4 }), fc.nat(200))
    .chain(([width, rows]) =>
      fc.array(fc.array(value, { minLength: rows, maxLength: rows }), { minLength: width, maxLength: width }),
    );
  fc.assert(
    fc.property(columns, (lists) => {
      const rows = lists[0]!.length;
      const { numbers, members } = numberRows(
        lists.map((list) => Uint32Array.from(list)),
        rows,
      );
      expect({ numbers: [...numbers], members: [...members] }).toEqual(reference(lists, rows));
    }),
    { numRuns: 500 },
  );
});

test('many values: the table grows, and nothing is lost', () => {
  const column = Uint32Array.from({ length: 200_000 }, (_, i) => Math.imul(i >>> 1, 0x9e3779b1) >>> 0);
  for (const columns of [[column], [column, column.map((v) => v & 3)]]) {
    const { numbers, members } = numberRows(columns, column.length);
    expect(members.length).toBe(100_000);
    expect(numbers.every((number, row) => number === row >>> 1)).toBe(true);
  }
});
