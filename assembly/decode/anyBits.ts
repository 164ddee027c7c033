import { windowAddress } from './plan';

/** The bits that are set in any row of the window, in the word that stands `offset` bytes from a row's begin. */
export function anyBits(offset: u32, count: u32, rowBytes: u32): u32 {
  let bits: u32 = 0;
  let at = windowAddress() + <usize>offset;
  for (let row: u32 = 0; row < count; row++, at += rowBytes) bits |= load<u32>(at);
  return bits;
}
