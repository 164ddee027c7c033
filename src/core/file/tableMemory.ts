/** Gives the memory that a table, or a column beside one, is restored into; what it holds is undefined. */
export type TakeBytes = (length: number) => Uint8Array<ArrayBuffer>;

export const takeNew: TakeBytes = (length) => new Uint8Array(length);

/** What is smaller, the host has at hand. */
const MIN_BYTES = 1 << 12;

/**
 * Memory for tables that is used again as soon as nobody holds them. Browsers give what is collected back to the system, and to get it anew
 * costs a page fault every 4 KB.
 */
export class TableMemory {
  readonly #free = new Map<number, ArrayBuffer[]>();
  /** How many hold what was taken. What is lost without being let go is collected like anything else. */
  readonly #holders = new WeakMap<ArrayBufferLike, number>();

  /** Nobody holds yet what is taken. */
  readonly take: TakeBytes = (length) => {
    if (length < MIN_BYTES) return new Uint8Array(length);
    const size = roundUp(length);
    const buffer = this.#free.get(size)?.pop() ?? new ArrayBuffer(size);
    this.#holders.set(buffer, 0);
    return new Uint8Array(buffer, 0, length);
  };

  hold({ buffer }: Uint8Array): void {
    const holders = this.#holders.get(buffer);
    if (holders !== undefined) this.#holders.set(buffer, holders + 1);
  }

  letGo({ buffer }: Uint8Array): void {
    const holders = this.#holders.get(buffer);
    if (holders === undefined) return;
    this.#holders.set(buffer, holders - 1);
    if (holders > 1) return;
    const free = this.#free.get(buffer.byteLength) ?? [];
    free.push(buffer as ArrayBuffer);
    this.#free.set(buffer.byteLength, free);
  }
}

/** One of four sizes between powers of two: tables of one machine differ by a few rows. */
function roundUp(length: number): number {
  const step = 2 ** (Math.floor(Math.log2(length)) - 2);
  return Math.ceil(length / step) * step;
}
