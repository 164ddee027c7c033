/** The polynomial of IEEE 802.3, zlib and PNG, bits reversed. */
const POLYNOMIAL = 0xedb88320;
const SLICES = 8;

/** What takes less time bit by bit than the tables take to be made: the headers of file and frame. */
const FEW_BYTES = 64;

/** `tables[k][b]` is the checksum of byte b followed by k zero bytes: eight bytes can be taken in at a time. */
let tables: Uint32Array[] | undefined;

function makeTables(): Uint32Array[] {
  const first = Uint32Array.from({ length: 256 }, (_, byte) => takeByte(byte));
  const made = [first];
  while (made.length < SLICES) {
    made.push(made.at(-1)!.map((crc) => (crc >>> 8) ^ first[crc & 255]!));
  }
  return made;
}

/** A checksum whose lowest byte has been taken in, bit by bit. */
function takeByte(start: number): number {
  let crc = start;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
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
  let crc = 0xffffffff;
  for (const byte of bytes) crc = takeByte(crc ^ byte);
  return ~crc >>> 0;
}
