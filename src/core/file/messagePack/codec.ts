import { Packr, Unpackr } from 'msgpackr/index-no-eval';
import { checkMessagePack } from './check.js';

// Without records and extra types: what a stock MessagePack library reads and writes.
const OPTIONS = {
  useRecords: false,
  variableMapSize: true,
  moreTypes: false,
  copyBuffers: true,
  int64AsType: 'auto',
} as const;
const packr = new Packr(OPTIONS);
const unpackr = new Unpackr(OPTIONS);

/** Encodes a map. Keys whose value is undefined are left out; integers stay integers at every size. */
export function encodeMetadata(map: object): Uint8Array<ArrayBuffer> {
  return new Uint8Array(packr.pack(encodable(map)));
}

/**
 * Decodes a map, after checking that the format allows every byte of it.
 *
 * @throws SnapshotError `bad-metadata`
 */
export function decodeMetadata(bytes: Uint8Array, fileOffset: number): Record<string, unknown> {
  checkMessagePack(bytes, fileOffset);
  return unpackr.unpack(bytes) as Record<string, unknown>;
}

function encodable(value: unknown): unknown {
  // msgpackr writes integers of more than 32 bits as floating point, unless they come as BigInt.
  if (Number.isSafeInteger(value) && ((value as number) > 0xffffffff || (value as number) < -0x80000000)) {
    return BigInt(value as number);
  }
  // A lone surrogate, which no UTF-8 can hold, becomes U+FFFD.
  if (typeof value === 'string') return value.toWellFormed();
  if (Array.isArray(value)) return value.map(encodable);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  const defined = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(defined.map(([key, member]) => [key.toWellFormed(), encodable(member)]));
}
