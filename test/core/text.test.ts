import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  CONNECTION_KEYS,
  createDecoder,
  type Connection,
  type ConnectionKey,
  type Decoder,
} from 'tcpscope/core';
import { encodeRows, rawTable } from '../reference/arbitraryTable.js';
import { EXAMPLE_SNAPSHOT } from '../reference/exampleSnapshot.js';

let decoder: Decoder;

beforeAll(async () => {
  decoder = await createDecoder(readFileSync(new URL('../../dist/tcpscope.wasm', import.meta.url)));
});

const decode = (bytes: Uint8Array): string => new TextDecoder('utf-8', { fatal: true }).decode(bytes);
const someKeys = fc.option(fc.array(fc.constantFrom(...CONNECTION_KEYS), { minLength: 1, maxLength: 14 }), {
  nil: undefined,
});
const someRows = fc.option(fc.array(fc.nat(), { maxLength: 50 }), { nil: undefined });
/** Names as a file may hold them: any characters, those that CSV, JSON and terminals treat specially most of all. */
const name = fc.oneof(
  fc.string({
    unit: fc.constantFrom(
      '"',
      ',',
      '=',
      "'",
      '\n',
      '\r',
      '\\',
      '\u001b',
      '\u202e',
      'a',
      ' ',
      'é',
      '漢',
      '🦊',
    ),
  }),
  fc.string({ unit: 'grapheme', maxLength: 300 }),
);

describe('agrees with text made of rows one by one', () => {
  const cases = fc.record({
    raw: rawTable,
    names: fc.array(name, { maxLength: 5 }),
    rows: someRows,
    keys: someKeys,
  });

  function withCase<T>(
    {
      raw,
      names,
      rows,
      keys,
    }: { raw: Uint8Array; names: string[]; rows: number[] | undefined; keys: ConnectionKey[] | undefined },
    use: (
      table: ReturnType<Decoder['decodeSnapshot']>,
      chosen: Connection[],
      rows: Uint32Array | undefined,
      keys: ConnectionKey[] | undefined,
    ) => T,
  ): T {
    const [table] = EXAMPLE_SNAPSHOT.tables;
    // The pids that the tables of tests have most.
    const pids = [1, 4, 0x7fffffff, 0x80000000, 0xffffffff];
    const processes = names.map((processName, i) => ({ pid: pids[i]!, name: processName }));
    using decoded = decoder.decodeSnapshot({
      ...EXAMPLE_SNAPSHOT,
      processes,
      tables: [{ ...table!, bytes: raw }],
    });
    const numbers =
      rows && decoded.rowCount > 0 ? Uint32Array.from(rows, (row) => row % decoded.rowCount) : undefined;
    const chosen = decoded.rows(numbers ?? Array.from({ length: decoded.rowCount }, (_, i) => i));
    return use(decoded, chosen, numbers, keys);
  }

  test('csv', () => {
    fc.assert(
      fc.property(cases, (generated) => {
        withCase(generated, (table, chosen, rows, keys = [...CONNECTION_KEYS]) => {
          const expected = [
            keys.join(','),
            ...chosen.map((row) => keys.map((key) => csvValue(row[key] ?? null)).join(',')),
          ];
          expect(decode(table.formatCsv(rows, keys))).toBe(expected.map((line) => line + '\n').join(''));
        });
      }),
      { numRuns: 1000 },
    );
  });

  test('ndjson', () => {
    fc.assert(
      fc.property(cases, (generated) => {
        withCase(generated, (table, chosen, rows, keys) => {
          const lines = decode(table.formatNdjson(rows, keys)).split('\n');
          expect(lines.pop()).toBe('');
          const expected = chosen.map((row) =>
            Object.fromEntries((keys ?? CONNECTION_KEYS).map((key) => [key, row[key]])),
          );
          expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(expected);
          expect(lines.join('')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
        });
      }),
      { numRuns: 1000 },
    );
  });
});

test('numbers of every length', () => {
  const numbers = [0, 9, 10, 99, 100, 999, 1000, 9999, 10_000, 65_535, 99_999, 100_000, 999_999, 1_000_000];
  numbers.push(
    9_999_999,
    10_000_000,
    99_999_999,
    100_000_000,
    999_999_999,
    1_000_000_000,
    1_000_000_009,
    4_294_967_295,
  );
  const random = fc.sample(fc.integer({ min: 0, max: 0xffffffff }), { numRuns: 2000, seed: 4 });
  const all = [...numbers, ...random];
  using table = decoder.decode(encodeRows(all.map((number) => [5, 0, 0, 0, 0, number, 0])), 'tcp2');
  expect(decode(table.formatCsv(undefined, ['pid']))).toBe(`pid\n${all.join('\n')}\n`);
});

test('whole rows with every port, octets of every length, and pids that are short but for some', () => {
  const octets = [0, 9, 10, 19, 99, 100, 199, 200, 255];
  const addressOf = (i: number): number[] =>
    i < octets.length ** 4
      ? [0, 1, 2, 3].map((place) => octets[Math.floor(i / octets.length ** place) % octets.length]!)
      : [i & 255, (i >> 8) & 255, (i * 7) & 255, (i * 31) & 255];
  const rows = Array.from({ length: 110_000 }, (_, i) => {
    // In a block that has a longer one, all are written in another way.
    const pid = i % 5000 === 0 ? 100_000 + i * 39_000 : i % 100_000;
    const [lport, rport] = [i & 0xffff, (i * 40_503) & 0xffff];
    return { local: addressOf(i), lport, remote: addressOf(i + 77), rport, pid };
  });
  const word = (bytes: readonly number[]): number =>
    new DataView(Uint8Array.from(bytes).buffer).getUint32(0, true);
  const port = (value: number): number => word([value >> 8, value & 255, 0xaa, 0xbb]);
  using table = decoder.decode(
    encodeRows(
      rows.map(({ local, lport, remote, rport, pid }, i) => {
        return [(i % 14) + 1, word(local), port(lport), word(remote), port(rport), pid, 0];
      }),
    ),
    'tcp2',
  );
  const keys = ['state', 'localAddress', 'localPort', 'remoteAddress', 'remotePort', 'pid'];
  for (const more of [[], ['offload']]) {
    const lines = decode(table.formatCsv(undefined, [...keys, ...more])).split('\n');
    expect(lines.length).toBe(rows.length + 2);
    const expected = rows.map(({ local, lport, remote, rport, pid }, i) =>
      [(i % 14) + 1, local.join('.'), lport, remote.join('.'), rport, pid, ...more.map(() => 0)].join(','),
    );
    const wrong = expected.findIndex((line, i) => line !== lines[i + 1]);
    expect([wrong, lines[wrong + 1]]).toEqual([wrong, wrong === -1 ? lines[0] : expected[wrong]]);
  }
});

test('pieces are what the whole is, and are the caller’s', () => {
  const rows = Array.from({ length: 30_000 }, (_, i) => [5, i, 0x5000, i * 77, 0xbb01, i, 0]);
  using table = decoder.decode(encodeRows(rows), 'tcp2');
  const pieces = [...table.csvPieces()];
  expect(pieces.length).toBeGreaterThan(5);
  expect(Buffer.concat(pieces).equals(table.formatCsv())).toBe(true);
  expect(Buffer.concat([...table.csvPieces(undefined, undefined, false)]).length).toBe(
    table.formatCsv().length - pieces[0]!.length,
  );
  expect(Buffer.concat([...table.ndjsonPieces()]).equals(table.formatNdjson())).toBe(true);
});

test('a name longer than a piece', () => {
  const [table] = EXAMPLE_SNAPSHOT.tables;
  const long = 'x'.repeat(400_000);
  const bytes = encodeRows([1, 2, 1].map((pid) => [5, 1, 1, 1, 1, pid, 0]));
  using decoded = decoder.decodeSnapshot({
    ...EXAMPLE_SNAPSHOT,
    processes: [{ pid: 1, name: long }],
    tables: [{ ...table!, bytes }],
  });
  expect(decode(decoded.formatCsv(undefined, ['process', 'pid']))).toBe(
    `process,pid\n${long},1\n,2\n${long},1\n`,
  );
});

test('a row that does not exist is a RangeError, for every format', () => {
  using table = decoder.decodeSnapshot(EXAMPLE_SNAPSHOT);
  const rows = Uint32Array.of(0, 3);
  expect(() => table.formatCsv(rows)).toThrow(new RangeError('no row 3; the table has 3 rows'));
  expect(() => table.formatNdjson(rows)).toThrow(new RangeError('no row 3; the table has 3 rows'));
});

/** RFC 4180; names with formulas defused and control characters shown, as the README says. */
function csvValue(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const safe = ['=', '+', '-', '@'].includes(value[0] ?? '') ? `'${value}` : value;
  const shown = Array.from(safe, (character) => {
    const code = character.codePointAt(0)!;
    const isControl = code < 32 || (code >= 127 && code < 160) || SPECIAL.test(character);
    return isControl ? escape(character) : character;
  }).join('');
  return /[",]/.test(shown) ? `"${shown.split('"').join('""')}"` : shown;
}

/** Format characters that change how text is shown. */
const SPECIAL =
  /[\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}\p{Cs}]/u;

function escape(character: string): string {
  return Array.from({ length: character.length }, (_, i) => character.charCodeAt(i))
    .map((unit) => '\\u' + unit.toString(16).padStart(4, '0'))
    .join('');
}
