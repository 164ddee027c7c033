import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { TypedColumns } from './typedColumns.js';

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

/** As the release target of asconfig.json. */
const FLAGS = [
  '--optimizeLevel',
  '3',
  '--shrinkLevel',
  '0',
  '--noAssert',
  '--runtime',
  'stub',
  '--use',
  'abort=',
];

const SOURCE = fileURLToPath(new URL('../../peers/assembly/lsdRadix.ts', import.meta.url));
const MODULE = fileURLToPath(new URL('../lsdRadix.wasm', import.meta.url));

/** Compiles assembly/lsdRadix.ts with the compiler that the library is made with. */
export function compileWasmRadix(): void {
  const compiler = fileURLToPath(import.meta.resolve('assemblyscript/bin/asc.js'));
  const args = [compiler, SOURCE, '--config', 'none', '--outFile', MODULE, '--enable', 'simd', ...FLAGS];
  execFileSync(process.execPath, args, { stdio: 'inherit' });
}

/** Loads what compileWasmRadix made. */
export function loadWasmRadix(): WasmRadix {
  return new WasmRadix(new WebAssembly.Module(readFileSync(MODULE)));
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
  readonly #kernel: RadixExports;
  #rows = 0;
  #places: Places | undefined;

  constructor(module: WebAssembly.Module) {
    this.#kernel = new WebAssembly.Instance(module).exports as unknown as RadixExports;
  }

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
