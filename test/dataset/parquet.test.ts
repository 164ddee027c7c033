import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeTemporaryFolder } from '../cli/temporaryFolder.js';
import {
  NO_INDEX,
  type ColumnType,
  type ColumnValues,
} from '../../dist/core/dataset/parquet/columnValues.js';
import { ParquetWriter } from '../../dist/core/dataset/parquet/parquetWriter.js';
import { query, quoted } from './duckdb.js';

const folder = makeTemporaryFolder();

type Value = string | number | Uint8Array;

/** A column's values, and which of them each row of each row group has; null: none. */
interface Column {
  readonly type: ColumnType;
  readonly isNullable: boolean;
  readonly groups: readonly (readonly (Value | null)[])[];
}

const VALUES: Readonly<Record<ColumnType, fc.Arbitrary<Value>>> = {
  string: fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('', 'a', 'ä', 'x'.repeat(300), 'host')),
  bytes: fc.uint8Array({ maxLength: 20 }),
  u8: fc.nat(255),
  u16: fc.oneof(fc.nat(65535), fc.constantFrom(0, 32767, 32768, 65535)),
  u32: fc.oneof(fc.nat(0xffffffff), fc.constantFrom(0, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1)),
  timestamp: fc.integer({ min: -(10 ** 15), max: 4 * 10 ** 15 }),
};

/** Values one by one, and runs of them. */
function rowsOf(type: ColumnType, isNullable: boolean, length: number): fc.Arbitrary<(Value | null)[]> {
  const value = isNullable ? fc.option(VALUES[type], { freq: 3 }) : VALUES[type];
  const few = fc.array(value, { minLength: 1, maxLength: 9 });
  const runs = fc.array(fc.tuple(value, fc.integer({ min: 1, max: 40 })), { minLength: 1, maxLength: 30 });
  return fc.oneof(
    fc.array(value, { minLength: length, maxLength: length }),
    few.map((values) => Array.from({ length }, (_, i) => values[(i * i) % values.length]!)),
    runs.map((list) => {
      const all = list.flatMap(([one, times]) => Array.from({ length: times }, () => one));
      return Array.from({ length }, (_, i) => all[i % all.length]!);
    }),
  );
}

const lengths = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 3 });

const table = lengths.chain((groupLengths) =>
  fc.array(
    fc
      .tuple(fc.constantFrom<ColumnType>('string', 'bytes', 'u8', 'u16', 'u32', 'timestamp'), fc.boolean())
      .chain(([type, isNullable]): fc.Arbitrary<Column> =>
        fc
          .tuple(...groupLengths.map((length) => rowsOf(type, isNullable, length)))
          .map((groups) => ({ type, isNullable, groups })),
      ),
    { minLength: 1, maxLength: 4 },
  ),
);

function encode(rows: readonly (Value | null)[]): ColumnValues {
  const values: Value[] = [];
  const known = new Map<string, number>();
  const indices = rows.map((value) => {
    if (value === null) return NO_INDEX;
    const key = value instanceof Uint8Array ? value.join() : String(value);
    if (!known.has(key)) known.set(key, values.push(value) - 1);
    return known.get(key)!;
  });
  return { rows: { indices: Uint32Array.from(indices), size: values.length }, values };
}

/** As DuckDB is asked to show it. */
function shown(value: Value | null): string | null {
  if (value === null) return null;
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex').toUpperCase() : String(value);
}

const SHOW: Partial<Record<ColumnType, (name: string) => string>> = {
  bytes: (name) => `hex(${name})`,
  timestamp: (name) => `epoch_us(${name})`,
};

let written = 0;

function write(columns: readonly Column[]): string {
  const named = columns.map(({ type, isNullable }, i) => ({ name: `c${i}`, type, isNullable }));
  const writer = new ParquetWriter({
    columns: named,
    sortedBy: [],
    metadata: { note: 'x' },
    createdBy: 'tcpscope',
  });
  const parts: Uint8Array[] = [writer.begin()];
  for (const [g, rows] of columns[0]!.groups.entries()) {
    parts.push(
      ...writer.rowGroup(
        rows.length,
        columns.map(({ groups }) => encode(groups[g]!)),
      ),
    );
  }
  const path = join(folder.path, `${written++}.parquet`);
  writeFileSync(path, Buffer.concat([...parts, ...writer.end()]));
  return path;
}

test('DuckDB reads what was written: every type, nulls, runs and packed bits, several row groups', async () => {
  await fc.assert(
    fc.asyncProperty(table, async (columns) => {
      const path = write(columns);
      const select = columns.map(({ type }, i) => `${SHOW[type]?.(`c${i}`) ?? `c${i}`}::VARCHAR AS c${i}`);
      const rows = await query(`SELECT ${select.join(', ')} FROM read_parquet(${quoted(path)})`);
      for (const [i, { groups }] of columns.entries()) {
        expect(rows.map((row) => row[`c${i}`])).toEqual(groups.flat().map(shown));
      }
    }),
    { numRuns: 100 },
  );
});

test('statistics hold for every row group: a filter for a value finds each row that has it', async () => {
  await fc.assert(
    fc.asyncProperty(table, fc.nat(), async (columns, pick) => {
      const path = write(columns);
      for (const [i, { type, groups }] of columns.entries()) {
        const all = groups.flat().filter((value) => value !== null);
        if (all.length === 0) continue;
        const value = all[pick % all.length]!;
        const literal =
          type === 'bytes'
            ? `from_hex(${quoted(shown(value)!)})`
            : type === 'timestamp'
              ? `to_timestamp(0) + to_microseconds(${String(value)})`
              : type === 'string'
                ? quoted(String(value))
                : String(value);
        // A zero byte ends a text of SQL.
        if (typeof value === 'string' && value.includes('\0')) continue;
        const [row] = await query(
          `SELECT count(*)::INTEGER AS n FROM read_parquet(${quoted(path)}) WHERE c${i} = ${literal}`,
        );
        expect(row!['n']).toBe(all.filter((other) => shown(other) === shown(value)).length);
      }
    }),
    { numRuns: 60 },
  );
});
