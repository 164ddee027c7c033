import { concatBytes } from '../bytes.js';
import { SnapshotError } from '../errors.js';
import { crc32 } from './crc32.js';
import { sha256 } from './sha256.js';

type Bytes = Uint8Array<ArrayBuffer>;

/** What recordings need of the host: Node has it without waiting, browsers as streams. */
export interface Primitives {
  readonly crc32: (bytes: Uint8Array) => number;
  /** SHA-256 of the parts, one after another. */
  readonly sha256: (...parts: readonly Uint8Array[]) => Bytes | Promise<Bytes>;
  /** SHA-256 of what is added piece by piece, where the host has that. */
  readonly hasher?: () => Hasher;
  /** Raw deflate (RFC 1951). */
  readonly deflate: (bytes: Uint8Array) => Bytes | Promise<Bytes>;
  /**
   * Takes raw deflate back.
   *
   * @param length how many bytes it should be
   * @throws Error where it is not raw deflate of exactly that many bytes; no more than these are made
   */
  readonly inflate: (bytes: Uint8Array, length: number) => Bytes | Promise<Bytes>;
}

export interface Hasher {
  add(bytes: Uint8Array): unknown;
  /** Of all that was added. Nothing can be added any more. */
  digest(): Uint8Array;
}

/** Those of the web, which Node has too. */
export const WEB_PRIMITIVES: Primitives = {
  crc32,
  sha256,
  deflate: (bytes) => throughStream(bytes, new CompressionStream('deflate-raw'), Infinity),
  inflate: inflateStream,
};

async function inflateStream(bytes: Uint8Array, length: number): Promise<Bytes> {
  const inflated = await throughStream(bytes, new DecompressionStream('deflate-raw'), length);
  checkInflated(inflated.length, length);
  return inflated;
}

export function checkInflated(inflated: number, length: number): void {
  if (inflated !== length) throw new Error(`it inflates to ${inflated} bytes, not ${length}`);
}

/** Everything that comes out, or more than `limit` bytes of it where there is more. */
async function throughStream(
  bytes: Uint8Array,
  stream: CompressionStream | DecompressionStream,
  limit: number,
): Promise<Bytes> {
  const reader = new Blob([bytes as Bytes]).stream().pipeThrough(stream).getReader();
  const pieces: Uint8Array[] = [];
  for (let length = 0; length <= limit;) {
    const { value, done } = await reader.read();
    if (done) return concatBytes(pieces);
    pieces.push(value);
    length += value.length;
  }
  await reader.cancel();
  return concatBytes(pieces);
}

/** What could not be inflated, as damage at a place in the file. */
export function inflateFailure(error: unknown, offset: number): SnapshotError {
  const reason = error instanceof Error ? error.message : String(error);
  return new SnapshotError('damaged', `the compressed part of the frame cannot be read: ${reason}`, {
    offset,
  });
}
