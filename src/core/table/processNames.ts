import type { Engine } from '../engine/engine.js';
import { storedProcessesOf, type StoredProcesses } from '../file/storedProcesses.js';
import type { Snapshot } from '../snapshot.js';
import { columnNumber, type Columns } from './columns.js';
import { lookUpPids, OWNER_WORDS } from './pidNumbers.js';
import { numberProcesses, numberStoredProcesses, type NumberedProcesses } from './processNumbers.js';

/** What is told of the processes of a machine. */
export type ProcessLists = Pick<Snapshot, 'processes' | 'endedProcesses'>;

/**
 * The distinct names of the processes that own rows, as a dictionary: a row's `process` column holds an index into
 * `names`. Names are in ascending order of their UTF-16 code units, so that sorting by index sorts by name. Index 0 is
 * the empty name of rows whose owner is not known.
 */
export class ProcessNames {
  /** Of snapshots of which the processes are not known. */
  static readonly #none = new ProcessNames(numberProcesses([]), []);

  readonly names: readonly string[];
  /** The processes of all snapshots, one after another, with the indexes of their names. */
  readonly #owners: Uint32Array;
  /** How many processes each snapshot has: its pids are its own. */
  readonly #counts: readonly number[];
  /** Where those of the next snapshot begin. */
  #first = 0;

  static of(engine: Engine, snapshots: readonly ProcessLists[]): ProcessNames {
    const stored = snapshots.map(storedProcessesOf);
    if (stored.every(isStored)) {
      const counts = stored.map(({ count }) => count);
      return new ProcessNames(numberStoredProcesses(engine, stored), counts);
    }
    const lists = snapshots.map(({ processes = [] }) => processes);
    if (lists.every(({ length }) => length === 0)) return ProcessNames.#none;
    const counts = lists.map(({ length }) => length);
    return new ProcessNames(numberProcesses(lists.flat()), counts);
  }

  private constructor({ owners, names }: NumberedProcesses, counts: readonly number[]) {
    // The empty name comes first anyway.
    this.names = ['', ...names].sort();
    const places = new Map(this.names.map((name, place) => [name, place]));
    const indexes = ['', ...names].map((name) => places.get(name)!);
    for (let at = 1; at < owners.length; at += OWNER_WORDS) owners[at] = indexes[owners[at]!]!;
    this.#owners = owners;
    this.#counts = counts;
  }

  /** Writes the `process` column of the rows of one snapshot after another, whose `pid` column is decoded. */
  fillColumn(engine: Engine, columns: Columns, snapshot: number, firstRow: number, rows: number): void {
    const first = this.#first;
    const count = this.#counts[snapshot] ?? 0;
    if (count === 0) {
      columns.fillLater(PROCESS, firstRow, rows, 0);
      return;
    }
    this.#first += count * OWNER_WORDS;
    const [pids, to] = [columns.address('pid', firstRow), columns.address('process', firstRow)];
    lookUpPids(engine, this.#owners.subarray(first, this.#first), pids, rows, to);
  }
}

const PROCESS = columnNumber('process');

function isStored(processes: StoredProcesses | undefined): processes is StoredProcesses {
  return processes !== undefined;
}
