// SHA-256 (FIPS 180-4) of whole blocks. What comes before the first and behind the last one, the caller adds (src/core/file/engineHash.ts).

const BLOCK_BYTES: usize = 64;

/** The first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
const ROUND_CONSTANTS = memory.data<u32>(
  [
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
  ],
  16,
);

/** The words of a block, and what they become for each round; then the same with the round's constant added. */
const schedule = memory.data(256, 16);
const told = memory.data(256, 16);

/** Adds `count` blocks to the eight words at `state`. */
export function hashBlocks(state: usize, blocks: usize, count: u32): void {
  for (const end = blocks + <usize>count * BLOCK_BYTES; blocks < end; blocks += BLOCK_BYTES) {
    fillSchedule(blocks);
    addBlock(state);
  }
}

function fillSchedule(block: usize): void {
  const swapped = i8x16(3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
  for (let i: usize = 0; i < BLOCK_BYTES; i += 16) {
    v128.store(schedule + i, v128.swizzle(v128.load(block + i), swapped));
  }
  for (let at = schedule + 64; at < schedule + 256; at += 4) {
    const x = load<u32>(at - 60);
    const y = load<u32>(at - 8);
    const s0 = rotr<u32>(x, 7) ^ rotr<u32>(x, 18) ^ (x >> 3);
    const s1 = rotr<u32>(y, 17) ^ rotr<u32>(y, 19) ^ (y >> 10);
    store<u32>(at, load<u32>(at - 64) + s0 + load<u32>(at - 28) + s1);
  }
  for (let i: usize = 0; i < 256; i += 16) {
    v128.store(told + i, i32x4.add(v128.load(schedule + i), v128.load(ROUND_CONSTANTS + i)));
  }
}

/** Eight rounds at a time: with each, the eight words move on by one place, and after eight they are back. */
function addBlock(state: usize): void {
  let a = load<u32>(state);
  let b = load<u32>(state, 4);
  let c = load<u32>(state, 8);
  let d = load<u32>(state, 12);
  let e = load<u32>(state, 16);
  let f = load<u32>(state, 20);
  let g = load<u32>(state, 24);
  let h = load<u32>(state, 28);
  for (let i: usize = 0; i < 256; i += 32) {
    let t: u32;
    t = h + sum1(e) + choice(e, f, g) + load<u32>(told + i);
    d += t;
    h = t + sum0(a) + majority(a, b, c);
    t = g + sum1(d) + choice(d, e, f) + load<u32>(told + i, 4);
    c += t;
    g = t + sum0(h) + majority(h, a, b);
    t = f + sum1(c) + choice(c, d, e) + load<u32>(told + i, 8);
    b += t;
    f = t + sum0(g) + majority(g, h, a);
    t = e + sum1(b) + choice(b, c, d) + load<u32>(told + i, 12);
    a += t;
    e = t + sum0(f) + majority(f, g, h);
    t = d + sum1(a) + choice(a, b, c) + load<u32>(told + i, 16);
    h += t;
    d = t + sum0(e) + majority(e, f, g);
    t = c + sum1(h) + choice(h, a, b) + load<u32>(told + i, 20);
    g += t;
    c = t + sum0(d) + majority(d, e, f);
    t = b + sum1(g) + choice(g, h, a) + load<u32>(told + i, 24);
    f += t;
    b = t + sum0(c) + majority(c, d, e);
    t = a + sum1(f) + choice(f, g, h) + load<u32>(told + i, 28);
    e += t;
    a = t + sum0(b) + majority(b, c, d);
  }
  addWord(state, a);
  addWord(state + 4, b);
  addWord(state + 8, c);
  addWord(state + 12, d);
  addWord(state + 16, e);
  addWord(state + 20, f);
  addWord(state + 24, g);
  addWord(state + 28, h);
}

function sum0(x: u32): u32 {
  return rotr<u32>(x, 2) ^ rotr<u32>(x, 13) ^ rotr<u32>(x, 22);
}

function sum1(x: u32): u32 {
  return rotr<u32>(x, 6) ^ rotr<u32>(x, 11) ^ rotr<u32>(x, 25);
}

function choice(x: u32, y: u32, z: u32): u32 {
  return z ^ (x & (y ^ z));
}

function majority(x: u32, y: u32, z: u32): u32 {
  return (x & y) | (z & (x | y));
}

function addWord(at: usize, value: u32): void {
  store<u32>(at, load<u32>(at) + value);
}
