import type { ColumnType, ColumnValue } from './columnValues.js';
import { GrowingBytes } from '../../growingBytes.js';

/** Values of a column in PLAIN encoding, and the least and the greatest of them. */
export interface EncodedValues {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** PLAIN without a length before it, as statistics have them; absent where there are no values. */
  readonly least?: Uint8Array;
  readonly greatest?: Uint8Array;
}

const encoder = new TextEncoder();

export function encodeValues(type: ColumnType, values: readonly ColumnValue[]): EncodedValues {
  switch (type) {
    case 'string':
      return encodeStrings(values as readonly string[]);
    case 'bytes':
      return encodeByteArrays(values as readonly Uint8Array[]);
    case 'timestamp':
      return encodeNumbers(values as readonly (number | bigint)[], 8, (view, at, value) =>
        view.setBigInt64(at, BigInt(value), true),
      );
    default:
      return encodeNumbers(values as readonly number[], 4, (view, at, value) =>
        view.setUint32(at, value, true),
      );
  }
}

function encodeNumbers<Value extends number | bigint>(
  values: readonly Value[],
  width: number,
  put: (view: DataView, at: number, value: Value) => void,
): EncodedValues {
  const bytes = new Uint8Array(values.length * width);
  const view = new DataView(bytes.buffer);
  let [least, greatest] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    put(view, i * width, value);
    if (value < values[least]!) least = i;
    if (value > values[greatest]!) greatest = i;
  }
  if (values.length === 0) return { bytes };
  const valueAt = (i: number): Uint8Array => bytes.subarray(i * width, (i + 1) * width);
  return { bytes, least: valueAt(least), greatest: valueAt(greatest) };
}

/** Strings of ASCII, as nearly all are, are compared and written without a detour over bytes of their own. */
function encodeStrings(values: readonly string[]): EncodedValues {
  // What UTF-8 needs at most, and a length.
  let capacity = 0;
  for (const value of values) capacity += 4 + value.length * 3;
  const bytes = new Uint8Array(capacity);
  const view = new DataView(bytes.buffer);
  const limits = new Limits(bytes);
  let at = 0;
  for (const value of values) {
    const length = writeText(value, bytes, at + 4);
    view.setUint32(at, length, true);
    limits.add(at + 4, length);
    at += 4 + length;
  }
  return { bytes: bytes.subarray(0, at), ...limits.found() };
}

/** Below this length a loop is faster than the encoder. */
const SHORT_TEXT = 64;

/** Writes UTF-8 and returns how many bytes it took. */
function writeText(value: string, bytes: Uint8Array, at: number): number {
  if (value.length <= SHORT_TEXT) {
    let i = 0;
    for (; i < value.length; i++) {
      const code = value.charCodeAt(i);
      if (code > 127) break;
      bytes[at + i] = code;
    }
    if (i === value.length) return i;
  }
  return encoder.encodeInto(value, bytes.subarray(at)).written;
}

function encodeByteArrays(values: readonly Uint8Array[]): EncodedValues {
  const bytes = new GrowingBytes(values.length * 20 + 16);
  for (const value of values) {
    bytes.u32(value.length);
    bytes.bytes(value);
  }
  const written = bytes.take();
  const limits = new Limits(written);
  let at = 0;
  for (const { length } of values) {
    limits.add(at + 4, length);
    at += 4 + length;
  }
  return { bytes: written, ...limits.found() };
}

/** The least and the greatest of byte strings that stand in one array, as unsigned bytes. */
class Limits {
  readonly #bytes: Uint8Array;
  #count = 0;
  #least = { at: 0, length: 0 };
  #greatest = { at: 0, length: 0 };

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  add(at: number, length: number): void {
    const { at: leastAt, length: leastLength } = this.#least;
    const { at: greatestAt, length: greatestLength } = this.#greatest;
    if (this.#count === 0 || this.#compare(at, length, leastAt, leastLength) < 0)
      this.#least = { at, length };
    if (this.#count === 0 || this.#compare(at, length, greatestAt, greatestLength) > 0)
      this.#greatest = { at, length };
    this.#count++;
  }

  found(): Pick<EncodedValues, 'least' | 'greatest'> {
    if (this.#count === 0) return {};
    const slice = ({ at, length }: { at: number; length: number }): Uint8Array =>
      this.#bytes.subarray(at, at + length);
    return { least: slice(this.#least), greatest: slice(this.#greatest) };
  }

  #compare(a: number, aLength: number, b: number, bLength: number): number {
    const common = Math.min(aLength, bLength);
    for (let i = 0; i < common; i++) {
      const difference = this.#bytes[a + i]! - this.#bytes[b + i]!;
      if (difference !== 0) return difference;
    }
    return aLength - bLength;
  }
}
