import type { Engine } from '../engine/engine.js';
import { sideKeys, withDifferent, withListed, withUnpaired } from './candidates.js';
import { withSideBlocks, withSides, type Side } from './diffSides.js';
import { withEndNumbers, type EndNumbers, type RowList } from './endNumbers.js';
import { orderByColumns } from './orderByColumns.js';
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

/** Row numbers of two tables, ascending. */
export interface UnpairedRows {
  readonly before: Uint32Array;
  readonly after: Uint32Array;
}

/**
 * The rows that are left when each row is paired with one that is equal in key, pid and state. Not as few as can be: also some, or all,
 * that stand in another order.
 */
export function unpairedRows(before: TableData, after: TableData): UnpairedRows {
  const { engine } = before;
  return withSides(engine, before, after, (a, b) =>
    withSideBlocks(engine, a, b, (blockA, blockB) =>
      withUnpaired(engine, a, b, blockA, blockB, (unpaired) => {
        if (unpaired === undefined) return { before: rowNumbers(a.rows), after: rowNumbers(b.rows) };
        const [listA, listB] = unpaired.map(({ address, count }) => engine.borrowU32(address, count).slice());
        return { before: listA!, after: listB! };
      }),
    ),
  );
}

/** The numbers of all rows of a table. */
export function rowNumbers(rows: number): Uint32Array {
  const numbers = new Uint32Array(rows);
  for (let row = 0; row < rows; row++) numbers[row] = row;
  return numbers;
}

/** Brings rows of a table in order of connection key, pid and state, and lends them as `Sorted`. */
function withSorted<Result>(
  engine: Engine,
  side: Side,
  list: RowList,
  ends: EndNumbers | undefined,
  use: (sorted: number) => Result,
): Result {
  return withListed(engine, side, list, ends, (listed) =>
    engine.withBlocks([listed.rows * 4], ([order]) => {
      orderByColumns(engine, sideKeys(listed), listed.rows, order!);
      return withSortedBlock(engine, listed, order!, list.address, use);
    }),
  );
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
