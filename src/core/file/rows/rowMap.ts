import { GrowingBytes } from '../../growingBytes.js';
import { RestoreError } from '../restoreError.js';
import { Varints } from '../varints.js';

// Which row of an earlier table each row of a later one is. One instruction after another, to the end:
//
//   ┌────────────┬───────────┬────────┐
//   │ new rows n │ kept k    │ step   │
//   │ varint     │ varint    │ varint │
//   └────────────┴───────────┴────────┘
//
// n rows that the earlier table does not have, then k of its rows, beginning `step` rows behind the last one taken before. The step is
// signed: 2s stands for s, 2s−1 for −s. Where k is 0 there is no step. Altogether no more rows are kept than the earlier table has.

/** The rows of a table by what they are made from. */
export interface RowMap {
  readonly rows: number;
  /** Places of the rows that are new, upwards. */
  readonly fresh: readonly number[];
  /** Rows that are kept, in runs of three numbers: the first one's place, its place in the earlier table, how many follow each other. */
  readonly runs: readonly number[];
  readonly kept: number;
}

/**
 * @param limit how many rows there may be
 * @throws RestoreError
 */
export function parseRowMap(bytes: Uint8Array, limit: number): RowMap {
  const numbers = new Varints(bytes);
  const fresh: number[] = [];
  const runs: number[] = [];
  let [rows, kept, earlier] = [0, 0, 0];
  while (numbers.at < bytes.length) {
    const added = numbers.read();
    const taken = numbers.read();
    if (added + taken > limit - rows) {
      throw new RestoreError(`there is room for ${limit} rows, and the map has more`);
    }
    for (let i = 0; i < added; i++) fresh.push(rows++);
    if (taken === 0) continue;
    earlier += numbers.readSigned();
    if (earlier < 0) throw new RestoreError('the map takes rows before the first');
    runs.push(rows, earlier, taken);
    rows += taken;
    kept += taken;
    earlier += taken;
  }
  return { rows, fresh, runs, kept };
}

/** @param pairs for each row, the earlier row that it is, or −1 */
export function encodeRowMap(pairs: Int32Array): Uint8Array<ArrayBuffer> {
  const writer = new GrowingBytes();
  let earlier = 0;
  for (let row = 0; row < pairs.length;) {
    const first = row;
    while (row < pairs.length && pairs[row] === -1) row++;
    const from = row;
    while (row < pairs.length && pairs[row] === pairs[from]! + row - from && pairs[row] !== -1) row++;
    writer.varint(from - first);
    writer.varint(row - from);
    if (row === from) continue;
    writer.varint(unsigned(pairs[from]! - earlier));
    earlier = pairs[from]! + row - from;
  }
  return writer.take();
}

/** 2s for s, 2s−1 for −s. */
function unsigned(step: number): number {
  return step >= 0 ? step * 2 : -step * 2 - 1;
}
