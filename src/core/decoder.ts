import { countRows, decodeRows, knownClass, type DecodableTable } from './decodeRows.js';
import { Engine } from './engine/engine.js';
import { SnapshotError } from './errors.js';
import { primaryTables, secondaryTables } from './primaryTables.js';
import type { RawTable, Snapshot } from './snapshot.js';
import { AddedColumns, type AddedSource } from './table/addedColumns.js';
import { Columns } from './table/columns.js';
import { DerivedColumns } from './table/derived.js';
import type { ColumnSet } from './table/fields.js';
import { ProcessNames } from './table/processNames.js';
import { Table } from './table/table.js';
import { isTableClass, layoutOf, TABLE_CLASSES, type TableClass } from './tableClass.js';

/** Memory that a decoder without tables may keep. */
const IDLE_BYTES = 256 << 20;

/** Tables of one snapshot, those that are joined to them, and the processes that their pids are. */
interface TableGroup extends Pick<AddedSource, 'secondary' | 'lists'> {
  readonly tables: readonly (DecodableTable | RawTable)[];
}

function groupOf(snapshot: Snapshot): TableGroup {
  const secondary = secondaryTables(snapshot)
    .filter(isWhole)
    .map((table) => ({ table, place: snapshot.tables.indexOf(table) }));
  return { tables: primaryTables(snapshot), secondary, lists: snapshot };
}

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
    return this.#decodeAll([{ tables: [table], secondary: [], lists: {} }]);
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
      const processNames = ProcessNames.of(
        engine,
        groups.map(({ lists }) => lists),
      );
      const sources: AddedSource[] = [];
      let [firstRow, place] = [0, 0];
      groups.forEach((group, i) => {
        const groupFirst = firstRow;
        const primary: AddedSource['primary'][number][] = [];
        for (const table of group.tables) {
          const rows = rowCounts[place++]!;
          decodeRows(engine, columns, table, rows, firstRow);
          // A caller of `decode` may change the bytes afterwards, so nothing is read from them again.
          if ('synthesized' in table) primary.push({ table, firstRow, rows });
          firstRow += rows;
        }
        const rows = firstRow - groupFirst;
        processNames.fillColumn(engine, columns, i, groupFirst, rows);
        const { secondary, lists } = group;
        sources.push({ firstRow: groupFirst, rows, primary, secondary, lists });
      });
      return this.#tableOf(engine, columns, processNames.names, sources, coverageOf(tables), undecoded);
    } catch (error) {
      columns.release();
      throw error;
    }
  }

  /**
   * A table of rows that come from elsewhere than from raw tables.
   *
   * @param fill sets every value of the columns; it may not take more memory
   * @param processNames what the `process` column's numbers stand for: the empty name first, the others in ascending order
   * @throws SnapshotError `out-of-memory`
   */
  makeTable(
    shape: { readonly rowCount: number; readonly columns: ColumnSet; readonly coverage: string },
    processNames: readonly string[],
    fill: (columns: Columns) => void,
  ): Table {
    const engine = this.#liveEngine();
    const columns = new Columns(engine, shape.rowCount, shape.columns);
    try {
      fill(columns);
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
export function undecodedClasses({ tables }: Snapshot): string[] {
  return tables.filter((table) => !isTableClass(table.class)).map((table) => table.class);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** Whether a table holds the rows that it claims. One that does not says nothing of other tables' rows. */
function isWhole(table: RawTable): boolean {
  try {
    countRows(table);
    return true;
  } catch (error) {
    if (error instanceof SnapshotError) return false;
    throw error;
  }
}

/** Which sockets the tables are of, whatever structures they came in. */
function coverageOf(tables: readonly DecodableTable[]): string {
  const covered: string[] = [];
  for (const { class: name, scope } of tables) {
    const { protocol, family } = layoutOf(knownClass(name));
    const sockets = `${protocol} over ${family}, ${scope}`;
    if (!covered.includes(sockets)) covered.push(sockets);
  }
  return covered.sort().join('; ') || 'nothing';
}
