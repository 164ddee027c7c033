import type { TypedColumns } from './typedColumns.js';
import { compilePeer, loadPeer } from './wasmPeers.js';

interface RadixExports {
  readonly memory: WebAssembly.Memory;
  heapBase(): number;
  orderColumns(
    local: number,
    lport: number,
    remote: number,
    rport: number,
    rows: number,
    digitBits: number,
    keys: number,
    scratch: number,
    order: number,
  ): void;
}

export function compileWasmRadix(): void {
  compilePeer('lsdRadix');
}

/** A place in the module's memory for one table's columns, keys and order. */
interface Places {
  readonly local: number;
  readonly lport: number;
  readonly remote: number;
  readonly rport: number;
  readonly keys: number;
  readonly scratch: number;
  readonly order: number;
}

/** Sorts one table after another in WebAssembly. */
export class WasmRadix {
  readonly #kernel = loadPeer('lsdRadix') as unknown as RadixExports;
  #rows = 0;
  #places: Places | undefined;

  /** Brings the columns of a table into memory: what the library's decoder has done when a table is sorted. */
  load({ rows, local, lport, remote, rport }: TypedColumns): void {
    const places = this.#reserve(rows);
    const { buffer } = this.#kernel.memory;
    new Uint32Array(buffer, places.local, rows).set(local);
    new Uint32Array(buffer, places.remote, rows).set(remote);
    new Uint16Array(buffer, places.lport, rows).set(lport);
    new Uint16Array(buffer, places.rport, rows).set(rport);
    this.#rows = rows;
    this.#places = places;
  }

  /** The order of the table that was loaded last. */
  order(digitBits: 8 | 11): Uint32Array {
    if (this.#places === undefined) throw new Error('no table is loaded');
    const { local, lport, remote, rport, keys, scratch, order } = this.#places;
    this.#kernel.orderColumns(local, lport, remote, rport, this.#rows, digitBits, keys, scratch, order);
    return new Uint32Array(this.#kernel.memory.buffer, order, this.#rows).slice();
  }

  #reserve(rows: number): Places {
    let end = Math.ceil(this.#kernel.heapBase() / 16) * 16;
    const take = (bytes: number): number => {
      const start = end;
      end += Math.ceil(bytes / 16) * 16;
      return start;
    };
    const places = {
      local: take(rows * 4),
      lport: take(rows * 2),
      remote: take(rows * 4),
      rport: take(rows * 2),
      keys: take(rows * 16),
      scratch: take(rows * 16),
      order: take(rows * 4),
    };
    const { memory } = this.#kernel;
    const missing = end - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / 65_536));
    return places;
  }
}
