const PIECE_BYTES = 1 << 20;
/** What is larger has memory of its own. */
const MOST_BYTES = PIECE_BYTES / 16;
/** So has what comes when so much is in use: where snapshots of two kinds are gathered, some are always waiting. */
const MOST_PIECES = 16;
const ALIGNMENT = 8;

/**
 * Memory that small files are read into, one behind the other, and others again when nobody needs these any more: to clear, touch and collect
 * new memory for each takes longer than to read it.
 */
export class FileMemory {
  readonly #pieces: Uint8Array<ArrayBuffer>[] = [];
  /** How many pieces are full. */
  #full = 0;
  /** Where the first free byte is in the next one. */
  #end = 0;

  /** Bytes that hold anything, at a multiple of 8 as tables want it. */
  take(length: number): Uint8Array<ArrayBuffer> {
    if (length > MOST_BYTES) return new Uint8Array(length);
    if (this.#end + length > PIECE_BYTES) {
      this.#full++;
      this.#end = 0;
    }
    if (this.#full === MOST_PIECES) return new Uint8Array(length);
    const piece = (this.#pieces[this.#full] ??= new Uint8Array(PIECE_BYTES));
    const bytes = piece.subarray(this.#end, this.#end + length);
    this.#end = Math.ceil((this.#end + length) / ALIGNMENT) * ALIGNMENT;
    return bytes;
  }

  /** Nobody uses what was taken any more. */
  reuse(): void {
    this.#full = 0;
    this.#end = 0;
  }
}
