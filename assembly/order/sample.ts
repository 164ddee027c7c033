let seed: u32 = 0;

/** Which rows are sampled is nobody's to know: a file could be made so that they show a table that is not there. */
export function seedSamples(secret: u32): void {
  seed = secret;
}

/** The i-th of `size` places among `rows`: one in each stride, anywhere in it, so that no regularity of a table meets it. */
export function sampledPlace(rows: u32, size: u32, i: u32): u32 {
  const stride = rows / size;
  let random: u32 = (i + 1) * 0x9e3779b9 + seed;
  random = (random ^ (random >> 15)) * 0x85ebca6b;
  random ^= random >> 13;
  return i * stride + <u32>((<u64>random * stride) >> 32);
}
