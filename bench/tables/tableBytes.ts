/** A MIB_TCPTABLE2 being written, row by row. The layout is drawn in assembly/layout.ts. */

export const HEADER_BYTES = 4;
export const ROW_BYTES = 28;

export class TableBytes {
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  constructor(readonly rows: number) {
    this.bytes = new Uint8Array(HEADER_BYTES + rows * ROW_BYTES);
    this.#view = new DataView(this.bytes.buffer);
    this.#view.setUint32(0, rows, true);
  }

  /** Addresses are numbers whose most significant byte is the first octet. `junk` goes to the upper halves of the ports. */
  set(
    row: number,
    state: number,
    local: number,
    lport: number,
    remote: number,
    rport: number,
    pid: number,
    offload = 0,
    junk = 0,
  ): void {
    const at = HEADER_BYTES + row * ROW_BYTES;
    this.#view.setUint32(at, state, true);
    this.#view.setUint32(at + 4, local);
    this.#view.setUint16(at + 8, lport);
    this.#view.setUint16(at + 10, junk);
    this.#view.setUint32(at + 12, remote);
    this.#view.setUint16(at + 16, rport);
    this.#view.setUint16(at + 18, junk);
    this.#view.setUint32(at + 20, pid, true);
    this.#view.setUint32(at + 24, offload, true);
  }
}

/** The rows of a table in another order. */
export function permuteRows(bytes: Uint8Array, order: Uint32Array): Uint8Array {
  const result = bytes.slice();
  order.forEach((row, place) => copyRow(bytes, row, result, place));
  return result;
}

export function copyRow(from: Uint8Array, row: number, to: Uint8Array, place: number): void {
  const start = HEADER_BYTES + row * ROW_BYTES;
  to.set(from.subarray(start, start + ROW_BYTES), HEADER_BYTES + place * ROW_BYTES);
}
