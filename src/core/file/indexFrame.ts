import { equalBytes, wordsOf } from '../bytes.js';
import type { ByteSource } from './byteSource.js';
import {
  FRAME_HEADER_BYTES,
  FRAME_TRAILER_BYTES,
  FRAME_TYPES,
  hasRightChecksum,
  parseFrameHeader,
} from './frame.js';
import { FILE_HEADER_BYTES } from './header.js';
import { FRAME_WORDS, FrameList, setFrame, u64Of, type Frame } from './frameList.js';
import type { Primitives } from './primitives.js';

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
const ENTRY_BYTES = 4 * FRAME_WORDS;
const TRAILER_PAYLOAD_BYTES = 8;
export const TRAILER_FRAME_BYTES = FRAME_HEADER_BYTES + TRAILER_PAYLOAD_BYTES + FRAME_TRAILER_BYTES;

/** Of an index frame as recordings have it: 256 entries, and one of a series frame. One read is enough for that. */
const USUAL_FRAME_BYTES = FRAME_HEADER_BYTES + HEAD_BYTES + 257 * ENTRY_BYTES + FRAME_TRAILER_BYTES;

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
  crc32: Primitives['crc32'],
): Promise<FrameList | undefined> {
  const { size } = source;
  const read = (offset: number, limit: number, type: number) =>
    readFrame(source, fileId, crc32, { offset, limit, type });
  const trailer = await read(size - TRAILER_FRAME_BYTES, size, FRAME_TYPES.trailer);
  if (trailer?.payload.length !== TRAILER_PAYLOAD_BYTES) return undefined;
  const indexes: Index[] = [];
  let [end, at] = [trailer.frame.offset, offsetAt(trailer.payload)];
  while (at !== 0) {
    // Every index ends before the one that names it, so no byte is read twice, and this ends.
    const index = await read(at, end, FRAME_TYPES.index);
    const count = index && entryCount(index.payload);
    if (index === undefined || count === undefined) return undefined;
    indexes.push({ ...index, count });
    [end, at] = [at, offsetAt(index.payload)];
  }
  return framesOf(indexes.reverse(), trailer.frame, size);
}

/** An index frame that was read, with how many entries it has. */
interface Index {
  readonly frame: Frame;
  readonly payload: Uint8Array<ArrayBuffer>;
  readonly count: number;
}

/**
 * The frames that the indexes name, these themselves, each behind what it names, and the trailer; undefined where they are not numbered from 0,
 * or do not fill the file behind its header, each beginning where the one before ends.
 */
function framesOf(indexes: readonly Index[], trailer: Frame, size: number): FrameList | undefined {
  const all = new Uint32Array(indexes.reduce((sum, { count }) => sum + count + 1, 1) * FRAME_WORDS);
  let place = 0;
  let end = FILE_HEADER_BYTES;
  for (const { frame, payload, count } of indexes) {
    end = setEntries(all, place, payload, count, end);
    place += count;
    end = setNext(all, place++, frame, end);
  }
  return setNext(all, place, trailer, end) === size ? new FrameList(all) : undefined;
}

/** Where the frame ends; NaN, which is where nothing begins, where it is not the one that should be at this place and offset. */
function setNext(all: Uint32Array, place: number, frame: Frame, offset: number): number {
  setFrame(all, place, frame);
  if (frame.number !== place || frame.offset !== offset) return NaN;
  return frame.payloadOffset + frame.payloadLength + FRAME_TRAILER_BYTES;
}

function offsetAt(payload: Uint8Array<ArrayBuffer>): number {
  return u64At(new DataView(payload.buffer, payload.byteOffset), 0);
}

/** The frame at an offset, if it is whole before `limit`, of this type, and what its checksums say. */
async function readFrame(
  source: ByteSource,
  fileId: Uint8Array,
  crc32: Primitives['crc32'],
  { offset, limit, type }: { offset: number; limit: number; type: number },
): Promise<Pick<Index, 'frame' | 'payload'> | undefined> {
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
  if (!hasRightChecksum(bytes, length, crc32)) return undefined;
  const frame = { type, number, offset, payloadOffset, payloadLength: length };
  return { frame, payload: bytes.subarray(0, length) };
}

/** As a number: exact where it is one that the format has. Without BigInt, of which a recording's index would need tens of thousands. */
function u64At(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
}

/** undefined where the payload is not that of an index. */
function entryCount(payload: Uint8Array<ArrayBuffer>): number | undefined {
  if (payload.length < HEAD_BYTES) return undefined;
  const count = new DataView(payload.buffer, payload.byteOffset).getUint32(8, true);
  return payload.length === HEAD_BYTES + count * ENTRY_BYTES ? count : undefined;
}

/** The same for all entries of an index: where the last one's frame ends. */
function setEntries(
  all: Uint32Array,
  first: number,
  payload: Uint8Array<ArrayBuffer>,
  count: number,
  from: number,
): number {
  // Where words have the other byte order these frames do not fill the file, and it is scanned.
  const words = wordsOf(payload).subarray(HEAD_BYTES / 4);
  all.set(words, first * FRAME_WORDS);
  let end = from;
  for (let place = first, at = 0; place < first + count; place++, at += FRAME_WORDS) {
    if (u64Of(words, at) !== end || words[at + 6] !== place) return NaN;
    end += FRAME_HEADER_BYTES + u64Of(words, at + 2) + FRAME_TRAILER_BYTES;
  }
  return end;
}
