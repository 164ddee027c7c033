import { SnapshotError } from '../errors.js';
import { hashSecret } from '../hashSecret.js';
import { alignUp, BlockAllocator } from './blockAllocator.js';
import { kernelsOf, type Kernels } from './kernels.js';

const PAGE_BYTES = 65536;
/** What a 32-bit WebAssembly memory can address. */
const MAX_PAGES = 65536;

/**
 * One instance of the WebAssembly module and the only owner of its memory. Blocks are addressed by number; a view of
 * one is valid until the next allocation, because growing the memory detaches every view taken before.
 */
export class Engine {
  readonly #kernels: Kernels;
  readonly #blocks: BlockAllocator;
  // Asking the memory for its buffer is a call into the host, so it is asked once for each time that it grows.
  #buffer: ArrayBuffer;
  #bytes: Uint8Array<ArrayBuffer>;
  #words: Uint32Array<ArrayBuffer>;
  #failed = false;

  constructor(module: WebAssembly.Module) {
    // The module imports nothing, so it can do nothing but compute on its own memory.
    this.#kernels = kernelsOf(new WebAssembly.Instance(module).exports);
    this.#kernels.seedSamples(hashSecret());
    this.#buffer = this.#kernels.memory.buffer;
    this.#bytes = new Uint8Array(this.#buffer);
    this.#words = new Uint32Array(this.#buffer);
    this.#blocks = new BlockAllocator(this.#kernels.heapBase(), this.#bytes.length);
  }

  /** True after a trap: what the memory holds is no longer known, and every further use throws. */
  get failed(): boolean {
    return this.#failed;
  }

  /** Bytes of linear memory that this instance has. WebAssembly memory never shrinks. */
  get memoryBytes(): number {
    return this.#bytes.length;
  }

  get blockCount(): number {
    return this.#blocks.blockCount;
  }

  /**
   * Reserves a block, growing the memory by half or more where it is full. Its bytes are not cleared.
   *
   * @throws SnapshotError `out-of-memory`
   */
  allocate(byteLength: number): number {
    const block = this.#blocks.allocate(byteLength);
    if (block !== undefined) return block;
    this.#grow(this.#blocks.requiredEnd(byteLength), byteLength);
    return this.#blocks.allocate(byteLength)!;
  }

  /**
   * Reserves blocks of these lengths for as long as `use` runs. All are there before it begins, so it can take views. They are parts of
   * one, since tables may be small and many.
   */
  withBlocks<Result>(byteLengths: readonly number[], use: (blocks: readonly number[]) => Result): Result {
    let total = 0;
    for (const byteLength of byteLengths) total += alignUp(byteLength);
    const whole = this.allocate(total);
    let end = whole;
    const blocks = byteLengths.map((byteLength) => {
      const block = end;
      end += alignUp(byteLength);
      return block;
    });
    try {
      return use(blocks);
    } finally {
      this.release(whole);
    }
  }

  release(block: number): void {
    this.#blocks.release(block);
  }

  /** Runs `use` on the module's functions. A trap is a bug of the module: the instance is not used again. */
  run<Result>(use: (kernels: Kernels) => Result): Result {
    if (this.#failed) {
      throw new SnapshotError('engine-failed', 'the engine failed earlier; decode the snapshot again');
    }
    try {
      return use(this.#kernels);
    } catch (error) {
      if (!(error instanceof WebAssembly.RuntimeError)) throw error;
      this.#failed = true;
      throw new SnapshotError(
        'engine-failed',
        `the engine failed (${error.message}); this is a bug in tcpscope, please report it`,
      );
    }
  }

  /** All of the memory, valid until the next allocation. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes;
  }

  /** All of the memory as u32s, valid until the next allocation. */
  get words(): Uint32Array<ArrayBuffer> {
    return this.#words;
  }

  borrowBytes(block: number, length: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#buffer, block, length);
  }

  borrowU16(block: number, length: number): Uint16Array<ArrayBuffer> {
    return new Uint16Array(this.#buffer, block, length);
  }

  borrowU32(block: number, length: number): Uint32Array<ArrayBuffer> {
    return new Uint32Array(this.#buffer, block, length);
  }

  #grow(requiredEnd: number, byteLength: number): void {
    const { memory } = this.#kernels;
    const pages = this.memoryBytes / PAGE_BYTES;
    const required = Math.ceil(requiredEnd / PAGE_BYTES);
    const wanted = Math.min(MAX_PAGES, Math.max(required, Math.ceil(pages * 1.5)));
    if (!tryGrow(memory, wanted - pages, required - pages)) {
      throw new SnapshotError(
        'out-of-memory',
        `the table needs ${byteLength} more bytes of memory than the ${this.memoryBytes} in use, ` +
          `and WebAssembly cannot have them (its limit is ${MAX_PAGES * PAGE_BYTES} bytes)`,
      );
    }
    this.#buffer = memory.buffer;
    this.#bytes = new Uint8Array(this.#buffer);
    this.#words = new Uint32Array(this.#buffer);
    this.#blocks.extend(this.memoryBytes);
  }
}

/** Grows by the wanted number of pages, or where the system denies that, by the required number. */
function tryGrow(memory: WebAssembly.Memory, wanted: number, required: number): boolean {
  for (const pages of [wanted, required]) {
    if (pages < required) continue;
    try {
      memory.grow(pages);
      return true;
    } catch {
      // RangeError is all that a host says; the next attempt, or the caller, deals with it.
    }
  }
  return false;
}
