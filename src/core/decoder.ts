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
import { isTableClass, layoutOf, type TableClass } from './tableClass.js';

/** Memory that a decoder without tables may keep. */
const IDLE_BYTES = 256 << 20;

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
    return this.#decodeAll([{ bytes: raw, class: tableClass, scope: 'all' }], NOTHING_ADDED);
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
    const { tables, processes = [] } = snapshot;
    const secondary = secondaryTables(snapshot)
      .filter(isWhole)
      .map((table) => ({ table, place: tables.indexOf(table) }));
    const undecoded = tables.flatMap((table) => (isTableClass(table.class) ? [] : [table.class]));
    return this.#decodeAll(primaryTables(snapshot), { secondary, processes }, undecoded);
  }

  #decodeAll(
    tables: readonly (DecodableTable | RawTable)[],
    added: Pick<AddedSource, 'secondary' | 'processes'>,
    undecoded: readonly string[] = [],
  ): Table {
    const engine = this.#liveEngine();
    const counts = tables.map((table) => countRows(table));
    const rowCount = counts.reduce((sum, count) => sum + count, 0);
    const others = added.secondary.map(({ table }) => table);
    const columns = new Columns(engine, rowCount, columnSet(tables, others));
    const processNames = new ProcessNames(added.processes);
    try {
      const primary: AddedSource['primary'][number][] = [];
      let firstRow = 0;
      for (const [i, table] of tables.entries()) {
        const rows = counts[i]!;
        decodeRows(engine, columns, table, rows, firstRow);
        // A caller of `decode` may change the bytes afterwards, so nothing is read from them again.
        if ('synthesized' in table) primary.push({ table, firstRow, rows });
        firstRow += rows;
      }
      processNames.fillColumn(engine, columns);
      const source = { primary, ...added };
      return this.#tableOf(engine, columns, source, processNames.names, coverageOf(tables), undecoded);
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
      return this.#tableOf(
        engine,
        columns,
        { primary: [], ...NOTHING_ADDED },
        processNames,
        shape.coverage,
        [],
      );
    } catch (error) {
      columns.release();
      throw error;
    }
  }

  #tableOf(
    engine: Engine,
    columns: Columns,
    source: AddedSource,
    processNames: readonly string[],
    coverage: string,
    undecoded: readonly string[],
  ): Table {
    const derived = new DerivedColumns(engine);
    const release = (): void => {
      derived.release();
      columns.release();
      this.#giveBack(engine);
    };
    const added = new AddedColumns(engine, columns, derived, source);
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

const NOTHING_ADDED = { secondary: [], processes: [] };

/** The columns that hold all that tables and those joined to them tell. */
function columnSet(tables: readonly DecodableTable[], others: readonly DecodableTable[]): ColumnSet {
  if (
    [...tables, ...others].some(({ class: name }) => layoutOf(knownClass(name)).words.includes('created'))
  ) {
    return 'timed';
  }
  return tables.some(isWide) ? 'wide' : 'plain';
}

/** Whether a table has rows that are not TCP over IPv4, or does not tell all that the plain columns hold. */
function isWide({ class: name }: DecodableTable): boolean {
  const { protocol, family, words } = layoutOf(knownClass(name));
  return protocol !== 'TCP' || family !== 'IPv4' || !words.includes('offload');
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
