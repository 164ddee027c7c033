import { readableBytes } from './readableBytes.js';

/** Random access to the bytes of a snapshot file, wherever they are. */
export interface ByteSource {
  readonly size: number;
  /** The bytes from `offset` on: `length` of them, or as many as there are. The caller owns them. */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
  /** The same bytes in order, for who need not have all of them at once; where the source can give them so. */
  stream?(offset: number, length: number): ByteStream;
  close(): Promise<void>;
}

/** Bytes that come in order. */
export interface ByteStream {
  /** Resolves when some are there: how many of them, up to `most`; 0 where there are no more. */
  ready(most: number): Promise<number>;
  /** Puts the next of them into `to`, which they fill. No more may be taken than are ready. */
  take(to: Uint8Array): void;
  /** For who does not want the rest. */
  close(): Promise<void>;
}

/** What can be opened without a file system. */
export type SnapshotSource = Uint8Array | ArrayBuffer | Blob | ByteSource;

export function toByteSource(source: SnapshotSource): ByteSource {
  if (source instanceof Blob) return blobSource(source);
  if (source instanceof ArrayBuffer) return bytesSource(new Uint8Array(source));
  if (source instanceof Uint8Array) return bytesSource(source);
  return source;
}

function bytesSource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    // Copied through the constructor: `slice` of a Node Buffer would be a view of the bytes given.
    read: async (offset, length) => new Uint8Array(bytes.subarray(offset, offset + length)),
    close: async () => {},
  };
}

function blobSource(blob: Blob): ByteSource {
  return {
    size: blob.size,
    read: async (offset, length) => new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer()),
    stream: (offset, length) => readableBytes(blob.slice(offset, offset + length).stream()),
    close: async () => {},
  };
}
