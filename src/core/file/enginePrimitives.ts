import { Decoder } from '../decoder.js';
import type { Engine } from '../engine/engine.js';
import { checksumByEngine } from './engineChecksum.js';
import { EngineHash, hashByEngine } from './engineHash.js';
import { canInflate, inflateByEngine } from './engineInflate.js';
import { WEB_PRIMITIVES, type Primitives } from './primitives.js';

/** What takes less time to hash than to ask WebCrypto for. */
const MAX_AT_ONCE_BYTES = 1 << 14;
/** WebCrypto takes a copy of what it hashes: of what is larger, that is memory anew, and time in which nothing else can be done. */
const MAX_COPIED_BYTES = 4 << 20;
const PIECE_BYTES = 1 << 19;

/**
 * Those of the web, but for what the engine is better at: the one that the decoder has when it is asked, since it leaves one that failed, or
 * whose memory is to be given back.
 *
 * @param pause lets other work pass: before each piece of what is hashed in pieces
 */
export function enginePrimitives(decoder: Decoder, pause: () => Promise<void>): Primitives {
  const live = (): Engine => Decoder.engineOf(decoder);
  return {
    ...WEB_PRIMITIVES,
    crc32: (bytes) => checksumByEngine(live(), bytes),
    sha256: (...parts) => {
      const length = parts.reduce((sum, part) => sum + part.length, 0);
      if (length > MAX_COPIED_BYTES) return hashInPieces(new EngineHash(live()), parts, pause);
      return length > MAX_AT_ONCE_BYTES ? WEB_PRIMITIVES.sha256(...parts) : hashByEngine(live(), parts);
    },
    hasher: () => new EngineHash(live()),
    inflate: (bytes, length) =>
      canInflate(live(), bytes, length)
        ? inflateByEngine(live(), bytes, length)
        : WEB_PRIMITIVES.inflate(bytes, length),
  };
}

async function hashInPieces(
  hash: EngineHash,
  parts: readonly Uint8Array[],
  pause: () => Promise<void>,
): Promise<Uint8Array<ArrayBuffer>> {
  for (const part of parts) {
    for (let at = 0; at < part.length; at += PIECE_BYTES) {
      await pause();
      hash.add(part.subarray(at, at + PIECE_BYTES));
    }
  }
  return hash.digest();
}
