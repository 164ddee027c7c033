import { countRows, decodeRows } from '../decodeRows.js';
import type { Engine } from '../engine/engine.js';
import type { RawTable } from '../snapshot.js';
import { layoutOf, type TableClass } from '../tableClass.js';
import { Columns } from './columns.js';
import { sideOf, type Side } from './diffSides.js';
import { CREATED_COLUMNS } from './fields.js';
import { NO_PARTNER, pairRows } from './pairRows.js';

/** Rows `firstRow` to `firstRow + rows - 1` of a table: those that a raw table stands for. */
export interface RowRange {
  readonly firstRow: number;
  readonly rows: number;
}

/**
 * How the rows of a raw table stand to the connections of its snapshot, which come from another table. Both were taken moments apart,
 * so that some sockets opened, closed or changed in between.
 */
export interface JoinedTable {
  /** The table's place among the snapshot's. */
  readonly place: number;
  readonly class: string;
  readonly scope: string;
  /** Rows that are connections too, by connection key, pid, and their order where several have these in common. */
  readonly matched: number;
  /** Of these, the ones that are in another state. */
  readonly stateDiffers: number;
  /** Rows that are no connections. */
  readonly onlyHere: number;
  /** Connections that this table does not have; null where it does not cover all sockets. */
  readonly missingHere: number | null;
}

/** A raw table matched with rows of a table. */
export interface Join {
  readonly report: JoinedTable;
  readonly table: RawTable;
  readonly range: RowRange;
  /** For each row of the range the row of the raw table, or NO_PARTNER. */
  readonly partners: Uint32Array;
}

/** Matches a raw table with the rows of a range, and fills in when these were created, where only the raw table tells. */
export function joinTable(
  engine: Engine,
  columns: Columns,
  range: RowRange,
  table: RawTable,
  place: number,
): Join {
  const rows = countRows(table);
  const other = new Columns(engine, rows, columns.isWide ? 'timed' : 'plain');
  try {
    decodeRows(engine, other, table, rows, 0);
    const partners = engine.withBlocks(pidBlocks(table, range.rows, rows), ([pidsA, pidsB]) => {
      const { family } = layoutOf(table.class as TableClass);
      const a = withoutPids(engine, sideOf(columns, range.firstRow, range.rows, family), pidsA);
      return pairRows(engine, a, withoutPids(engine, sideOf(other, 0, rows, family), pidsB));
    });
    if (columns.has('created0')) fillCreated(columns, range, other, partners);
    return { table, range, partners, report: report(columns, range, other, partners, table, place) };
  } finally {
    other.release();
  }
}

/** Room for pids that stand in for those of both tables where one of them has none. */
function pidBlocks({ class: name }: RawTable, rowsA: number, rowsB: number): number[] {
  if (layoutOf(name as TableClass).words.includes('pid')) return [];
  return [rowsA, rowsB].map((rows) => rows * 4 + 64);
}

function withoutPids(engine: Engine, side: Side, zeros: number | undefined): Side {
  if (zeros === undefined) return side;
  engine.borrowU32(zeros, side.rows).fill(0);
  const [local, localPort, remote, remotePort, , state] = side.addresses as [...number[]] & { length: 6 };
  return { ...side, addresses: [local!, localPort!, remote!, remotePort!, zeros, state!] };
}

function fillCreated(
  columns: Columns,
  { firstRow, rows }: RowRange,
  other: Columns,
  partners: Uint32Array,
): void {
  const [high, low] = CREATED_COLUMNS.map((field) => columns.borrow(field)) as [Uint32Array, Uint32Array];
  const [otherHigh, otherLow] = CREATED_COLUMNS.map((field) => other.borrow(field)) as [
    Uint32Array,
    Uint32Array,
  ];
  for (let i = 0; i < rows; i++) {
    const row = firstRow + i;
    const partner = partners[i]!;
    if (partner === NO_PARTNER || high[row] !== 0 || low[row] !== 0) continue;
    high[row] = otherHigh[partner]!;
    low[row] = otherLow[partner]!;
  }
}

function report(
  columns: Columns,
  { firstRow, rows }: RowRange,
  other: Columns,
  partners: Uint32Array,
  { class: name, scope }: RawTable,
  place: number,
): JoinedTable {
  const [states, otherStates] = [columns.borrow('state'), other.borrow('state')];
  let matched = 0;
  let stateDiffers = 0;
  for (let i = 0; i < rows; i++) {
    if (partners[i] === NO_PARTNER) continue;
    matched++;
    if (states[firstRow + i] !== otherStates[partners[i]!]) stateDiffers++;
  }
  return {
    place,
    class: name,
    scope,
    matched,
    stateDiffers,
    onlyHere: other.rowCount - matched,
    missingHere: scope === 'all' ? rows - matched : null,
  };
}
