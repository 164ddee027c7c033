// Plain radix sort of row numbers, least significant digit first, over the bytes in which each column varies: what a
// table is sorted by whose packed keys do not tell its rows apart.

import { Key, keyAt } from './keys';

const counters = memory.data(256 * 4, 16);

/** Writes the row numbers in the order of prepared keys to `order`. `scratch` has room for as many. */
export function orderByDigits(keys: usize, count: u32, rows: u32, order: usize, scratch: usize): void {
  for (let i: u32 = 0; i < rows; i++) store<u32>(order + ((<usize>i) << 2), i);
  let from = order;
  let to = scratch;
  for (let i = <i32>count - 1; i >= 0; i--) {
    const key = keyAt(keys, i);
    for (let shift: u32 = 0; shift < 32; shift += 8) {
      if (((key.varying >> shift) & 255) == 0) continue;
      if (key.valueBytes == 2) pass<u16>(key, shift, rows, from, to);
      else pass<u32>(key, shift, rows, from, to);
      const swapped = from;
      from = to;
      to = swapped;
    }
  }
  if (from != order) memory.copy(order, from, (<usize>rows) << 2);
}

function pass<T>(key: Key, shift: u32, rows: u32, from: usize, to: usize): void {
  const column = key.column;
  const flip = key.flip;
  memory.fill(counters, 0, 256 * 4);
  for (let i: usize = 0; i < <usize>rows; i++) {
    const digit = (((<u32>load<T>(column + i * sizeof<T>())) ^ flip) >> shift) & 255;
    const counter = counters + ((<usize>digit) << 2);
    store<u32>(counter, load<u32>(counter) + 1);
  }
  let sum: u32 = 0;
  for (let counter = counters; counter < counters + 256 * 4; counter += 4) {
    const size = load<u32>(counter);
    store<u32>(counter, sum);
    sum += size;
  }
  for (let i: usize = 0; i < <usize>rows; i++) {
    const row = load<u32>(from + (i << 2));
    const digit = (((<u32>load<T>(column + <usize>row * sizeof<T>())) ^ flip) >> shift) & 255;
    const counter = counters + ((<usize>digit) << 2);
    const place = load<u32>(counter);
    store<u32>(counter, place + 1);
    store<u32>(to + ((<usize>place) << 2), row);
  }
}
