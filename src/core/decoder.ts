import { countRows, decodeRows, knownClass, rowsIn, type DecodableTable } from './decodeRows.js';
import { Engine } from './engine/engine.js';
import { SnapshotError } from './errors.js';
import { primaryTables, secondaryTables } from './primaryTables.js';
import type { RawTable, Snapshot, SnapshotInfo, TableInfo } from './snapshot.js';
import { AddedColumns, type AddedSource } from './table/addedColumns.js';
import { columnNumber, Columns } from './table/columns.js';
import { DerivedColumns } from './table/derived.js';
import type { ColumnSet } from './table/fields.js';
import { ProcessNames } from './table/processNames.js';
import { Table } from './table/table.js';
import { isTableClass, layoutOf, TABLE_CLASSES, type TableClass } from './tableClass.js';

/** Memory that a decoder without tables may keep. */
const IDLE_BYTES = 256 << 20;

/** Tables of one snapshot, those that are joined to them, and the processes that their pids are. */
interface TableGroup<Table = DecodableTable | RawTable> extends Pick<AddedSource, 'secondary' | 'lists'> {
  readonly tables: readonly Table[];
}

function groupOf<Table extends TableInfo>(snapshot: SnapshotOf<Table>): TableGroup<Table> {
  const all: readonly TableInfo[] = snapshot.tables;
  const secondary = secondaryTables<TableInfo>(snapshot)
    .filter(isWhole)
    .map((table) => ({ table, place: all.indexOf(table) }));
  return { tables: primaryTables(snapshot), secondary, lists: snapshot };
}

type SnapshotOf<Table> = Omit<SnapshotInfo, 'tables'> & { readonly tables: readonly Table[] };

/** Decodes raw tables into columns. One decoder serves any number of tables, one after another or side by side. */
export class Decoder {
  readonly #module: WebAssembly.Module;
  #engine: Engine | undefined;
  /** An engine without tables whose memory is too large to keep. */
  #idle: WeakRef<Engine> | undefined;

  /** Use createDecoder. */
  constructor(module: WebAssembly.Module) {
    this.#module = module;
  }

  /**
   * Bytes of WebAssembly memory that this decoder holds now, the columns of its tables included. Memory that it has left to
   * the garbage collector does not count.
   */
  get memoryBytes(): number {
    return this.#engine?.memoryBytes ?? 0;
  }

  /**
   * Decodes the rows of one raw table. The bytes are copied, so the caller may change them afterwards. Bytes after the
   * last row are legal and ignored.
   *
   * @throws SnapshotError `bad-table` with the offset, `unknown-class`, `out-of-memory`
   */
  decode(raw: Uint8Array, tableClass: TableClass): Table {
    const table = { bytes: raw, class: tableClass, scope: 'all' };
    const rowCount = countRows(table);
    const shape = { rowCount, columns: COLUMN_SETS[tableClass], coverage: socketsOf(table) };
    return this.makeTable(shape, NO_NAMES, (columns, engine) => {
      decodeRows(engine, columns, table, rowCount, 0);
      columns.fillLater(columnNumber('process'), 0, rowCount, 0);
    });
  }

  /**
   * Decodes a snapshot's tables into one, with process names: of each protocol and family the tables that tell most (primaryTables.ts),
   * in the order in which they are stored. What the other tables tell of the same sockets is joined to these rows when it is first asked
   * for, and so are other columns of the snapshot: its bytes must not change as long as the table is used. Tables of classes that this
   * version does not know are named in `undecoded`.
   *
   * @throws SnapshotError as `decode` does
   */
  decodeSnapshot(snapshot: Snapshot): Table {
    return this.decodeSnapshots([snapshot]);
  }

  /**
   * Decodes several snapshots into one table, the rows of one after those of the other: what is then done with all of them together costs
   * small ones less than one after the other. The same is told of the rows of each as
   * decodeSnapshot tells.
   *
   * @throws SnapshotError as `decode` does
   */
  decodeSnapshots(snapshots: readonly Snapshot[]): Table {
    const undecoded = new Set(snapshots.flatMap((snapshot) => undecodedClasses(snapshot)));
    return this.#decodeAll(snapshots.map(groupOf), [...undecoded]);
  }

  #decodeAll(groups: readonly TableGroup[], undecoded: readonly string[] = []): Table {
    const engine = this.#liveEngine();
    const tables = groups.length === 1 ? groups[0]!.tables : groups.flatMap((group) => group.tables);
    const rowCounts = tables.map(countRows);
    const columns = new Columns(engine, sum(rowCounts), columnSet(tables, groups));
    try {
      let firstRow = 0;
      tables.forEach((table, i) => {
        decodeRows(engine, columns, table, rowCounts[i]!, firstRow);
        firstRow += rowCounts[i]!;
      });
      return this.#decoded(engine, columns, groups, rowCounts, undecoded);
    } catch (error) {
      columns.release();
      throw error;
    }
  }

  /**
   * As decodeSnapshot, where the rows of some of the tables are still to be read: for the core's own modules (file/decodeStored.ts).
   *
   * @param decodeRowsOf decodes those of a table without bytes into rows `firstRow` on of the columns
   * @throws SnapshotError as `decode` does
   */
  async decodeIncoming(
    snapshot: SnapshotInfo,
    decodeRowsOf: (table: TableInfo, engine: Engine, columns: Columns, firstRow: number) => Promise<void>,
  ): Promise<Table> {
    const engine = this.#liveEngine();
    const group = groupOf(snapshot);
    const rowCounts = group.tables.map(rowsIn);
    const columns = new Columns(engine, sum(rowCounts), columnSet(group.tables, [group]));
    try {
      let firstRow = 0;
      for (const [i, table] of group.tables.entries()) {
        if (hasBytes(table)) decodeRows(engine, columns, table, rowCounts[i]!, firstRow);
        else await decodeRowsOf(table, engine, columns, firstRow);
        firstRow += rowCounts[i]!;
      }
      return this.#decoded(engine, columns, [group], rowCounts, undecodedClasses(snapshot));
    } catch (error) {
      columns.release();
      throw error;
    }
  }

  /** The table of rows that have been decoded, but for who owns them. */
  #decoded(
    engine: Engine,
    columns: Columns,
    groups: readonly TableGroup<DecodableTable | TableInfo>[],
    rowCounts: readonly number[],
    undecoded: readonly string[],
  ): Table {
    const processNames = ProcessNames.of(
      engine,
      groups.map(({ lists }) => lists),
    );
    let [firstRow, place] = [0, 0];
    const sources = groups.map((group, i): AddedSource => {
      const groupFirst = firstRow;
      const primary: AddedSource['primary'][number][] = [];
      for (const table of group.tables) {
        const rows = rowCounts[place++]!;
        // A caller of `decode` may change the bytes afterwards, so nothing is read from them again.
        if ('synthesized' in table) primary.push({ table, firstRow, rows });
        firstRow += rows;
      }
      const rows = firstRow - groupFirst;
      processNames.fillColumn(engine, columns, i, groupFirst, rows);
      const { secondary, lists } = group;
      return { firstRow: groupFirst, rows, primary, secondary, lists };
    });
    const coverage = coverageOf(groups.flatMap(({ tables }) => tables));
    return this.#tableOf(engine, columns, processNames.names, sources, coverage, undecoded);
  }

  /**
   * A table whose rows are written by the caller, wherever they come from: one raw table, or none.
   *
   * @param fill sets every value of the columns; it may keep no more memory
   * @param processNames what the `process` column's numbers stand for: the empty name first, the others in ascending order
   * @throws SnapshotError `out-of-memory`
   */
  makeTable(
    shape: { readonly rowCount: number; readonly columns: ColumnSet; readonly coverage: string },
    processNames: readonly string[],
    fill: (columns: Columns, engine: Engine) => void,
  ): Table {
    const engine = this.#liveEngine();
    const columns = new Columns(engine, shape.rowCount, shape.columns);
    try {
      fill(columns, engine);
      return this.#tableOf(engine, columns, processNames, [], shape.coverage, []);
    } catch (error) {
      columns.release();
      throw error;
    }
  }

  /** What a decoder's tables are in now: for the core's own modules. */
  static engineOf(decoder: Decoder): Engine {
    return decoder.#liveEngine();
  }

  #tableOf(
    engine: Engine,
    columns: Columns,
    processNames: readonly string[],
    sources: readonly AddedSource[],
    coverage: string,
    undecoded: readonly string[],
  ): Table {
    const derived = new DerivedColumns(engine);
    const release = (): void => {
      derived.release();
      columns.release();
      this.#giveBack(engine);
    };
    const added = new AddedColumns(engine, columns, derived, sources);
    return new Table({ engine, columns, derived, added, processNames, release }, coverage, undecoded);
  }

  #liveEngine(): Engine {
    // After a trap the old instance, and every table in it, is lost; decoding goes on with a new one.
    let engine = this.#engine ?? this.#idle?.deref();
    if (engine === undefined || engine.failed) engine = new Engine(this.#module);
    this.#engine = engine;
    this.#idle = undefined;
    return engine;
  }

  /**
   * WebAssembly memory never shrinks, so it is given back by leaving the instance to the garbage collector. Memory for tables
   * of some millions of rows is kept, because touching new memory costs more than decoding into it; and what has not been
   * collected when the next table comes is used again, so that one very large table after another touches it once.
   */
  #giveBack(engine: Engine): void {
    if (engine !== this.#engine || engine.blockCount > 0) return;
    if (engine.memoryBytes <= IDLE_BYTES) return;
    this.#engine = undefined;
    this.#idle = new WeakRef(engine);
  }
}

/** Compiles the WebAssembly module (`tcpscope.wasm` of this package), given as bytes or already compiled. */
export async function createDecoder(wasm: BufferSource | WebAssembly.Module): Promise<Decoder> {
  return new Decoder(wasm instanceof WebAssembly.Module ? wasm : await WebAssembly.compile(wasm));
}

/** Of rows whose processes are not known. */
const NO_NAMES: readonly string[] = [''];

/** The columns that hold what tables of each class tell. */
const COLUMN_SETS = Object.fromEntries(TABLE_CLASSES.map((name) => [name, columnSetOf(name)])) as Readonly<
  Record<TableClass, ColumnSet>
>;

function columnSetOf(name: TableClass): ColumnSet {
  const { protocol, family, words } = layoutOf(name);
  if (words.includes('created')) return 'timed';
  // Rows that are not TCP over IPv4, or tell less than the plain columns hold.
  return protocol === 'TCP' && family === 'IPv4' && words.includes('offload') ? 'plain' : 'wide';
}

/** The columns that hold all that tables and those joined to them tell. */
function columnSet(
  tables: readonly Pick<DecodableTable, 'class'>[],
  groups: readonly Pick<TableGroup, 'secondary'>[],
): ColumnSet {
  let set: ColumnSet = 'plain';
  for (const { class: name } of tables) {
    const own = COLUMN_SETS[knownClass(name)];
    if (own === 'timed') return own;
    if (own === 'wide') set = own;
  }
  const isTimed = groups.some(({ secondary }) =>
    secondary.some(({ table }) => COLUMN_SETS[knownClass(table.class)] === 'timed'),
  );
  return isTimed ? 'timed' : set;
}

/** What is known of a snapshot's decoded table before it is decoded. */
export interface SnapshotShape {
  readonly rows: number;
  /**
   * Whether it has wide columns. Only there a number stands for no value (NO_VALUE), so snapshots that are decoded together tell the same as each
   * alone where this is the same for all of them.
   */
  readonly isWide: boolean;
}

/** @throws SnapshotError `bad-table` with the offset */
export function snapshotShape(snapshot: Snapshot): SnapshotShape {
  const group = groupOf(snapshot);
  const rows = sum(group.tables.map(countRows));
  return { rows, isWide: columnSet(group.tables, [group]) !== 'plain' };
}

/** The classes of a snapshot's tables that this version does not know. */
export function undecodedClasses({ tables }: SnapshotInfo): string[] {
  return tables.filter((table) => !isTableClass(table.class)).map((table) => table.class);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function hasBytes(table: TableInfo): table is RawTable {
  return table.bytes instanceof Uint8Array;
}

/** Whether a table's bytes are there, with the rows that it claims. One without says nothing of other tables' rows. */
function isWhole(table: TableInfo): table is RawTable {
  if (!hasBytes(table)) return false;
  try {
    countRows(table);
    return true;
  } catch (error) {
    if (error instanceof SnapshotError) return false;
    throw error;
  }
}

/** Which sockets the tables are of, whatever structures they came in. */
function coverageOf(tables: readonly Pick<TableInfo, 'class' | 'scope'>[]): string {
  return [...new Set(tables.map(socketsOf))].sort().join('; ') || 'nothing';
}

function socketsOf({ class: name, scope }: Pick<TableInfo, 'class' | 'scope'>): string {
  const { protocol, family } = layoutOf(knownClass(name));
  return `${protocol} over ${family}, ${scope}`;
}
