import type { Engine } from '../engine/engine.js';
import { columnType, VALUE_BYTES } from './columns.js';
import { SIDE_FIELDS, withColumns, withSideBlocks, withSides, type Side } from './diffSides.js';
import { withEndNumbers, type EndNumbers, type RowList } from './endNumbers.js';
import { STATE_LISTEN } from './names.js';
import { orderByColumns } from './order.js';
import type { TableData } from './tableData.js';

/** A row of the table before, and the row of the table after that is the same connection. */
export type RowPair = readonly [before: number, after: number];

/** What differs between two tables, as row numbers, in the order of connection keys. */
export interface TableDiff {
  /** Rows of the table after that the table before does not have. */
  readonly opened: Uint32Array;
  /** Rows of the table before that the table after does not have. */
  readonly closed: Uint32Array;
  readonly stateChanged: readonly RowPair[];
  readonly ownerChanged: readonly RowPair[];
}

/** The filter of keys has so many bits for each of them, or up to twice as many. */
const FILTER_BITS_PER_KEY = 32;

/** Compares two tables by connection key (see Table.ts): what was opened, closed, or changed. */
export function diffData(before: TableData, after: TableData): TableDiff {
  const { engine } = before;
  return withSides(engine, before, after, (a, b) => {
    const isWide = a.further.length > 0;
    const areInOrder = !isWide && isInKeyOrder(engine, before, a) && isInKeyOrder(engine, after, b);
    return (areInOrder ? diffInOrder(engine, a, b) : undefined) ?? diffInNoOrder(engine, a, b);
  });
}

function isInKeyOrder(engine: Engine, data: TableData, side: Side): boolean {
  data.isInKeyOrder ??= withSideBlocks(engine, side, side, (block) =>
    engine.run((kernels) => kernels.isInKeyOrder(block) !== 0),
  );
  return data.isInKeyOrder;
}

/** Compares tables whose rows are in order of connection key; undefined where some key has very many rows. */
function diffInOrder(engine: Engine, a: Side, b: Side): TableDiff | undefined {
  return withSortedBlock(engine, a, 0, 0, (sortedA) =>
    withSortedBlock(engine, b, 0, 0, (sortedB) =>
      withChanges(engine, a.rows, b.rows, (changes) =>
        engine.run((kernels) => kernels.mergeInOrder(sortedA, sortedB, changes) !== 0),
      ),
    ),
  );
}

function diffInNoOrder(engine: Engine, a: Side, b: Side): TableDiff {
  return withDifferent(engine, a, b, (listA, listB) => {
    const compare = (sortedA: number, sortedB: number): TableDiff =>
      withChanges(engine, listA.count, listB.count, (changes) => {
        engine.run((kernels) => kernels.mergeSorted(sortedA, sortedB, changes));
        return true;
      })!;
    const withBoth = (endsA?: EndNumbers, endsB?: EndNumbers): TableDiff =>
      withSorted(engine, a, listA, endsA, (sortedA) =>
        withSorted(engine, b, listB, endsB, (sortedB) => compare(sortedA, sortedB)),
      );
    return a.further.length === 0 ? withBoth() : withEndNumbers(engine, [a, listA], [b, listB], withBoth);
  });
}

/** Lends lists of the rows that may differ: with all rows of every key that does, and perhaps some others. */
function withDifferent<Result>(
  engine: Engine,
  a: Side,
  b: Side,
  use: (listA: RowList, listB: RowList) => Result,
): Result {
  const bytes = [a.rows * 4, b.rows * 4];
  return withSideBlocks(engine, a, b, (blockA, blockB) =>
    engine.withBlocks([...bytes, ...bytes], ([restA, restB, allA, allB]) => {
      const countA = engine.run((kernels) => kernels.findUnpaired(blockA, blockB, restA!, restB!) >>> 0);
      const gaveUp = engine.run((kernels) => countA === kernels.DIFF_GAVE_UP >>> 0);
      if (gaveUp) return use(allRows(engine, a, allA!), allRows(engine, b, allB!));
      const countB = countA + b.rows - a.rows;
      const filterBits = Math.ceil(Math.log2(Math.max(8, (countA + countB) * FILTER_BITS_PER_KEY)));
      const count = engine.withBlocks([2 ** filterBits / 8], ([filter]) => {
        engine.bytes.fill(0, filter, filter! + 2 ** filterBits / 8);
        return engine.run((kernels) => {
          kernels.markKeys(blockA, restA!, countA, filter!, filterBits);
          kernels.markKeys(blockB, restB!, countB, filter!, filterBits);
          const lists = [restA!, countA, restB!, countB] as const;
          return kernels.addCompanions(blockA, blockB, ...lists, filter!, filterBits, allA!, allB!) >>> 0;
        });
      });
      return use({ address: allA!, count }, { address: allB!, count: count + b.rows - a.rows });
    }),
  );
}

function allRows(engine: Engine, { rows }: Side, address: number): RowList {
  const list = engine.borrowU32(address, rows);
  for (let row = 0; row < rows; row++) list[row] = row;
  return { address, count: rows };
}

/** Brings rows of a table in order of connection key, pid and state, and lends them as `Sorted`. */
function withSorted<Result>(
  engine: Engine,
  side: Side,
  list: RowList,
  ends: EndNumbers | undefined,
  use: (sorted: number) => Result,
): Result {
  const rows = list.count;
  return withColumns(engine, rows, (gathered) =>
    withSideBlocks(engine, side, gathered, (from, to) => {
      engine.run((kernels) => kernels.gatherRows(from, list.address, rows, to));
      if (ends !== undefined) replaceEnds(engine, gathered, ends);
      const keys = SIDE_FIELDS.map((field, i) => ({
        address: gathered.addresses[i]!,
        valueBytes: VALUE_BYTES[columnType(field)],
        descending: false,
      }));
      return engine.withBlocks([rows * 4], ([order]) => {
        orderByColumns(engine, keys, rows, order!);
        return withSortedBlock(engine, gathered, order!, list.address, use);
      });
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

/** Lends what `Sorted` in assembly/diff/merge.ts is. */
function withSortedBlock<Result>(
  engine: Engine,
  side: Side,
  order: number,
  numbers: number,
  use: (sorted: number) => Result,
): Result {
  const bytes = engine.run((kernels) => kernels.DIFF_SORTED_BYTES);
  return engine.withBlocks([bytes], ([sorted]) => {
    engine.words.set([side.rows, ...side.addresses, 0, 0, order, numbers], sorted! / 4);
    return use(sorted!);
  });
}

/** Lends `Changes` of assembly/diff/merge.ts to a comparison, and reads them if that says that it came to an end. */
function withChanges(
  engine: Engine,
  rowsA: number,
  rowsB: number,
  compare: (changes: number) => boolean,
): TableDiff | undefined {
  const pairs = Math.min(rowsA, rowsB) * 8;
  const changesBytes = engine.run((kernels) => kernels.DIFF_CHANGES_BYTES);
  const lengths = [changesBytes, rowsB * 4, rowsA * 4, pairs, pairs];
  return engine.withBlocks(lengths, ([changes, opened, closed, states, owners]) => {
    const lists = engine.borrowU32(changes!, 8);
    lists.set([opened!, 0, closed!, 0, states!, 0, owners!, 0]);
    if (!compare(changes!)) return undefined;
    return {
      opened: engine.borrowU32(opened!, lists[1]!).slice(),
      closed: engine.borrowU32(closed!, lists[3]!).slice(),
      stateChanged: readPairs(engine.borrowU32(states!, lists[5]! * 2)),
      ownerChanged: readPairs(engine.borrowU32(owners!, lists[7]! * 2)),
    };
  });
}

/** A row before and a row after, one pair after the other. */
function readPairs(rows: Uint32Array): RowPair[] {
  const pairs: RowPair[] = [];
  for (let i = 0; i < rows.length; i += 2) pairs.push([rows[i]!, rows[i + 1]!]);
  return pairs;
}
