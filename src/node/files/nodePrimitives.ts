import type { ZlibOptions } from 'node:zlib';
import { checkInflated, type Primitives } from '../../core/file/primitives.js';

// Loaded when they are needed: loading them takes longer than all the work on a small file.
let cryptography: typeof import('node:crypto') | undefined;
const zlib = () => process.getBuiltinModule('node:zlib');

/** What the option `info` makes of the result, which Node's types do not tell. */
interface Inflated {
  readonly buffer: Buffer;
  /** How many bytes were used up. */
  readonly engine: { readonly bytesWritten: number };
}

/** SHA-256 of the parts, one after another, without waiting. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  cryptography ??= process.getBuiltinModule('node:crypto');
  const whole = asOne(parts);
  return own(whole ? cryptography.hash('sha256', whole, 'buffer') : hashOf(parts).digest());
}

/** Whether the parts, one after another, have this SHA-256. As a text of a character a byte, since bytes have memory of their own, which takes longer to get. */
export function hasSha256(digest: Uint8Array, ...parts: readonly Uint8Array[]): boolean {
  cryptography ??= process.getBuiltinModule('node:crypto');
  const whole = asOne(parts);
  const text = whole ? cryptography.hash('sha256', whole, 'binary') : hashOf(parts).digest('binary');
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== digest[i]) return false;
  return text.length === digest.length;
}

/** One call, where putting parts together takes less than making an object that takes them one by one. */
function asOne(parts: readonly Uint8Array[]): Uint8Array | undefined {
  if (parts.length === 1) return parts[0];
  let length = 0;
  for (const part of parts) length += part.length;
  return length <= FEW_BYTES ? joined(parts) : undefined;
}

function hashOf(parts: readonly Uint8Array[]) {
  const hash = cryptography!.createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash;
}

const FEW_BYTES = 1 << 13;
const few = new Uint8Array(FEW_BYTES);

/** Parts of few bytes together, valid until the next call. */
function joined(parts: readonly Uint8Array[]): Uint8Array {
  let end = 0;
  for (const part of parts) {
    few.set(part, end);
    end += part.length;
  }
  return few.subarray(0, end);
}

/** What Node does without waiting. */
export const NODE_PRIMITIVES: Primitives = {
  crc32: (bytes) => zlib().crc32(bytes),
  sha256,
  hasher() {
    cryptography ??= process.getBuiltinModule('node:crypto');
    const hash = cryptography.createHash('sha256');
    return { add: (bytes) => hash.update(bytes), digest: () => own(hash.digest()) };
  },
  deflate: (bytes) => own(zlib().deflateRawSync(bytes)),
  inflate(bytes, length) {
    // One byte of room more, so that there is a buffer for what inflates to nothing, and that more than `length` is an error.
    const inflate = zlib().inflateRawSync as (bytes: Uint8Array, options: ZlibOptions) => unknown;
    const { buffer, engine } = inflate(bytes, { maxOutputLength: length + 1, info: true }) as Inflated;
    checkInflated(buffer.length, length);
    // Node passes over what follows; browsers do not.
    if (engine.bytesWritten !== bytes.length) throw new Error('bytes follow the end of the compressed data');
    return own(buffer);
  },
};

/** The same bytes as a Uint8Array of its own kind, not as a Buffer, whose `slice` lends. */
function own({ buffer, byteOffset, length }: Buffer): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer as ArrayBuffer, byteOffset, length);
}
