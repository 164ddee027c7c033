import type { Engine } from '../engine/engine.js';
import { firstFileTime } from '../fileTime.js';
import type { ProcessInfo } from '../snapshot.js';
import type { Columns } from './columns.js';
import type { RowRange } from './joinTables.js';
import { STATE_TIME_WAIT } from './names.js';
import { lookUpPids, ownersOf } from './pidNumbers.js';

/**
 * What is known of a row's owner: what stands in the `owner` column is a place in this list.
 *
 * - `none`: a connection in TIME_WAIT, which no process owns any more
 * - `unknown`: the snapshot does not tell who it is
 * - `process`: the process that the snapshot lists under the row's pid
 * - `ended`: a process that was gone when the processes were listed
 * - `reused`: a process that was gone too; the one that has its pid now started after the row was created
 */
export const OWNERS = ['none', 'unknown', 'process', 'ended', 'reused'] as const;

export type Owner = (typeof OWNERS)[number];

const NONE = OWNERS.indexOf('none');
const UNKNOWN = OWNERS.indexOf('unknown');
const PROCESS = OWNERS.indexOf('process');
const ENDED = OWNERS.indexOf('ended');
const REUSED = OWNERS.indexOf('reused');

/**
 * Fills the `owner` column of the rows of one snapshot.
 *
 * @param created addresses of the words of the time at which each row was created
 */
export function fillOwners(
  engine: Engine,
  columns: Columns,
  created: readonly [number, number] | undefined,
  processes: readonly ProcessInfo[],
  { firstRow, rows }: RowRange,
  block: number,
): void {
  const numbered = ownersOf(processes, (place) => place + 1);
  lookUpPids(engine, numbered, columns.address('pid', firstRow), rows, block + firstRow * 4);
  const { rowCount } = columns;
  const owners = engine.borrowU32(block, rowCount);
  const pids = columns.borrow('pid');
  const states = columns.borrow('state');
  const times = created?.map((address) => engine.borrowU32(address, rowCount));
  const [startHigh, startLow] = startTimes(processes);
  for (let row = firstRow; row < firstRow + rows; row++) {
    const number = owners[row]!;
    if (pids[row] === 0) {
      owners[row] = states[row] === STATE_TIME_WAIT ? NONE : UNKNOWN;
    } else if (number === 0) {
      owners[row] = ENDED;
    } else {
      const [high, low] = [times?.[0]![row] ?? 0, times?.[1]![row] ?? 0];
      const isKnown = high !== 0 || low !== 0;
      const isOlder = high < startHigh[number]! || (high === startHigh[number] && low < startLow[number]!);
      owners[row] = isKnown && isOlder ? REUSED : PROCESS;
    }
  }
}

/** The words of the time at which each process started, by its number from 1; 0 where that is not known. */
function startTimes(processes: readonly ProcessInfo[]): [Uint32Array, Uint32Array] {
  const high = new Uint32Array(processes.length + 1);
  const low = new Uint32Array(processes.length + 1);
  for (const [i, { startUtcMicroseconds }] of processes.entries()) {
    if (startUtcMicroseconds === undefined) continue;
    const time = firstFileTime(startUtcMicroseconds);
    high[i + 1] = Number(time >> 32n);
    low[i + 1] = Number(time & 0xffffffffn);
  }
  return [high, low];
}
