import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyDifferences } from '../../dist/core/file/differences.js';
import { pairRows } from '../../dist/core/file/rows/pairRows.js';
import { rawRows } from '../../dist/core/file/rows/rawRows.js';
import { RestoreError } from '../../dist/core/file/restoreError.js';
import { tables } from '../reference/arbitraryRecording.js';
import { encodeRows } from '../reference/arbitraryTable.js';
import { STRUCTURES, type ClassName } from '../reference/mibTables.js';
import { encodeRowDifferences } from '../reference/rowDifferences.js';

const isKnown = (name: string): name is ClassName => name in STRUCTURES;

/** Differences of two tables of one class, as recordings of version 1.1 have them. */
function differencesOf(name: string, base: Uint8Array, target: Uint8Array): Uint8Array {
  const [earlier, later] = [rawRows(base, name)!, rawRows(target, name)!];
  const places = { first: later.firstWord, rowWords: later.rowWords };
  return encodeRowDifferences(base, target, places, pairRows(earlier, later));
}

describe('differences of rows', () => {
  test('make the target of the base: any tables of any class', () => {
    fc.assert(
      fc.property(tables(2), ({ name, tables: [base, target] }) => {
        if (!isKnown(name)) {
          expect(rawRows(base!, name)).toBeUndefined();
          return;
        }
        const differences = differencesOf(name, base!, target!);
        expect(applyDifferences(differences, base!, target!.length)).toEqual(target);
      }),
      { numRuns: 2000 },
    );
  });

  test('are small where rows only moved', () => {
    const rows = Array.from({ length: 1000 }, (_, i) => [5, 1, i, 2, 443, i, 0]);
    const turned = encodeRows([...rows.slice(500), ...rows.slice(0, 500)]);
    expect(differencesOf('tcp2', encodeRows(rows), turned).length).toBeLessThan(20);
    expect(differencesOf('tcp2', turned, turned).length).toBeLessThan(8);
  });

  test('of tables that begin anywhere in memory, Buffers of Node included', () => {
    const [base, target] = [encodeRows([[5, 1, 2, 3, 4, 5, 6]]), encodeRows([[5, 1, 2, 3, 4, 7, 6]])];
    for (const shift of [0, 1, 2, 3]) {
      const shifted = (bytes: Uint8Array): Buffer =>
        Buffer.concat([Buffer.alloc(shift), bytes]).subarray(shift);
      const differences = differencesOf('tcp2', shifted(base), shifted(target));
      expect(applyDifferences(differences, base, target.length)).toEqual(target);
    }
  });
});

describe('instructions', () => {
  /** What docs/format.md says of them, byte by byte and with big integers; undefined where it says that they are wrong. */
  function slowApply(differences: readonly number[], base: readonly number[]): number[] | undefined {
    const rest = [...differences];
    const made: number[] = [];
    let [source, copied] = [0n, 0n];
    const varint = (): bigint | undefined => {
      let value = 0n;
      for (let i = 0n; i < 8n; i++) {
        const byte = rest.shift();
        if (byte === undefined) return undefined;
        value |= BigInt(byte & 127) << (7n * i);
        if (byte < 128) return value < 2n ** 53n ? value : undefined;
      }
      return undefined;
    };
    while (rest.length > 0) {
      const literals = varint();
      if (literals === undefined || literals > rest.length) return undefined;
      made.push(...rest.splice(0, Number(literals)));
      const count = varint();
      if (count === undefined) return undefined;
      if (count === 0n) continue;
      const step = varint();
      if (step === undefined) return undefined;
      source += step % 2n === 0n ? step / 2n : -(step + 1n) / 2n;
      copied += count;
      if (source < 0n || source + count > base.length || copied > base.length) return undefined;
      made.push(...base.slice(Number(source), Number(source + count)));
      source += count;
    }
    return made;
  }

  /** @param length where nothing can be made, the one that is asked for all the same */
  function expectSame(differences: Uint8Array, base: Uint8Array, length: number): void {
    const made = slowApply([...differences], [...base]);
    const apply = (asked: number) => () => applyDifferences(differences, base, asked);
    if (made) expect([...apply(made.length)()]).toEqual(made);
    if (made?.length !== length) expect(apply(length)).toThrow(RestoreError);
  }

  test('any bytes do what docs/format.md says, or are refused', () => {
    const byte = fc.oneof(
      { weight: 6, arbitrary: fc.nat(6) },
      { weight: 1, arbitrary: fc.constantFrom(0x80, 0x81, 0xff, 0x7f) },
      { weight: 1, arbitrary: fc.nat(255) },
    );
    fc.assert(
      fc.property(
        fc.array(byte, { maxLength: 24 }).map((bytes) => Uint8Array.from(bytes)),
        fc.uint8Array({ maxLength: 12 }),
        fc.nat(12),
        expectSame,
      ),
      { numRuns: 5000 },
    );
  });

  test('every truncation, and every changed byte', () => {
    const [base, target] = [
      encodeRows([
        [5, 1, 2, 3, 4, 5, 6],
        [2, 1, 2, 3, 4, 9, 6],
        [11, 7, 7, 7, 7, 0, 0],
      ]),
      encodeRows(
        [
          [11, 7, 7, 7, 7, 0, 1],
          [5, 1, 2, 3, 4, 5, 6],
          [5, 9, 9, 9, 9, 9, 9],
        ],
        Uint8Array.of(1, 2, 3),
      ),
    ];
    const differences = differencesOf('tcp2', base, target);
    for (let length = 0; length < differences.length; length++) {
      const cut = differences.slice(0, length);
      expectSame(cut, base, target.length);
      expect(() => applyDifferences(cut, base, target.length)).toThrow(RestoreError);
    }
    for (let at = 0; at < differences.length; at++) {
      for (const value of [0, 1, 2, 127, 128, 255])
        expectSame(differences.with(at, value), base, target.length);
    }
  });

  test('numbers of any length and size', () => {
    const base = Uint8Array.of(1, 2, 3, 4);
    const numbers = [
      [4], // as short as it can be
      [0x84, 0], // and longer, with nothing in the higher bits
      [0x84, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0],
      [0x84, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0],
      [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f], // 2^53 − 1
      [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10], // 2^53
      [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
      [...Array<number>(400).fill(0x80), 0], // where a floating-point scale would have become infinite
      Array<number>(400).fill(0x80),
    ];
    for (const number of numbers) {
      for (const differences of [
        [...number, 9, 9, 9, 9, 0], // literals
        [0, ...number, 0], // copied
        [0, 4, ...number], // step
        [0, 2, 4, 0, 1, ...number],
      ]) {
        expectSame(Uint8Array.from(differences), base, 4);
      }
    }
    expect(applyDifferences(Uint8Array.of(0, 0x84, 0, 0), base, 4)).toEqual(base);
    const long = Uint8Array.from([0, 4, ...Array<number>(400).fill(0x80), 0]);
    expect(() => applyDifferences(long, base, 4)).toThrow('a number is too long');
  });

  test('nothing is allocated for a length that the bytes do not make', () => {
    const huge = 2 ** 52;
    const base = new Uint8Array(1000);
    for (const differences of [
      Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f), // literals
      Uint8Array.of(0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f, 0), // copied
      Uint8Array.of(),
    ]) {
      expect(() => applyDifferences(differences, base, huge)).toThrow(RestoreError);
    }
    // The same part again and again: more is copied than the base has.
    const again = Uint8Array.from([
      0,
      0xe8,
      7,
      0,
      ...Array.from({ length: 1000 }, () => [0, 0xe8, 7, 0xcf, 15]).flat(),
    ]);
    expect(() => applyDifferences(again, base, 1_001_000)).toThrow('it has 1000, of which 0 are left');
  });
});
