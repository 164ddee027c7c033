import { checkInflated, type Primitives } from '../../core/file/primitives.js';

// Loaded when a recording is met: a single snapshot needs neither, and loading them takes longer than all its work.
const cryptography = () => process.getBuiltinModule('node:crypto');
const zlib = () => process.getBuiltinModule('node:zlib');

/** What Node does without waiting. */
export const NODE_PRIMITIVES: Primitives = {
  sha256(...parts) {
    const hash = cryptography().createHash('sha256');
    for (const part of parts) hash.update(part);
    return own(hash.digest());
  },
  deflate: (bytes) => own(zlib().deflateRawSync(bytes)),
  inflate(bytes, length) {
    // One byte of room more, so that there is a buffer for what inflates to nothing, and that more than `length` is an error.
    const inflated = zlib().inflateRawSync(bytes, { maxOutputLength: length + 1 });
    checkInflated(inflated.length, length);
    return own(inflated);
  },
};

/** The same bytes as a Uint8Array of its own kind, not as a Buffer, whose `slice` lends. */
function own({ buffer, byteOffset, length }: Buffer): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer as ArrayBuffer, byteOffset, length);
}
