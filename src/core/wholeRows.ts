import { SnapshotError } from './errors.js';
import type { RawTable } from './snapshot.js';
import { isTableClass, layoutOf } from './tableClass.js';

/** A raw table of which only some rows are there, made to say so. */
export interface WholeRows {
  readonly table: RawTable;
  /** What is missing; undefined where nothing is. */
  readonly problem: SnapshotError | undefined;
}

/**
 * A raw table with the rows of which all bytes are there. One that claims more than it has, because it was cut off or its count is wrong,
 * comes back as a copy that claims what it has.
 */
export function wholeRows(table: RawTable): WholeRows {
  const { class: name, bytes } = table;
  if (!isTableClass(name)) return { table, problem: undefined };
  const { structure, firstRow, rowBytes } = layoutOf(name);
  const hasCount = bytes.length >= firstRow;
  const claimed = hasCount ? new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true) : 0;
  const rows = Math.min(claimed, Math.max(0, Math.floor((bytes.length - firstRow) / rowBytes)));
  if (hasCount && rows === claimed) return { table, problem: undefined };
  const end = firstRow + rows * rowBytes;
  const copy = new Uint8Array(end);
  // What remains of a row would be taken for something that stands behind the rows.
  copy.set(bytes.subarray(0, end));
  new DataView(copy.buffer).setUint32(0, rows, true);
  const message = hasCount
    ? `not a whole ${structure}: of ${claimed} rows, ${rows} are there`
    : `not a ${structure}: the row count needs ${firstRow} bytes, there are ${bytes.length}`;
  const problem = new SnapshotError('bad-table', message, { offset: end, row: rows });
  return { table: { ...table, bytes: copy, ...extrasOf(table, claimed, rows) }, problem };
}

/** Columns beside the rows, for those rows. */
function extrasOf({ extras }: RawTable, claimed: number, rows: number): Pick<RawTable, 'extras'> {
  if (extras === undefined || claimed === 0) return {};
  const shortened = Object.entries(extras).map(
    ([name, column]) => [name, column.subarray(0, Math.floor(column.length / claimed) * rows)] as const,
  );
  return { extras: Object.fromEntries(shortened) };
}
