/** RawSMBIOSData of GetSystemFirmwareTable: four bytes of versions, the length (u32), and the structures. */
const HEADER_BYTES = 8;
/** Structure types, and which byte of each has the number of the string that is wanted. */
const WANTED = [
  { type: 0, at: 4, what: 'BIOS vendor' },
  { type: 1, at: 4, what: 'system vendor' },
  { type: 1, at: 5, what: 'product' },
];

/**
 * Who made the machine: makers of virtual machines put their names there. A structure is type (u8), length (u8), handle (u16) and more
 * up to its length; behind it its strings, each ended by a zero byte, and one zero byte more (SMBIOS reference specification, 6.1).
 */
export function smbiosHints(table: Uint8Array): string[] {
  const hints: string[] = [];
  for (let at = HEADER_BYTES; at + 4 <= table.length;) {
    const [type, length = 0] = table.subarray(at);
    if (length < 4) break;
    const { strings, end } = stringsAt(table, at + length);
    for (const wanted of WANTED) {
      if (wanted.type !== type || wanted.at >= length) continue;
      const text = strings[(table[at + wanted.at] ?? 0) - 1]?.trim();
      if (text) hints.push(`${wanted.what}: ${text}`);
    }
    at = end;
  }
  return hints;
}

function stringsAt(table: Uint8Array, start: number): { strings: string[]; end: number } {
  const strings: string[] = [];
  let at = start;
  while (at < table.length && table[at] !== 0) {
    const end = table.indexOf(0, at);
    const stop = end < 0 ? table.length : end;
    strings.push(Buffer.from(table.subarray(at, stop)).toString('latin1'));
    at = stop + 1;
  }
  // Without strings two zero bytes stand there.
  return { strings, end: strings.length === 0 ? start + 2 : at + 1 };
}
