import type { Engine } from '../engine/engine.js';
import { sideKeys, withDifferent, withListed } from './candidates.js';
import type { Side } from './diffSides.js';
import { withEndNumbers, type EndNumbers, type RowList } from './endNumbers.js';
import { orderByColumns } from './orderByColumns.js';

/** In the place of a partner: there is none. */
export const NO_PARTNER = 0xffffffff;

/** Of SIDE_FIELDS, those by which rows are matched: the connection key and the pid. */
const MATCHED_FIELDS = 5;

/**
 * For each row of `a` the row of `b` that is the same socket, or NO_PARTNER: the two have the same connection key and pid, and are as
 * many-eth of these in their table. Rows in nearly the same order are matched in one walk through both.
 */
export function pairRows(engine: Engine, a: Side, b: Side): Uint32Array {
  const partners = new Uint32Array(a.rows).fill(NO_PARTNER);
  withDifferent(engine, a, b, (listA, listB) => {
    pairEqual(engine, partners, b.rows, listA, listB);
    const pairBoth = (endsA?: EndNumbers, endsB?: EndNumbers): void =>
      withRows(engine, a, listA, endsA, (rowsA) =>
        withRows(engine, b, listB, endsB, (rowsB) => pairOrdered(partners, rowsA, rowsB)),
      );
    if (a.further.length === 0) pairBoth();
    else withEndNumbers(engine, [a, listA], [b, listB], pairBoth);
  });
  return partners;
}

/** What is in no list has the same order on both sides. */
function pairEqual(
  engine: Engine,
  partners: Uint32Array,
  rowsB: number,
  listA: RowList,
  listB: RowList,
): void {
  const skipA = engine.borrowU32(listA.address, listA.count);
  const skipB = engine.borrowU32(listB.address, listB.count);
  let nextA = 0;
  let nextB = 0;
  for (let row = 0, partner = 0; row < partners.length && partner < rowsB;) {
    if (skipA[nextA] === row) {
      nextA++;
      row++;
    } else if (skipB[nextB] === partner) {
      nextB++;
      partner++;
    } else {
      partners[row++] = partner++;
    }
  }
}

/** Rows in the order of key and pid; of equal ones, those stand first that come first in their table. */
interface OrderedRows {
  readonly order: Uint32Array;
  /** The number in its table of each row. */
  readonly numbers: Uint32Array;
  /** The values that are compared. */
  readonly columns: readonly (Uint32Array | Uint16Array)[];
}

function withRows<Result>(
  engine: Engine,
  side: Side,
  list: RowList,
  ends: EndNumbers | undefined,
  use: (rows: OrderedRows) => Result,
): Result {
  return withListed(engine, side, list, ends, (listed) =>
    engine.withBlocks([listed.rows * 4], ([order]) => {
      const keys = sideKeys(listed, MATCHED_FIELDS);
      orderByColumns(engine, keys, listed.rows, order!);
      // Copies, since the other table's rows take memory too.
      return use({
        order: engine.borrowU32(order!, listed.rows).slice(),
        numbers: engine.borrowU32(list.address, listed.rows).slice(),
        columns: keys.map(({ address, valueBytes }) =>
          valueBytes === 2
            ? engine.borrowU16(address, listed.rows).slice()
            : engine.borrowU32(address, listed.rows).slice(),
        ),
      });
    }),
  );
}

function pairOrdered(partners: Uint32Array, a: OrderedRows, b: OrderedRows): void {
  for (let i = 0, j = 0; i < a.order.length && j < b.order.length;) {
    const [rowA, rowB] = [a.order[i]!, b.order[j]!];
    const difference = compare(a, rowA, b, rowB);
    if (difference === 0) partners[a.numbers[rowA]!] = b.numbers[rowB]!;
    if (difference <= 0) i++;
    if (difference >= 0) j++;
  }
}

function compare(a: OrderedRows, rowA: number, b: OrderedRows, rowB: number): number {
  for (let i = 0; i < a.columns.length; i++) {
    const difference = a.columns[i]![rowA]! - b.columns[i]![rowB]!;
    if (difference !== 0) return difference;
  }
  return 0;
}
