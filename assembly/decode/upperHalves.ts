import { windowAddress } from './plan';

/** Of as many rows as the window holds of the smallest structure, 8 bytes a row. */
const halves = memory.data(28672 * 2, 16);

export function upperHalvesAddress(): usize {
  return halves;
}

/**
 * Writes the upper halves of a word of `count` rows in the window, u16s, to upperHalvesAddress(): of the one that stands `offset` bytes from a
 * row's begin. Returns the bits that are set in any of them.
 */
export function readUpperHalves(offset: u32, count: u32, rowBytes: u32): u32 {
  let bits: u32 = 0;
  let at = windowAddress() + <usize>offset + 2;
  for (let to = halves, end = halves + ((<usize>count) << 1); to < end; to += 2, at += rowBytes) {
    const half = load<u16>(at);
    store<u16>(to, half);
    bits |= half;
  }
  return bits;
}
