import { fillMissing, ROWS_ALIGNED, WindowDecoding } from './decodeRows.js';
import type { Engine } from './engine/engine.js';
import type { Kernels } from './engine/kernels.js';
import { SnapshotError } from './errors.js';
import type { ByteStream } from './file/byteSource.js';
import type { UpperHalves } from './snapshot.js';
import type { Columns } from './table/columns.js';
import { layoutOf, type TableClass } from './tableClass.js';

const WORD_BYTES = 4;

/** Rows that are read while they are decoded. */
export interface IncomingRows {
  readonly tableClass: TableClass;
  readonly rows: number;
  /** Their bytes, from the first row on. */
  readonly stream: ByteStream;
  /** Sees all bytes, in order; they are lent, and the engine's window must stay as it is. */
  readonly see?: ((bytes: Uint8Array) => void) | undefined;
}

/**
 * Decodes rows into rows `firstRow` on of the columns, out of the window into which they are read. Other work of the engine may be done
 * while bytes are waited for.
 *
 * @returns what stands in the upper halves of ports, which is in no column; undefined where it is all zero
 * @throws SnapshotError `truncated`; what the stream throws
 */
export async function decodeIncoming(
  engine: Engine,
  columns: Columns,
  incoming: IncomingRows,
  firstRow: number,
): Promise<UpperHalves | undefined> {
  const { tableClass, rows, stream } = incoming;
  const decoding = new IncomingDecoding(engine, columns, incoming, firstRow);
  for (let wanted = decoding.wanted; wanted > 0; wanted = decoding.wanted) {
    const ready = await stream.ready(wanted);
    if (ready === 0) throw new SnapshotError('truncated', `the file ends before its ${rows} rows do`);
    decoding.take(ready);
  }
  fillMissing(columns, tableClass, rows, firstRow);
  return decoding.halves.seen;
}

class IncomingDecoding {
  readonly halves: HalvesSeen;
  readonly #engine: Engine;
  readonly #columns: Columns;
  readonly #incoming: IncomingRows;
  readonly #firstRow: number;
  readonly #rowBytes: number;
  readonly #windowBytes: number;
  /** How many rows have been decoded. */
  #row = 0;
  /** Bytes of rows of which others are still to come, and of those that would make a window's rows no multiple of what is aligned. */
  readonly #rest: Uint8Array;
  #held = 0;

  constructor(engine: Engine, columns: Columns, incoming: IncomingRows, firstRow: number) {
    this.#engine = engine;
    this.#columns = columns;
    this.#incoming = incoming;
    this.#firstRow = firstRow;
    this.#rowBytes = layoutOf(incoming.tableClass).rowBytes;
    this.#windowBytes = engine.run((kernels) => kernels.WINDOW_BYTES);
    this.#rest = new Uint8Array(ROWS_ALIGNED * this.#rowBytes);
    this.halves = new HalvesSeen(engine, incoming.tableClass, incoming.rows);
  }

  /** How many bytes can be taken. */
  get wanted(): number {
    const left = (this.#incoming.rows - this.#row) * this.#rowBytes;
    return Math.min(this.#windowBytes, left) - this.#held;
  }

  /** Takes the next bytes into the window, and decodes what is there of whole rows. */
  take(length: number): void {
    const { rows, stream, see } = this.#incoming;
    this.#engine.run((kernels) => {
      const there = this.#held + length;
      const bytes = this.#engine.borrowBytes(kernels.windowAddress(), there);
      bytes.set(this.#rest.subarray(0, this.#held));
      const taken = bytes.subarray(this.#held);
      stream.take(taken);
      see?.(taken);
      const whole = Math.floor(there / this.#rowBytes);
      const isLast = this.#row + whole === rows;
      const count = isLast ? whole : whole - (whole % ROWS_ALIGNED);
      if (count > 0) this.#decode(kernels, count);
      this.#row += count;
      this.#held = there - count * this.#rowBytes;
      this.#rest.set(bytes.subarray(count * this.#rowBytes));
    });
  }

  #decode(kernels: Kernels, count: number): void {
    // Whoever had the window in between knows nothing of these columns.
    const decoding = new WindowDecoding(this.#engine, kernels, this.#columns, this.#incoming.tableClass);
    decoding.decode(count, this.#firstRow + this.#row, true);
    decoding.end(count);
    this.halves.look(kernels, this.#row, count);
  }
}

/** The upper halves of ports, which are kept from the first on that is not zero. */
class HalvesSeen {
  readonly #engine: Engine;
  readonly #rows: number;
  readonly #rowBytes: number;
  /** The offsets of ports in a row. */
  readonly #offsets: readonly (readonly ['lport' | 'rport', number])[];
  seen: Partial<Record<'lport' | 'rport', Uint16Array>> | undefined;

  constructor(engine: Engine, tableClass: TableClass, rows: number) {
    const { words, rowBytes } = layoutOf(tableClass);
    this.#engine = engine;
    this.#rows = rows;
    this.#rowBytes = rowBytes;
    this.#offsets = words.flatMap((word, i) =>
      word === 'lport' || word === 'rport' ? [[word, i * WORD_BYTES] as const] : [],
    );
  }

  /** @param first the number of the first row in the window */
  look(kernels: Kernels, first: number, count: number): void {
    for (const [port, offset] of this.#offsets) {
      if (kernels.readUpperHalves(offset, count, this.#rowBytes) === 0) continue;
      const halves = ((this.seen ??= {})[port] ??= new Uint16Array(this.#rows));
      halves.set(this.#engine.borrowU16(kernels.upperHalvesAddress(), count), first);
    }
  }
}
