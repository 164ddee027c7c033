import { makeTable, type BasicKind } from './kinds.js';
import { Random } from './random.js';
import { ESTABLISHED, FIN_WAIT_1, LISTEN, TIME_WAIT } from './states.js';
import { copyRow, HEADER_BYTES, ROW_BYTES } from './tableBytes.js';

const STATE = 0;
const PID = 20;

/**
 * The same machine a little later: of 1,000 rows 30 are gone and others in their places, 10 are in another state, and 2
 * belong to another process.
 */
export function churn(before: Uint8Array, kind: BasicKind, rows: number, seed: number): Uint8Array {
  const random = new Random(seed);
  const after = before.slice();
  const others = makeTable(kind, rows, seed + 1);
  const view = new DataView(after.buffer);
  for (let row = 0; row < rows; row++) {
    const fate = random.below(1000);
    const at = HEADER_BYTES + row * ROW_BYTES;
    const state = view.getUint32(at + STATE, true);
    if (fate < 30) {
      copyRow(others, row, after, row);
    } else if (state === LISTEN) {
      continue;
    } else if (fate < 40) {
      view.setUint32(at + STATE, state === ESTABLISHED ? FIN_WAIT_1 : TIME_WAIT, true);
    } else if (fate < 42) {
      view.setUint32(at + PID, view.getUint32(at + PID, true) + 4, true);
    }
  }
  return after;
}
