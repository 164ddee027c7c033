import type { Engine } from '../engine/engine.js';
import { SHA256_BYTES } from './sha256.js';

const BLOCK_BYTES = 64;
const STATE_WORDS = 8;

/** The first 32 bits of the fractional parts of the square roots of the first eight primes. */
const FIRST_STATE = Uint32Array.of(
  0x6a09e667,
  0xbb67ae85,
  0x3c6ef372,
  0xa54ff53a,
  0x510e527f,
  0x9b05688c,
  0x1f83d9ab,
  0x5be0cd19,
);

/**
 * SHA-256 (FIPS 180-4) of bytes that may come in pieces, computed by the engine. They go through its window, so they take no memory of it; and
 * between two calls nothing is there, so that it can be used for other work.
 */
export class EngineHash {
  readonly #engine: Engine;
  readonly #state = FIRST_STATE.slice();
  /** What came behind the last whole block. */
  readonly #rest = new Uint8Array(BLOCK_BYTES);
  #length = 0;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  add(bytes: Uint8Array): this {
    this.#engine.run((kernels) => {
      const state = kernels.windowAddress();
      const blocks = state + BLOCK_BYTES;
      const room = kernels.WINDOW_BYTES - BLOCK_BYTES;
      const memory = this.#engine.bytes;
      const words = this.#engine.borrowU32(state, STATE_WORDS);
      words.set(this.#state);
      let held = this.#length % BLOCK_BYTES;
      memory.set(this.#rest.subarray(0, held), blocks);
      for (let at = 0; at < bytes.length;) {
        const count = Math.min(bytes.length - at, room - held);
        memory.set(bytes.subarray(at, at + count), blocks + held);
        at += count;
        held += count;
        const whole = held - (held % BLOCK_BYTES);
        kernels.hashBlocks(state, blocks, whole / BLOCK_BYTES);
        // More comes only where the window was full, which is whole blocks: the rest is that of the last piece.
        this.#rest.set(memory.subarray(blocks + whole, blocks + held));
        held -= whole;
      }
      this.#state.set(words);
      this.#length += bytes.length;
    });
    return this;
  }

  /** Of all that was added. Nothing can be added any more. */
  digest(): Uint8Array<ArrayBuffer> {
    // A bit that ends the message, zeros up to the end of a block, and there the length in bits.
    const length = this.#length;
    const behind = length % BLOCK_BYTES;
    const padding = new Uint8Array((behind < BLOCK_BYTES - 8 ? 1 : 2) * BLOCK_BYTES - behind);
    padding[0] = 0x80;
    new DataView(padding.buffer).setBigUint64(padding.length - 8, BigInt(length) * 8n);
    this.add(padding);
    const digest = new Uint8Array(SHA256_BYTES);
    const view = new DataView(digest.buffer);
    this.#state.forEach((word, i) => view.setUint32(i * 4, word));
    return digest;
  }
}

/** SHA-256 of the parts, one after another. */
export function hashByEngine(engine: Engine, parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const hash = new EngineHash(engine);
  for (const part of parts) hash.add(part);
  return hash.digest();
}
