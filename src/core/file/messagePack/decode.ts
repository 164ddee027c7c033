import { SnapshotError } from '../../errors.js';
import { MapKeys } from './mapKeys.js';
import { ShortTexts } from './shortTexts.js';

/** Nesting of maps and arrays. The format itself needs four. */
const MAX_DEPTH = 16;
/** Values in one document: room for a hundred thousand processes with ten values each. */
export const MAX_VALUES = 1 << 20;
/** More than the metadata of any machine; less than what would hurt to decode. */
export const MAX_METADATA_BYTES = 64 << 20;

/**
 * Decodes a MessagePack document, and accepts only what docs/format.md allows: one map that fills the bytes exactly, string keys without
 * repetition, valid UTF-8, no extension types, bounded size, depth and number of values. Libraries evaluate, repair or overflow where this
 * says no. Integers that a number cannot hold become BigInt; `bin` is copied.
 *
 * @throws SnapshotError `bad-metadata`; the offset counts from `fileOffset`
 */
export function decodeMessagePack(
  bytes: Uint8Array,
  fileOffset: number,
  takeOut?: TakeOut,
): Record<string, unknown> {
  return new Reader(bytes, fileOffset, takeOut).document();
}

/** A list that was part of a document, and has been found right. */
export function decodeMessagePackList(bytes: Uint8Array): unknown[] {
  return new Reader(bytes, 0).list();
}

/** A list of the document's map that somebody else reads: the map has no such key then. */
export interface TakeOut {
  readonly key: string;
  /** Told all bytes from the list on. Returns its length in bytes, and how many values are in it, itself included; undefined where it is to be decoded. */
  readonly take: (bytes: Uint8Array) => { readonly length: number; readonly values: number } | undefined;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const shortTexts = new ShortTexts();

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #fileOffset: number;
  readonly #takeOut: TakeOut | undefined;
  #at = 0;
  #values = 0;
  #hasTakenOut = false;

  constructor(bytes: Uint8Array, fileOffset: number, takeOut?: TakeOut) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#fileOffset = fileOffset;
    this.#takeOut = takeOut;
  }

  document(): Record<string, unknown> {
    if (this.#bytes.length > MAX_METADATA_BYTES) {
      this.#fail(`it has ${this.#bytes.length} bytes, at most ${MAX_METADATA_BYTES} are allowed`, 0);
    }
    const first = this.#bytes[0];
    const isMap = first !== undefined && ((first & 0xf0) === 0x80 || first === 0xde || first === 0xdf);
    if (!isMap) this.#fail('it is not a map', 0);
    const document = this.#value(0) as Record<string, unknown>;
    if (this.#at !== this.#bytes.length) this.#fail('bytes follow its end', this.#at);
    return document;
  }

  list(): unknown[] {
    return this.#value(1) as unknown[];
  }

  /** @param like the keys of the map before, of maps in a list */
  #value(depth: number, like?: MapKeys): unknown {
    const start = this.#at;
    if (++this.#values > MAX_VALUES) this.#fail(`it has more than ${MAX_VALUES} values`, start);
    const type = this.#uint(1);
    if (type <= 0x7f) return type;
    if (type <= 0x8f) return this.#map(type & 0x0f, depth, start, like);
    if (type <= 0x9f) return this.#array(type & 0x0f, depth, start);
    if (type <= 0xbf) return this.#string(type & 0x1f, start);
    if (type >= 0xe0) return type - 0x100;
    switch (type) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4: // bin 8, 16, 32
      case 0xc5:
      case 0xc6:
        return this.#binary(this.#uint(1 << (type - 0xc4)), start);
      case 0xca:
        return this.#view.getFloat32(this.#skip(4, start));
      case 0xcb:
        return this.#view.getFloat64(this.#skip(8, start));
      case 0xcc: // uint 8, 16, 32
      case 0xcd:
      case 0xce:
        return this.#uint(1 << (type - 0xcc));
      case 0xcf:
        return safeNumber(this.#view.getBigUint64(this.#skip(8, start)));
      case 0xd0:
        return this.#view.getInt8(this.#skip(1, start));
      case 0xd1:
        return this.#view.getInt16(this.#skip(2, start));
      case 0xd2:
        return this.#view.getInt32(this.#skip(4, start));
      case 0xd3:
        return safeNumber(this.#view.getBigInt64(this.#skip(8, start)));
      case 0xd9: // str 8, 16, 32
      case 0xda:
      case 0xdb:
        return this.#string(this.#uint(1 << (type - 0xd9)), start);
      case 0xdc: // array 16, 32
      case 0xdd:
        return this.#array(this.#uint(2 << (type - 0xdc)), depth, start);
      case 0xde: // map 16, 32
      case 0xdf:
        return this.#map(this.#uint(2 << (type - 0xde)), depth, start, like);
      default:
        return this.#fail(`byte 0x${type.toString(16)} is not a type that the format uses`, start);
    }
  }

  #array(length: number, depth: number, start: number): unknown[] {
    this.#enter(length, depth, start);
    const array: unknown[] = [];
    const keys = new MapKeys(this.#bytes);
    for (let i = 0; i < length; i++) array.push(this.#value(depth + 1, keys));
    return array;
  }

  #map(length: number, depth: number, start: number, like?: MapKeys): Record<string, unknown> {
    this.#enter(length * 2, depth, start);
    const map: Record<string, unknown> = {};
    for (let i = 0; i < length; i++) {
      const at = this.#at;
      let key = like?.keyAt(i, at);
      if (key === undefined) {
        key = this.#key();
        if (Object.hasOwn(map, key)) this.#failTwice(key, start);
        like?.set(i, key, at, this.#at);
      } else {
        this.#at = at + like!.bytesOf(i);
      }
      if (depth === 0 && this.#isTakenOut(key, start)) continue;
      map[key] = this.#value(depth + 1);
    }
    return map;
  }

  #isTakenOut(key: string, mapStart: number): boolean {
    if (key !== this.#takeOut?.key) return false;
    if (this.#hasTakenOut) this.#failTwice(key, mapStart);
    const start = this.#at;
    const taken = this.#takeOut.take(this.#bytes.subarray(start));
    if (taken === undefined) return false;
    this.#hasTakenOut = true;
    this.#skip(taken.length, start);
    this.#values += taken.values;
    if (this.#values > MAX_VALUES) this.#fail(`it has more than ${MAX_VALUES} values`, start);
    return true;
  }

  /** Every value takes at least a byte, so a count above the bytes that remain is refused before anything is done. */
  #enter(values: number, depth: number, start: number): void {
    if (depth >= MAX_DEPTH) this.#fail(`it nests deeper than ${MAX_DEPTH} levels`, start);
    if (values > this.#bytes.length - this.#at) this.#fail('a map or array is longer than the bytes', start);
  }

  #key(): string {
    const start = this.#at;
    const type = this.#uint(1);
    const isShort = type >= 0xa0 && type <= 0xbf;
    if (!isShort && (type < 0xd9 || type > 0xdb)) this.#fail('a key is not a string', start);
    const key = this.#string(isShort ? type & 0x1f : this.#uint(1 << (type - 0xd9)), start);
    // Not a name that the format will ever use, and no JavaScript object can hold it as data.
    if (key === '__proto__') this.#fail('"__proto__" is not allowed as a key', start);
    return key;
  }

  #string(length: number, start: number): string {
    const from = this.#skip(length, start);
    const short = shortTexts.get(this.#bytes, from, length);
    if (short !== undefined) return short;
    try {
      return utf8.decode(this.#bytes.subarray(from, this.#at));
    } catch {
      return this.#fail('a string is not valid UTF-8', start);
    }
  }

  #binary(length: number, start: number): Uint8Array {
    const from = this.#skip(length, start);
    return new Uint8Array(this.#bytes.subarray(from, this.#at));
  }

  #uint(byteLength: number): number {
    const at = this.#skip(byteLength, this.#at);
    if (byteLength === 1) return this.#bytes[at]!;
    return byteLength === 2 ? this.#view.getUint16(at) : this.#view.getUint32(at);
  }

  /** Returns where the bytes that are passed over begin. */
  #skip(byteLength: number, start: number): number {
    const at = this.#at;
    if (byteLength > this.#bytes.length - at) this.#fail('a value is longer than the bytes', start);
    this.#at = at + byteLength;
    return at;
  }

  #failTwice(key: string, mapStart: number): never {
    this.#fail(`key ${JSON.stringify(key)} stands twice in one map`, mapStart);
  }

  #fail(reason: string, at: number): never {
    const offset = this.#fileOffset + at;
    throw new SnapshotError('bad-metadata', `the metadata is not what the format allows: ${reason}`, {
      offset,
    });
  }
}

function safeNumber(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
