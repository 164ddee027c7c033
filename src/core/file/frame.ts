import { crc32 } from './crc32.js';
import { FILE_ID_BYTES } from './header.js';

// A frame: a header of 32 bytes, the payload, the payload's CRC-32. Integers are little-endian.
//
//   0            4      6      8                16             24        28        32          32+n     36+n
//   ┌────────────┬──────┬──────┬────────────────┬──────────────┬─────────┬─────────┬─ ─ ─ ─ ─ ─┬────────┐
//   │ marker     │ type │ zero │ file id        │ length n     │ number  │ CRC-32  │ payload   │ CRC-32 │
//   │ F7 54 46 52│ u16  │ u16  │ as in the file │ u64          │ u32     │ of 0–27 │ n bytes   │ u32    │
//   │            │      │      │ header         │ of payload   │ from 0  │         │           │        │
//   └────────────┴──────┴──────┴────────────────┴──────────────┴─────────┴─────────┴─ ─ ─ ─ ─ ─┴────────┘
//
// The file id is random. Where a damaged header makes a reader look for the next frame, bytes inside a payload that
// happen to look like a frame, or that somebody put there, do not have it.

export const FRAME_HEADER_BYTES = 32;
export const FRAME_TRAILER_BYTES = 4;

/** Frame types. Readers pass over frames of types that they do not know. */
export const FRAME_TYPES = {
  /** A snapshot whose raw tables are all in its own frame. */
  snapshot: 1,
  /** A snapshot as differences to an earlier one. */
  delta: 2,
  /** Positions of earlier frames. */
  index: 3,
  /** A tick of a recording at which no snapshot could be taken, and why. */
  gap: 4,
  /** Reserved: a signature over a chain value. */
  signature: 5,
  /** A note that a recording was continued, and what was cut off before that. */
  repair: 6,
  /** The end of a recording that was closed, with the position of its last index. */
  trailer: 7,
  /** What snapshots before it have, in numbers: saves going through them. */
  series: 8,
} as const;

export const FRAME_MARKER = Uint8Array.of(0xf7, 0x54, 0x46, 0x52);
const MARKER_WORD = new DataView(FRAME_MARKER.buffer).getUint32(0);
const TYPE_AT = 4;
const FILE_ID_AT = 8;
const LENGTH_AT = 16;
const NUMBER_AT = 24;
const CRC_AT = 28;

export interface FrameHeader {
  readonly type: number;
  readonly fileId: Uint8Array;
  /** Bytes of the payload. A safe integer, but not yet compared with the size of the file. */
  readonly length: number;
  /** Frames of a file are numbered from 0. */
  readonly number: number;
}

export function encodeFrame(
  type: number,
  fileId: Uint8Array,
  number: number,
  payload: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(FRAME_HEADER_BYTES + payload.length + FRAME_TRAILER_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set(FRAME_MARKER);
  view.setUint16(TYPE_AT, type, true);
  bytes.set(fileId, FILE_ID_AT);
  view.setBigUint64(LENGTH_AT, BigInt(payload.length), true);
  view.setUint32(NUMBER_AT, number, true);
  view.setUint32(CRC_AT, crc32(bytes.subarray(0, CRC_AT)), true);
  bytes.set(payload, FRAME_HEADER_BYTES);
  view.setUint32(FRAME_HEADER_BYTES + payload.length, crc32(payload), true);
  return bytes;
}

/** Whether the payload that `bytes` begin with has the checksum behind it. Without it nothing vouches for what is no snapshot. */
export function hasRightChecksum(
  bytes: Uint8Array,
  payloadLength: number,
  checksum: (bytes: Uint8Array) => number = crc32,
): boolean {
  if (bytes.length < payloadLength + FRAME_TRAILER_BYTES) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return view.getUint32(payloadLength, true) === checksum(bytes.subarray(0, payloadLength));
}

/** The frame header at the start of `bytes`, or undefined where there is none that its checksum confirms. */
export function parseFrameHeader(bytes: Uint8Array): FrameHeader | undefined {
  if (bytes.length < FRAME_HEADER_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, FRAME_HEADER_BYTES);
  if (view.getUint32(0) !== MARKER_WORD) return undefined;
  if (view.getUint32(CRC_AT, true) !== crc32(bytes.subarray(0, CRC_AT))) return undefined;
  const length = view.getUint32(LENGTH_AT, true) + view.getUint32(LENGTH_AT + 4, true) * 2 ** 32;
  if (!Number.isSafeInteger(length)) return undefined;
  return {
    type: view.getUint16(TYPE_AT, true),
    fileId: bytes.slice(FILE_ID_AT, FILE_ID_AT + FILE_ID_BYTES),
    length,
    number: view.getUint32(NUMBER_AT, true),
  };
}
