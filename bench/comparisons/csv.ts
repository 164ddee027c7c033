import type { Table } from 'tcpscope';
import { checkSame, OURS, type Comparison } from '../comparison.js';
import { fillCsv, joinCsv } from '../peers/csv.js';
import { readRows } from '../peers/rowObjects.js';
import { readColumns } from '../peers/typedColumns.js';
import { makeTable, type BasicKind } from '../tables/kinds.js';
import { seedOf, type Context } from './context.js';

/** A decoded table, its objects or typed columns → the bytes of its CSV, with all columns, in table order. */
export function compareCsv(context: Context, kind: BasicKind, rows: number): Comparison {
  return compareWith(
    context,
    kind,
    rows,
    (table) => table.formatCsv(),
    (table) => table.formatCsv(),
  );
}

/** The same bytes, each piece of which is overwritten by the next: whoever writes them to a file needs no more. */
export function compareCsvPieces(context: Context, kind: BasicKind, rows: number): Comparison {
  return compareWith(
    context,
    kind,
    rows,
    (table) => {
      let length = 0;
      for (const piece of table.borrowCsvPieces()) length += piece.length;
      return length;
    },
    (table) => Buffer.concat([...table.csvPieces()]),
  );
}

function compareWith(
  { decoder }: Context,
  kind: BasicKind,
  rows: number,
  run: (table: Table) => unknown,
  bytesOf: (table: Table) => Uint8Array,
): Comparison {
  const raw = makeTable(kind, rows, seedOf(rows));
  const table = decoder.decode(raw, 'tcp2');
  const objects = readRows(raw);
  const columns = readColumns(raw);
  return {
    tables: 1,
    contestants: [
      { name: OURS, run: () => run(table) },
      { name: 'map and join', run: () => joinCsv(objects), slow: true },
      { name: 'buffer filled by hand', run: () => fillCsv(columns) },
    ],
    check: () => {
      const expected = bytesOf(table);
      checkSame('map and join', Buffer.compare(expected, joinCsv(objects)) === 0);
      checkSame('buffer filled by hand', Buffer.compare(expected, fillCsv(columns)) === 0);
    },
  };
}
