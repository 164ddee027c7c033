import type { Engine } from '../engine/engine.js';

/**
 * Writes for each row of a `pid` column the number, above 0, that the map has for its pid; 0 where it has none.
 *
 * @param pids address of the column
 * @param numbers address of what is written, a u32 a row
 */
export function lookUpPids(
  engine: Engine,
  numberByPid: ReadonlyMap<number, number>,
  pids: number,
  rows: number,
  numbers: number,
): void {
  if (numberByPid.size === 0) {
    engine.borrowU32(numbers, rows).fill(0);
    return;
  }
  // At most half full.
  const slotBits = 2 + Math.floor(Math.log2(numberByPid.size + 1));
  const slots = new Uint32Array(2 ** slotBits * 2);
  const hash = engine.run((kernels) => kernels.OWNER_HASH);
  for (const [pid, number] of numberByPid) {
    if (number === 0) continue;
    let slot = Math.imul(pid, hash) >>> (32 - slotBits);
    while (slots[2 * slot + 1] !== 0) slot = (slot + 1) % 2 ** slotBits;
    slots[2 * slot] = pid;
    slots[2 * slot + 1] = number;
  }
  engine.withBlocks([slots.length * 4], ([block]) => {
    engine.borrowU32(block!, slots.length).set(slots);
    engine.run((kernels) => kernels.lookUpOwners(pids, rows, block!, slotBits, numbers));
  });
}
