import { HEADER_BYTES, ROW_BYTES } from './tableBytes.js';

const ROW6_BYTES = 60;
const PREFIX = 0x20010db8;

/**
 * The rows of a MIB_TCPTABLE2 as a MIB_TCP6TABLE2: other addresses in the same order, of which those in one network of 24 bits are in one
 * of 64 bits. What tells them apart there is in all of the last eight bytes, as addresses that machines make up for themselves have it.
 */
export function asIPv6(table: Uint8Array): Uint8Array {
  const rows = (table.length - HEADER_BYTES) / ROW_BYTES;
  const from = new DataView(table.buffer, table.byteOffset);
  const bytes = new Uint8Array(HEADER_BYTES + rows * ROW6_BYTES);
  const to = new DataView(bytes.buffer);
  to.setUint32(0, rows, true);
  for (let row = 0; row < rows; row++) {
    const at4 = HEADER_BYTES + row * ROW_BYTES;
    const at6 = HEADER_BYTES + row * ROW6_BYTES;
    writeAddress(to, at6, from.getUint32(at4 + 4));
    writeAddress(to, at6 + 24, from.getUint32(at4 + 12));
    copyWord(from, at4 + 8, to, at6 + 20);
    copyWord(from, at4 + 16, to, at6 + 44);
    copyWord(from, at4, to, at6 + 48);
    copyWord(from, at4 + 20, to, at6 + 52);
    copyWord(from, at4 + 24, to, at6 + 56);
  }
  return bytes;
}

function writeAddress(to: DataView, at: number, address: number): void {
  if (address === 0) return;
  const hash = Math.imul(address, 0x9e3779b1) >>> 0;
  to.setUint32(at, PREFIX);
  to.setUint32(at + 4, address >>> 8);
  to.setUint32(at + 8, (((address & 255) << 24) | (hash >>> 8)) >>> 0);
  to.setUint32(at + 12, Math.imul(hash, 0x85ebca6b) >>> 0);
}

function copyWord(from: DataView, at: number, to: DataView, place: number): void {
  to.setUint32(place, from.getUint32(at));
}

/** The network of 2001:db8::/40 that stands for the network of IPv4, given by its first octet and its length. */
export function networkOf(octet: number, bits: number): string {
  return `2001:db8:${octet.toString(16)}::/${40 + bits}`;
}
