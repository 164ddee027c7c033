import { diffTables, type Table, type TableDiff } from 'tcpscope';
import { checkNumbers, OURS, type Comparison } from '../comparison.js';
import { diffByMap, type MapDiff } from '../peers/diffByMap.js';
import { readRows } from '../peers/rowObjects.js';
import { churn } from '../tables/churn.js';
import { makeTable, type BasicKind } from '../tables/kinds.js';
import { sortRows } from '../tables/orderedKinds.js';
import { seedOf, type Context } from './context.js';

const PEER = 'Map of string keys';

/** Two decoded tables of one machine whose rows are in the documented order, or their objects → what changed. */
export function compareOrderedDiff({ decoder }: Context, kind: BasicKind, rows: number): Comparison {
  const [raw, laterRaw] = twoTables(kind, rows).map((bytes) => sortRows(decoder, bytes)) as [
    Uint8Array,
    Uint8Array,
  ];
  const before = decoder.decode(raw, 'tcp2');
  const after = decoder.decode(laterRaw, 'tcp2');
  const [objects, laterObjects] = [readRows(raw), readRows(laterRaw)];
  return {
    tables: 1,
    contestants: [
      { name: OURS, run: () => diffTables(before, after) },
      { name: PEER, run: () => diffByMap(objects, laterObjects), slow: true },
    ],
    check: () => checkDiff(diffTables(before, after), diffByMap(objects, laterObjects)),
  };
}

/** The bytes of two tables, rows in no order → what changed. */
export function compareRawDiff({ decoder }: Context, kind: BasicKind, rows: number): Comparison {
  const [raw, laterRaw] = twoTables(kind, rows);
  const diffByLibrary = (): TableDiff => {
    using before: Table = decoder.decode(raw, 'tcp2');
    using after: Table = decoder.decode(laterRaw, 'tcp2');
    return diffTables(before, after);
  };
  const diffByPeer = (): MapDiff => diffByMap(readRows(raw), readRows(laterRaw));
  return {
    tables: 1,
    contestants: [
      { name: OURS, run: diffByLibrary },
      { name: PEER, run: diffByPeer, slow: true },
    ],
    check: () => checkDiff(diffByLibrary(), diffByPeer()),
  };
}

function twoTables(kind: BasicKind, rows: number): [before: Uint8Array, after: Uint8Array] {
  const before = makeTable(kind, rows, seedOf(rows));
  return [before, churn(before, kind, rows, seedOf(rows, 1))];
}

/** The order in which changes are named is each one's own. */
function checkDiff(expected: TableDiff, actual: MapDiff): void {
  for (const list of ['opened', 'closed'] as const) {
    const inOrder = (rows: ArrayLike<number>): Float64Array => Float64Array.from(rows).sort();
    checkNumbers(`${PEER}: ${list}`, inOrder(expected[list]), inOrder(actual[list]));
  }
  for (const list of ['stateChanged', 'ownerChanged'] as const) {
    const inOrder = (pairs: TableDiff['stateChanged']): Float64Array =>
      Float64Array.from(pairs, ([before, after]) => before * 2 ** 24 + after).sort();
    checkNumbers(`${PEER}: ${list}`, inOrder(expected[list]), inOrder(actual[list]));
  }
}
