import { equalBytes } from '../bytes.js';
import { SnapshotError } from '../errors.js';
import { crc32 } from './crc32.js';

// The file header, 32 bytes. Integers are little-endian.
//
//   0                         12      14      16                24       28        32
//   ┌─────────────────────────┬───────┬───────┬─────────────────┬────────┬─────────┐
//   │ magic                   │ major │ minor │ file id         │ zero   │ CRC-32  │
//   │ 89 TCPSNAP 0D 0A 1A 0A  │ u16   │ u16   │ 8 random bytes  │ u32    │ of 0–27 │
//   └─────────────────────────┴───────┴───────┴─────────────────┴────────┴─────────┘

export const FILE_HEADER_BYTES = 32;
export const FILE_ID_BYTES = 8;
export const FORMAT_MAJOR = 1;
const FORMAT_MINOR = 2;

/** As PNG's: a byte above 127 and all line ends that a text-mode transfer might change. */
const MAGIC = Uint8Array.of(0x89, 0x54, 0x43, 0x50, 0x53, 0x4e, 0x41, 0x50, 0x0d, 0x0a, 0x1a, 0x0a);
const MAJOR_AT = 12;
const MINOR_AT = 14;
const FILE_ID_AT = 16;
const CRC_AT = 28;

export interface FileHeader {
  readonly major: number;
  readonly minor: number;
  readonly fileId: Uint8Array;
}

export function encodeFileHeader(fileId: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(FILE_HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC);
  view.setUint16(MAJOR_AT, FORMAT_MAJOR, true);
  view.setUint16(MINOR_AT, FORMAT_MINOR, true);
  bytes.set(fileId, FILE_ID_AT);
  view.setUint32(CRC_AT, crc32(bytes.subarray(0, CRC_AT)), true);
  return bytes;
}

/**
 * Reads the first bytes of a file.
 *
 * @returns the header, or undefined where this is a snapshot file whose header does not match its checksum
 * @throws SnapshotError `not-a-snapshot`, `text-mode-damage`, `truncated`, `newer-version`
 */
export function parseFileHeader(bytes: Uint8Array): FileHeader | undefined {
  checkMagic(bytes);
  if (bytes.length < FILE_HEADER_BYTES) {
    throw new SnapshotError(
      'truncated',
      `the file ends inside its header: it has ${bytes.length} bytes of ${FILE_HEADER_BYTES}`,
      { offset: bytes.length },
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint32(CRC_AT, true) !== crc32(bytes.subarray(0, CRC_AT))) return undefined;
  const major = view.getUint16(MAJOR_AT, true);
  if (major !== FORMAT_MAJOR) {
    throw new SnapshotError(
      'newer-version',
      `the file has format version ${major}, this program reads version ${FORMAT_MAJOR}; use a newer tcpscope`,
      { offset: MAJOR_AT },
    );
  }
  const fileId = bytes.slice(FILE_ID_AT, FILE_ID_AT + FILE_ID_BYTES);
  return { major, minor: view.getUint16(MINOR_AT, true), fileId };
}

function checkMagic(bytes: Uint8Array): void {
  if (bytes.length === 0) {
    throw new SnapshotError('not-a-snapshot', 'the file is empty', { offset: 0 });
  }
  if (equalBytes(bytes.subarray(0, MAGIC.length), MAGIC.subarray(0, bytes.length))) return;
  const damage = textModeDamage(bytes);
  if (damage !== undefined) {
    throw new SnapshotError(
      'text-mode-damage',
      `the file was a snapshot, but ${damage}; transfer it again in binary mode`,
      { offset: 0 },
    );
  }
  throw new SnapshotError(
    'not-a-snapshot',
    'not a snapshot file: it does not begin as one ("tcpscope import" makes one of a bare dump of a table)',
    { offset: 0 },
  );
}

/** How the magic looks after the text-mode transfers that people still meet, and what to call them. */
function textModeDamage(bytes: Uint8Array): string | undefined {
  const start = Array.from(bytes.subarray(0, 24), (byte) => String.fromCharCode(byte)).join('');
  const name = 'TCPSNAP';
  if (start.startsWith(`\x89${name}\n\x1a\n`)) return 'its CR LF line ends were turned into LF';
  if (start.startsWith(`\x89${name}\r\r\n\x1a`)) return 'its LF bytes were turned into CR LF';
  if (start.startsWith(`\x89${name}\r\n\x1a\r\n`)) return 'its LF bytes were turned into CR LF';
  if (start.startsWith(`\x89${name}\r\r\x1a\r`)) return 'its LF bytes were turned into CR';
  if (start.startsWith(`\t${name}`)) return 'the top bit of its bytes was cut off';
  if (start.startsWith(`\xc2\x89${name}`)) return 'its bytes were re-encoded from Latin-1 to UTF-8';
  if (start.startsWith(`\xef\xbf\xbd${name}`)) return 'its bytes were decoded as UTF-8';
  if (start.startsWith(`?${name}`)) return 'its bytes were decoded as text';
  if (/^\xff\xfe.\0T\0C\0P\0S\0/s.test(start)) return 'its bytes were re-encoded to UTF-16';
  return undefined;
}
