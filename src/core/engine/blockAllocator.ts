/** A range of WebAssembly memory: `start` ≤ address < `end`. */
interface Range {
  start: number;
  end: number;
}

/** Blocks start at multiples of this, so that a column can be read with 16-byte vectors and viewed as any typed array. */
const ALIGNMENT = 16;

/**
 * Hands out blocks of a linear memory, first fit. A table is a handful of large blocks, so the list of free ranges
 * stays short and a linear search is the fastest there is.
 */
export class BlockAllocator {
  /** Ascending, never adjacent: neighbours are merged when a block is released. */
  readonly #free: Range[] = [];
  readonly #sizes = new Map<number, number>();
  #end: number;
  /** Where the memory that no block has ever used begins. */
  #top: number;

  constructor(start: number, end: number) {
    this.#top = alignUp(start);
    this.#end = end;
  }

  get blockCount(): number {
    return this.#sizes.size;
  }

  /** The memory has grown: addresses below `end` may now be handed out. */
  extend(end: number): void {
    this.#end = end;
  }

  /** The end that the memory must have for a block of `byteLength` bytes, as things are now. */
  requiredEnd(byteLength: number): number {
    return this.#top + blockSize(byteLength);
  }

  /** The address of a block of `byteLength` bytes, or undefined where the memory has no room for it. */
  allocate(byteLength: number): number | undefined {
    const size = blockSize(byteLength);
    const index = this.#free.findIndex((range) => range.end - range.start >= size);
    let start;
    if (index !== -1) {
      const range = this.#free[index]!;
      start = range.start;
      range.start += size;
      if (range.start === range.end) this.#free.splice(index, 1);
    } else {
      if (this.#top + size > this.#end) return undefined;
      start = this.#top;
      this.#top += size;
    }
    this.#sizes.set(start, size);
    return start;
  }

  release(start: number): void {
    const size = this.#sizes.get(start);
    if (size === undefined) throw new RangeError(`no block starts at ${start}`);
    this.#sizes.delete(start);
    if (start + size === this.#top) {
      this.#top = start;
      const last = this.#free.at(-1);
      if (last?.end !== start) return;
      this.#top = last.start;
      this.#free.pop();
      return;
    }
    const index = this.#free.findIndex((range) => range.start > start);
    const at = index === -1 ? this.#free.length : index;
    this.#free.splice(at, 0, { start, end: start + size });
    this.#merge(at);
    this.#merge(at - 1);
  }

  /** Merges the free range at `index` with the one after it, where they touch. */
  #merge(index: number): void {
    const range = this.#free[index];
    const next = this.#free[index + 1];
    if (range === undefined || next === undefined || range.end !== next.start) return;
    range.end = next.end;
    this.#free.splice(index + 1, 1);
  }
}

/** An empty block takes room too, so that it has an address of its own. */
function blockSize(byteLength: number): number {
  return alignUp(Math.max(1, byteLength));
}

/** The next multiple of the alignment. */
export function alignUp(address: number): number {
  return Math.ceil(address / ALIGNMENT) * ALIGNMENT;
}
