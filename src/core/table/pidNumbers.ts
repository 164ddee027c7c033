import type { Engine } from '../engine/engine.js';

/** The words of an owner: a pid and the number, above 0, of the process that has it; 0 for none. */
export const OWNER_WORDS = 2;

/**
 * Writes for each row of a `pid` column the number of the process that has its pid; 0 where none has. Of owners with one pid, the last that
 * has a number counts.
 *
 * @param column address of the `pid` column
 * @param to address of what is written, a u32 a row
 */
export function lookUpPids(
  engine: Engine,
  owners: Uint32Array,
  column: number,
  rows: number,
  to: number,
): void {
  const count = owners.length / OWNER_WORDS;
  if (count === 0) {
    engine.borrowU32(to, rows).fill(0);
    return;
  }
  // At most a quarter full, so that most are found at once (assembly/owners.ts).
  const slotBits = 34 - Math.clz32(count);
  engine.withBlocks([owners.byteLength, 8 << slotBits], (blocks) => {
    const [list, slots] = blocks as [number, number];
    engine.words.set(owners, list / 4);
    engine.run((kernels) => {
      kernels.fillOwners(list, count, slots, slotBits);
      kernels.lookUpOwners(column, rows, slots, slotBits, to);
    });
  });
}

/** Owners of these processes. */
export function ownersOf(
  processes: readonly { readonly pid: number }[],
  numberOf: (place: number) => number,
): Uint32Array {
  const owners = new Uint32Array(processes.length * OWNER_WORDS);
  for (const [place, { pid }] of processes.entries()) {
    owners[place * OWNER_WORDS] = pid;
    owners[place * OWNER_WORDS + 1] = numberOf(place);
  }
  return owners;
}
