/**
 * A u32 that hashes of values begin with, and the places of samples: values come from files that others made, and without a secret they
 * could be chosen so that all fall into one slot, or put where they are sampled. Nobody is told anything that it leads to, so
 * Math.random will do; for cryptography's numbers Node loads WebCrypto, which takes a tenth of the time of a short command.
 */
export function hashSecret(): number {
  return Math.floor(Math.random() * 2 ** 32);
}
