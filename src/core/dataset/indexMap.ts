import type { NumberedColumn } from './numberRows.js';
import { NO_INDEX } from './parquet/columnValues.js';

/** Gives the numbers that stand in some rows indices from 0 on. */
export class IndexMap {
  readonly range: number;
  /** For each number the index that it has, above those of earlier row groups: so nothing needs to be cleared. */
  #slots: Float64Array;
  #base = 1;

  constructor(range: number) {
    this.range = range;
    this.#slots = new Float64Array(range);
  }

  map(rows: Uint32Array, numbers: NumberedColumn): { indices: Uint32Array; members: Uint32Array } {
    const { range } = this;
    const indices = new Uint32Array(rows.length);
    const members = new Uint32Array(Math.min(rows.length, range));
    const slots = this.#slots;
    const base = this.#base;
    let count = 0;
    for (let i = 0; i < rows.length; i++) {
      const number = numbers[rows[i]!]!;
      if (number >= range) {
        indices[i] = NO_INDEX;
        continue;
      }
      let slot = slots[number]!;
      if (slot < base) {
        members[count] = number;
        slot = base + count++;
        slots[number] = slot;
      }
      indices[i] = slot - base;
    }
    this.#base += count;
    return { indices, members: members.subarray(0, count) };
  }
}
