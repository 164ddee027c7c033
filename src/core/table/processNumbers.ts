import type { Engine } from '../engine/engine.js';
import { PROCESS_WORDS, type StoredProcesses } from '../file/storedProcesses.js';
import { hashSecret } from '../hashSecret.js';
import type { ProcessInfo } from '../snapshot.js';
import { OWNER_WORDS, ownersOf } from './pidNumbers.js';

/** Processes by their pids and the numbers of their names. */
export interface NumberedProcesses {
  /** Numbers from 1; 0 for no name, and for pid 0: a row with that has no owner. Windows lists a process of that number, the idle process. */
  readonly owners: Uint32Array;
  /** The first one has number 1. */
  readonly names: readonly string[];
}

export function numberProcesses(processes: readonly ProcessInfo[]): NumberedProcesses {
  const known = new Map([['', 0]]);
  const owners = ownersOf(processes, (place) => {
    const { pid, name } = processes[place]!;
    let number = known.get(name);
    if (number === undefined) known.set(name, (number = known.size));
    return pid === 0 ? 0 : number;
  });
  return { owners, names: [...known.keys()].slice(1) };
}

const SECRET = hashSecret();
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
/** A kernel reads eight bytes of a name at a time. */
const READABLE_BYTES_AFTER = 7;

/** The same of lists that have not been decoded, one after another. */
export function numberStoredProcesses(engine: Engine, lists: readonly StoredProcesses[]): NumberedProcesses {
  const count = lists.reduce((sum, list) => sum + list.count, 0);
  const length = lists.reduce((sum, list) => sum + list.length, 0);
  // At most half full.
  const slotBits = 33 - Math.clz32(count);
  const sizes = [
    length + READABLE_BYTES_AFTER,
    count * PROCESS_WORDS * 4,
    count * OWNER_WORDS * 4,
    count * 8,
    4 << slotBits,
  ];
  return engine.withBlocks(sizes, (blocks) => {
    const [bytes, processes, owners, names, slots] = blocks as [number, number, number, number, number];
    engine.borrowU32(slots, 1 << slotBits).fill(0);
    let [from, place, known] = [bytes, 0, 0];
    for (const list of lists) {
      engine.bytes.set(list.bytes, from);
      engine.words.set(list.columns, processes / 4);
      const to = owners + place * OWNER_WORDS * 4;
      known = engine.run((kernels) =>
        kernels.nameProcesses(from, processes, list.count, to, names, known, slots, slotBits, SECRET),
      );
      from += list.length;
      place += list.count;
    }
    const places = engine.borrowU32(names, known * 2);
    return {
      owners: engine.borrowU32(owners, count * OWNER_WORDS).slice(),
      names: Array.from({ length: known }, (_, i) =>
        utf8.decode(engine.borrowBytes(places[i * 2]!, places[i * 2 + 1]!)),
      ),
    };
  });
}
