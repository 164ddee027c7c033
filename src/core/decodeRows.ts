import { decodePlan, noteConstants, noteVarying, writePlan, type Plan } from './decodePlan.js';
import type { Engine } from './engine/engine.js';
import type { Kernels } from './engine/kernels.js';
import { SnapshotError } from './errors.js';
import type { RawTable, TableInfo } from './snapshot.js';
import { columnNumber, type Columns } from './table/columns.js';
import { FAMILY_NUMBERS, NO_VALUE, PROTOCOL_NUMBERS, type StoredField } from './table/fields.js';
import { isTableClass, layoutOf, TABLE_CLASSES, type TableClass, type TableLayout } from './tableClass.js';

/** The values of so many rows begin where a vector does in columns of all types: stores that lie across two lines of a cache take longer. */
export const ROWS_ALIGNED = 8;

export type DecodableTable = Pick<RawTable, 'bytes' | 'class' | 'scope'>;

/** @throws SnapshotError `unknown-class` */
export function knownClass(name: string): TableClass {
  if (isTableClass(name)) return name;
  const known = TABLE_CLASSES.join(', ');
  throw new SnapshotError('unknown-class', `cannot decode tables of class "${name}"; known: ${known}`);
}

/**
 * Checks that the bytes hold the rows that they claim, and counts them. After that every row lies inside the bytes, and nothing that
 * reads them checks again.
 *
 * @throws SnapshotError `bad-table` with the offset, `unknown-class`
 */
export function countRows({ bytes, class: name }: DecodableTable): number {
  const { structure, firstRow, rowBytes } = layoutOf(knownClass(name));
  if (bytes.length < firstRow) {
    throw new SnapshotError(
      'bad-table',
      `not a ${structure}: the row count needs ${firstRow} bytes, there are ${bytes.length}`,
      { offset: 0 },
    );
  }
  const rows = rowCountIn(bytes);
  const remaining = bytes.length - firstRow;
  if (rows * rowBytes > remaining) {
    throw new SnapshotError(
      'bad-table',
      `not a whole ${structure}: ${rows} rows need ${rows * rowBytes} bytes, ${remaining} remain at offset ${firstRow}`,
      { offset: firstRow, row: Math.floor(remaining / rowBytes) },
    );
  }
  return rows;
}

/** The number that a table begins with: how many rows it claims to have. */
export function rowCountIn(bytes: Uint8Array): number {
  return (bytes[0]! | (bytes[1]! << 8) | (bytes[2]! << 16) | (bytes[3]! << 24)) >>> 0;
}

/** How many rows a table has, as countRows counts them, or whoever has read them. */
export function rowsIn(table: Pick<TableInfo, 'bytes' | 'class' | 'scope'>): number {
  const { bytes } = table;
  return bytes instanceof Uint8Array ? countRows({ ...table, bytes }) : bytes.rows;
}

/**
 * Decodes the `rows` rows of a table that countRows has checked into rows `firstRow` on of the columns.
 *
 * Rows are copied into a window that stays in cache, and decoded from there: the raw bytes never take memory of their own, and are
 * not written to it and read back.
 */
export function decodeRows(
  engine: Engine,
  columns: Columns,
  { bytes, class: name }: DecodableTable,
  rows: number,
  firstRow: number,
): void {
  const tableClass = knownClass(name);
  const { firstRow: start, rowBytes } = layoutOf(tableClass);
  engine.run((kernels) => {
    const decoding = new WindowDecoding(engine, kernels, columns, tableClass);
    const window = kernels.windowAddress();
    const fitting = Math.floor(kernels.WINDOW_BYTES / rowBytes);
    const windowRows = fitting - (fitting % ROWS_ALIGNED);
    for (let row = 0; row < rows; row += windowRows) {
      const count = Math.min(windowRows, rows - row);
      const from = start + row * rowBytes;
      engine.bytes.set(bytes.subarray(from, from + count * rowBytes), window);
      decoding.decode(count, firstRow + row, row === 0);
    }
    if (rows > 0) decoding.end(rows);
  });
  fillMissing(columns, tableClass, rows, firstRow);
}

/** Decodes rows of a table that stand in the window. As long as it is used, nothing else may use the window. */
export class WindowDecoding {
  readonly #engine: Engine;
  readonly #kernels: Kernels;
  readonly #columns: Columns;
  readonly #plan: Plan;
  readonly #rowBytes: number;
  readonly #groups: number;

  constructor(engine: Engine, kernels: Kernels, columns: Columns, tableClass: TableClass) {
    this.#engine = engine;
    this.#kernels = kernels;
    this.#columns = columns;
    this.#plan = decodePlan(tableClass);
    this.#rowBytes = layoutOf(tableClass).rowBytes;
    this.#groups = writePlan(engine, kernels, this.#plan, columns);
  }

  /** @param isFirst whether no rows were decoded before these */
  decode(rows: number, firstRow: number, isFirst: boolean): void {
    const kernels = this.#kernels;
    if (this.#columns.isWide) {
      const constant = kernels.decodeVarying(rows, this.#rowBytes, this.#groups, firstRow, isFirst);
      noteConstants(this.#engine, kernels, this.#plan, this.#columns, { constant, firstRow, rows });
    } else {
      kernels.decodeWindow(rows, this.#rowBytes, this.#groups, firstRow);
    }
  }

  /** @param rows how many were decoded, and not none */
  end(rows: number): void {
    if (this.#columns.isWide) noteVarying(this.#engine, this.#kernels, this.#plan, this.#columns, rows);
  }
}

/** Columns of which the structure of a table says nothing. */
export function fillMissing(columns: Columns, tableClass: TableClass, rows: number, firstRow: number): void {
  for (const field of decodePlan(tableClass).missing) {
    if (!columns.has(field)) break;
    const value = valueOf(field, layoutOf(tableClass));
    columns.noteVarying(columnNumber(field), rows, value, 0);
    columns.fillLater(columnNumber(field), firstRow, rows, value);
  }
}

/** What all rows have in a column of which the structure says nothing. */
function valueOf(field: StoredField, { protocol, family }: TableLayout): number {
  switch (field) {
    case 'protocol':
      return PROTOCOL_NUMBERS[protocol];
    case 'family':
      return FAMILY_NUMBERS[family];
    case 'state':
    case 'offload':
      return NO_VALUE;
    default:
      return 0;
  }
}
