import { SnapshotError, type ByteSource } from '../../src/core/index.js';
import type { ReadRequest, ServedFile } from '../protocol.js';

/** Bytes read at a time: small enough to tell how far it is; what is not larger need not be put together. */
const PIECE_BYTES = 64 << 20;
/** What a small read brings along: few bytes at first, since frames may be large, and more where the next reads follow closely. */
const FIRST_WINDOW_BYTES = 4 << 10;
const LAST_WINDOW_BYTES = 1 << 20;
/**
 * What is larger, the page reads while it shows nothing: most of the time goes into memory that the system has not given before, and meanwhile this
 * thread is given what the bytes are decoded into (touchAhead.ts).
 */
const MAX_OWN_BYTES = 4 << 20;

/**
 * A file's bytes, read when they are asked for; large reads, and many small ones, tell how far they are.
 *
 * @param isPageIdle whether the page's thread has nothing else to do
 */
export function openSource(
  source: Blob | ServedFile,
  onProgress: (done: number, total: number) => void,
  isPageIdle: () => boolean,
): ByteSource {
  const { size } = source;
  const readPiece = source instanceof Blob ? blobReader(source, isPageIdle) : servedReader(source);
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

function blobReader(blob: Blob, isPageIdle: () => boolean): ReadPiece {
  return async (start, end) => {
    const piece = blob.slice(start, end);
    const read = piece.size > MAX_OWN_BYTES && isPageIdle() ? await readByPage(piece) : undefined;
    return new Uint8Array(read ?? (await piece.arrayBuffer()));
  };
}

/** Undefined where it could not. */
function readByPage(read: Blob): Promise<ArrayBuffer | undefined> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener('message', ({ data }: MessageEvent<ArrayBuffer | undefined>) => {
      port1.close();
      resolve(data);
    });
    port1.start();
    self.postMessage({ read, answer: port2 } satisfies ReadRequest, [port2]);
  });
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
