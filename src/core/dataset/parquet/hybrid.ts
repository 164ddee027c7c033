import type { GrowingBytes } from '../../growingBytes.js';

/** Values in a row that are equal, from which a run is shorter than packed bits. */
const GROUP = 8;

/** How many bits the values below `count` need. */
export function bitWidth(count: number): number {
  return count <= 1 ? 0 : 32 - Math.clz32(count - 1);
}

/**
 * Writes numbers in Parquet's hybrid of runs and packed bits (Encodings.md, "RLE"): `value × count`, or groups of eight values of `width`
 * bits each, the lowest bits first. At most 25 bits.
 */
export function writeHybrid(bytes: GrowingBytes, values: Uint32Array, count: number, width: number): void {
  let packedFrom = 0;
  let at = 0;
  while (at < count) {
    const run = runLength(values, at, count);
    if (run < GROUP) {
      at += GROUP;
      continue;
    }
    if (at > packedFrom) writePacked(bytes, values, packedFrom, at, width);
    writeRun(bytes, values[at]!, run, width);
    at += run;
    packedFrom = at;
  }
  if (packedFrom < count) writePacked(bytes, values, packedFrom, count, width);
}

/** How many values from `from` on are equal; fewer than a group are not counted exactly. */
function runLength(values: Uint32Array, from: number, count: number): number {
  const value = values[from]!;
  let at = from + 1;
  while (at < count && values[at] === value) at++;
  return at - from;
}

function writeRun(bytes: GrowingBytes, value: number, count: number, width: number): void {
  bytes.varint(count * 2);
  for (let shift = 0; shift < width; shift += 8) bytes.byte(value >>> shift);
}

/** The last group of a page may be short: zeros fill it. */
function writePacked(
  bytes: GrowingBytes,
  values: Uint32Array,
  from: number,
  to: number,
  width: number,
): void {
  const end = Math.min(to, values.length);
  const groups = Math.ceil((to - from) / GROUP);
  bytes.varint(groups * 2 + 1);
  const target = bytes.reserve(groups * width + 4);
  let at = bytes.length;
  let pending = 0;
  let bits = 0;
  for (let i = from; i < end; i++) {
    pending |= values[i]! << bits;
    bits += width;
    while (bits >= 8) {
      target[at++] = pending;
      pending >>>= 8;
      bits -= 8;
    }
  }
  const written = bytes.length + groups * width;
  if (at < written) target[at++] = pending;
  while (at < written) target[at++] = 0;
  bytes.advance(groups * width);
}
