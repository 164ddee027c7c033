import { GrowingBytes } from '../../growingBytes.js';

/** Types of Thrift's compact protocol, as they stand in headers of fields and lists. */
const TYPE = { true: 1, false: 2, byte: 3, i32: 5, i64: 6, binary: 8, list: 9, struct: 12 } as const;

/** A value for Thrift, with the type that it is written as. */
export type ThriftValue =
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'byte' | 'i32' | 'i64'; readonly value: number }
  | { readonly type: 'binary'; readonly value: Uint8Array }
  | { readonly type: 'list'; readonly of: keyof typeof TYPE; readonly value: readonly ThriftValue[] }
  | { readonly type: 'struct'; readonly value: ThriftStruct };

/** Fields by their numbers in the definition. What is undefined is left out. */
export type ThriftStruct = readonly (readonly [field: number, value: ThriftValue | undefined])[];

export const bool = (value: boolean): ThriftValue => ({ type: 'bool', value });
export const byte = (value: number): ThriftValue => ({ type: 'byte', value });
export const i32 = (value: number): ThriftValue => ({ type: 'i32', value });
export const i64 = (value: number): ThriftValue => ({ type: 'i64', value });
export const binary = (value: Uint8Array): ThriftValue => ({ type: 'binary', value });
export const text = (value: string): ThriftValue => binary(new TextEncoder().encode(value));
export const struct = (value: ThriftStruct): ThriftValue => ({ type: 'struct', value });
export const list = (of: keyof typeof TYPE, value: readonly ThriftValue[]): ThriftValue => ({
  type: 'list',
  of,
  value,
});

/** A structure in Thrift's compact protocol: what Parquet's page headers and footer are written in. */
export function encodeThrift(value: ThriftStruct): Uint8Array<ArrayBuffer> {
  const bytes = new GrowingBytes();
  writeStruct(bytes, value);
  return bytes.take();
}

function writeStruct(bytes: GrowingBytes, fields: ThriftStruct): void {
  let last = 0;
  for (const [field, value] of fields) {
    if (value === undefined) continue;
    const type = typeOf(value);
    const delta = field - last;
    if (delta > 0 && delta <= 15) {
      bytes.byte((delta << 4) | type);
    } else {
      bytes.byte(type);
      bytes.varint(zigzag(field));
    }
    last = field;
    // The type of a boolean field is its value.
    if (value.type !== 'bool') writeValue(bytes, value);
  }
  bytes.byte(0);
}

function typeOf(value: ThriftValue): number {
  if (value.type !== 'bool') return TYPE[value.type];
  return value.value ? TYPE.true : TYPE.false;
}

function writeValue(bytes: GrowingBytes, value: ThriftValue): void {
  switch (value.type) {
    case 'bool':
      return bytes.byte(typeOf(value));
    case 'byte':
      return bytes.byte(value.value);
    case 'i32':
    case 'i64':
      return bytes.varint(zigzag(value.value));
    case 'binary':
      bytes.varint(value.value.length);
      return bytes.bytes(value.value);
    case 'list': {
      const { length } = value.value;
      if (length < 15) {
        bytes.byte((length << 4) | TYPE[value.of]);
      } else {
        bytes.byte(0xf0 | TYPE[value.of]);
        bytes.varint(length);
      }
      for (const element of value.value) writeValue(bytes, element);
      return undefined;
    }
    case 'struct':
      return writeStruct(bytes, value.value);
  }
}

/** Signs in the lowest bit. Exact for what a file's offsets and counts can be. */
function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}
