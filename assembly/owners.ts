// The process of each row, looked up by pid in a hash table that the caller has filled.
//
// A slot is two u32: the pid, and what stands for its process; 0 where the slot is free. A pid's first slot is the top
// `slotBits` bits of its product with OWNER_HASH, modulo 2³²; the next are those after it, around the end.

export const OWNER_HASH: u32 = 0x9e3779b1;

/**
 * Writes for each pid what stands for its process, or 0. The table has 2^`slotBits` slots, of which at least one is free.
 */
export function lookUpOwners(pids: usize, rows: u32, slots: usize, slotBits: u32, processes: usize): void {
  const mask = ((<u32>1) << slotBits) - 1;
  const shift = 32 - slotBits;
  for (let i: usize = 0; i < <usize>rows; i++) {
    const pid = load<u32>(pids + (i << 2));
    let slot = (pid * OWNER_HASH) >> shift;
    let found: u32;
    while (true) {
      const at = slots + ((<usize>slot) << 3);
      found = load<u32>(at, 4);
      if (found == 0 || load<u32>(at) == pid) break;
      slot = (slot + 1) & mask;
    }
    store<u32>(processes + (i << 2), found);
  }
}
