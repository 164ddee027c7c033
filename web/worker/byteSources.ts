import { SnapshotError, type ByteSource } from '../../src/core/index.js';
import type { ServedFile } from '../protocol.js';

/** Bytes read at a time: small enough to tell how far it is, large enough to cost nothing. */
const PIECE_BYTES = 16 << 20;

/** A file's bytes, read when they are asked for; large reads tell how far they are. */
export function openSource(
  source: Blob | ServedFile,
  onProgress: (done: number, total: number) => void,
): ByteSource {
  const size = source.size;
  const readPiece = source instanceof Blob ? blobReader(source) : servedReader(source);
  return {
    size,
    async read(offset, length) {
      const end = Math.min(size, offset + length);
      if (end - offset <= PIECE_BYTES) return readPiece(offset, Math.max(offset, end));
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
