// CRC-32 as zlib computes it: the polynomial of IEEE 802.3, bits reversed.

const POLYNOMIAL: u32 = 0xedb88320;
const TABLE_BYTES: usize = 1024;
/** Bytes taken in at a time, each through a table of its own. */
const SLICES: usize = 8;

/** The checksum of byte b followed by k zero bytes stands at `k * TABLE_BYTES + b * 4`. */
const tables = memory.data(8 * 1024, 16);
let isMade = false;

/** @param before what it was of the bytes before these; 0 where there are none */
export function checksum(bytes: usize, length: u32, before: u32): u32 {
  if (!isMade) makeTables();
  let crc = ~before;
  const end = bytes + <usize>length;
  for (; bytes + SLICES <= end; bytes += SLICES) {
    const low = crc ^ load<u32>(bytes);
    const high = load<u32>(bytes, 4);
    crc =
      entry(7, low & 255) ^
      entry(6, (low >> 8) & 255) ^
      entry(5, (low >> 16) & 255) ^
      entry(4, low >> 24) ^
      entry(3, high & 255) ^
      entry(2, (high >> 8) & 255) ^
      entry(1, (high >> 16) & 255) ^
      entry(0, high >> 24);
  }
  for (; bytes < end; bytes++) crc = (crc >> 8) ^ entry(0, (crc ^ load<u8>(bytes)) & 255);
  return ~crc;
}

function entry(slice: usize, byte: u32): u32 {
  return load<u32>(tables + slice * TABLE_BYTES + ((<usize>byte) << 2));
}

function makeTables(): void {
  for (let byte: u32 = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ POLYNOMIAL : crc >> 1;
    store<u32>(tables + ((<usize>byte) << 2), crc);
  }
  for (let at = tables + TABLE_BYTES; at < tables + SLICES * TABLE_BYTES; at += 4) {
    const crc = load<u32>(at - TABLE_BYTES);
    store<u32>(at, (crc >> 8) ^ entry(0, crc & 255));
  }
  isMade = true;
}
