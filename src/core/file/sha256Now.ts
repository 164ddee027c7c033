// SHA-256 (FIPS 180-4) without waiting. WebCrypto is much faster on many bytes, but answers later, on another thread: for the few kilobytes
// of a chain value or a small table, asking it takes longer than this.

const BLOCK_BYTES = 64;
const BLOCK_WORDS = 16;
const ROUNDS = 64;

/** The first 32 bits of the fractional parts of the roots of the first primes: cube roots for the rounds, square roots to begin with. */
const [ROUND_CONSTANTS, FIRST_STATE] = ((): [Int32Array, Int32Array] => {
  const primes: number[] = [];
  for (let n = 2; primes.length < ROUNDS; n++) if (primes.every((prime) => n % prime !== 0)) primes.push(n);
  const fraction = (value: number): number => Math.floor((value - Math.floor(value)) * 2 ** 32);
  return [
    Int32Array.from(primes, (prime) => fraction(Math.cbrt(prime))),
    Int32Array.from(primes.slice(0, 8), (prime) => fraction(Math.sqrt(prime))),
  ];
})();

/** What is computed with; used by one call at a time. */
const schedule = new Int32Array(ROUNDS);

/** SHA-256 of the parts, one after another. */
export function sha256Now(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  // A bit that ends the message, zeros up to the end of a block, and there the length in bits.
  const padded = new Uint8Array(Math.ceil((length + 9) / BLOCK_BYTES) * BLOCK_BYTES);
  let at = 0;
  for (const part of parts) {
    padded.set(part, at);
    at += part.length;
  }
  padded[length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setBigUint64(padded.length - 8, BigInt(length) * 8n);
  const state = FIRST_STATE.slice();
  for (let block = 0; block < padded.length; block += BLOCK_BYTES) addBlock(state, view, block);
  const digest = new Uint8Array(32);
  const out = new DataView(digest.buffer);
  for (const [i, word] of state.entries()) out.setInt32(i * 4, word);
  return digest;
}

/** Every sum is brought back to 32 bits at once: engines add integers then, where they would add floating-point numbers. */
function addBlock(state: Int32Array, view: DataView, block: number): void {
  for (let i = 0; i < BLOCK_WORDS; i++) schedule[i] = view.getInt32(block + i * 4);
  for (let i = BLOCK_WORDS; i < ROUNDS; i++) {
    const x = schedule[i - 15]!;
    const y = schedule[i - 2]!;
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    schedule[i] = ((schedule[i - 16]! + s0) | 0) + ((schedule[i - 7]! + s1) | 0);
  }
  let a = state[0]!;
  let b = state[1]!;
  let c = state[2]!;
  let d = state[3]!;
  let e = state[4]!;
  let f = state[5]!;
  let g = state[6]!;
  let h = state[7]!;
  for (let i = 0; i < ROUNDS; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const choice = g ^ (e & (f ^ g));
    const told = (ROUND_CONSTANTS[i]! + schedule[i]!) | 0;
    const t1 = (((h + s1) | 0) + ((choice + told) | 0)) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const majority = (a & b) | (c & (a | b));
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + ((s0 + majority) | 0)) | 0;
  }
  state[0]! += a;
  state[1]! += b;
  state[2]! += c;
  state[3]! += d;
  state[4]! += e;
  state[5]! += f;
  state[6]! += g;
  state[7]! += h;
}
