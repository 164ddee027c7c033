import { SnapshotError, type ByteSource } from '../../src/core/index.js';
import type { ServedFile } from '../protocol.js';

/** Bytes read at a time: small enough to tell how far it is; what is not larger need not be put together. */
const PIECE_BYTES = 64 << 20;
/** What a small read brings along: few bytes at first, since frames may be large, and more where the next reads follow closely. */
const FIRST_WINDOW_BYTES = 4 << 10;
const LAST_WINDOW_BYTES = 1 << 20;

/** A file's bytes, read when they are asked for; large reads, and many small ones, tell how far they are. */
export function openSource(
  source: Blob | ServedFile,
  onProgress: (done: number, total: number) => void,
): ByteSource {
  const { size } = source;
  const readPiece = source instanceof Blob ? blobReader(source) : servedReader(source);
  const readSmall = withWindow(readPiece, size, (end) => onProgress(end, size));
  return {
    size,
    async read(offset, length) {
      const end = Math.max(offset, Math.min(size, offset + length));
      if (end - offset <= LAST_WINDOW_BYTES) return readSmall(offset, end);
      if (end - offset <= PIECE_BYTES) return readPiece(offset, end);
      const bytes = new Uint8Array(end - offset);
      for (let at = offset; at < end; at += PIECE_BYTES) {
        bytes.set(await readPiece(at, Math.min(end, at + PIECE_BYTES)), at - offset);
        onProgress(Math.min(end, at + PIECE_BYTES), size);
      }
      return bytes;
    },
    close: async () => {},
  };
}

/** Asking a browser for bytes costs the same for a few and for many: those behind the ones asked for are kept for the next read. */
function withWindow(readPiece: ReadPiece, size: number, onRead: (end: number) => void): ReadPiece {
  let start = 0;
  let bytes = new Uint8Array();
  let ahead = FIRST_WINDOW_BYTES;
  return async (from, to) => {
    const windowEnd = start + bytes.length;
    if (from >= start && to <= windowEnd) return bytes.slice(from - start, to - start);
    const isClose = from >= start && from <= windowEnd + ahead;
    ahead = isClose ? Math.min(LAST_WINDOW_BYTES, ahead * 2) : FIRST_WINDOW_BYTES;
    const read = await readPiece(from, Math.min(size, Math.max(to, from + ahead)));
    start = from;
    bytes = read;
    onRead(from + read.length);
    return read.slice(0, to - from);
  };
}

type ReadPiece = (start: number, end: number) => Promise<Uint8Array<ArrayBuffer>>;

function blobReader(blob: Blob): ReadPiece {
  return async (start, end) => new Uint8Array(await blob.slice(start, end).arrayBuffer());
}

function servedReader({ url }: ServedFile): ReadPiece {
  return async (start, end) => {
    if (start === end) return new Uint8Array();
    const response = await fetch(url, { headers: { Range: `bytes=${start}-${end - 1}` } });
    if (response.status !== 206) {
      throw new SnapshotError(
        'truncated',
        `tcpscope answered ${response.status} ${response.statusText}; is "tcpscope view" still running?`,
        { offset: start },
      );
    }
    return new Uint8Array(await response.arrayBuffer());
  };
}
