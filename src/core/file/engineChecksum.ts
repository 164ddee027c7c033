import type { Engine } from '../engine/engine.js';

/** CRC-32 as zlib computes it, an unsigned number, by the engine: through its window, so that it takes no memory. */
export function checksumByEngine(engine: Engine, bytes: Uint8Array): number {
  return engine.run((kernels) => {
    const window = kernels.windowAddress();
    let crc = 0;
    for (let at = 0; at < bytes.length; at += kernels.WINDOW_BYTES) {
      const piece = bytes.subarray(at, at + kernels.WINDOW_BYTES);
      engine.bytes.set(piece, window);
      crc = kernels.checksum(window, piece.length, crc);
    }
    return crc >>> 0;
  });
}
