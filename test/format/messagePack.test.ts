import fc from 'fast-check';
import { Unpackr } from 'msgpackr';
import { describe, expect, test } from 'vitest';
import { SnapshotError } from 'tcpscope/core';
import { decodeMessagePack } from '../../dist/core/file/messagePack/decode.js';
import { encodeMetadata } from '../../dist/core/file/messagePack/encode.js';

const hex = (text: string): Uint8Array =>
  Uint8Array.from(text.match(/../g) ?? [], (byte) => parseInt(byte, 16));

describe('what stock readers must see', () => {
  test.each([
    ['small integer', { a: 1 }, '81a16101'],
    ['2³²−1 as an integer', { a: 0xffffffff }, '81a161ceffffffff'],
    ['2⁴⁰ as an integer, not as floating point', { a: 2 ** 40 }, '81a161d30000010000000000'],
    ['−2⁴⁰', { a: -(2 ** 40) }, '81a161d3ffffff0000000000'],
    ['a negative integer', { a: -5 }, '81a161fb'],
    ['undefined left out', { a: undefined, b: null }, '81a162c0'],
    ['a lone surrogate replaced', { a: '\ud800' }, '81a161a3efbfbd'],
    ['bytes', { a: Uint8Array.of(1, 2) }, '81a161c4020102'],
    ['maps and arrays', { a: [{ b: true }, 'x'] }, '81a1619281a162c3a178'],
  ])('%s', (_name, value, expected) => {
    expect(Buffer.from(encodeMetadata(value)).toString('hex')).toBe(expected);
  });
});

describe('what is refused before it is decoded', () => {
  test.each([
    ['nothing', '', 'it is not a map', 0],
    ['an array', '9101', 'it is not a map', 0],
    ['bytes after the end', '8000', 'bytes follow its end', 1],
    [
      'a record extension, which msgpackr would evaluate',
      '81a161d4720040',
      'byte 0xd4 is not a type that the format uses',
      3,
    ],
    ['a timestamp', '81a161d6ff00000000', 'byte 0xd6 is not a type that the format uses', 3],
    ['the byte that MessagePack never uses', '81a161c1', 'byte 0xc1 is not a type that the format uses', 3],
    ['a key that is no string', '810101', 'a key is not a string', 1],
    ['a key twice', '82a16101a16102', 'key "a" stands twice in one map', 0],
    [
      'a key twice in a map of a list',
      '81a1619282a17801a1790282a17801a17802',
      'key "x" stands twice in one map',
      11,
    ],
    [
      'a key twice behind others',
      '81a1619282a17801a1790283a17801a17902a17801',
      'key "x" stands twice in one map',
      11,
    ],
    ['a prototype', '81a95f5f70726f746f5f5f80', '"__proto__" is not allowed as a key', 1],
    ['invalid UTF-8', '81a161a2c328', 'a string is not valid UTF-8', 3],
    ['an overlong encoding', '81a161a2c080', 'a string is not valid UTF-8', 3],
    ['a surrogate', '81a161a3eda080', 'a string is not valid UTF-8', 3],
    ['a string that ends too early', '81a161a5ff', 'a value is longer than the bytes', 3],
    ['an array of 2³²−1 values', '81a161ddffffffff', 'a map or array is longer than the bytes', 3],
    ['a map of 2³²−1 values', 'dfffffffff', 'a map or array is longer than the bytes', 0],
    ['binary of 2³²−1 bytes', '81a161c6ffffffff', 'a value is longer than the bytes', 3],
    ['no value', '81a161', 'a value is longer than the bytes', 3],
  ])('%s', (_name, bytes, reason, at) => {
    expect(failure(hex(bytes))).toMatchObject({
      code: 'bad-metadata',
      message: `the metadata is not what the format allows: ${reason}`,
      offset: 1000 + at,
    });
  });

  test('deep nesting', () => {
    const deep = (levels: number): Uint8Array => hex('81a161' + '91'.repeat(levels) + '01');
    expect(decodeMessagePack(deep(15), 0)).toBeTypeOf('object');
    expect(failure(deep(16)).message).toContain('it nests deeper than 16 levels');
    expect(failure(deep(100_000)).message).toContain('it nests deeper than 16 levels');
  });

  test('more values than any snapshot has', () => {
    const bytes = new Uint8Array(8 + (1 << 20));
    bytes.set(hex('81a161dd00100000'));
    expect(failure(bytes).message).toContain('it has more than 1048576 values');
  });
});

test('what is encoded is decoded the same', () => {
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 6 },
      fc.constant(null),
      fc.boolean(),
      fc.maxSafeInteger(),
      fc.double({ noNaN: true, noDefaultInfinity: true }).filter((number) => !Object.is(number, -0)),
      fc.string({ unit: 'grapheme' }),
      fc.uint8Array().map((bytes) => Uint8Array.from(bytes)),
      fc.array(tie('any'), { maxLength: 20 }),
      fc.dictionary(
        fc.string({ unit: 'grapheme' }).filter((key) => key !== '__proto__'),
        tie('any'),
        { maxKeys: 20, noNullPrototype: true },
      ),
    ),
  })).any;
  const map = fc.dictionary(
    fc.string().filter((key) => key !== '__proto__'),
    value,
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(map, (object) => {
      expect(plain(decodeMessagePack(encodeMetadata(object), 0))).toEqual(plain(object));
    }),
    { numRuns: 500 },
  );
});

test('maps in a list may have the keys of the one before, some of them, others, or the same in another order', () => {
  const keys = fc.shuffledSubarray(['a', 'b', 'bb', 'pid', 'a name that is longer than any that is kept']);
  const maps = fc.array(keys.map((some) => Object.fromEntries(some.map((key, i) => [key, i]))));
  fc.assert(
    fc.property(maps, (list) => {
      const decoded = decodeMessagePack(encodeMetadata({ list }), 0)['list'] as object[];
      expect(decoded.map((map) => Object.entries(map))).toEqual(list.map((map) => Object.entries(map)));
    }),
  );
});

test('what is accepted is what a library makes of it', () => {
  // Its types do not know `auto`: integers that a number cannot hold become BigInt.
  const options: object = { useRecords: false, moreTypes: false, int64AsType: 'auto' };
  const library = new Unpackr(options);
  const value = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.constantFrom('c0', 'c2', 'c3', 'cb7ff0000000000000', 'ca3fc00000', 'e0', 'ff', '7f').map(hex),
    fc
      .tuple(
        fc.constantFrom(0xcc, 0xcd, 0xce, 0xcf, 0xd0, 0xd1, 0xd2, 0xd3, 0xca, 0xcb),
        fc.uint8Array({ minLength: 8, maxLength: 8 }),
      )
      .map(([type, bytes]) => Uint8Array.of(type, ...bytes.subarray(0, NUMBER_BYTES[type]))),
  );
  fc.assert(
    fc.property(value, (bytes) => {
      const document = Uint8Array.of(0x81, 0xa1, 0x61, ...bytes);
      let own: unknown;
      try {
        own = decodeMessagePack(document, 0);
      } catch {
        return;
      }
      expect(plain(own)).toEqual(plain(library.unpack(document)));
    }),
    { numRuns: 3000 },
  );
});

const NUMBER_BYTES: Readonly<Record<number, number>> = {
  0xca: 4,
  0xcb: 8,
  0xcc: 1,
  0xcd: 2,
  0xce: 4,
  0xcf: 8,
  0xd0: 1,
  0xd1: 2,
  0xd2: 4,
  0xd3: 8,
};

test('any bytes give a value or an error of ours', () => {
  const almost = fc.uint8Array({ maxLength: 60 }).map((bytes) => Uint8Array.of(0x81, 0xa1, 0x61, ...bytes));
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), almost), (bytes) => {
      try {
        expect(decodeMessagePack(bytes, 0)).toBeTypeOf('object');
      } catch (error) {
        expect(error).toBeInstanceOf(SnapshotError);
      }
    }),
    { numRuns: 5000 },
  );
});

function failure(bytes: Uint8Array): SnapshotError {
  try {
    decodeMessagePack(bytes, 1000);
  } catch (error) {
    return error as SnapshotError;
  }
  throw new Error('it was accepted');
}

/** Buffers that the library returns, as the plain bytes that they are. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Array.from(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]));
}

test('a list that somebody else reads is left out, and does not stand twice either', () => {
  const takeOut = { key: 'b', take: () => ({ length: 1, values: 1 }) };
  const decode = (text: string) => decodeMessagePack(hex(text), 0, takeOut);
  expect(decode('82a16101a16290')).toEqual({ a: 1 });
  for (const [first, second] of [
    ['90', '90'],
    ['90', '01'],
  ] as const)
    expect(() => decode(`82a162${first}a162${second}`)).toThrow('key "b" stands twice in one map');
});
