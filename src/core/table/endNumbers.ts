import type { Engine } from '../engine/engine.js';
import type { Columns } from './columns.js';
import { withDistinct } from './distinct.js';
import { ADDRESS_COLUMNS, CONSTANT_FIELDS, type AddressField, type StoredField } from './fields.js';

/** Kernels read 16 values at a time, so up to 15 of four bytes behind the last one. */
const READABLE_BYTES_AFTER = 60;

/** Where the numbers of a table's local and remote addresses stand, a u32 a row. */
export interface EndNumbers {
  readonly local: number;
  readonly remote: number;
}

/**
 * Numbers the addresses of two tables, with protocol, family and scope id: what is the same in both has the same number, above 0,
 * and numbers have the order of what they stand for.
 */
export function withEndNumbers<Result>(
  engine: Engine,
  tables: readonly [Columns, Columns],
  use: (numbers: [EndNumbers, EndNumbers]) => Result,
): Result {
  const parts = tables.flatMap((columns) =>
    (['local', 'remote'] as const).map((field) => ({ columns, keys: keysOf(field) })),
  );
  const rows = parts.reduce((sum, { columns }) => sum + columns.rowCount, 0);
  const lengths = keysOf('local').map(() => rows * 4 + READABLE_BYTES_AFTER);
  return engine.withBlocks([rows * 4 + READABLE_BYTES_AFTER], ([numbers]) => {
    engine.withBlocks(lengths, (blocks) => {
      let at = 0;
      for (const { columns, keys } of parts) {
        for (const [i, key] of keys.entries()) copyColumn(engine, columns, key, blocks[i]! + at);
        at += columns.rowCount * 4;
      }
      withDistinct(engine, blocks, rows, (distinct) => {
        engine.bytes.copyWithin(numbers!, distinct.numbers, distinct.numbers + rows * 4);
      });
    });
    const [rowsA, rowsB] = tables.map(({ rowCount }) => rowCount * 4) as [number, number];
    const b = numbers! + 2 * rowsA;
    return use([
      { local: numbers!, remote: numbers! + rowsA },
      { local: b, remote: b + rowsB },
    ]);
  });
}

/** What tells addresses apart, the most significant first. */
function keysOf(field: AddressField): StoredField[] {
  const { words, scope } = ADDRESS_COLUMNS[field];
  return ['protocol', 'family', ...words, scope];
}

/** Copies a column, of this engine or another; one that the table does not have is the same in all rows. */
function copyColumn(engine: Engine, columns: Columns, field: StoredField, to: number): void {
  const target = engine.borrowU32(to, columns.rowCount);
  if (columns.has(field)) target.set(columns.borrow(field));
  else target.fill(CONSTANT_FIELDS.get(field) ?? 0);
}
