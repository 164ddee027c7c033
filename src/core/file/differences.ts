import { RestoreError } from './restoreError.js';
import { Varints } from './varints.js';

// Differences, which recordings of version 1.1 have: how to make some bytes from others (the base). One instruction after another, to the end:
//
//   ┌────────────┬──────────────┬────────────┬──────────────┐
//   │ literals l │ l bytes      │ copied c   │ step         │
//   │ varint     │ to take over │ varint     │ varint       │
//   └────────────┴──────────────┴────────────┴──────────────┘
//
// After its literals, an instruction takes c bytes of the base, beginning `step` bytes behind the last one taken before. The
// step is signed: 2s stands for s, 2s−1 for −s. Where c is 0 there is no step.
// Altogether no more bytes are copied than the base has, so what comes out is never larger than base and differences together.

/**
 * Makes the bytes that `differences` describe.
 *
 * @param length how many bytes they should be
 * @throws RestoreError; where base and differences cannot make so many, nothing of that length is allocated
 */
export function applyDifferences(
  differences: Uint8Array,
  base: Uint8Array,
  length: number,
): Uint8Array<ArrayBuffer> {
  const isPossible = length <= base.length + differences.length;
  const result = new Uint8Array(isPossible ? length : 0);
  const numbers = new Varints(differences);
  let made = 0;
  let baseAt = 0;
  let left = base.length;
  while (numbers.at < differences.length) {
    const literals = numbers.read();
    if (literals > differences.length - numbers.at) {
      const remain = `${differences.length - numbers.at} remain`;
      throw new RestoreError(`the differences claim ${literals} literal bytes, ${remain}`);
    }
    copyBytes(differences, numbers.at, result, made, literals);
    made += literals;
    numbers.at += literals;
    const copied = numbers.read();
    if (copied === 0) continue;
    const from = baseAt + numbers.readSigned();
    if (from < 0 || from + copied > base.length || copied > left) {
      const held = `it has ${base.length}, of which ${left} are left`;
      throw new RestoreError(`the differences take ${copied} bytes from ${from} of the base; ${held}`);
    }
    left -= copied;
    copyBytes(base, from, result, made, copied);
    made += copied;
    baseAt = from + copied;
  }
  if (made !== length) {
    throw new RestoreError(`the differences make ${made} bytes, not ${length}`);
  }
  return result;
}

/** What takes longer to be made a view of than to be copied. */
const FEW_BYTES = 48;

/** What would not fit is left out: the number of bytes made will not be the right one then. */
function copyBytes(source: Uint8Array, from: number, to: Uint8Array, at: number, bytes: number): void {
  if (at + bytes > to.length) return;
  if (bytes > FEW_BYTES) to.set(source.subarray(from, from + bytes), at);
  else for (let i = 0; i < bytes; i++) to[at + i] = source[from + i]!;
}
