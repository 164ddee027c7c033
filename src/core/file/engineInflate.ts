import type { Engine } from '../engine/engine.js';

/** By the number that the engine gives. */
const PROBLEMS: Readonly<Record<number, (length: number) => string>> = {
  1: () => 'it ends inside a block',
  2: () => 'a block has a type that is none',
  3: () => 'a block has a wrong length',
  4: () => 'a block has codes that cannot be',
  5: () => 'a code is none',
  6: () => 'a copy begins before the first byte',
  7: (length) => `it inflates to more than ${length} bytes`,
  8: (length) => `it inflates to fewer than ${length} bytes`,
  9: () => 'bytes follow the end of the compressed data',
};

/** Whether there is room in the engine's window for these bytes, and for as many as come out. */
export function canInflate(engine: Engine, bytes: Uint8Array, length: number): boolean {
  return engine.run(
    (kernels) => bytes.length + length + 2 * kernels.INFLATE_SLACK_BYTES <= kernels.WINDOW_BYTES,
  );
}

/**
 * Takes raw deflate (RFC 1951) back in the engine's window.
 *
 * @param length how many bytes it should be; `canInflate` of both
 * @throws Error where it is not raw deflate of exactly that many bytes, or something follows it
 */
export function inflateByEngine(engine: Engine, bytes: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  return engine.run((kernels) => {
    const from = kernels.windowAddress();
    const to = from + bytes.length + kernels.INFLATE_SLACK_BYTES;
    engine.bytes.set(bytes, from);
    const problem = PROBLEMS[kernels.inflate(from, bytes.length, to, length)];
    if (problem !== undefined) throw new Error(problem(length));
    return engine.bytes.slice(to, to + length);
  });
}
