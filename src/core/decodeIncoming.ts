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
  { tableClass, rows, stream, see }: IncomingRows,
  firstRow: number,
): Promise<UpperHalves | undefined> {
  const { rowBytes } = layoutOf(tableClass);
  const halves = new HalvesSeen(engine, tableClass, rows);
  // Bytes of rows of which others are still to come, and of those that would make a window's rows no multiple of what is aligned.
  const rest = new Uint8Array(ROWS_ALIGNED * rowBytes);
  let [row, held] = [0, 0];
  const decodeNext = (ready: number): void =>
    engine.run((kernels) => {
      const there = held + ready;
      const bytes = engine.borrowBytes(kernels.windowAddress(), there);
      bytes.set(rest.subarray(0, held));
      const taken = bytes.subarray(held);
      stream.take(taken);
      see?.(taken);
      const whole = Math.floor(there / rowBytes);
      const count = row + whole < rows ? whole - (whole % ROWS_ALIGNED) : whole;
      if (count > 0) {
        // Whoever had the window in between knows nothing of these columns.
        const decoding = new WindowDecoding(engine, kernels, columns, tableClass);
        decoding.decode(count, firstRow + row, true);
        decoding.end(count);
        halves.look(kernels, row, count);
      }
      row += count;
      held = there - count * rowBytes;
      rest.set(bytes.subarray(count * rowBytes));
    });
  const room = engine.run((kernels) => kernels.WINDOW_BYTES);
  while (row < rows) {
    const ready = await stream.ready(Math.min(room, (rows - row) * rowBytes) - held);
    if (ready === 0)
      throw new SnapshotError('truncated', `the file ends inside row ${row} of ${rows}`, { row });
    decodeNext(ready);
  }
  fillMissing(columns, tableClass, rows, firstRow);
  return halves.seen;
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
      const isOdd = kernels.anyBits(offset, count, this.#rowBytes) >>> 16 !== 0;
      if (!isOdd && this.seen?.[port] === undefined) continue;
      const halves = ((this.seen ??= {})[port] ??= new Uint16Array(this.#rows));
      const { words } = this.#engine;
      let at = (kernels.windowAddress() + offset) / WORD_BYTES;
      for (let row = first; row < first + count; row++, at += this.#rowBytes / WORD_BYTES)
        halves[row] = words[at]! >>> 16;
    }
  }
}
