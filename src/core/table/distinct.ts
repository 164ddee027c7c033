import type { Engine } from '../engine/engine.js';
import { orderByColumns } from './order.js';

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
    const found = engine.withBlocks([bytes, columns.length * 4], ([order, list]) => {
      orderByColumns(
        engine,
        columns.map((address) => ({ address, valueBytes: 4, descending: false })),
        rows,
        order!,
      );
      engine.words.set(columns, list! / 4);
      return engine.run((kernels) =>
        kernels.numberDistinct(list!, columns.length, order!, rows, numbers!, members!),
      );
    });
    return use({ numbers: numbers!, members: engine.borrowU32(members!, found) });
  });
}
