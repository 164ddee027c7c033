import type { Engine } from '../engine/engine.js';
import { withDistinct } from './distinct.js';

/** Kernels read and write 16 values at a time, so up to 15 of four bytes behind the last one. */
const SLACK_BYTES = 64;
/** Values from the lowest to the highest for which each gets a counter: where there are this many a row, and in all. */
const COUNTERS_PER_ROW = 4;
const MOST_COUNTERS = 2 ** 17;
const ALWAYS_COUNTERS = 1024;
/** From so many rows on, to deal them out pays for values of every kind: of fewer, each of 4,096 buckets may get only a few. */
const LEAST_BUCKETED_ROWS = 2 ** 19;

/** A column of the rows that are counted; address 0 where all of them have the value 0. */
export interface CountColumn {
  readonly address: number;
  readonly valueBytes: number;
  /** Bits of a value that are left out, from the lowest on. */
  readonly shift: number;
}

/** Rows to count: row numbers in the engine's memory, or address 0 for all rows of the table. */
export interface CountedRows {
  readonly address: number;
  readonly count: number;
}

/** Groups of rows, each by the values that it has. Lent: valid until the engine allocates again. */
export interface Groups {
  /** Values of the first and of the second column; of a single column, the second ones are not there. */
  readonly values: readonly [Uint32Array, Uint32Array?];
  readonly counts: Uint32Array;
  /** Numbers of the groups: the most frequent first, of equally frequent ones the lowest values first. */
  readonly order: Uint32Array;
}

/** Values in the engine's memory, one u32 a row. */
interface Values {
  readonly address: number;
  readonly rows: number;
  /** Bits that are left out of each, from the lowest on. */
  readonly shift: number;
  /** Of the values without these bits. */
  readonly low: number;
  readonly high: number;
}

/** Counts rows by the values of one column or of two, and lends at least the `limit` most frequent groups to `use`. */
export function withGroups<Result>(
  engine: Engine,
  rows: CountedRows,
  columns: readonly [CountColumn, CountColumn?],
  limit: number,
  use: (groups: Groups) => Result,
): Result {
  const [first, second] = columns;
  if (second === undefined) {
    return withValues(engine, rows, first, (a) =>
      withCounts(engine, a, (values, counts, groups) =>
        lendGroups(engine, counts, groups, limit, (lent) =>
          use({ ...lent, values: [engine.borrowU32(values, groups)] }),
        ),
      ),
    );
  }
  return withWholeValues(engine, rows, first, (a) =>
    withWholeValues(engine, rows, second, (b) => withPairs(engine, a, b, limit, use)),
  );
}

/** Lends the values of a column as u32s, and their range. Those of a whole column of u32 are counted where they stand. */
function withValues<Result>(
  engine: Engine,
  rows: CountedRows,
  column: CountColumn,
  use: (values: Values) => Result,
): Result {
  const { address, valueBytes, shift } = column;
  if (rows.address !== 0 || valueBytes !== 4 || address === 0)
    return withWholeValues(engine, rows, column, use);
  return withWholeValues(engine, rows, { address, valueBytes, shift: 0 }, (values) =>
    use({ ...values, shift, low: values.low >>> shift, high: values.high >>> shift }),
  );
}

/** As withValues, without bits to be left out. */
function withWholeValues<Result>(
  engine: Engine,
  { address: selected, count: rows }: CountedRows,
  { address, valueBytes, shift }: CountColumn,
  use: (values: Values) => Result,
): Result {
  const isReady = selected === 0 && valueBytes === 4 && shift === 0 && address !== 0;
  return engine.withBlocks([isReady ? 0 : rows * 4 + SLACK_BYTES, 8], ([block, range]) => {
    const values = isReady ? address : block!;
    if (rows === 0 || address === 0) {
      engine.words.fill(0, values / 4, values / 4 + rows);
      return use({ address: values, rows, shift: 0, low: 0, high: 0 });
    }
    engine.run((kernels) => {
      if (!isReady) kernels.gatherValues(selected, rows, address, valueBytes, shift, values);
      kernels.valueRange(values, rows, range!);
    });
    const [low, high] = engine.borrowU32(range!, 2) as unknown as [number, number];
    return use({ address: values, rows, shift: 0, low, high });
  });
}

/** Lists the different values, the lowest first, and their counts; lends their addresses and their number. */
function withCounts<Result>(
  engine: Engine,
  from: Values,
  use: (values: number, counts: number, groups: number) => Result,
): Result {
  const { address, rows, shift, low, high } = from;
  const range = high - low + 1;
  if (range <= Math.min(MOST_COUNTERS, Math.max(ALWAYS_COUNTERS, rows * COUNTERS_PER_ROW))) {
    const sets = engine.run((kernels) => kernels.COUNTER_SETS);
    const listBytes = (range + 1) * 4;
    return engine.withBlocks([listBytes, listBytes, range * 4 * sets], ([values, counts, counters]) => {
      const groups = engine.run((kernels) => {
        kernels.countDirectly(address, rows, shift, low, range, counters!);
        return kernels.listCounted(counters!, low, range, values!, counts!);
      });
      return use(values!, counts!, groups);
    });
  }
  const hashed = withHashedCounts(engine, from, use);
  if (hashed !== undefined) return hashed;
  const mostBucketed = engine.run((kernels) => kernels.MOST_BUCKETED);
  return range <= mostBucketed && rows >= LEAST_BUCKETED_ROWS
    ? withBucketedCounts(engine, from, range, use)
    : withSortedCounts(engine, from, use);
}

function withHashedCounts<Result>(
  engine: Engine,
  { address, rows, shift }: Values,
  use: (values: number, counts: number, groups: number) => Result,
): Result | undefined {
  const listBytes = engine.run((kernels) => kernels.MOST_HASHED) * 4;
  return engine.withBlocks([listBytes, listBytes], ([values, counts]) => {
    const groups = engine.run((kernels) => kernels.countHashed(address, rows, shift, values!, counts!));
    return groups < 0 ? undefined : use(values!, counts!, groups);
  });
}

function withBucketedCounts<Result>(
  engine: Engine,
  { address, rows, shift, low }: Values,
  range: number,
  use: (values: number, counts: number, groups: number) => Result,
): Result {
  return engine.withBlocks([rows * 4, rows * 4, rows * 2], ([values, counts, lowers]) => {
    const groups = engine.run((kernels) =>
      kernels.countBucketed(address, rows, shift, low, range, lowers!, values!, counts!),
    );
    return use(values!, counts!, groups);
  });
}

function withSortedCounts<Result>(
  engine: Engine,
  { address, rows, shift, low, high }: Values,
  use: (values: number, counts: number, groups: number) => Result,
): Result {
  const bytes = rows * 4 + SLACK_BYTES;
  return engine.withBlocks([bytes, bytes, bytes], ([values, scratch, counts]) => {
    const groups = engine.run((kernels) => {
      kernels.gatherValues(0, rows, address, 4, shift, values!);
      const sorted = kernels.sortValues(values!, rows, low, high, scratch!);
      return kernels.countSorted(sorted, rows, values!, counts!);
    });
    return use(values!, counts!, groups);
  });
}

/** Counts pairs of values: as one value where both ranges together fit into 32 bits, else by number. */
function withPairs<Result>(
  engine: Engine,
  a: Values,
  b: Values,
  limit: number,
  use: (groups: Groups) => Result,
): Result {
  const secondRange = b.high - b.low + 1;
  const high = (a.high - a.low) * secondRange + (secondRange - 1);
  if (high >= 2 ** 32) return withNumberedPairs(engine, a, b, limit, use);
  return engine.withBlocks([a.rows * 4], ([joined]) => {
    engine.bytes.copyWithin(joined!, a.address, a.address + a.rows * 4);
    engine.run((kernels) => {
      kernels.joinValues(joined!, a.low, b.address, b.low, secondRange, a.rows);
    });
    const pairs = { address: joined!, rows: a.rows, shift: 0, low: 0, high };
    return withCounts(engine, pairs, (values, counts, groups) =>
      lendGroups(engine, counts, groups, limit, (lent) => {
        const both = engine.borrowU32(values, groups);
        const first = both.map((pair) => Math.floor(pair / secondRange) + a.low);
        const second = both.map((pair) => (pair % secondRange) + b.low);
        return use({ ...lent, values: [first, second] });
      }),
    );
  });
}

/** As one number for each pair that there is, in their order. */
function withNumberedPairs<Result>(
  engine: Engine,
  a: Values,
  b: Values,
  limit: number,
  use: (groups: Groups) => Result,
): Result {
  return withDistinct(engine, [a.address, b.address], a.rows, ({ numbers, members }) => {
    const rowOf = members.slice();
    const pairs = { address: numbers, rows: a.rows, shift: 0, low: 1, high: rowOf.length };
    return withCounts(engine, pairs, (values, counts, groups) =>
      lendGroups(engine, counts, groups, limit, (lent) => {
        const numberOf = engine.borrowU32(values, groups);
        const valuesOf = ({ address }: Values): Uint32Array => {
          const column = engine.borrowU32(address, a.rows);
          return numberOf.map((number) => column[rowOf[number - 1]!]!);
        };
        return use({ ...lent, values: [valuesOf(a), valuesOf(b)] });
      }),
    );
  });
}

/** Lends the counts, and the groups in their order. */
function lendGroups<Result>(
  engine: Engine,
  counts: number,
  groups: number,
  limit: number,
  use: (lent: Pick<Groups, 'counts' | 'order'>) => Result,
): Result {
  const bytes = (groups + 1) * 4;
  return engine.withBlocks([bytes, bytes], ([order, scratch]) => {
    const wanted = Math.min(limit, groups);
    const found = engine.run((kernels) => kernels.orderByCount(counts, groups, wanted, order!, scratch!));
    return use({
      counts: engine.borrowU32(counts, groups),
      order: engine.borrowU32(order!, Math.min(found, wanted)),
    });
  });
}
