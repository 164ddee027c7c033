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
  /** Of snapshots of which the processes are not known. */
  static readonly #none = new ProcessNames([]);

  readonly names: readonly string[];
  readonly #processes: readonly (readonly ProcessInfo[])[];
  readonly #indexByName: ReadonlyMap<string, number>;

  /** Of each snapshot's processes: its pids are its own. */
  static of(snapshots: readonly { readonly processes: readonly ProcessInfo[] }[]): ProcessNames {
    if (snapshots.every(({ processes }) => processes.length === 0)) return ProcessNames.#none;
    return new ProcessNames(snapshots.map(({ processes }) => processes));
  }

  private constructor(processes: readonly (readonly ProcessInfo[])[]) {
    const distinct = new Set<string>();
    for (const ofSnapshot of processes) for (const { name } of ofSnapshot) distinct.add(name);
    distinct.delete('');
    this.names = ['', ...[...distinct].sort()];
    this.#indexByName = new Map(this.names.map((name, index) => [name, index]));
    this.#processes = processes;
  }

  /** Writes the `process` column of the rows of one snapshot, whose `pid` column is decoded. */
  fillColumn(engine: Engine, columns: Columns, snapshot: number, firstRow: number, rows: number): void {
    const [pids, processes] = [columns.address('pid', firstRow), columns.address('process', firstRow)];
    lookUpPids(engine, this.#indexByPid(snapshot), pids, rows, processes);
  }

  #indexByPid(snapshot: number): ReadonlyMap<number, number> {
    const processes = this.#processes[snapshot];
    if (processes === undefined) return NO_PIDS;
    const indexByPid = new Map<number, number>();
    for (const { pid, name } of processes) indexByPid.set(pid, this.#indexByName.get(name)!);
    // A row with pid 0 has no owner. Windows lists a process of that number, the idle process, which owns no sockets.
    indexByPid.delete(0);
    return indexByPid;
  }
}

const NO_PIDS: ReadonlyMap<number, number> = new Map();
