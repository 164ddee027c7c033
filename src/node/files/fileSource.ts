import { closeSync, fstatSync, open, openSync, read, readFile, readSync, statSync } from 'node:fs';
import { promisify } from 'node:util';
import {
  openSnapshots as openCoreSnapshots,
  SnapshotError,
  type ByteSource,
  type SnapshotFile,
  type SnapshotSource,
} from '../../core/index.js';
import { concatBytes } from '../../core/bytes.js';
import type { ByteStream } from '../../core/file/byteSource.js';
import type { Primitives } from '../../core/file/primitives.js';
import { NODE_PRIMITIVES } from './nodePrimitives.js';

// Not those of node:fs/promises: loading that takes as long as reading a snapshot. They are made where they are needed, which is seldom.
const openFile = (path: string | URL): Promise<number> => promisify(open)(path, 'r');
const readFrom = (fd: number, to: Uint8Array, at: number, length: number, from: number | null) =>
  promisify(read)(fd, to, at, length, from);
export const readBytes = (path: string): Promise<Uint8Array> => promisify(readFile)(path);

/** A single call to the operating system reads no more than this. */
const MAX_READ_BYTES = 1 << 30;
/** What takes less time to read than to have another thread read it: the frames of a recording, and its indexes. */
const MAX_READ_NOW_BYTES = 1 << 16;

/**
 * Opens a snapshot file given by its path, or anything else that the core can open.
 *
 * @throws SnapshotError `not-a-snapshot`, `text-mode-damage`, `truncated`, `newer-version`; errors of the file system
 */
export async function openSnapshots(
  source: string | URL | SnapshotSource,
  primitives: Primitives = NODE_PRIMITIVES,
): Promise<SnapshotFile> {
  if (typeof source !== 'string' && !(source instanceof URL)) return openCoreSnapshots(source, primitives);
  const bytes = await openBytes(source);
  try {
    return await openCoreSnapshots(bytes, primitives);
  } catch (error) {
    await bytes.close();
    throw error;
  }
}

/** Bytes of a file by offset. What cannot be read so (a pipe) is read whole. */
export async function openBytes(path: string | URL): Promise<ByteSource> {
  // To start the threads that could wait for a file takes longer than to open it; a pipe may have nobody yet who writes into it.
  const fd = statSync(path).isFile() ? openSync(path, 'r') : await openFile(path);
  try {
    const stat = fstatSync(fd);
    if (stat.isFile()) return closingSource(fd, stat.size);
    // Reading a folder fails here, with the system's own error.
    const bytes = await readToEnd(fd);
    closeSync(fd);
    return {
      size: bytes.length,
      read: async (at, length) => bytes.slice(at, at + length),
      close: async () => {},
    };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

async function readToEnd(fd: number): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array[] = [];
  for (;;) {
    const piece = new Uint8Array(MAX_READ_NOW_BYTES);
    const { bytesRead } = await readFrom(fd, piece, 0, piece.length, null);
    if (bytesRead === 0) return concatBytes(pieces);
    pieces.push(piece.subarray(0, bytesRead));
  }
}

/** After it was closed, the descriptor may be that of another file: nothing is read from it, and it is not closed again. */
function closingSource(fd: number, size: number): ByteSource {
  let isOpen = true;
  const { read: readOpen } = fileSource(fd, size);
  const checkOpen = (): void => {
    if (!isOpen) throw new Error('the file has been closed');
  };
  return {
    size,
    async read(offset, length) {
      checkOpen();
      return readOpen(offset, length);
    },
    stream: (offset, length) => fileStream(fd, offset, Math.min(size, offset + length), checkOpen),
    async close() {
      if (!isOpen) return;
      isOpen = false;
      closeSync(fd);
    },
  };
}

/** Bytes that are read, without waiting, to where they are wanted. */
function fileStream(fd: number, from: number, end: number, checkOpen: () => void): ByteStream {
  let at = from;
  return {
    ready: async (most) => Math.max(0, Math.min(most, end - at)),
    take(to) {
      checkOpen();
      for (let filled = 0; filled < to.length;) {
        const bytesRead = readSync(fd, to, filled, Math.min(MAX_READ_BYTES, to.length - filled), at);
        if (bytesRead === 0)
          throw new SnapshotError('truncated', 'the file was cut while it was read', { offset: at });
        filled += bytesRead;
        at += bytesRead;
      }
    },
    close: async () => {},
  };
}

/** The bytes of an open file. Who opened it closes it. */
export function fileSource(fd: number, size: number): Pick<ByteSource, 'size' | 'read'> {
  return {
    size,
    async read(offset, length) {
      const bytes = new Uint8Array(Math.max(0, Math.min(length, size - offset)));
      let filled = 0;
      while (filled < bytes.length) {
        const want = Math.min(MAX_READ_BYTES, bytes.length - filled);
        const bytesRead =
          want <= MAX_READ_NOW_BYTES
            ? readSync(fd, bytes, filled, want, offset + filled)
            : (await readFrom(fd, bytes, filled, want, offset + filled)).bytesRead;
        // Somebody has shortened the file since it was opened.
        if (bytesRead === 0) return bytes.slice(0, filled);
        filled += bytesRead;
      }
      return bytes;
    },
  };
}
