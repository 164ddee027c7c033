/** A table of `count` rows; only the pids vary. */
export function makeTable(count: number): Uint8Array {
  const bytes = new Uint8Array(4 + 28 * count);
  new DataView(bytes.buffer).setUint32(0, count, true);
  for (let row = 0; row < count; row++) bytes[4 + 28 * row + 20] = row;
  return bytes;
}
