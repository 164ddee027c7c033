import { Packr } from 'msgpackr/index-no-eval';

// Without records and extra types: what a stock MessagePack library reads.
const packr = new Packr({ useRecords: false, variableMapSize: true, moreTypes: false });

/** Encodes a map. Keys whose value is undefined are left out; integers stay integers at every size. */
export function encodeMetadata(map: object): Uint8Array<ArrayBuffer> {
  return new Uint8Array(packr.pack(mapValues(map, encodable)));
}

/** The map as it reads when it has been written: maps that differ only in what is not written become equal. */
export function writtenMap<T extends object>(map: T): T {
  return mapValues(map, written) as T;
}

/** A lone surrogate, which no UTF-8 can hold, becomes U+FFFD. */
function written(value: unknown): unknown {
  return typeof value === 'string' ? value.toWellFormed() : value;
}

/** msgpackr writes integers of more than 32 bits as floating point, unless they come as BigInt. */
function encodable(value: unknown): unknown {
  if (Number.isSafeInteger(value) && ((value as number) > 0xffffffff || (value as number) < -0x80000000)) {
    return BigInt(value as number);
  }
  return written(value);
}

/** Applies `change` to all that is no map or array, and leaves out what is undefined. */
function mapValues(value: unknown, change: (value: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map((member) => mapValues(member, change));
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return change(value);
  const result: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) {
    if (member !== undefined) result[key.toWellFormed()] = mapValues(member, change);
  }
  return result;
}
