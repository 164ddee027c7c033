import { countRows, decodeRows, knownClass, type DecodableTable } from './decodeRows.js';
import { Engine } from './engine/engine.js';
import { primaryTables } from './primaryTables.js';
import type { Snapshot } from './snapshot.js';
import { Columns } from './table/columns.js';
import { DerivedColumns } from './table/derived.js';
import { ProcessNames } from './table/processNames.js';
import { Table } from './table/table.js';
import { isTableClass, layoutOf, TABLE_CLASSES, type TableClass } from './tableClass.js';

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
    return this.#decodeAll([{ bytes: raw, class: tableClass, scope: 'all' }], ProcessNames.none, []);
  }

  /**
   * Decodes a snapshot's tables into one, with process names: of each protocol and family the tables that tell most (primaryTables.ts),
   * in the order in which they are stored. Tables of classes that this version does not know are named in `undecoded`.
   *
   * @throws SnapshotError as `decode` does
   */
  decodeSnapshot(snapshot: Snapshot): Table {
    const undecoded = snapshot.tables.flatMap((table) => (isTableClass(table.class) ? [] : [table.class]));
    return this.#decodeAll(primaryTables(snapshot), new ProcessNames(snapshot.processes ?? []), undecoded);
  }

  #decodeAll(
    tables: readonly DecodableTable[],
    processes: ProcessNames,
    undecoded: readonly string[],
  ): Table {
    const engine = this.#liveEngine();
    const counts = tables.map((table) => countRows(table));
    const rowCount = counts.reduce((sum, count) => sum + count, 0);
    const columns = new Columns(
      engine,
      rowCount,
      tables.some((table) => WIDE_CLASSES.has(table.class)),
    );
    try {
      let firstRow = 0;
      for (const [i, table] of tables.entries()) {
        decodeRows(engine, columns, table, counts[i]!, firstRow);
        firstRow += counts[i]!;
      }
      processes.fillColumn(engine, columns);
      const derived = new DerivedColumns(engine);
      const release = (): void => {
        derived.release();
        columns.release();
        this.#giveBack(engine);
      };
      const data = { engine, columns, derived, processNames: processes.names, release };
      return new Table(data, coverageOf(tables), undecoded);
    } catch (error) {
      columns.release();
      throw error;
    }
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

/** Tables that have rows that are not TCP over IPv4, or do not tell all that the plain columns hold. */
const WIDE_CLASSES: ReadonlySet<string> = new Set(
  TABLE_CLASSES.filter((name) => {
    const { protocol, family, words } = layoutOf(name);
    return protocol !== 'TCP' || family !== 'IPv4' || !words.includes('offload');
  }),
);

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
