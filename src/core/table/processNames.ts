import type { Engine } from '../engine/engine.js';
import type { ProcessInfo } from '../snapshot.js';
import type { Columns } from './columns.js';
import { lookUpPids } from './pidNumbers.js';

/**
 * The distinct names of the processes that own rows, as a dictionary: a row's `process` column holds an index into
 * `names`. Names are in ascending order of their UTF-16 code units, so that sorting by index sorts by name. Index 0 is
 * the empty name of rows whose owner is not known.
 */
export class ProcessNames {
  static readonly none = new ProcessNames([]);

  readonly names: readonly string[];
  readonly #indexByPid: ReadonlyMap<number, number>;

  constructor(processes: readonly ProcessInfo[]) {
    const distinct = new Set(processes.map(({ name }) => name));
    distinct.delete('');
    this.names = ['', ...[...distinct].sort()];
    const indexByName = new Map(this.names.map((name, index) => [name, index]));
    const indexByPid = new Map(processes.map(({ pid, name }) => [pid, indexByName.get(name)!]));
    // A row with pid 0 has no owner. Windows lists a process of that number, the idle process, which owns no sockets.
    indexByPid.delete(0);
    this.#indexByPid = indexByPid;
  }

  /** Writes the `process` column of a table whose `pid` column is decoded. */
  fillColumn(engine: Engine, columns: Columns): void {
    const [pids, processes] = [columns.address('pid'), columns.address('process')];
    lookUpPids(engine, this.#indexByPid, pids, columns.rowCount, processes);
  }
}
