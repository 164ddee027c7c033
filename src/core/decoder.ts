import { countRows, decodeRows, isDecodable, type DecodableTable } from './decodeRows.js';
import { Engine } from './engine/engine.js';
import type { Snapshot } from './snapshot.js';
import { Columns } from './table/columns.js';
import { ProcessNames } from './table/processNames.js';
import { Table } from './table/table.js';
import { isTableClass, type TableClass } from './tableClass.js';

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
   * Decodes all tables of a snapshot that it can into one, in the order in which they are stored, with process names. Tables of
   * classes that this version does not know are named in `undecoded`.
   *
   * @throws SnapshotError as `decode` does
   */
  decodeSnapshot(snapshot: Snapshot): Table {
    const known = snapshot.tables.filter((table) => isDecodable(table.class));
    const undecoded = snapshot.tables.flatMap((table) => (isTableClass(table.class) ? [] : [table.class]));
    return this.#decodeAll(known, new ProcessNames(snapshot.processes ?? []), undecoded);
  }

  #decodeAll(
    tables: readonly DecodableTable[],
    processes: ProcessNames,
    undecoded: readonly string[],
  ): Table {
    const engine = this.#liveEngine();
    let rowCount = 0;
    for (const table of tables) rowCount += countRows(engine, table);
    const columns = new Columns(engine, rowCount);
    try {
      let firstRow = 0;
      for (const table of tables) firstRow += decodeRows(engine, columns, table, firstRow);
      processes.fillColumn(engine, columns);
      const release = (): void => {
        columns.release();
        this.#giveBack(engine);
      };
      const data = { engine, columns, processNames: processes.names, release };
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

/** Which sockets the tables are of, whatever structures they came in. */
function coverageOf(tables: readonly DecodableTable[]): string {
  const covered: string[] = [];
  for (const { scope } of tables) {
    const sockets = `TCP over IPv4, ${scope}`;
    if (!covered.includes(sockets)) covered.push(sockets);
  }
  return covered.sort().join('; ') || 'nothing';
}
