import type { Engine } from '../engine/engine.js';
import { orderByColumns } from './orderByColumns.js';

/** Numbers for what is different in several columns: 1 for the lowest, and so on in their order. */
export interface Distinct {
  /** Address of each row's number, a u32. */
  readonly numbers: number;
  /** A row that has each number: that of 1 first. Lent: valid until the engine allocates. */
  readonly members: Uint32Array;
}

/** Numbers the rows of columns of u32, given by their addresses, the most significant first. */
export function withDistinct<Result>(
  engine: Engine,
  columns: readonly number[],
  rows: number,
  use: (distinct: Distinct) => Result,
): Result {
  const bytes = rows * 4;
  return engine.withBlocks([bytes, bytes], ([numbers, members]) => {
    const varying = varyingColumns(engine, columns, rows);
    const found = engine.withBlocks([bytes, varying.length * 4], ([order, list]) => {
      orderByColumns(
        engine,
        varying.map((address) => ({ address, valueBytes: 4, descending: false })),
        rows,
        order!,
      );
      engine.words.set(varying, list! / 4);
      return engine.run((kernels) =>
        kernels.numberDistinct(list!, varying.length, order!, rows, numbers!, members!),
      );
    });
    return use({ numbers: numbers!, members: engine.borrowU32(members!, found) });
  });
}

/** The columns without those that are the same in all rows: what these say is read from every row otherwise. */
function varyingColumns(engine: Engine, columns: readonly number[], rows: number): number[] {
  if (rows === 0) return [];
  return engine.withBlocks([8], ([range]) =>
    columns.filter((column) => {
      engine.run((kernels) => kernels.valueRange(column, rows, range!));
      const [low, high] = engine.borrowU32(range!, 2);
      return low !== high;
    }),
  );
}
