// The process of each row, looked up by pid in a hash table.
//
// A slot is two u32: the pid, and what stands for its process; 0 where the slot is free. A pid's first slot is the top
// `slotBits` bits of its product with HASH_FACTOR, modulo 2³²; the next are those after it, around the end.

const HASH_FACTOR: u32 = 0x9e3779b1;

/**
 * Fills a table of 2^`slotBits` slots, of which at least one stays free. An owner is two u32 as a slot: those with 0 are passed over, and of several with
 * one pid the last one counts.
 */
export function fillOwners(owners: usize, count: u32, slots: usize, slotBits: u32): void {
  memory.fill(slots, 0, (<usize>8) << slotBits);
  for (let owner = owners + ((<usize>count) << 3); owner > owners;) {
    owner -= 8;
    const number = load<u32>(owner, 4);
    if (number == 0) continue;
    const pid = load<u32>(owner);
    const slot = slotOf(pid, slots, slotBits);
    if (load<u32>(slot, 4) != 0) continue;
    store<u32>(slot, pid);
    store<u32>(slot, number, 4);
  }
}

/** Writes for each pid what stands for its process, or 0. */
export function lookUpOwners(pids: usize, rows: u32, slots: usize, slotBits: u32, processes: usize): void {
  for (let i: usize = 0; i < <usize>rows; i++) {
    const slot = slotOf(load<u32>(pids + (i << 2)), slots, slotBits);
    store<u32>(processes + (i << 2), load<u32>(slot, 4));
  }
}

/** The slot of a pid, or the free one where it belongs. */
function slotOf(pid: u32, slots: usize, slotBits: u32): usize {
  const mask = ((<u32>1) << slotBits) - 1;
  let place = (pid * HASH_FACTOR) >> (32 - slotBits);
  while (true) {
    const slot = slots + ((<usize>place) << 3);
    if (load<u32>(slot, 4) == 0 || load<u32>(slot) == pid) return slot;
    place = (place + 1) & mask;
  }
}
