import { concatBytes } from '../bytes.js';

/** Bytes of a SHA-256 digest. */
export const SHA256_BYTES = 32;

/** SHA-256 of the parts, one after another, through WebCrypto, which Node and browsers share. */
export async function sha256(...parts: readonly Uint8Array[]): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = parts.length === 1 ? (parts[0] as Uint8Array<ArrayBuffer>) : concatBytes(parts);
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}
