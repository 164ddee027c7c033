import type { Comparison } from '../comparison.js';
import { readColumns, type TypedColumns } from '../peers/typedColumns.js';
import { BASIC_KINDS, makeTable, type BasicKind } from '../tables/kinds.js';
import { seedOf, type Context } from './context.js';
import { compareWithRadix } from './sortOnly.js';

/** Four columns that the peer sorts by, ascending: of 32, 16, 32 and 16 bits. */
type PeerKeys = Pick<TypedColumns, 'local' | 'lport' | 'remote' | 'rport'>;

/** Other orders than the documented one, and columns in whose order the peer, which knows that one alone, comes to the same. */
const ORDERS: ReadonlyMap<string, (columns: TypedColumns) => PeerKeys> = new Map([
  [
    '-local -lport -remote -rport',
    ({ local, lport, remote, rport }) => ({
      local: opposite(local),
      lport: opposite(lport),
      remote: opposite(remote),
      rport: opposite(rport),
    }),
  ],
  [
    'remote rport',
    ({ rows, remote, rport }) => ({ local: remote, lport: rport, remote: wide(rows), rport: narrow(rows) }),
  ],
  [
    '-remote lport',
    ({ rows, remote, lport }) => ({
      local: opposite(remote),
      lport,
      remote: wide(rows),
      rport: narrow(rows),
    }),
  ],
  [
    'pid -rport local',
    ({ rows, pid, rport, local }) => ({
      local: pid,
      lport: opposite(rport),
      remote: local,
      rport: narrow(rows),
    }),
  ],
  [
    '-state -pid',
    ({ rows, state, pid }) => ({
      local: opposite(state),
      lport: narrow(rows),
      remote: opposite(pid),
      rport: narrow(rows),
    }),
  ],
  [
    '-lport',
    ({ rows, lport }) => ({
      local: wide(rows),
      lport: opposite(lport),
      remote: wide(rows),
      rport: narrow(rows),
    }),
  ],
]);

/** A kind of table and an order: `busy by -remote lport`. */
export const ORDERED_KINDS: readonly string[] = BASIC_KINDS.flatMap((kind) =>
  [...ORDERS.keys()].map((order) => `${kind} by ${order}`),
);

/** A decoded table → its order by other keys, up and down: against the plain radix sort, whose columns are turned beforehand. */
export function compareSortKeys({ decoder, radix }: Context, orderedKind: string, rows: number): Comparison {
  const [kind, order] = orderedKind.split(' by ') as [BasicKind, string];
  const raw = makeTable(kind, rows, seedOf(rows));
  const table = decoder.decode(raw, 'tcp2');
  const columns = readColumns(raw);
  radix.load({ ...columns, ...ORDERS.get(order)!(columns) });
  return compareWithRadix(table, order.split(' '), radix);
}

/** Ascending where the column descends. */
function opposite<Column extends Uint32Array | Uint16Array>(column: Column): Column {
  return column.map((value) => ~value) as Column;
}

/** Columns that order nothing. */
function wide(rows: number): Uint32Array {
  return new Uint32Array(rows);
}

function narrow(rows: number): Uint16Array {
  return new Uint16Array(rows);
}
