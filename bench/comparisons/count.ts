import type { Count } from 'tcpscope';
import { checkSame, OURS, type Comparison } from '../comparison.js';
import { countNetworks, countPids, type MapCount } from '../peers/countByMap.js';
import { readColumns, type TypedColumns } from '../peers/typedColumns.js';
import { makeTable, type BasicKind } from '../tables/kinds.js';
import { seedOf, type Context } from './context.js';

const PEER = 'Map';

/** A decoded table, or a typed column → how many rows there are of each value. */
export function compareCountPid(context: Context, kind: BasicKind, rows: number): Comparison {
  return compareCount(context, kind, rows, 'pid', ({ pid }) => countPids(pid));
}

export function compareCountRemote24(context: Context, kind: BasicKind, rows: number): Comparison {
  return compareCount(context, kind, rows, 'remote/24', ({ remote }) => countNetworks(remote));
}

export function compareCountRemote24Top100(context: Context, kind: BasicKind, rows: number): Comparison {
  return compareCount(context, kind, rows, 'remote/24', ({ remote }) => countNetworks(remote, 100), 100);
}

function compareCount(
  { decoder }: Context,
  kind: BasicKind,
  rows: number,
  field: string,
  countByMap: (columns: TypedColumns) => MapCount[],
  limit?: number,
): Comparison {
  const raw = makeTable(kind, rows, seedOf(rows));
  const table = decoder.decode(raw, 'tcp2');
  const columns = readColumns(raw);
  return {
    tables: 1,
    contestants: [
      { name: OURS, run: () => table.countBy(field, undefined, limit) },
      { name: PEER, run: () => countByMap(columns) },
    ],
    check: () => checkCounts(table.countBy(field, undefined, limit), countByMap(columns)),
  };
}

function checkCounts(expected: readonly Count[], actual: readonly MapCount[]): void {
  checkSame(PEER, actual.length === expected.length);
  checkSame(
    PEER,
    actual.every(({ value, count }, i) => value === expected[i]!.value && count === expected[i]!.count),
  );
}
