import { Engine } from './engine/engine.js';
import { SnapshotError } from './errors.js';
import type { RawTable, Snapshot } from './snapshot.js';
import { Columns } from './table/columns.js';
import { ProcessNames } from './table/processNames.js';
import { Table } from './table/table.js';
import { isTableClass, STRUCTURE_NAMES, TABLE_CLASSES, type TableClass } from './tableClass.js';

/** Decodes raw tables into columns. One decoder serves any number of tables, one after another or side by side. */
export class Decoder {
  readonly #module: WebAssembly.Module;
  #engine: Engine;

  /** Use createDecoder. */
  constructor(module: WebAssembly.Module) {
    this.#module = module;
    this.#engine = new Engine(module);
  }

  /**
   * Decodes the rows of one raw table. The bytes are copied, so the caller may change them afterwards. Bytes after the
   * last row are legal and ignored.
   *
   * @throws SnapshotError `bad-table` with the offset, `unknown-class`, `out-of-memory`
   */
  decode(raw: Uint8Array, tableClass: TableClass): Table {
    return this.#decodeAll([{ bytes: raw, class: tableClass }], ProcessNames.none, []);
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
    tables: readonly Pick<RawTable, 'bytes' | 'class'>[],
    processes: ProcessNames,
    undecoded: readonly string[],
  ): Table {
    const engine = this.#liveEngine();
    const blocks: number[] = [];
    let columns: Columns | undefined;
    try {
      const parts = tables.map((table) => {
        const part = loadTable(engine, table);
        blocks.push(part.block);
        return part;
      });
      columns = new Columns(
        engine,
        parts.reduce((sum, part) => sum + part.rows, 0),
      );
      let row = 0;
      for (const { block, rows } of parts) {
        decodeRows(engine, columns, block, rows, row);
        row += rows;
      }
      fillProcessColumn(columns, processes);
      return new Table({ engine, columns, processNames: processes.names }, undecoded);
    } catch (error) {
      columns?.release();
      throw error;
    } finally {
      for (const block of blocks) engine.release(block);
    }
  }

  #liveEngine(): Engine {
    // After a trap the old instance, and every table in it, is lost; decoding goes on with a new one.
    if (this.#engine.failed) this.#engine = new Engine(this.#module);
    return this.#engine;
  }
}

/** Compiles the WebAssembly module (`tcpscope.wasm` of this package), given as bytes or already compiled. */
export async function createDecoder(wasm: BufferSource | WebAssembly.Module): Promise<Decoder> {
  return new Decoder(wasm instanceof WebAssembly.Module ? wasm : await WebAssembly.compile(wasm));
}

/** Copies a raw table into the engine's memory and counts its rows, after checking that the bytes hold them. */
function loadTable(
  engine: Engine,
  table: Pick<RawTable, 'bytes' | 'class'>,
): { block: number; rows: number } {
  const { bytes, class: tableClass } = table;
  if (!isTableClass(tableClass)) {
    const known = TABLE_CLASSES.join(', ');
    throw new SnapshotError(
      'unknown-class',
      `cannot decode tables of class "${tableClass}"; known: ${known}`,
    );
  }
  const block = engine.allocate(bytes.length);
  engine.borrowBytes(block, bytes.length).set(bytes);
  const rows = engine.run((kernels) => kernels.countTcp2Rows(block, bytes.length));
  if (rows >= 0) return { block, rows };
  engine.release(block);
  throw engine.run((kernels) => badTable(bytes, STRUCTURE_NAMES[tableClass], rows, kernels));
}

function badTable(
  bytes: Uint8Array,
  structure: string,
  status: number,
  kernels: {
    HEADER_TRUNCATED: WebAssembly.Global<'i32'>;
    TCP2_FIRST_ROW: WebAssembly.Global<'i32'>;
    TCP2_ROW_BYTES: WebAssembly.Global<'i32'>;
  },
): SnapshotError {
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

function decodeRows(engine: Engine, columns: Columns, block: number, rows: number, firstRow: number): void {
  const at = (field: Parameters<Columns['address']>[0]): number => columns.address(field, firstRow);
  engine.run((kernels) =>
    kernels.decodeTcp2(
      block,
      rows,
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

function fillProcessColumn(columns: Columns, processes: ProcessNames): void {
  const process = columns.borrow('process');
  if (processes.names.length === 1) {
    process.fill(0);
    return;
  }
  const pid = columns.borrow('pid');
  for (let row = 0; row < process.length; row++) process[row] = processes.indexOf(pid[row]!);
}
