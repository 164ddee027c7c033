import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countRows, decodeRows } from '../../dist/core/decodeRows.js';
import { Engine } from '../../dist/core/engine/engine.js';
import { Columns, columnType } from '../../dist/core/table/columns.js';
import { STORED_COLUMNS, type ColumnSet, type StoredField } from '../../dist/core/table/fields.js';
import { CLASS_NAMES, decodeSockets, STRUCTURES, type ClassName, type End } from '../reference/mibTables.js';

type Values = Uint16Array | Uint32Array;
type Expected = ReadonlyMap<StoredField, Values>;

const BUILDS = ['tcpscope.wasm', 'tcpscope.debug.wasm'].map((file) => {
  const module = new WebAssembly.Module(readFileSync(new URL(`../../dist/${file}`, import.meta.url)));
  return [file, new Engine(module)] as const;
});
/** Names of processes come from elsewhere than from rows. */
const FIELDS = STORED_COLUMNS.map(([field]) => field).filter((field) => field !== 'process');
const NO_VALUE = 0xffffffff;
/** Rows of other tables, before and behind: an odd number, so that no value lies where it does without them. */
const [BEFORE, BEHIND] = [3, 5];
const OF_OTHERS = 0xa5a5a5a5;
const BLOCK_ROWS = 128;

/** The rows that src/core/decodeRows.ts has the engine decode at once. */
function windowRows(name: ClassName): number {
  const fitting = Math.floor(229_376 / STRUCTURES[name].size);
  return fitting - (fitting % 8);
}

/** Rows whose words are the same in each, but where `isOther` says so. */
function makeTable(
  name: ClassName,
  rows: number,
  isOther: (word: number, row: number) => boolean,
): Uint8Array {
  const { first, size } = STRUCTURES[name];
  const bytes = new Uint8Array(first + rows * size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, rows, true);
  for (let row = 0; row < rows; row++) {
    for (let word = 0; word < size / 4; word++) {
      const value = Math.imul(word + 1, 0x9e3779b1);
      const other = isOther(word, row) ? Math.imul(row + 1, 0x85ebca6b) ^ (row >>> 3) : 0;
      view.setUint32(first + row * size + 4 * word, value ^ other);
    }
  }
  return bytes;
}

/** The first rows of a table. */
function startOf(bytes: Uint8Array, rows: number): Uint8Array {
  const start = bytes.slice();
  new DataView(start.buffer).setUint32(0, rows, true);
  return start;
}

/** All columns of a table as the reference reads its rows. */
function expectedColumns(name: ClassName, bytes: Uint8Array): Expected {
  const rows = decodeSockets(name, bytes);
  const columns = new Map(FIELDS.map((field) => [field, valuesOf(field, rows.length)]));
  for (const [i, { protocol, family, state, local, remote, pid, offload, created = 0n }] of rows.entries()) {
    const values: Record<string, number> = {
      ...endValues('l', 'local', local),
      ...endValues('r', 'remote', remote ?? { bytes: [], scope: 0, port: 0 }),
      protocol: protocol === 'TCP' ? 6 : 17,
      family: family === 'IPv4' ? 4 : 6,
      state: state ?? NO_VALUE,
      pid,
      offload: offload ?? NO_VALUE,
      created0: Number(created >> 32n),
      created1: Number(created & 0xffffffffn),
    };
    for (const [field, column] of columns) column[i] = values[field]!;
  }
  return columns;
}

function endValues(letter: string, name: string, { bytes, scope, port }: End): Record<string, number> {
  const padded = new DataView(
    Uint8Array.from([...Array<number>(16 - bytes.length).fill(0), ...bytes]).buffer,
  );
  return {
    [`${name}0`]: padded.getUint32(0),
    [`${name}1`]: padded.getUint32(4),
    [`${name}2`]: padded.getUint32(8),
    [name]: padded.getUint32(12),
    [`${letter}scope`]: scope,
    [`${letter}port`]: port,
  };
}

function valuesOf(field: StoredField, rows: number): Values {
  return columnType(field) === 'u16' ? new Uint16Array(rows) : new Uint32Array(rows);
}

/** Decodes a table alone, and between the rows of others, into columns of everything: what differs from the reference. */
function differences(engine: Engine, name: ClassName, bytes: Uint8Array, expected: Expected): string[] {
  return (['wide', 'timed'] as const).flatMap((set) => [
    ...varyingDifferences(engine, set, name, bytes, expected),
    ...valueDifferences(engine, set, name, bytes, expected),
  ]);
}

function varyingDifferences(
  engine: Engine,
  set: ColumnSet,
  name: ClassName,
  bytes: Uint8Array,
  expected: Expected,
): string[] {
  const table = { bytes, class: name, scope: 'all' };
  const rows = countRows(table);
  const columns = new Columns(engine, rows, set);
  try {
    decodeRows(engine, columns, table, rows, 0);
    return FIELDS.filter((field) => rows > 0 && columns.has(field)).flatMap((field) => {
      const bits = columns.varyingBits(field);
      const slow = varyingSlowly(expected.get(field)!.subarray(0, rows));
      return bits === slow ? [] : [`${field} varies in ${bits?.toString(2)}, and not ${slow.toString(2)}`];
    });
  } finally {
    columns.release();
  }
}

function varyingSlowly(values: Values): number {
  let bits = 0;
  for (const value of values) bits |= value ^ values[0]!;
  return bits >>> 0;
}

function valueDifferences(
  engine: Engine,
  set: ColumnSet,
  name: ClassName,
  bytes: Uint8Array,
  expected: Expected,
): string[] {
  const table = { bytes, class: name, scope: 'all' };
  const rows = countRows(table);
  const columns = new Columns(engine, BEFORE + rows + BEHIND, set);
  try {
    const fields = FIELDS.filter((field) => columns.has(field));
    for (const field of fields) borrow(columns, field).fill(OF_OTHERS);
    decodeRows(engine, columns, table, rows, BEFORE);
    return fields.flatMap((field) => {
      const wanted = valuesOf(field, BEFORE + rows + BEHIND).fill(OF_OTHERS);
      wanted.set(expected.get(field)!.subarray(0, rows), BEFORE);
      const found = borrow(columns, field);
      if (Buffer.from(found.buffer, found.byteOffset, found.byteLength).equals(Buffer.from(wanted.buffer)))
        return [];
      const row = wanted.findIndex((value, i) => found[i] !== value);
      return [`${field} of row ${row - BEFORE} is ${found[row]}, and not ${wanted[row]}`];
    });
  } finally {
    columns.release();
  }
}

function borrow(columns: Columns, field: StoredField): Values {
  return columns.borrow(field as 'pid');
}

test.each(CLASS_NAMES)('%s: every number of rows up to 300', (name) => {
  const bytes = makeTable(name, 300, () => true);
  const expected = expectedColumns(name, bytes);
  for (let rows = 0; rows <= 300; rows++) {
    const start = startOf(bytes, rows);
    for (const [file, engine] of BUILDS) {
      expect(differences(engine, name, start, expected), `${file}, ${rows} rows`).toEqual([]);
    }
  }
});

/** Where a word is another than in most rows of a table. */
function placesOf(window: number): readonly ((row: number) => boolean)[] {
  return [
    () => false,
    (row) => Math.floor(row / window) === 1 && row % 5 > 0,
    (row) => row > 3 && row < window - 2,
    (row) => row === 2 * window + 517,
    () => true,
    (row) => row >= BLOCK_ROWS - 1,
    (row) => row === window - 1,
    (row) => row >= window && row % BLOCK_ROWS === 127,
  ];
}

/** Each class once, but for those whose windows have very many rows; and one with each word at each place. */
const TURNS = [
  ...CLASS_NAMES.filter((name) => windowRows(name) < 10_000).map((name, i) => [name, i % 8] as const),
  ...Array.from({ length: 8 }, (_, turn) => ['tcp6-2', turn] as const),
];

test.each(TURNS)('%s: words that vary in some windows of the decoder only, turn %i', (name, turn) => {
  const window = windowRows(name);
  const places = placesOf(window);
  const most = 2 * window + 5 * BLOCK_ROWS + 13;
  const bytes = makeTable(name, most, (word, row) => places[(word + turn) % places.length]!(row));
  const expected = expectedColumns(name, bytes);
  for (const rows of [
    window - 8,
    window - 1,
    window,
    window + 1,
    window + 7,
    window + BLOCK_ROWS + 1,
    most,
  ]) {
    const start = startOf(bytes, rows);
    for (const [file, engine] of BUILDS) {
      expect(differences(engine, name, start, expected), `${file}, ${rows} rows`).toEqual([]);
    }
  }
});

test('words that begin to vary anywhere in the first window, or vary in one row', () => {
  const place = fc.oneof(
    fc.nat(3 * BLOCK_ROWS),
    fc.constantFrom(...[0, 1, 2].flatMap((block) => [-8, -1, 0, 1, 7, 8].map((n) => block * BLOCK_ROWS + n))),
  );
  const word = fc.record({ from: place, isOnce: fc.boolean() });
  const words = fc.array(word, { minLength: 15, maxLength: 15 });
  fc.assert(
    fc.property(
      fc.constantFrom(...CLASS_NAMES),
      fc.integer({ min: 1, max: 400 }),
      words,
      (name, rows, patterns) => {
        const bytes = makeTable(name, rows, (number, row) => {
          const { from, isOnce } = patterns[number % patterns.length]!;
          return isOnce ? row === from : row >= from;
        });
        const expected = expectedColumns(name, bytes);
        for (const [file, engine] of BUILDS) {
          expect(differences(engine, name, bytes, expected), file).toEqual([]);
        }
      },
    ),
    { numRuns: 400 },
  );
});
