/** Matches are looked for within blocks of this size, so that their offsets fit 16 bits. */
const BLOCK_BYTES = 1 << 16;
const HASH_BITS = 14;
/** A block's last bytes are copied as they are, so that four bytes can be read anywhere before them. */
const MARGIN = 15;
const MAX_COPY = 64;

const table = new Uint16Array(1 << HASH_BITS);

/** The bytes in Snappy's raw format (google/snappy, format_description.txt): a length, then literals and copies. */
export function compressSnappy(input: Uint8Array): Uint8Array<ArrayBuffer> {
  const output = new Uint8Array(32 + input.length + Math.ceil(input.length / 6));
  let at = 0;
  let rest = input.length;
  for (; rest >= 128; rest = Math.floor(rest / 128)) output[at++] = (rest % 128) | 128;
  output[at++] = rest;
  for (let block = 0; block < input.length; block += BLOCK_BYTES) {
    at = compressBlock(input, block, Math.min(block + BLOCK_BYTES, input.length), output, at);
  }
  return output.subarray(0, at);
}

function compressBlock(
  input: Uint8Array,
  start: number,
  end: number,
  output: Uint8Array,
  outputAt: number,
): number {
  let to = outputAt;
  let literal = start;
  if (end - start > MARGIN) {
    table.fill(0);
    const limit = end - MARGIN;
    let at = start + 1;
    /** Grows where nothing is found, so that bytes without repetition are passed over quickly. */
    let misses = 32;
    while (at < limit) {
      const word = readWord(input, at);
      const slot = Math.imul(word, 0x1e35a7bd) >>> (32 - HASH_BITS);
      const candidate = start + table[slot]!;
      table[slot] = at - start;
      if (candidate >= at || readWord(input, candidate) !== word) {
        at += misses++ >>> 5;
        continue;
      }
      misses = 32;
      to = writeLiteral(input, literal, at, output, to);
      let length = 4;
      while (at + length < end && input[at + length] === input[candidate + length]) length++;
      to = writeCopies(output, to, at - candidate, length);
      at += length;
      literal = at;
    }
  }
  return literal < end ? writeLiteral(input, literal, end, output, to) : to;
}

function readWord(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

function writeLiteral(
  input: Uint8Array,
  from: number,
  end: number,
  output: Uint8Array,
  outputAt: number,
): number {
  if (from === end) return outputAt;
  let to = outputAt;
  const length = end - from - 1;
  if (length < 60) {
    output[to++] = length << 2;
  } else if (length < 256) {
    output[to++] = 60 << 2;
    output[to++] = length;
  } else {
    output[to++] = 61 << 2;
    output[to++] = length;
    output[to++] = length >>> 8;
  }
  // A native copy costs more than a few bytes.
  if (length < 32) for (let i = from; i < end; i++) output[to++] = input[i]!;
  else {
    output.set(input.subarray(from, end), to);
    to += end - from;
  }
  return to;
}

function writeCopies(output: Uint8Array, outputAt: number, offset: number, length: number): number {
  let to = outputAt;
  for (let left = length; left > 0;) {
    // Copies of fewer than four bytes have no form of their own worth having: none is left for the end.
    const taken = left > MAX_COPY ? Math.min(MAX_COPY, left - 4) : left;
    if (taken >= 4 && taken < 12 && offset < 2048) {
      output[to++] = 1 | ((taken - 4) << 2) | ((offset >>> 8) << 5);
      output[to++] = offset;
    } else {
      output[to++] = 2 | ((taken - 1) << 2);
      output[to++] = offset;
      output[to++] = offset >>> 8;
    }
    left -= taken;
  }
  return to;
}
