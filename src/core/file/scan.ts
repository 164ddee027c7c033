import { equalBytes } from '../bytes.js';
import { SnapshotError } from '../errors.js';
import type { ByteSource } from './byteSource.js';
import {
  FRAME_HEADER_BYTES,
  FRAME_MARKER,
  FRAME_TRAILER_BYTES,
  parseFrameHeader,
  type FrameHeader,
} from './frame.js';
import { FrameList, type Frame } from './frameList.js';
import { FILE_HEADER_BYTES, FORMAT_MAJOR, parseFileHeader } from './header.js';
import { readIndexedFrames } from './indexFrame.js';
import { WEB_PRIMITIVES, type Primitives } from './primitives.js';

/** Bytes read while looking for the next frame: few at first, for it is mostly near, and then more and more. */
const FIRST_SEARCH_BYTES = 1 << 12;
const MAX_SEARCH_BYTES = 1 << 20;

export interface FileScan {
  /** Format version; undefined where the file header is damaged. */
  readonly version: { readonly major: number; readonly minor: number } | undefined;
  readonly fileId: Uint8Array;
  readonly frames: FrameList;
  readonly problems: readonly SnapshotError[];
  /** The frame in which the file ends, where that was cut off. */
  readonly cutOff?: Frame | undefined;
}

/** Frames of a recording are small: their headers are read many at a time. */
const HEADERS_AT_ONCE_BYTES = 1 << 16;

/**
 * Finds the frames of a file without reading their payloads: by the indexes of a recording that was closed, or by their headers. Whatever is damaged becomes a problem, and the search
 * goes on at the next frame header that its checksum confirms.
 *
 * @throws SnapshotError `not-a-snapshot`, `text-mode-damage`, `truncated` (inside the file header), `newer-version`
 */
export async function scanFile(
  source: ByteSource,
  { crc32 }: Pick<Primitives, 'crc32'> = WEB_PRIMITIVES,
): Promise<FileScan> {
  const header = parseFileHeader(await source.read(0, FILE_HEADER_BYTES));
  const indexed = header && (await readIndexedFrames(source, header.fileId, crc32));
  if (indexed !== undefined) {
    const { major, minor, fileId } = header!;
    return { version: { major, minor }, fileId, frames: indexed, problems: [] };
  }
  const scan = new Scan(source, header?.fileId);
  if (header === undefined) {
    const message = `the file header is damaged: its checksum is wrong; reading on as version ${FORMAT_MAJOR}`;
    scan.problems.push(new SnapshotError('damaged', message, { offset: 0 }));
  }
  await scan.run();
  return {
    version: header && { major: header.major, minor: header.minor },
    fileId: scan.fileId ?? new Uint8Array(),
    frames: FrameList.of(scan.frames),
    problems: scan.problems,
    cutOff: scan.cutOff,
  };
}

class Scan {
  readonly frames: Frame[] = [];
  readonly problems: SnapshotError[] = [];
  cutOff: Frame | undefined;
  /** Taken from the first frame where the file header does not tell. */
  fileId: Uint8Array | undefined;
  readonly #source: ByteSource;
  /** What was read last, from a frame header on. */
  #ahead: { readonly bytes: Uint8Array; readonly from: number } = { bytes: new Uint8Array(), from: 0 };

  constructor(source: ByteSource, fileId: Uint8Array | undefined) {
    this.#source = source;
    this.fileId = fileId;
  }

  async run(): Promise<void> {
    const { size } = this.#source;
    let offset = FILE_HEADER_BYTES;
    while (offset < size) {
      const header = this.#accept(await this.#headerAt(offset));
      if (header === undefined) offset = await this.#skipToNextFrame(offset);
      else offset = this.#addFrame(header, offset) ?? (await this.#findFrame(offset + FRAME_HEADER_BYTES));
    }
    if (this.frames.length === 0 && this.problems.length === 0) {
      this.problems.push(
        new SnapshotError('truncated', 'the file ends after its header: it holds no snapshot', {
          offset: size,
        }),
      );
    }
  }

  async #headerAt(offset: number): Promise<Uint8Array> {
    const { bytes, from } = this.#ahead;
    if (offset >= from && offset + FRAME_HEADER_BYTES <= from + bytes.length) {
      return bytes.subarray(offset - from, offset - from + FRAME_HEADER_BYTES);
    }
    // Where frames are larger than what is read at once, more than a header would be in vain.
    const isNear = offset < from + 2 * HEADERS_AT_ONCE_BYTES;
    const read = await this.#source.read(offset, isNear ? HEADERS_AT_ONCE_BYTES : FRAME_HEADER_BYTES);
    this.#ahead = { bytes: read, from: offset };
    return read.subarray(0, FRAME_HEADER_BYTES);
  }

  /** The header that `bytes` begin with, if it is one of this file's. */
  #accept(bytes: Uint8Array): FrameHeader | undefined {
    const header = parseFrameHeader(bytes);
    if (header === undefined) return undefined;
    this.fileId ??= header.fileId;
    return equalBytes(header.fileId, this.fileId) ? header : undefined;
  }

  /** Notes the frame and returns the offset after it, or undefined where the file does not hold all of it. */
  #addFrame(header: FrameHeader, offset: number): number | undefined {
    const { type, number, length } = header;
    const end = offset + FRAME_HEADER_BYTES + length + FRAME_TRAILER_BYTES;
    const payloadOffset = offset + FRAME_HEADER_BYTES;
    const frame = { type, number, offset, payloadOffset, payloadLength: length };
    this.cutOff = end > this.#source.size ? frame : undefined;
    if (end > this.#source.size) {
      const message = `the file ends inside frame ${number}, which needs ${end - offset} bytes: ${this.#source.size - offset} remain`;
      this.problems.push(new SnapshotError('truncated', message, { offset }));
      return undefined;
    }
    const expected = (this.frames.at(-1)?.number ?? -1) + 1;
    if (number !== expected) {
      const message = `frame ${number} stands where frame ${expected} should: frames are missing or out of order`;
      this.problems.push(new SnapshotError('damaged', message, { offset }));
    }
    this.frames.push(frame);
    return end;
  }

  async #skipToNextFrame(offset: number): Promise<number> {
    // Bytes may be missing from the frame before, whose length then reaches into a later one: look from its payload on.
    const searchFrom = this.frames.at(-1)?.payloadOffset ?? offset + 1;
    const next = await this.#findFrame(searchFrom);
    const { size } = this.#source;
    if (next < offset) {
      const message = `bytes are missing: a frame begins inside the frame before it, which should end at byte ${offset}`;
      this.problems.push(new SnapshotError('damaged', message, { offset: next }));
      return next;
    }
    if (next === size && size - offset < FRAME_HEADER_BYTES) {
      const message = `the file ends inside a frame header: ${size - offset} of ${FRAME_HEADER_BYTES} bytes`;
      this.problems.push(new SnapshotError('truncated', message, { offset }));
    } else {
      const message = `no frame header where one should be; ${next - offset} bytes passed over`;
      this.problems.push(new SnapshotError('damaged', message, { offset }));
    }
    return next;
  }

  /** Offset of the next frame header at or after `offset`, or the size of the file. */
  async #findFrame(offset: number): Promise<number> {
    const { size } = this.#source;
    let length = FIRST_SEARCH_BYTES;
    for (let start = offset; start < size; start += length, length = Math.min(length * 2, MAX_SEARCH_BYTES)) {
      // A header that begins in this piece may end in the next.
      const piece = await this.#source.read(start, length + FRAME_HEADER_BYTES - 1);
      const limit = Math.min(length, piece.length);
      let at = piece.indexOf(FRAME_MARKER[0]!);
      for (; at !== -1 && at < limit; at = piece.indexOf(FRAME_MARKER[0]!, at + 1)) {
        if (this.#accept(piece.subarray(at, at + FRAME_HEADER_BYTES)) !== undefined) return start + at;
      }
    }
    return size;
  }
}
