import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pairRows } from '../../dist/core/file/rows/pairRows.js';
import { rawRows } from '../../dist/core/file/rows/rawRows.js';
import { encodeRowMap, parseRowMap } from '../../dist/core/file/rows/rowMap.js';
import { applyRowValues, encodeRowValues } from '../../dist/core/file/rows/rowValues.js';
import { RestoreError } from '../../dist/core/file/restoreError.js';
import { tables } from '../reference/arbitraryRecording.js';
import { encodeRows } from '../reference/arbitraryTable.js';
import { STRUCTURES, type ClassName, type Structure } from '../reference/mibTables.js';

const isKnown = (name: string): name is ClassName => name in STRUCTURES;

interface Told {
  readonly map: Uint8Array;
  readonly values: Uint8Array;
  readonly first: number;
  readonly size: number;
}

/** A table told by the rows of another one of its class, as a recording does it. */
function tell(name: ClassName, base: Uint8Array, target: Uint8Array): Told {
  const pairs = pairRows(rawRows(base, name)!, rawRows(target, name)!);
  const { first, size } = STRUCTURES[name];
  const values = encodeRowValues(base, target, { firstWord: first / 4, words: size / 4 }, pairs);
  return { map: encodeRowMap(pairs), values, first, size };
}

function restore({ map, values, first, size }: Told, base: Uint8Array, length: number): Uint8Array {
  const parsed = parseRowMap(map, Math.floor((base.length + values.length) / size));
  // Memory that was used before.
  const take = (bytes: number) => new Uint8Array(bytes).fill(0xa5);
  return applyRowValues(parsed, values, base, { firstWord: first / 4, words: size / 4 }, length, take);
}

/** What docs/format.md says, byte by byte and with big integers; undefined where it says that it is wrong. */
function slowRestore({ map, values, first, size }: Told, base: Uint8Array): number[] | undefined {
  try {
    return restoreOrThrow();
  } catch (error) {
    if (error === WRONG) return undefined;
    throw error;
  }

  function restoreOrThrow(): number[] {
    const held = BigInt(Math.max(0, Math.floor((base.length - first) / size)));
    const rows: (number[] | undefined)[] = [];
    const [instructions, rest] = [[...map], [...values]];
    let [source, kept] = [0n, 0n];
    while (instructions.length > 0) {
      const [fresh, count] = [varint(instructions), varint(instructions)];
      // What is new has its bytes in the values.
      if (fresh * BigInt(size) > values.length) throw WRONG;
      for (let i = 0n; i < fresh; i++) rows.push(undefined);
      if (count === 0n) continue;
      const step = varint(instructions);
      source += step % 2n === 0n ? step / 2n : -(step + 1n) / 2n;
      kept += count;
      if (source < 0n || source + count > held || kept > held) throw WRONG;
      for (let i = 0; i < count; i++) {
        const start = first + (Number(source) + i) * size;
        rows.push(Array.from(base.subarray(start, start + size)));
      }
      source += count;
    }
    const made = take(rest, first);
    const isNew = rows.map((row) => row === undefined);
    const full = rows.map((row) => row ?? Array<number>(size).fill(0));
    for (let word = 0; word < size; word += 4) {
      const changed = varint(rest);
      if (changed > rest.length) throw WRONG;
      const places: number[] = [];
      for (let i = 0, row = -1n; i < changed; i++) {
        row += varint(rest) + 1n;
        if (row >= full.length) throw WRONG;
        places.push(Number(row));
      }
      places.push(...isNew.flatMap((fresh, place) => (fresh ? [place] : [])));
      for (let byte = 0; byte < 4; byte++) {
        for (const place of places) [full[place]![word + byte]] = take(rest, 1) as [number];
      }
    }
    return [...made, ...full.flat(), ...rest];
  }

  function varint(bytes: number[]): bigint {
    let value = 0n;
    for (let i = 0n; i < 8n; i++) {
      const [byte] = take(bytes, 1) as [number];
      value |= BigInt(byte & 127) << (7n * i);
      if (byte < 128 && value < 2n ** 53n) return value;
      if (byte < 128) break;
    }
    throw WRONG;
  }

  function take(bytes: number[], count: number): number[] {
    if (count > bytes.length) throw WRONG;
    return bytes.splice(0, count);
  }
}
const WRONG = new Error('wrong');

/** @param length where nothing can be made, the one that is asked for all the same */
function expectSame(told: Told, base: Uint8Array, length: number): void {
  const made = slowRestore(told, base);
  if (made) expect([...restore(told, base, made.length)]).toEqual(made);
  if (made?.length !== length) expect(() => restore(told, base, length)).toThrow(RestoreError);
}

describe('rows', () => {
  test('make the target of the base: any tables of any class', () => {
    fc.assert(
      fc.property(tables(2), ({ name, tables: [base, target] }) => {
        if (!isKnown(name)) {
          expect(rawRows(base!, name)).toBeUndefined();
          return;
        }
        // Recordings tell of rows only where there is room for them.
        if (target!.length < STRUCTURES[name].first) return;
        const told = tell(name, base!, target!);
        expect(restore(told, base!, target!.length)).toEqual(target);
        expect(slowRestore(told, base!)).toEqual([...target!]);
      }),
      { numRuns: 2000 },
    );
  });

  test('are small where rows only moved', () => {
    const rows = Array.from({ length: 1000 }, (_, i) => [5, 1, i, 2, 443, i, 0]);
    const turned = encodeRows([...rows.slice(500), ...rows.slice(0, 500)]);
    for (const base of [encodeRows(rows), turned]) {
      const { map, values } = tell('tcp2', base, turned);
      expect(map.length).toBeLessThan(14);
      // The count, and that nothing has changed in any of the seven words.
      expect(values).toHaveLength(4 + 7);
    }
  });

  test('tell one word where one has changed', () => {
    const rows = Array.from({ length: 1000 }, (_, i) => [5, 1, i, 2, 443, i, 0]);
    const { values } = tell(
      'tcp2',
      encodeRows(rows),
      encodeRows(rows.with(700, [8, 1, 700, 2, 443, 700, 0])),
    );
    expect(values).toHaveLength(4 + 7 + 2 + 4);
  });

  test('of tables that begin anywhere in memory, Buffers of Node included', () => {
    const [base, target] = [encodeRows([[5, 1, 2, 3, 4, 5, 6]]), encodeRows([[5, 1, 2, 3, 4, 7, 6]])];
    for (const shift of [0, 1, 2, 3]) {
      const shifted = (bytes: Uint8Array): Buffer =>
        Buffer.concat([Buffer.alloc(shift), bytes]).subarray(shift);
      const told = tell('tcp2', shifted(base), shifted(target));
      expect(restore(told, shifted(base), target.length)).toEqual(target);
    }
  });

  test('any bytes do what docs/format.md says, or are refused', () => {
    const byte = fc.oneof(
      { weight: 6, arbitrary: fc.nat(4) },
      { weight: 1, arbitrary: fc.constantFrom(0x80, 0x81, 0xff, 0x7f) },
      { weight: 1, arbitrary: fc.nat(255) },
    );
    const bytes = (maxLength: number) => fc.array(byte, { maxLength }).map((all) => Uint8Array.from(all));
    // Bytes at random are seldom a map.
    const instruction = fc.tuple(fc.nat(1), fc.constantFrom(1, 2), fc.nat(2));
    const anyMap = fc.oneof(
      bytes(8),
      fc.array(instruction, { maxLength: 3 }).map((all) => Uint8Array.from(all.flat())),
    );
    let right = 0;
    fc.assert(
      fc.property(
        anyMap,
        bytes(40),
        fc.uint8Array({ maxLength: 30 }),
        fc.constantFrom(0, 4, 8),
        fc.constantFrom(4, 8),
        fc.nat(40),
        (map, values, base, first, size, length) => {
          if (slowRestore({ map, values, first, size }, base)) right++;
          expectSame({ map, values, first, size }, base, length);
        },
      ),
      { numRuns: 20_000 },
    );
    expect(right).toBeGreaterThan(100);
  });

  test('every truncation, and every changed byte', () => {
    const base = encodeRows([
      [5, 1, 2, 3, 4, 5, 6],
      [2, 1, 2, 3, 4, 9, 6],
      [11, 7, 7, 7, 7, 0, 0],
    ]);
    const target = encodeRows(
      [
        [11, 7, 7, 7, 7, 0, 1],
        [5, 1, 2, 3, 4, 5, 6],
        [5, 9, 9, 9, 9, 9, 9],
      ],
      Uint8Array.of(1, 2, 3),
    );
    const told = tell('tcp2', base, target);
    for (const part of ['map', 'values'] as const) {
      for (let length = 0; length < told[part].length; length++) {
        const cut = { ...told, [part]: told[part].slice(0, length) };
        expectSame(cut, base, target.length);
        expect(() => restore(cut, base, target.length)).toThrow(RestoreError);
      }
      for (let at = 0; at < told[part].length; at++) {
        for (const value of [0, 1, 2, 127, 128, 255])
          expectSame({ ...told, [part]: told[part].with(at, value) }, base, target.length);
      }
    }
  });

  test('nothing is allocated for rows that base and values do not make', () => {
    const huge = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f];
    const base = new Uint8Array(1000);
    for (const map of [
      [...huge, 0],
      [0, ...huge, 0],
      [0, 1, ...huge],
      [...huge, ...huge, 0],
    ]) {
      const told = { map: Uint8Array.from(map), values: new Uint8Array(8), first: 4, size: 4 };
      expect(() => restore(told, base, 1000)).toThrow(RestoreError);
    }
    const none = { map: Uint8Array.of(0, 1, 0), values: new Uint8Array(5), first: 4, size: 4 };
    expect(restore(none, base, 8)).toEqual(new Uint8Array(8));
    expect(() => restore(none, base, 2 ** 52)).toThrow(RestoreError);
    // The same rows again and again: more than the base has.
    const again = Array.from({ length: 300 }, () => [0, 1, 1]).flat();
    expect(() => parseRowMap(Uint8Array.from([0, 1, 0, ...again]), 1000)).not.toThrow();
    const told = { ...none, map: Uint8Array.from([0, 1, 0, ...again]), values: new Uint8Array(2000) };
    expect(() => restore(told, base, 1208)).toThrow('it keeps 301 rows, the base has 249');
  });
});

describe('pairRows', () => {
  test('pairs as a slow and obvious program does', () => {
    fc.assert(
      fc.property(tables(2), ({ name, tables: [base, target] }) => {
        if (!isKnown(name)) return;
        const pairs = pairRows(rawRows(base!, name)!, rawRows(target!, name)!);
        expect([...pairs]).toEqual(slowPairs(STRUCTURES[name], base!, target!));
      }),
      { numRuns: 2000 },
    );
  });

  /** The row behind the last pair if it has the same ends, or else the first of those that are left. */
  function slowPairs(structure: Structure, base: Uint8Array, target: Uint8Array): number[] {
    const [earlier, later] = [endsOf(structure, base), endsOf(structure, target)];
    const left = new Set(earlier.keys());
    let next = 0;
    return later.map((ends) => {
      const isNext = left.has(next) && earlier[next] === ends;
      const pair = isNext ? next : earlier.findIndex((other, row) => left.has(row) && other === ends);
      if (pair !== -1) next = pair + 1;
      left.delete(pair);
      return pair;
    });
  }

  /** The ends of the rows that are there, as text. */
  function endsOf(structure: Structure, bytes: Uint8Array): string[] {
    const claimed = bytes.length < 4 ? 0 : Buffer.from(bytes).readUInt32LE(0);
    const held = Math.floor((bytes.length - structure.first) / structure.size);
    const width = structure.family === 'IPv4' ? 4 : 16;
    const fields: [number | undefined, number][] = [
      [structure.local, width],
      [structure.localScope, 4],
      [structure.localPort, 2],
      [structure.remote, width],
      [structure.remoteScope, 4],
      [structure.remotePort, 2],
    ];
    return Array.from({ length: Math.max(0, Math.min(claimed, held)) }, (_, i) => {
      const row = bytes.subarray(structure.first + i * structure.size);
      return fields
        .map(([at, length]) => (at === undefined ? '' : row.slice(at, at + length).join()))
        .join(';');
    });
  }
});
