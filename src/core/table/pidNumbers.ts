import type { Engine } from '../engine/engine.js';

/**
 * Writes for each row of a `pid` column the number, above 0, of the process that has its pid; 0 where none has. Of processes with one pid, the
 * last that has a number counts.
 *
 * @param numbers of each process; 0 for none
 * @param column address of the `pid` column
 * @param to address of what is written, a u32 a row
 */
export function lookUpPids(
  engine: Engine,
  processes: readonly { readonly pid: number }[],
  numbers: ArrayLike<number>,
  column: number,
  rows: number,
  to: number,
): void {
  if (processes.length === 0) {
    engine.borrowU32(to, rows).fill(0);
    return;
  }
  // At most half full.
  const slotBits = 33 - Math.clz32(processes.length);
  engine.withBlocks([8 << slotBits], ([block]) => {
    fillSlots(engine.borrowU32(block!, 2 << slotBits), slotBits, hashFactor(engine), processes, numbers);
    engine.run((kernels) => kernels.lookUpOwners(column, rows, block!, slotBits, to));
  });
}

/** A slot is a pid and its number (assembly/owners.ts). */
function fillSlots(
  slots: Uint32Array,
  slotBits: number,
  factor: number,
  processes: readonly { readonly pid: number }[],
  numbers: ArrayLike<number>,
): void {
  slots.fill(0);
  const mask = slots.length - 1;
  for (let i = processes.length - 1; i >= 0; i--) {
    const number = numbers[i]!;
    if (number === 0) continue;
    const { pid } = processes[i]!;
    let at = (Math.imul(pid, factor) >>> (32 - slotBits)) * 2;
    while (slots[at + 1] !== 0 && slots[at] !== pid) at = (at + 2) & mask;
    if (slots[at + 1] !== 0) continue;
    slots[at] = pid;
    slots[at + 1] = number;
  }
}

function hashFactor(engine: Engine): number {
  return engine.run((kernels) => kernels.OWNER_HASH);
}
