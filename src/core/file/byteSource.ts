/** Random access to the bytes of a snapshot file, wherever they are. */
export interface ByteSource {
  readonly size: number;
  /** The bytes from `offset` on: `length` of them, or as many as there are. The caller owns them. */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
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
    close: async () => {},
  };
}
