import { checkNumbers, checkSame, OURS, type Comparison } from '../comparison.js';
import { readRows, type Row } from '../peers/rowObjects.js';
import { readColumns, type TypedColumns } from '../peers/typedColumns.js';
import { makeTable, type BasicKind } from '../tables/kinds.js';
import { seedOf, type Context } from './context.js';
import { memcpyPeer } from './order.js';

const FIELDS = ['state', 'local', 'lport', 'remote', 'rport', 'pid', 'offload'] as const;

/** The bytes of a table → columns. */
export function compareDecode({ decoder, native }: Context, kind: BasicKind, rows: number): Comparison {
  const raw = makeTable(kind, rows, seedOf(rows));
  return {
    tables: 1,
    contestants: [
      { name: OURS, run: () => decoder.decode(raw, 'tcp2').free() },
      memcpyPeer(native, [raw]),
      { name: 'typed columns', run: () => readColumns(raw), slow: true },
      { name: 'row objects', run: () => readRows(raw), slow: true },
    ],
    check: () => {
      using table = decoder.decode(raw, 'tcp2');
      const columns = readColumns(raw);
      for (const field of FIELDS) {
        checkNumbers(`typed columns: ${field}`, table.copyColumn(field), columns[field]);
      }
      checkRows(readRows(raw), columns);
    },
  };
}

function checkRows(rows: readonly Row[], columns: TypedColumns): void {
  const { state, local, lport, remote, rport, pid, offload } = columns;
  checkSame('row objects', rows.length === columns.rows);
  checkSame(
    'row objects',
    rows.every(
      (row, i) =>
        row.state === state[i] &&
        row.localAddress === local[i] &&
        row.localPort === lport[i] &&
        row.remoteAddress === remote[i] &&
        row.remotePort === rport[i] &&
        row.pid === pid[i] &&
        row.offload === offload[i],
    ),
  );
}
