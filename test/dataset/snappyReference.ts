/** Snappy's raw format, read as its description says, checking everything. */
export function decompressSnappy(bytes: Uint8Array): Uint8Array {
  let at = 0;
  let length = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++]!;
    length += (byte & 127) * 2 ** shift;
    if (byte < 128) break;
  }
  const output: number[] = [];
  while (at < bytes.length) {
    const tag = bytes[at++]!;
    if ((tag & 3) === 0) {
      let count = tag >>> 2;
      if (count >= 60) {
        const size = count - 59;
        count = 0;
        for (let i = 0; i < size; i++) count += bytes[at++]! * 2 ** (8 * i);
      }
      if (at + count + 1 > bytes.length) throw new Error('a literal goes on behind the end');
      for (let i = 0; i <= count; i++) output.push(bytes[at++]!);
      continue;
    }
    const isShort = (tag & 3) === 1;
    if ((tag & 3) === 3) throw new Error('copies with 4 bytes of offset are not needed');
    const count = isShort ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1;
    const offset = isShort ? ((tag >>> 5) << 8) | bytes[at++]! : bytes[at++]! | (bytes[at++]! << 8);
    if (offset === 0 || offset > output.length) throw new Error('a copy from before the beginning');
    for (let i = 0; i < count; i++) output.push(output[output.length - offset]!);
  }
  if (output.length !== length) throw new Error(`${output.length} bytes, ${length} were announced`);
  return Uint8Array.from(output);
}
