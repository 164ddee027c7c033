import { Engine } from './engine/engine.js';
import type { Kernels } from './engine/kernels.js';
import { SnapshotError } from './errors.js';
import type { RawTable, Snapshot } from './snapshot.js';
import { Columns } from './table/columns.js';
import type { StoredField } from './table/fields.js';
import { ProcessNames } from './table/processNames.js';
import { Table } from './table/table.js';
import { isTableClass, STRUCTURE_NAMES, TABLE_CLASSES, type TableClass } from './tableClass.js';

type DecodableTable = Pick<RawTable, 'bytes' | 'class' | 'scope'>;

/** All that is needed of a table to count its rows. */
const HEADER_BYTES = 4;
/** Memory that a decoder without tables may keep. */
const IDLE_BYTES = 256 << 20;
/** Rows decoded at a time: 112 KB of them. */
const WINDOW_ROWS = 4096;

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
   * Decodes all tables of a snapshot into one, in the order in which they are stored, with process names. Tables of
   * classes that this version does not know are named in `undecoded`.
   *
   * @throws SnapshotError as `decode` does
   */
  decodeSnapshot(snapshot: Snapshot): Table {
    const known = snapshot.tables.filter((table) => isTableClass(table.class));
    const undecoded = snapshot.tables.filter((table) => !known.includes(table)).map((table) => table.class);
    return this.#decodeAll(known, new ProcessNames(snapshot.processes ?? []), undecoded);
  }

  #decodeAll(
    tables: readonly DecodableTable[],
    processes: ProcessNames,
    undecoded: readonly string[],
  ): Table {
    const engine = this.#liveEngine();
    const rowCounts = tables.map((table) => countRows(engine, table));
    const columns = new Columns(
      engine,
      rowCounts.reduce((sum, rows) => sum + rows, 0),
    );
    try {
      let firstRow = 0;
      for (const [i, { bytes }] of tables.entries()) {
        decodeRows(engine, columns, bytes, rowCounts[i]!, firstRow);
        firstRow += rowCounts[i]!;
      }
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
  const scopes = new Set(tables.map(({ scope }) => `TCP over IPv4, ${scope}`));
  return [...scopes].sort().join('; ') || 'nothing';
}

/** Checks that the bytes hold the rows that they claim, and counts them. */
function countRows(engine: Engine, table: DecodableTable): number {
  const { bytes, class: tableClass } = table;
  if (!isTableClass(tableClass)) {
    const known = TABLE_CLASSES.join(', ');
    throw new SnapshotError(
      'unknown-class',
      `cannot decode tables of class "${tableClass}"; known: ${known}`,
    );
  }
  return engine.withBlocks([HEADER_BYTES], ([block]) => {
    const header = bytes.subarray(0, HEADER_BYTES);
    engine.borrowBytes(block!, header.length).set(header);
    // No table that a u32 cannot measure has rows that a u32 cannot count.
    const byteLength = Math.min(bytes.length, 0xffffffff);
    return engine.run((kernels) => {
      const rows = kernels.countTcp2Rows(block!, byteLength);
      if (rows < 0) throw badTable(bytes, STRUCTURE_NAMES[tableClass], rows, kernels);
      return rows;
    });
  });
}

function badTable(bytes: Uint8Array, structure: string, status: number, kernels: Kernels): SnapshotError {
  const firstRow = kernels.TCP2_FIRST_ROW.value;
  if (status === kernels.HEADER_TRUNCATED.value) {
    return new SnapshotError(
      'bad-table',
      `not a ${structure}: the row count needs ${firstRow} bytes, there are ${bytes.length}`,
      { offset: 0 },
    );
  }
  const rows = new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(0, true);
  const rowBytes = kernels.TCP2_ROW_BYTES.value;
  const remaining = bytes.length - firstRow;
  return new SnapshotError(
    'bad-table',
    `not a whole ${structure}: ${rows} rows need ${rows * rowBytes} bytes, ${remaining} remain at offset ${firstRow}`,
    { offset: firstRow, row: Math.floor(remaining / rowBytes) },
  );
}

/**
 * Decodes the rows a window at a time: copied into a window that stays in cache, the raw bytes never take memory of their own,
 * and are not written to it and read back.
 */
function decodeRows(
  engine: Engine,
  columns: Columns,
  bytes: Uint8Array,
  rows: number,
  firstRow: number,
): void {
  const { start, rowBytes } = engine.run((kernels) => ({
    start: kernels.TCP2_FIRST_ROW.value,
    rowBytes: kernels.TCP2_ROW_BYTES.value,
  }));
  engine.withBlocks([Math.min(rows, WINDOW_ROWS) * rowBytes], ([block]) => {
    for (let row = 0; row < rows; row += WINDOW_ROWS) {
      const count = Math.min(WINDOW_ROWS, rows - row);
      const from = start + row * rowBytes;
      const window = bytes.subarray(from, from + count * rowBytes);
      engine.borrowBytes(block!, window.length).set(window);
      decodeWindow(engine, columns, block!, count, firstRow + row);
    }
  });
}

function decodeWindow(engine: Engine, columns: Columns, block: number, count: number, row: number): void {
  const at = (field: StoredField): number => columns.address(field, row);
  engine.run((kernels) =>
    kernels.decodeTcp2(
      block,
      count,
      at('state'),
      at('local'),
      at('remote'),
      at('pid'),
      at('offload'),
      at('lport'),
      at('rport'),
    ),
  );
}
