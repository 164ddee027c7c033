import { equalBytes } from '../bytes.js';
import type { ByteSource } from './byteSource.js';
import {
  FRAME_HEADER_BYTES,
  FRAME_TRAILER_BYTES,
  FRAME_TYPES,
  hasRightChecksum,
  parseFrameHeader,
} from './frame.js';
import { FILE_HEADER_BYTES } from './header.js';
import type { Frame } from './scan.js';

// The payload of an index frame: where the frames are that stand between the index before and this one.
// Integers are little-endian.
//
//   0            8     12     16
//   ┌────────────┬─────┬──────┬─────────┬─ ─    an entry:  0        8        16        24      28     30     32
//   │ previous   │ n   │ zero │ entry 0 │ …                ┌────────┬────────┬─────────┬───────┬──────┬──────┐
//   │ index, u64 │ u32 │ u32  │ 32 bytes│                  │ offset │ length │ µs UTC  │ number│ type │ zero │
//   └────────────┴─────┴──────┴─────────┴─ ─               │ u64    │ u64    │ u64     │ u32   │ u16  │ u16  │
//                                                          └────────┴────────┴─────────┴───────┴──────┴──────┘
//
// The payload of a trailer frame: the offset of the last index frame, u64.

const HEAD_BYTES = 16;
const ENTRY_BYTES = 32;
const TRAILER_PAYLOAD_BYTES = 8;
export const TRAILER_FRAME_BYTES = FRAME_HEADER_BYTES + TRAILER_PAYLOAD_BYTES + FRAME_TRAILER_BYTES;

/** Of an index frame as recordings have it: 256 entries. One read is enough for that. */
const USUAL_FRAME_BYTES = FRAME_HEADER_BYTES + HEAD_BYTES + 256 * ENTRY_BYTES + FRAME_TRAILER_BYTES;

/** A frame that an index knows, with the time of its snapshot or gap: 0 where it has none. */
export interface IndexEntry extends Pick<Frame, 'type' | 'number' | 'offset' | 'payloadLength'> {
  readonly utcMicroseconds: number;
}

/** @param previous offset of the index frame before, 0 where this is the first */
export function encodeIndexPayload(
  entries: readonly IndexEntry[],
  previous: number,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEAD_BYTES + entries.length * ENTRY_BYTES);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(previous), true);
  view.setUint32(8, entries.length, true);
  entries.forEach(({ offset, payloadLength, utcMicroseconds, number, type }, i) => {
    const at = HEAD_BYTES + i * ENTRY_BYTES;
    view.setBigUint64(at, BigInt(offset), true);
    view.setBigUint64(at + 8, BigInt(payloadLength), true);
    view.setBigUint64(at + 16, BigInt(utcMicroseconds), true);
    view.setUint32(at + 24, number, true);
    view.setUint16(at + 28, type, true);
  });
  return bytes;
}

export function encodeTrailerPayload(lastIndex: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(TRAILER_PAYLOAD_BYTES);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(lastIndex), true);
  return bytes;
}

/**
 * The frames of a recording that was closed, read from its indexes; undefined where it was not closed, or where its indexes do not
 * account for every byte of the file: then it has to be scanned.
 */
export async function readIndexedFrames(
  source: ByteSource,
  fileId: Uint8Array,
): Promise<IndexedFrame[] | undefined> {
  const { size } = source;
  const trailer = await readFrame(source, fileId, size - TRAILER_FRAME_BYTES, size, FRAME_TYPES.trailer);
  if (trailer?.payload.length !== TRAILER_PAYLOAD_BYTES) return undefined;
  const groups: IndexedFrame[][] = [[trailer.frame]];
  let at = offsetAt(trailer.payload);
  for (let end = trailer.frame.offset; at !== 0;) {
    // Every index ends before the one that names it, so no byte is read twice, and this ends.
    const index = await readFrame(source, fileId, at, end, FRAME_TYPES.index);
    const entries = index && parseEntries(index.payload);
    if (index === undefined || entries === undefined) return undefined;
    groups.push([...entries, index.frame]);
    [end, at] = [at, offsetAt(index.payload)];
  }
  const frames = groups.reverse().flat();
  return coverFile(frames, size) ? frames : undefined;
}

/** A frame, and when its snapshot was taken: undefined where it has no time, or the index does not tell. */
export interface IndexedFrame extends Frame {
  readonly utcMicroseconds?: number | undefined;
}

function offsetAt(payload: Uint8Array<ArrayBuffer>): number {
  return u64At(new DataView(payload.buffer, payload.byteOffset), 0);
}

/** The frame at an offset, if it is whole before `limit`, of this type, and what its checksums say. */
async function readFrame(
  source: ByteSource,
  fileId: Uint8Array,
  offset: number,
  limit: number,
  type: number,
): Promise<{ frame: IndexedFrame; payload: Uint8Array<ArrayBuffer> } | undefined> {
  if (offset < FILE_HEADER_BYTES || offset + FRAME_HEADER_BYTES > limit) return undefined;
  const first = await source.read(offset, Math.min(USUAL_FRAME_BYTES, limit - offset));
  const header = parseFrameHeader(first.subarray(0, FRAME_HEADER_BYTES));
  if (header?.type !== type || !equalBytes(header.fileId, fileId)) return undefined;
  const { length, number } = header;
  const payloadOffset = offset + FRAME_HEADER_BYTES;
  if (payloadOffset + length + FRAME_TRAILER_BYTES > limit) return undefined;
  const rest = first.subarray(FRAME_HEADER_BYTES, FRAME_HEADER_BYTES + length + FRAME_TRAILER_BYTES);
  const isThere = rest.length === length + FRAME_TRAILER_BYTES;
  const bytes = isThere ? rest : await source.read(payloadOffset, length + FRAME_TRAILER_BYTES);
  if (!hasRightChecksum(bytes, length)) return undefined;
  const frame = { type, number, offset, payloadOffset, payloadLength: length };
  return { frame, payload: bytes.subarray(0, length) };
}

/** As a number: exact where it is one that the format has. Without BigInt, of which a recording's index would need tens of thousands. */
function u64At(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
}

function parseEntries(payload: Uint8Array<ArrayBuffer>): IndexedFrame[] | undefined {
  if (payload.length < HEAD_BYTES) return undefined;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const count = view.getUint32(8, true);
  if (payload.length !== HEAD_BYTES + count * ENTRY_BYTES) return undefined;
  return Array.from({ length: count }, (_, i) => {
    const at = HEAD_BYTES + i * ENTRY_BYTES;
    const offset = u64At(view, at);
    return {
      offset,
      payloadOffset: offset + FRAME_HEADER_BYTES,
      payloadLength: u64At(view, at + 8),
      utcMicroseconds: u64At(view, at + 16) || undefined,
      number: view.getUint32(at + 24, true),
      type: view.getUint16(at + 28, true),
    };
  });
}

/** Whether the frames, numbered from 0, fill the file behind its header, each beginning where the one before ends. */
function coverFile(frames: readonly Frame[], size: number): boolean {
  let at = FILE_HEADER_BYTES;
  for (const [number, frame] of frames.entries()) {
    if (frame.offset !== at || frame.number !== number) return false;
    at = frame.payloadOffset + frame.payloadLength + FRAME_TRAILER_BYTES;
  }
  return at === size;
}
