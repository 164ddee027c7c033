/** The polynomial of IEEE 802.3, zlib and PNG, bits reversed. */
const POLYNOMIAL = 0xedb88320;
const SLICES = 8;

/** What takes less time four bits by four than the tables take to be made: the headers of file and frame. */
const FEW_BYTES = 64;

/**
 * The checksum of each value of four bits. Numbers are signed here: V8 keeps the larger half of the unsigned ones as objects, and the header of
 * each index of a recording is checked before any of this is compiled.
 */
const nibbles = Int32Array.from({ length: 16 }, (_, nibble) => takeBits(nibble, 4));

/** `tables[k][b]` is the checksum of byte b followed by k zero bytes: eight bytes can be taken in at a time. */
let tables: Uint32Array[] | undefined;

function makeTables(): Uint32Array[] {
  const first = Uint32Array.from({ length: 256 }, (_, byte) => takeBits(byte, 8));
  const made = [first];
  while (made.length < SLICES) {
    made.push(made.at(-1)!.map((crc) => (crc >>> 8) ^ first[crc & 255]!));
  }
  return made;
}

/** A checksum whose lowest bits have been taken in, one by one. */
function takeBits(start: number, count: number): number {
  let crc = start;
  for (let bit = 0; bit < count; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  return crc;
}

/** CRC-32 as zlib computes it, an unsigned number. */
export function crc32(bytes: Uint8Array): number {
  if (bytes.length <= FEW_BYTES) return crcOfFew(bytes);
  const [t0, t1, t2, t3, t4, t5, t6, t7] = (tables ??= makeTables()) as [
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
  ];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let crc = 0xffffffff;
  let i = 0;
  for (; i + SLICES <= bytes.length; i += SLICES) {
    const low = crc ^ view.getUint32(i, true);
    const high = view.getUint32(i + 4, true);
    crc =
      t7[low & 255]! ^
      t6[(low >>> 8) & 255]! ^
      t5[(low >>> 16) & 255]! ^
      t4[low >>> 24]! ^
      t3[high & 255]! ^
      t2[(high >>> 8) & 255]! ^
      t1[(high >>> 16) & 255]! ^
      t0[high >>> 24]!;
  }
  for (; i < bytes.length; i++) crc = (crc >>> 8) ^ t0[(crc ^ bytes[i]!) & 255]!;
  return ~crc >>> 0;
}

function crcOfFew(bytes: Uint8Array): number {
  let crc = -1;
  for (let i = 0; i < bytes.length; i++) {
    crc ^= bytes[i]!;
    crc = (crc >>> 4) ^ nibbles[crc & 15]!;
    crc = (crc >>> 4) ^ nibbles[crc & 15]!;
  }
  return ~crc >>> 0;
}
