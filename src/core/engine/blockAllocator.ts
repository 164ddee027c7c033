/** A range of WebAssembly memory: `start` ≤ address < `end`. */
interface Range {
  start: number;
  end: number;
}

/** How many of these ranges, which are ascending, begin before an address. */
function countBefore(ranges: readonly Range[], address: number): number {
  let low = 0;
  // Mostly it is about the last one: blocks are released in the opposite order of being taken.
  for (let high = ranges.length, middle = high - 1; low < high; middle = (low + high) >> 1) {
    if (ranges[middle]!.start < address) low = middle + 1;
    else high = middle;
  }
  return low;
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
  /** Ascending. A Map of their sizes would be made anew all the time as its few entries come and go, which small tables notice. */
  readonly #blocks: Range[] = [];
  #end: number;
  /** Where the memory that no block has ever used begins. */
  #top: number;

  constructor(start: number, end: number) {
    this.#top = alignUp(start);
    this.#end = end;
  }

  get blockCount(): number {
    return this.#blocks.length;
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
    const block = { start, end: start + size };
    const place = countBefore(this.#blocks, start);
    if (place === this.#blocks.length) this.#blocks.push(block);
    else this.#blocks.splice(place, 0, block);
    return start;
  }

  release(start: number): void {
    const block = this.#take(start);
    if (block.end === this.#top) {
      this.#top = start;
      const last = this.#free.at(-1);
      if (last?.end !== start) return;
      this.#top = last.start;
      this.#free.pop();
      return;
    }
    const at = countBefore(this.#free, start);
    this.#free.splice(at, 0, block);
    this.#merge(at);
    this.#merge(at - 1);
  }

  /** The block that starts there, which is no block then. */
  #take(start: number): Range {
    const place = countBefore(this.#blocks, start);
    const block = this.#blocks[place];
    if (block?.start !== start) throw new RangeError(`no block starts at ${start}`);
    if (place === this.#blocks.length - 1) this.#blocks.pop();
    else this.#blocks.splice(place, 1);
    return block;
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
