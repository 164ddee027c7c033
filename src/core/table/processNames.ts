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
  /** Of each process of all snapshots, one after another, the index of its name. */
  readonly #indexes: Uint32Array;
  /** Where the processes of the next snapshot begin. */
  #first = 0;

  /** Of each snapshot's processes: its pids are its own. */
  static of(snapshots: readonly { readonly processes: readonly ProcessInfo[] }[]): ProcessNames {
    if (snapshots.every(({ processes }) => processes.length === 0)) return ProcessNames.#none;
    return new ProcessNames(snapshots.map(({ processes }) => processes));
  }

  private constructor(processes: readonly (readonly ProcessInfo[])[]) {
    const numbers = new Map([['', 0]]);
    const numbered = new Uint32Array(processes.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const ofSnapshot of processes) {
      for (const { pid, name } of ofSnapshot) {
        let number = numbers.get(name);
        if (number === undefined) numbers.set(name, (number = numbers.size));
        // A row with pid 0 has no owner. Windows lists a process of that number, the idle process, which owns no sockets.
        numbered[at++] = pid === 0 ? 0 : number;
      }
    }
    // The empty name comes first anyway.
    this.names = [...numbers.keys()].sort();
    const indexes = new Uint32Array(numbers.size);
    for (const [index, name] of this.names.entries()) indexes[numbers.get(name)!] = index;
    for (let i = 0; i < at; i++) numbered[i] = indexes[numbered[i]!]!;
    this.#indexes = numbered;
    this.#processes = processes;
  }

  /** Writes the `process` column of the rows of one snapshot after another, whose `pid` column is decoded. */
  fillColumn(engine: Engine, columns: Columns, snapshot: number, firstRow: number, rows: number): void {
    const processes = this.#processes[snapshot] ?? [];
    const indexes = this.#indexes.subarray(this.#first, (this.#first += processes.length));
    const [pids, to] = [columns.address('pid', firstRow), columns.address('process', firstRow)];
    lookUpPids(engine, processes, indexes, pids, rows, to);
  }
}
