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
    if (this.#indexByPid.size === 0) {
      const start = columns.address('process') / 4;
      engine.words.fill(0, start, start + columns.rowCount);
      return;
    }
    // At most half full.
    const slotBits = 2 + Math.floor(Math.log2(this.#indexByPid.size + 1));
    const slots = new Uint32Array(2 ** slotBits * 2);
    const hash = engine.run((kernels) => kernels.OWNER_HASH);
    for (const [pid, index] of this.#indexByPid) {
      if (index === 0) continue;
      let slot = Math.imul(pid, hash) >>> (32 - slotBits);
      while (slots[2 * slot + 1] !== 0) slot = (slot + 1) % 2 ** slotBits;
      slots.set([pid, index], 2 * slot);
    }
    engine.withBlocks([slots.length * 4], ([block]) => {
      engine.borrowU32(block!, slots.length).set(slots);
      const [pids, processes] = [columns.address('pid'), columns.address('process')];
      engine.run((kernels) => kernels.lookUpOwners(pids, columns.rowCount, block!, slotBits, processes));
    });
  }
}
