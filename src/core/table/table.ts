/// <reference lib="esnext.disposable" preserve="true" />
import { SnapshotError } from '../errors.js';
import { copyAdded, copyCreated } from './addedValues.js';
import type { Connection, ConnectionKey } from './connection.js';
import { countBy, type Count } from './count.js';
import { diffData, rowNumbers, unpairedRows, type TableDiff } from './diff.js';
import { addressBytes } from './address.js';
import {
  CONSTANT_FIELDS,
  DOCUMENTED_ORDER,
  FIELDS,
  isAddedField,
  isAddressField,
  isField,
  type Field,
} from './fields.js';
import type { JoinedTable } from './joinTables.js';
import { readKeyedRows, type KeyedRows } from './keyedRows.js';
import { firstRows, orderRows } from './order.js';
import { readRows } from './rows.js';
import type { Family } from '../tableClass.js';
import type { TableData } from './tableData.js';
import { selectRows } from './select.js';
import { csvText, ndjsonText } from './text.js';
import { formatText, lendTextPieces, ownedPieces } from './textKernel.js';

/**
 * The rows of one raw table or one snapshot, as columns in WebAssembly memory. Rows keep the numbers they have in the
 * raw table, from 0. Call `free` when done: the memory is the decoder's, not the garbage collector's.
 */
export class Table {
  readonly rowCount: number;
  /** What the `process` column's numbers stand for; 0 is a row without a known owner. */
  readonly processNames: readonly string[];
  /** Which sockets the rows are of: `TCP over IPv4, all`. Only tables that cover the same can be compared. */
  readonly coverage: string;
  /** Table classes of the snapshot that this version cannot decode: their rows are missing here. */
  readonly undecoded: readonly string[];
  #data: TableData | undefined;

  /** Made by a Decoder. */
  constructor(data: TableData, coverage: string, undecoded: readonly string[]) {
    this.rowCount = data.columns.rowCount;
    this.processNames = data.processNames;
    this.coverage = coverage;
    this.undecoded = undecoded;
    this.#data = data;
  }

  /** What the `module` column's numbers stand for; 0 is a row whose module is not known. */
  get moduleNames(): readonly string[] {
    return this.#live().added.moduleNames;
  }

  /**
   * A copy of a column, one value a row, in host byte order. `state`, `pid`, `offload` and `process` (an index into
   * `processNames`) are Uint32Array; where a row has no state or its table no offload, theirs is 0xffffffff. `lport` and `rport` are
   * Uint16Array, `protocol` (IANA's number: 6, 17) and `family` (4, 6) Uint8Array. `local` and `remote` are Uint32Array
   * where all rows are of IPv4; else Uint8Array, the sixteen bytes of each address in network order, those of IPv4
   * addresses in the last four of them.
   *
   * `created` is BigInt64Array, microseconds since 1970-01-01T00:00:00Z, 0 where it is not known. Uint32Array are `owner` (a place in
   * OWNERS), `module` (an index into `moduleNames`), `uid`, `inode`, `interface`, `lporthigh` and `rporthigh`; where the snapshot does
   * not tell a number, it is 0xffffffff.
   *
   * @throws SnapshotError `unknown-field`
   */
  copyColumn(field: 'created'): BigInt64Array;
  copyColumn(field: Exclude<Field, 'created'>): Uint32Array | Uint16Array | Uint8Array;
  copyColumn(field: string): Uint32Array | Uint16Array | Uint8Array | BigInt64Array;
  copyColumn(field: string): Uint32Array | Uint16Array | Uint8Array | BigInt64Array {
    const { columns } = this.#live();
    if (!isField(field)) {
      throw new SnapshotError('unknown-field', `no column "${field}"; there are ${FIELDS.join(', ')}`);
    }
    if (field === 'created') return copyCreated(this.#live());
    if (isAddedField(field)) return copyAdded(this.#live(), field);
    if (!columns.has(field)) return new Uint8Array(this.rowCount).fill(CONSTANT_FIELDS.get(field)!);
    if (isAddressField(field) && columns.isWide) return addressBytes(columns, field);
    const column = columns.borrow(field);
    return field === 'protocol' || field === 'family' ? Uint8Array.from(column) : column.slice();
  }

  /**
   * The row numbers in the order of `keys`: field names, with `-` before one to descend. Stable. Without keys: the
   * documented order, that is local address, local port, remote address, remote port, as numbers; TCP before UDP, and IPv4
   * before IPv6.
   *
   * @param into where the numbers go, with room for all rows: its begin is returned. For who orders many tables, or a large one again and
   *   again: for a new array, the system may have to find memory, which takes longer than to sort
   * @throws SnapshotError `unknown-field`; RangeError where there is no room for them
   */
  order(keys: readonly string[] = DOCUMENTED_ORDER, into?: Uint32Array): Uint32Array {
    return orderRows(this.#live(), keys, into);
  }

  /**
   * The first `count` of `order(keys)`, or all where there are fewer: of a large table sooner than the order of all its rows.
   *
   * @throws SnapshotError `unknown-field`
   */
  firstRows(count: number, keys: readonly string[] = DOCUMENTED_ORDER): Uint32Array {
    return firstRows(this.#live(), keys, count);
  }

  /**
   * The numbers of the rows that match a select expression (docs/select.md), in table order: `state = ESTABLISHED and
   * remote in 10.0.0.0/8`.
   *
   * @throws SnapshotError `bad-expression`, whose offset is the place in the expression
   */
  select(expression: string): Uint32Array {
    return selectRows(this.#live(), expression);
  }

  /**
   * Counts rows by a field (`pid`), by an address prefix (`remote/24`; with other bits of IPv6 than of IPv4 `remote/24/64`), or by
   * two of these (`process,rport`): the most frequent first, of equally frequent ones the lowest value first.
   *
   * @param rows numbers of the rows to count; default: all
   * @param limit how many of the most frequent to return; default: all
   * @throws SnapshotError `unknown-field`
   */
  countBy(field: string, rows?: Uint32Array, limit?: number): Count[] {
    return countBy(this.#live(), field, rows, limit);
  }

  /** The keys of the rows: those that all rows have, and those that the snapshot tells anything of. */
  get keys(): readonly ConnectionKey[] {
    return this.#live().added.keys;
  }

  /**
   * How the other tables of the snapshot that are of the same sockets agree with the rows. They are joined to these: they add columns
   * (`created`, `module`), and change nothing.
   */
  joinedTables(): JoinedTable[] {
    return this.#live().added.joinedTables();
  }

  /** Row `number` as a plain object. */
  row(number: number): Connection {
    return this.rows([number])[0]!;
  }

  /** The rows of the given numbers as plain objects, in that order; with these of the keys that not all snapshots tell. */
  rows(numbers: ArrayLike<number>, keys: readonly ConnectionKey[] = this.keys): Connection[] {
    return readRows(this.#live(), numbers, keys);
  }

  /** CSV (RFC 4180 with LF line ends, a header line) of the given rows, or of all, in UTF-8. Columns: keys of a row. */
  formatCsv(rows?: Uint32Array, columns?: readonly string[]): Uint8Array {
    return formatText(this.#live(), rows, csvText(this.#live(), columns, true));
  }

  /** One JSON object a line, of the given rows, or of all, in UTF-8. Columns: keys of a row. */
  formatNdjson(rows?: Uint32Array, columns?: readonly string[]): Uint8Array {
    return formatText(this.#live(), rows, ndjsonText(this.#live(), columns));
  }

  /** What formatCsv returns, in pieces of some 250 KB as they are asked for: for text that is larger than memory. */
  csvPieces(rows?: Uint32Array, columns?: readonly string[], header = true): Iterable<Uint8Array> {
    return ownedPieces(this.borrowCsvPieces(rows, columns, header));
  }

  /** What formatNdjson returns, in pieces as csvPieces. */
  ndjsonPieces(rows?: Uint32Array, columns?: readonly string[]): Iterable<Uint8Array> {
    return ownedPieces(this.borrowNdjsonPieces(rows, columns));
  }

  /**
   * As csvPieces, but each piece is lent: it is valid until the next one is asked for, or anything else is done with this
   * table's decoder. For a writer that has finished with a piece by then.
   */
  borrowCsvPieces(rows?: Uint32Array, columns?: readonly string[], header = true): Iterable<Uint8Array> {
    return lendTextPieces(this.#live(), rows, csvText(this.#live(), columns, header));
  }

  /** As ndjsonPieces, with pieces that are lent as those of borrowCsvPieces. */
  borrowNdjsonPieces(rows?: Uint32Array, columns?: readonly string[]): Iterable<Uint8Array> {
    return lendTextPieces(this.#live(), rows, ndjsonText(this.#live(), columns));
  }

  /** Use diffTables. */
  static diff(before: Table, after: Table): TableDiff {
    if (before.coverage !== after.coverage) {
      const message = `the tables cover different sockets: ${before.coverage} before, ${after.coverage} after`;
      throw new SnapshotError('not-comparable', message);
    }
    return diffData(before.#live(), after.#live());
  }

  /**
   * Of two tables of one coverage and this family: the rows that are not the same in both, and perhaps some that are. Without a table
   * before: all rows.
   */
  static unpaired(
    before: Table | undefined,
    after: Table,
    family: Family,
  ): { readonly before: KeyedRows | undefined; readonly after: KeyedRows } {
    const data = after.#live();
    if (before === undefined) {
      const rows = rowNumbers(after.rowCount);
      return { before, after: readKeyedRows(data.columns, rows, family) };
    }
    const rows = unpairedRows(before.#live(), data);
    return {
      before: readKeyedRows(before.#live().columns, rows.before, family),
      after: readKeyedRows(data.columns, rows.after, family),
    };
  }

  /** What a table is made of: for the core's own modules. */
  static dataOf(table: Table): TableData {
    return table.#live();
  }

  /** Gives the memory back. The table cannot be used afterwards; freeing it again does nothing. */
  free(): void {
    this.#data?.release();
    this.#data = undefined;
  }

  [Symbol.dispose](): void {
    this.free();
  }

  #live(): TableData {
    if (this.#data === undefined) throw new Error('this table has been freed');
    return this.#data;
  }
}

/**
 * What changed between two tables, by connection key: protocol, family, local address and port, remote address and port;
 * of listeners the local end only. A key that stands in several rows is counted: rows with the same pid are paired first. A change
 * from or to TIME_WAIT, which has no owner, is no change of owner.
 *
 * @throws SnapshotError `not-comparable` where the tables do not cover the same sockets
 */
export function diffTables(before: Table, after: Table): TableDiff {
  return Table.diff(before, after);
}
