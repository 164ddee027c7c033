/**
 * A u32 that hashes of values begin with: values come from files that others made, and without a secret they could be chosen so that all
 * fall into one slot; and what samples begin with, since rows could be put where they are taken. Nobody is told anything that it leads to, so Math.random will do; for cryptography's numbers Node loads WebCrypto, which
 * takes a tenth of the time of a short command.
 */
export function hashSecret(): number {
  return Math.floor(Math.random() * 2 ** 32);
}
