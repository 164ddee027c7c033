import { readSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import {
  openSnapshots as openCoreSnapshots,
  type ByteSource,
  type SnapshotFile,
  type SnapshotSource,
} from '../../core/index.js';
import { NODE_PRIMITIVES } from './nodePrimitives.js';

/** A single call to the operating system reads no more than this. */
const MAX_READ_BYTES = 1 << 30;
/** What takes less time to read than to have another thread read it: the frames of a recording, and its indexes. */
const MAX_READ_NOW_BYTES = 1 << 16;

/**
 * Opens a snapshot file given by its path, or anything else that the core can open.
 *
 * @throws SnapshotError `not-a-snapshot`, `text-mode-damage`, `truncated`, `newer-version`; errors of the file system
 */
export async function openSnapshots(source: string | URL | SnapshotSource): Promise<SnapshotFile> {
  if (typeof source !== 'string' && !(source instanceof URL))
    return openCoreSnapshots(source, NODE_PRIMITIVES);
  const bytes = await openBytes(source);
  try {
    return await openCoreSnapshots(bytes, NODE_PRIMITIVES);
  } catch (error) {
    await bytes.close();
    throw error;
  }
}

/** Bytes of a file by offset. What cannot be read so (a pipe) is read whole. */
export async function openBytes(path: string | URL): Promise<ByteSource> {
  const handle = await open(path, 'r');
  try {
    const stat = await handle.stat();
    if (stat.isFile()) return fileSource(handle, stat.size);
    // Reading a folder fails here, with the system's own error.
    const bytes = await handle.readFile();
    await handle.close();
    return {
      size: bytes.length,
      read: async (at, length) => Uint8Array.from(bytes.subarray(at, at + length)),
      close: async () => {},
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

export function fileSource(handle: FileHandle, size: number): ByteSource {
  return {
    size,
    async read(offset, length) {
      const bytes = new Uint8Array(Math.max(0, Math.min(length, size - offset)));
      let filled = 0;
      while (filled < bytes.length) {
        const want = Math.min(MAX_READ_BYTES, bytes.length - filled);
        const bytesRead =
          want <= MAX_READ_NOW_BYTES
            ? readSync(handle.fd, bytes, filled, want, offset + filled)
            : (await handle.read(bytes, filled, want, offset + filled)).bytesRead;
        // Somebody has shortened the file since it was opened.
        if (bytesRead === 0) return bytes.slice(0, filled);
        filled += bytesRead;
      }
      return bytes;
    },
    close: () => handle.close(),
  };
}
