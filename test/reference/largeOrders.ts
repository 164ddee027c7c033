/** What one more than the highest value of a word is. */
export const WORD = 0x1_0000_0000;

export type Random = (below: number) => number;

export function randomOf(seed: number): Random {
  let state = (seed * 2654435761 + 12345) >>> 0;
  return (below) => {
    // xorshift32: any generator will do, as long as every bit moves.
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return Math.floor((state / WORD) * below);
  };
}

/** Where two orders differ: quicker than comparing arrays for equality, and easier to read. */
export function firstDifference(actual: Uint32Array, expected: Uint32Array): number | undefined {
  if (actual.length !== expected.length) return -1;
  const at = actual.findIndex((row, i) => row !== expected[i]);
  return at === -1 ? undefined : at;
}
