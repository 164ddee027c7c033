import {
  CLOSE_WAIT,
  ESTABLISHED,
  fileOf,
  LISTEN,
  row,
  snapshotOf,
  TIME_WAIT,
  type Row,
} from '../cli/snapshotFiles.js';

export const COUNT = 40;
export const FIRST_SECOND = Date.UTC(2026, 10, 23, 19) / 1000;
/** A listener that stays, a connection that goes through three states and comes back, and one more connection each five seconds. */
export function rowsAt(number: number): Row[] {
  const rows = [row(LISTEN, '0.0.0.0:443', '0.0.0.0:0', 4120)];
  const state = number < 10 ? ESTABLISHED : number < 15 ? CLOSE_WAIT : TIME_WAIT;
  const pid = state === TIME_WAIT ? 0 : 4120;
  if (number < 20 || number >= 30) rows.push(row(state, '10.0.0.1:5000', '10.0.0.2:443', pid));
  for (let i = 0; i <= number / 5; i++)
    rows.push(row(ESTABLISHED, `10.0.0.1:${6000 + i}`, '10.0.0.3:22', 4120));
  return rows;
}

export const SNAPSHOTS = Array.from({ length: COUNT }, (_, number) =>
  snapshotOf(rowsAt(number), [{ pid: 4120, name: 'nginx.exe' }], {
    time: {
      utcMicroseconds: (FIRST_SECOND + number) * 1e6,
      monotonicMicroseconds: number * 1e6,
    },
  }),
);
export const RECORDING = await fileOf(...SNAPSHOTS);
