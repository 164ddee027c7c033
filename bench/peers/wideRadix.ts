import { compilePeer, loadPeer } from './wasmPeers.js';

interface RadixExports {
  readonly memory: WebAssembly.Memory;
  heapBase(): number;
  listAddress(): number;
  keyBytes(columns: number): number;
  orderWide(columns: number, rows: number, keys: number, scratch: number, order: number): void;
}

/** Of MIB_TCP6ROW2, what the documented order compares, the least significant first: offsets of words and ports. */
const KEY = [44, 40, 36, 32, 28, 24, 20, 16, 12, 8, 4, 0];
const PORTS: readonly number[] = [20, 44];
const SCOPES: readonly number[] = [16, 40];
const HEADER_BYTES = 4;
const ROW_BYTES = 60;

export function compileWideRadix(): void {
  compilePeer('wideRadix');
}

/** Sorts tables of IPv6 in WebAssembly, one after another. */
export class WideRadix {
  readonly #kernel = loadPeer('wideRadix') as unknown as RadixExports;
  #rows = 0;
  #columns = 0;
  #places: readonly [keys: number, scratch: number, order: number] = [0, 0, 0];

  /**
   * Brings the columns of a MIB_TCP6TABLE2 into memory: what the library's decoder has done when a table is sorted. Those that are the
   * same in all rows are left out here, as that knows them too.
   */
  load(raw: Uint8Array): void {
    const rows = (raw.length - HEADER_BYTES) / ROW_BYTES;
    const varying = KEY.map((offset) => readColumn(raw, rows, offset)).filter((column) =>
      column.some((value) => value !== column[0]),
    );
    const bytes = varying.length === 0 ? 16 : this.#kernel.keyBytes(varying.length);
    let end = Math.ceil(this.#kernel.heapBase() / 16) * 16;
    const take = (length: number): number => {
      const start = end;
      end += Math.ceil(length / 16) * 16;
      return start;
    };
    const addresses = varying.map(() => take(rows * 4));
    this.#places = [take(rows * bytes), take(rows * bytes), take(rows * 4)];
    const { memory } = this.#kernel;
    const missing = end - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / 65_536));
    for (const [i, column] of varying.entries())
      new Uint32Array(memory.buffer, addresses[i], rows).set(column);
    new Uint32Array(memory.buffer, this.#kernel.listAddress(), varying.length).set(addresses);
    this.#rows = rows;
    this.#columns = varying.length;
  }

  /** The order of the table that was loaded last. */
  order(): Uint32Array {
    const [keys, scratch, order] = this.#places;
    this.#kernel.orderWide(this.#columns, this.#rows, keys, scratch, order);
    return new Uint32Array(this.#kernel.memory.buffer, order, this.#rows).slice();
  }
}

function readColumn(raw: Uint8Array, rows: number, offset: number): Uint32Array {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  return Uint32Array.from({ length: rows }, (_, row) => {
    const at = HEADER_BYTES + row * ROW_BYTES + offset;
    return PORTS.includes(offset) ? view.getUint16(at) : view.getUint32(at, SCOPES.includes(offset));
  });
}
