import type { Engine } from '../engine/engine.js';
import { columnType, VALUE_BYTES } from './columns.js';
import { SIDE_FIELDS, withColumns, withSideBlocks, type Side } from './diffSides.js';
import type { EndNumbers, RowList } from './endNumbers.js';
import { STATE_LISTEN } from './names.js';
import type { ColumnKey } from './orderByColumns.js';

/** The filter of keys has so many bits for each of them, or up to twice as many. */
const FILTER_BITS_PER_KEY = 32;

/**
 * Lends lists of the rows of two tables that may differ: with all rows of every key that does, and perhaps some others. The rows that are
 * in no list are the same on both sides, in the same order.
 */
export function withDifferent<Result>(
  engine: Engine,
  a: Side,
  b: Side,
  use: (listA: RowList, listB: RowList) => Result,
): Result {
  return withSideBlocks(engine, a, b, (blockA, blockB) =>
    withUnpaired(engine, a, b, blockA, blockB, (unpaired) =>
      engine.withBlocks([a.rows * 4, b.rows * 4], ([allA, allB]) => {
        if (unpaired === undefined) return use(allRows(engine, a, allA!), allRows(engine, b, allB!));
        const [restA, restB] = unpaired;
        const keys = restA.count + restB.count;
        const filterBits = Math.ceil(Math.log2(Math.max(8, keys * FILTER_BITS_PER_KEY)));
        const count = engine.withBlocks([2 ** filterBits / 8], ([filter]) => {
          engine.bytes.fill(0, filter, filter! + 2 ** filterBits / 8);
          return engine.run((kernels) => {
            kernels.markKeys(blockA, restA.address, restA.count, filter!, filterBits);
            kernels.markKeys(blockB, restB.address, restB.count, filter!, filterBits);
            const lists = [restA.address, restA.count, restB.address, restB.count] as const;
            return kernels.addCompanions(blockA, blockB, ...lists, filter!, filterBits, allA!, allB!) >>> 0;
          });
        });
        return use({ address: allA!, count }, { address: allB!, count: count + b.rows - a.rows });
      }),
    ),
  );
}

/** Lends lists of the rows that are left when equal rows are paired; undefined where the tables are in no common order. */
export function withUnpaired<Result>(
  engine: Engine,
  a: Side,
  b: Side,
  blockA: number,
  blockB: number,
  use: (unpaired: readonly [a: RowList, b: RowList] | undefined) => Result,
): Result {
  return engine.withBlocks([a.rows * 4, b.rows * 4], ([restA, restB]) => {
    const countA = engine.run((kernels) => kernels.findUnpaired(blockA, blockB, restA!, restB!) >>> 0);
    const gaveUp = engine.run((kernels) => countA === kernels.DIFF_GAVE_UP >>> 0);
    if (gaveUp) return use(undefined);
    const countB = countA + b.rows - a.rows;
    return use([
      { address: restA!, count: countA },
      { address: restB!, count: countB },
    ]);
  });
}

function allRows(engine: Engine, { rows }: Side, address: number): RowList {
  const list = engine.borrowU32(address, rows);
  for (let row = 0; row < rows; row++) list[row] = row;
  return { address, count: rows };
}

/**
 * Lends the rows of a list as columns of their own, in which listeners have no remote end, and whole addresses, where they have numbers,
 * stand in the place of their last words.
 */
export function withListed<Result>(
  engine: Engine,
  side: Side,
  list: RowList,
  ends: EndNumbers | undefined,
  use: (listed: Side) => Result,
): Result {
  return withColumns(engine, list.count, (listed) =>
    withSideBlocks(engine, side, listed, (from, to) => {
      engine.run((kernels) => kernels.gatherRows(from, list.address, list.count, to));
      if (ends !== undefined) replaceEnds(engine, listed, ends);
      return use(listed);
    }),
  );
}

/** Puts the numbers of whole addresses in the place of their last words. A listener's remote end stays zero. */
function replaceEnds(engine: Engine, { rows, addresses }: Side, ends: EndNumbers): void {
  const [local, , remote, , , state] = addresses as [number, number, number, number, number, number];
  engine.bytes.copyWithin(local, ends.local, ends.local + rows * 4);
  const states = engine.borrowU32(state, rows);
  const remotes = engine.borrowU32(remote, rows);
  const numbers = engine.borrowU32(ends.remote, rows);
  for (let row = 0; row < rows; row++) remotes[row] = states[row] === STATE_LISTEN ? 0 : numbers[row]!;
}

/** The first `count` of SIDE_FIELDS as keys to order by: 4 of them are the connection key, with 5 the pid too. */
export function sideKeys({ addresses }: Side, count: number = SIDE_FIELDS.length): ColumnKey[] {
  return SIDE_FIELDS.slice(0, count).map((field, i) => ({
    address: addresses[i]!,
    valueBytes: VALUE_BYTES[columnType(field)],
    descending: false,
  }));
}
