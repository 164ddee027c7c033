import type { Engine } from '../engine/engine.js';
import type { ProcessInfo } from '../snapshot.js';
import type { Columns } from './columns.js';

/**
 * The distinct names of the processes that own rows, as a dictionary: a row's `process` column holds an index into
 * `names`. Names are in ascending order of their UTF-16 code units, so that sorting by index sorts by name. Index 0 is
 * the empty name of rows whose owner is not known.
 */
export class ProcessNames {
  static readonly none = new ProcessNames([]);

  readonly names: readonly string[];
  readonly #processes: readonly (readonly ProcessInfo[])[];
  readonly #indexByName: ReadonlyMap<string, number>;

  /** @param processes those of each snapshot, of which the pids are its own */
  constructor(processes: readonly (readonly ProcessInfo[])[]) {
    const distinct = new Set<string>();
    for (const { name } of processes.flat()) distinct.add(name);
    distinct.delete('');
    this.names = ['', ...[...distinct].sort()];
    this.#indexByName = new Map(this.names.map((name, index) => [name, index]));
    this.#processes = processes;
  }

  /** Writes the `process` column of the rows of one snapshot, whose `pid` column is decoded. */
  fillColumn(engine: Engine, columns: Columns, snapshot: number, firstRow: number, rows: number): void {
    const indexByPid = this.#indexByPid(snapshot);
    if (indexByPid.size === 0) {
      columns.borrow('process').fill(0, firstRow, firstRow + rows);
      return;
    }
    // At most half full.
    const slotBits = 2 + Math.floor(Math.log2(indexByPid.size + 1));
    const slots = new Uint32Array(2 ** slotBits * 2);
    const hash = engine.run((kernels) => kernels.OWNER_HASH.value);
    for (const [pid, index] of indexByPid) {
      if (index === 0) continue;
      let slot = Math.imul(pid, hash) >>> (32 - slotBits);
      while (slots[2 * slot + 1] !== 0) slot = (slot + 1) % 2 ** slotBits;
      slots.set([pid, index], 2 * slot);
    }
    engine.withBlocks([slots.length * 4], ([block]) => {
      engine.borrowU32(block!, slots.length).set(slots);
      const [pids, processes] = [columns.address('pid', firstRow), columns.address('process', firstRow)];
      engine.run((kernels) => kernels.lookUpOwners(pids, rows, block!, slotBits, processes));
    });
  }

  #indexByPid(snapshot: number): Map<number, number> {
    const processes = this.#processes[snapshot] ?? [];
    const indexByPid = new Map(processes.map(({ pid, name }) => [pid, this.#indexByName.get(name)!]));
    // A row with pid 0 has no owner. Windows lists a process of that number, the idle process, which owns no sockets.
    indexByPid.delete(0);
    return indexByPid;
  }
}
