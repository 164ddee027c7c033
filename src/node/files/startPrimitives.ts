import { Decoder } from '../../core/decoder.js';
import type { Engine } from '../../core/engine/engine.js';
import { checksumByEngine } from '../../core/file/engineChecksum.js';
import { hashByEngine } from '../../core/file/engineHash.js';
import { canInflate, inflateByEngine } from '../../core/file/engineInflate.js';
import type { Primitives } from '../../core/file/primitives.js';
import { NODE_PRIMITIVES } from './nodePrimitives.js';

/** What the engine reads in the time that Node takes to load its modules for it. */
const FIRST_BYTES = 1 << 20;

/** Node's, but for the first bytes, for which nothing of Node's need be loaded, and for what the engine does as fast. */
export function startPrimitives(decoder: Decoder): Primitives {
  // The one that the decoder has then: it leaves one that failed, or whose memory is to be given back.
  const live = (): Engine => Decoder.engineOf(decoder);
  let left = FIRST_BYTES;
  const isFirst = (length: number): boolean => (left -= length) >= 0;
  return {
    ...NODE_PRIMITIVES,
    crc32: (bytes) =>
      isFirst(bytes.length) ? checksumByEngine(live(), bytes) : NODE_PRIMITIVES.crc32(bytes),
    sha256: (...parts) => {
      const length = parts.reduce((sum, part) => sum + part.length, 0);
      return isFirst(length) ? hashByEngine(live(), parts) : NODE_PRIMITIVES.sha256(...parts);
    },
    inflate: (bytes, length) =>
      canInflate(live(), bytes, length)
        ? inflateByEngine(live(), bytes, length)
        : NODE_PRIMITIVES.inflate(bytes, length),
  };
}
