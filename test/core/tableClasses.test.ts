import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  createDecoder,
  diffTables,
  SnapshotError,
  TABLE_CLASSES,
  type Connection,
  type Decoder,
  type RawTable,
  type Table,
} from 'tcpscope/core';
import { rawTableOf } from '../reference/arbitrarySockets.js';
import { EXAMPLE_SNAPSHOT } from '../reference/exampleSnapshot.js';
import { tableOf, type Socket } from '../reference/socketTables.js';
import {
  asConnection,
  CLASS_NAMES,
  decodeSockets,
  numberOf,
  STRUCTURES,
  textOf,
  unnamed,
  type ClassName,
  type End,
  type SocketRow,
} from '../reference/mibTables.js';

/** What rows are counted by. */
const COUNTED =
  'protocol family state local lport remote rport pid offload local/1 local/8 remote/24 remote/32 remote/33 local/64 remote/127 remote/128 remote/24/64 local/1/128 local/32/33'.split(
    ' ',
  );

/** One table of each kind: what a whole snapshot of a machine has. */
const WHOLE = ['tcp2', 'tcp6-2', 'udp-owner-pid', 'udp6-owner-module'] as const;

describe.each(['tcpscope.wasm', 'tcpscope.debug.wasm'])('%s', (file) => {
  let decoder: Decoder;
  beforeAll(async () => {
    decoder = await createDecoder(readFileSync(new URL(`../../dist/${file}`, import.meta.url)));
  });

  function snapshotOf(tables: readonly (readonly [name: string, bytes: Uint8Array])[]): Table {
    return decoder.decodeSnapshot({
      ...EXAMPLE_SNAPSHOT,
      processes: [],
      tables: tables.map(([name, bytes]): RawTable => {
        return { class: name, scope: 'all', synthesized: false, bytes };
      }),
    });
  }

  /** Tables of all kinds together, and their rows as the reference reads them. */
  const wholeTables = (maxLength?: number): fc.Arbitrary<Uint8Array[]> =>
    fc.tuple(...WHOLE.map((name) => rawTableOf(name, maxLength)));
  function decodeWhole(tables: readonly Uint8Array[]): { table: Table; rows: SocketRow[] } {
    const named = WHOLE.map((name, i) => [name, tables[i]!] as const);
    return { table: snapshotOf(named), rows: named.flatMap(([name, bytes]) => decodeSockets(name, bytes)) };
  }

  test('every class has a reference', () => {
    expect([...TABLE_CLASSES].sort()).toEqual([...CLASS_NAMES].sort());
  });

  test.each(CLASS_NAMES)('%s: rows are what the reference reads', (name) => {
    fc.assert(
      fc.property(rawTableOf(name), (bytes) => {
        using table = decoder.decode(bytes, name);
        const rows = decodeSockets(name, bytes);
        const all = Array.from(rows.keys());
        expect(table.rows(all).map(unnamed)).toEqual(rows.map(asConnection));
        for (const end of ['local', 'remote'] as const) {
          const column = table.copyColumn(end);
          const numbers = rows.map((row) => (row[end] === null ? 0n : numberOf(row[end])));
          expect(addressNumbers(column)).toEqual(numbers);
        }
      }),
      { numRuns: 150 },
    );
  });

  test.each(CLASS_NAMES)('%s: more rows than the window holds', (name) => {
    const { first, size } = STRUCTURES[name];
    const count = 30_001;
    const bytes = new Uint8Array(first + count * size);
    let seed = 1;
    for (let i = 0; i < bytes.length; i++) bytes[i] = (seed = Math.imul(seed, 1664525) + 1013904223) >>> 24;
    new DataView(bytes.buffer).setUint32(0, count, true);
    using table = decoder.decode(bytes, name);
    const rows = decodeSockets(name, bytes);
    for (const i of [0, 1, 1193, 1194, 8191, 8192, 28_671, 28_672, 29_999, 30_000]) {
      expect(unnamed(table.row(i))).toEqual(asConnection(rows[i]!));
    }
    expect(Array.from(table.copyColumn('pid'))).toEqual(rows.map(({ pid }) => pid));
    expect(Array.from(table.copyColumn('lport'))).toEqual(rows.map(({ local }) => local.port));
  });

  test.each(['tcp6-2', 'udp6-owner-module'] as const)(
    '%s: words that vary in some windows of the decoder only',
    (name) => {
      const { first, size } = STRUCTURES[name];
      const windowRows = 8 * Math.floor(229_376 / size / 8);
      const count = 3 * windowRows + 13;
      // Each word is one of these at some time: never another, in the second window, the first, one row, all rows.
      const differs = [
        () => false,
        (row: number) => Math.floor(row / windowRows) === 1 && row % 5 > 0,
        (row: number) => row > 3 && row < windowRows - 2,
        (row: number) => row === 2 * windowRows + 517,
        () => true,
      ];
      for (let turn = 0; turn < differs.length; turn++) {
        const bytes = new Uint8Array(first + count * size);
        const view = new DataView(bytes.buffer);
        view.setUint32(0, count, true);
        for (let at = first, i = 0; at < bytes.length; at += 4, i++) {
          const [row, word] = [Math.floor((4 * i) / size), i % (size / 4)];
          const isOther = differs[(word + turn) % differs.length]!(row);
          view.setUint32(at, Math.imul(word + 1, 0x9e3779b1) ^ (isOther ? Math.imul(row, 0x85ebca6b) : 0));
        }
        const rows = decodeSockets(name, bytes);
        using table = decoder.decode(bytes, name);
        for (const end of ['local', 'remote'] as const) {
          const numbers = rows.map((row) => (row[end] === null ? 0n : numberOf(row[end])));
          expect(addressNumbers(table.copyColumn(end))).toEqual(numbers);
        }
        expect(Array.from(table.copyColumn('pid'))).toEqual(rows.map(({ pid }) => pid));
        expect(Array.from(table.copyColumn('lport'))).toEqual(rows.map(({ local }) => local.port));
        expect(Array.from(table.copyColumn('rport'))).toEqual(rows.map(({ remote }) => remote?.port ?? 0));
        for (const at of [0, 3, 4, 511, 512, 517]) {
          for (const row of [at, at + windowRows, at + 2 * windowRows, count - 1 - (at % 13)]) {
            expect(unnamed(table.row(row))).toEqual(asConnection(rows[row]!));
          }
        }
        const keys = ['-remote', 'local', 'pid', '-lport'];
        expect(Array.from(table.order(keys).subarray(0, 2000))).toEqual(
          orderSlowly(rows, keys).slice(0, 2000),
        );
      }
    },
  );

  test.each(CLASS_NAMES)('%s: every length that is too short is an error', (name) => {
    const { first, size } = STRUCTURES[name];
    const whole = new Uint8Array(first + 3 * size);
    whole[0] = 3;
    for (let length = 0; length < whole.length; length++) {
      expect(() => decoder.decode(whole.subarray(0, length), name)).toThrow(
        expect.objectContaining({ code: 'bad-table', offset: length < first ? 0 : first }),
      );
    }
    decoder.decode(whole, name).free();
    const most = whole.slice().fill(255, 0, 4);
    expect(() => decoder.decode(most, name)).toThrow(SnapshotError);
  });

  test('any order of tables of all kinds together', () => {
    const key = fc
      .constantFrom('protocol', 'family', 'state', 'local', 'lport', 'remote', 'rport', 'pid', 'offload')
      .chain((field) => fc.constantFrom(field, `-${field}`));
    fc.assert(
      fc.property(wholeTables(), fc.array(key, { maxLength: 4 }), (tables, keys) => {
        const { table, rows } = decodeWhole(tables);
        using _ = table;
        expect(Array.from(table.order(keys))).toEqual(orderSlowly(rows, keys));
        const documented = ['protocol', 'family', 'local', 'lport', 'remote', 'rport'];
        expect(Array.from(table.order())).toEqual(orderSlowly(rows, documented));
      }),
      { numRuns: 400 },
    );
  });

  test('any comparison with an address, of rows of all kinds', () => {
    const relation = fc.constantFrom('=', '!=', '<', '<=', '>', '>=', 'in', 'not in');
    const bits = fc.oneof(fc.constant(undefined), fc.nat(128));
    fc.assert(
      fc.property(
        wholeTables(12),
        fc.constantFrom('local', 'remote'),
        relation,
        fc.nat(),
        fc.nat(),
        bits,
        (tables, field, operator, place, other, length) => {
          const { table, rows } = decodeWhole(tables);
          using _ = table;
          const ends = rows.flatMap(({ local, remote }) => (remote === null ? [local] : [local, remote]));
          if (ends.length === 0) return;
          const chosen = ends[place % ends.length]!;
          const most = chosen.bytes.length * 8;
          const prefix = length === undefined ? most : length % (most + 1);
          const size = 1n << BigInt(most - prefix);
          let low = (numberOf(chosen) / size) * size;
          let high = low + size - 1n;
          let text =
            length === undefined
              ? textOf({ ...chosen, scope: 0 })
              : `${textOf({ ...chosen, scope: 0 })}/${prefix}`;
          const second = ends[other % ends.length]!;
          if (operator.endsWith('in') && second.bytes.length === chosen.bytes.length) {
            const [from, to] = numberOf(chosen) <= numberOf(second) ? [chosen, second] : [second, chosen];
            text = `${textOf({ ...from, scope: 0 })}..${textOf({ ...to, scope: 0 })}`;
            [low, high] = [numberOf(from), numberOf(to)];
          }
          const holds = (row: SocketRow): boolean => {
            const end = field === 'local' ? row.local : row.remote;
            const isNegated = operator === '!=' || operator === 'not in';
            if (end === null || (field === 'remote' && row.state === 2)) return isNegated;
            if (end.bytes.length !== chosen.bytes.length) return isNegated;
            const value = numberOf(end);
            if (operator === '<') return value < low;
            if (operator === '<=') return value <= high;
            if (operator === '>') return value > high;
            if (operator === '>=') return value >= low;
            return (low <= value && value <= high) !== isNegated;
          };
          const expected = rows.flatMap((row, i) => (holds(row) ? [i] : []));
          expect(Array.from(table.select(`${field} ${operator} ${text}`)), text).toEqual(expected);
        },
      ),
      { numRuns: 2000 },
    );
  });

  const IPV6_LOOPBACK = [...Array<number>(15).fill(0), 1];
  test.each<readonly [string, (row: SocketRow) => boolean]>([
    ['udp', (row) => row.protocol === 'UDP'],
    ['ipv6 and tcp', (row) => row.family === 'IPv6' && row.protocol === 'TCP'],
    ['state > 5', (row) => row.state !== null && row.state > 5],
    ['not state = LISTEN', (row) => row.state !== 2],
    ['state != ESTABLISHED', (row) => row.state !== 5],
    ['offload >= 1', (row) => row.offload !== null && row.offload >= 1],
    ['not offload = 0', (row) => row.offload !== 0],
    ['rport in 0..65535', (row) => row.remote !== null && row.state !== 2],
    ['not rport = 80', (row) => row.remote?.port !== 80 || row.state === 2],
    ['::1', (row) => [row.local, far(row)].some((end) => end?.bytes.join() === IPV6_LOOPBACK.join())],
    [
      '[::1]:443',
      (row) =>
        [row.local, far(row)].some((end) => end?.bytes.join() === IPV6_LOOPBACK.join() && end.port === 443),
    ],
    ['[::1]', (row) => [row.local, far(row)].some((end) => end?.bytes.join() === IPV6_LOOPBACK.join())],
    ['local = fe80::1%3', (row) => textOf(row.local) === 'fe80::1%3'],
    [
      'local in fe80::/10',
      (row) => row.family === 'IPv6' && row.local.bytes[0] === 0xfe && row.local.bytes[1]! >> 6 === 2,
    ],
    ['local = ::ffff:10.0.0.1', (row) => textOf({ ...row.local, scope: 0 }) === '::ffff:10.0.0.1'],
    [
      'local in 10.0.0.1, ::1, 2001:db8::/64',
      (row) =>
        textOf(row.local) === '10.0.0.1' ||
        row.local.bytes.join() === IPV6_LOOPBACK.join() ||
        (row.family === 'IPv6' && row.local.bytes.slice(0, 8).join() === '32,1,13,184,0,0,0,0'),
    ],
  ])('%s', (text, holds) => {
    fc.assert(
      fc.property(wholeTables(), (tables) => {
        const { table, rows } = decodeWhole(tables);
        using _ = table;
        expect(Array.from(table.select(text))).toEqual(rows.flatMap((row, i) => (holds(row) ? [i] : [])));
      }),
      { numRuns: 200 },
    );
  });

  test('counts by any field, prefix and pair', () => {
    const by = fc.constantFrom(...COUNTED);
    fc.assert(
      fc.property(wholeTables(), by, fc.option(by), (tables, first, second) => {
        const { table, rows } = decodeWhole(tables);
        using _ = table;
        const names = second === null ? [first] : [first, second];
        const expected = new Map<string, number>();
        for (const row of rows) {
          const key = JSON.stringify(names.map((name) => countedValue(row, name)));
          expected.set(key, (expected.get(key) ?? 0) + 1);
        }
        const counted = table.countBy(names.join(','));
        const found = counted.map(({ value, count }) => {
          return [JSON.stringify(second === null ? [value] : value), count] as const;
        });
        expect(found).toHaveLength(expected.size);
        expect(new Map(found)).toEqual(expected);
        expect(counted.map(({ count }) => count)).toEqual([...expected.values()].sort((a, b) => b - a));
      }),
      { numRuns: 500 },
    );
  });

  test('CSV and NDJSON of any rows', () => {
    fc.assert(
      fc.property(wholeTables(), fc.array(fc.nat(), { maxLength: 60 }), (tables, chosen) => {
        const { table } = decodeWhole(tables);
        using _ = table;
        const numbers = Uint32Array.from(table.rowCount === 0 ? [] : chosen, (n) => n % table.rowCount);
        const rows = table.rows(numbers);
        const text = new TextDecoder();
        const csv = text.decode(table.formatCsv(numbers)).split('\n');
        expect(csv.slice(1, -1)).toEqual(
          rows.map((row) =>
            Object.values(row)
              .map((v) => v ?? '')
              .join(),
          ),
        );
        const ndjson = text.decode(table.formatNdjson(numbers)).split('\n').slice(0, -1);
        expect(ndjson.map((line) => JSON.parse(line) as Connection)).toEqual(rows);
      }),
      { numRuns: 300 },
    );
  });

  test('differences between tables of all kinds', () => {
    fc.assert(
      fc.property(wholeTables(12), fc.array(fc.nat(5), { minLength: 48, maxLength: 48 }), (tables, fates) => {
        const kept = tables.map((bytes, t) => uniqueKeys(WHOLE[t]!, bytes));
        // 0: stays out of the table before, 1: of the one after, 2: changes its pid; all others stay as they are.
        const pick = (without: number, pid: number): Uint8Array[] =>
          kept.map((bytes, t) => changeRows(WHOLE[t]!, bytes, fates.slice(12 * t), without, pid));
        const { table: before, rows: rowsBefore } = decodeWhole(pick(0, 1));
        const { table: after, rows: rowsAfter } = decodeWhole(pick(1, 2));
        const found = diffTables(before, after);
        before.free();
        after.free();
        const keysBefore = rowsBefore.map(keyOf);
        const keysAfter = rowsAfter.map(keyOf);
        const only = (keys: readonly string[], others: readonly string[]): string[] =>
          keys.filter((key) => !others.includes(key)).sort();
        expect(Array.from(found.opened, (row) => keysAfter[row]!).sort()).toEqual(
          only(keysAfter, keysBefore),
        );
        expect(Array.from(found.closed, (row) => keysBefore[row]!).sort()).toEqual(
          only(keysBefore, keysAfter),
        );
        expect(found.stateChanged).toEqual([]);
        const changed = rowsBefore.flatMap((row, i) => {
          const j = keysAfter.indexOf(keysBefore[i]!);
          return j >= 0 && row.state !== 11 && row.pid !== rowsAfter[j]!.pid ? [[i, j]] : [];
        });
        expect([...found.ownerChanged].sort(([a], [b]) => a - b)).toEqual(changed);
      }),
      { numRuns: 400 },
    );
  });

  test('differences between large tables of IPv6, in nearly the same order and in none', () => {
    const { first, size } = STRUCTURES['tcp6-2'];
    /** In the second table, one word of some addresses is another, and all else is as it was. */
    const make = (rows: readonly number[], isSecond: boolean): Uint8Array => {
      const bytes = new Uint8Array(first + rows.length * size);
      const view = new DataView(bytes.buffer);
      view.setUint32(0, rows.length, true);
      for (const [i, n] of rows.entries()) {
        const at = first + i * size;
        const isListener = n % 10 === 0;
        // Neighbours differ in the first word of the address only, in the last, or in the scope id.
        view.setUint32(at, 0x20010000 + (n % 7));
        view.setUint32(at + 12, Math.floor(n / 7) % 300);
        view.setUint32(at + 16, n % 3, true);
        view.setUint16(at + 20, Math.floor(n / 2100) + 1000);
        view.setUint32(at + 28, isListener ? Number(isSecond) : n);
        view.setUint16(at + 44, 443);
        view.setUint32(at + 48, isListener ? 2 : 5, true);
        if (isSecond && isMoved(n)) view.setUint32(at + [0, 4, 8, 16, 24, 28, 32, 40][n % 8]!, 0xabcdef);
      }
      return bytes;
    };
    const isMoved = (n: number): boolean => n % 97 === 50 && n % 10 !== 0;
    const numbers = Array.from({ length: 12_000 }, (_, i) => i);
    const moved = numbers.filter(isMoved);
    const kept = numbers.filter((n) => n % 97 !== 3);
    const added = Array.from({ length: 150 }, (_, i) => 20_000 + 11 * i);
    const spread = kept.flatMap((n, i) =>
      i % 75 === 7 && i / 75 < added.length ? [added[Math.floor(i / 75)]!, n] : [n],
    );
    const shuffled = [...kept, ...added].sort((a, b) => ((a * 7919) % 20_011) - ((b * 7919) % 20_011));
    for (const after of [spread, shuffled]) {
      using tableBefore = decoder.decode(make(numbers, false), 'tcp6-2');
      using tableAfter = decoder.decode(make(after, true), 'tcp6-2');
      const found = diffTables(tableBefore, tableAfter);
      const opened = Array.from(found.opened, (row) => after[row]!).sort((a, b) => a - b);
      const gone = numbers.filter((n) => n % 97 === 3);
      expect(opened).toEqual([...moved, ...added].sort((a, b) => a - b));
      expect(Array.from(found.closed).sort((a, b) => a - b)).toEqual(
        [...gone, ...moved].sort((a, b) => a - b),
      );
      expect([found.stateChanged, found.ownerChanged]).toEqual([[], []]);
    }
  });

  test.each([
    ['few addresses', 9],
    ['as many addresses as rows', 100_000],
  ])('order and counts of large tables of all kinds with %s', (_name, addresses) => {
    const pick = (seed: number, most: number): number => (Math.imul(seed, 2_654_435_761) >>> 7) % most;
    const sockets = (name: ClassName, from: number): Socket[] =>
      Array.from({ length: 2500 }, (_row, i): Socket => {
        const [a, b] = [pick(from + i, addresses), pick(from + 7 * i, addresses)];
        const address = (n: number): number[] =>
          STRUCTURES[name].family === 'IPv4'
            ? [10, (n >> 16) & 255, (n >> 8) & 255, n & 255]
            : [0x20, 1, 0xd, 0xb8, n & 255, 0, 0, 0, 0, 0, 0, (n >> 8) & 255, 0, 0, 0, n & 255];
        return {
          state: 1 + pick(i, 12),
          local: address(a),
          localScope: pick(i, 2),
          lport: pick(3 * i, 5),
          remote: address(b),
          remoteScope: pick(i, 3),
          rport: pick(i + 5, 65_536),
          pid: pick(i, 40),
        };
      });
    const tables = WHOLE.map((name, i) => tableOf(name, sockets(name, 10_000 * i)));
    const { table, rows } = decodeWhole(tables);
    using _ = table;
    for (const keys of [
      ['remote', '-lport'],
      ['-local', 'remote'],
      ['protocol', 'family', 'local', 'lport', 'remote'],
    ]) {
      expect(Array.from(table.order(keys))).toEqual(orderSlowly(rows, keys));
    }
    for (const field of ['remote', 'local', 'local/64', 'remote/24']) {
      const sum = table.countBy(field).reduce((total, { count }) => total + count, 0);
      expect(sum).toBe(rows.length);
    }
    const byText = new Map<string, number>();
    for (const { local } of rows) byText.set(textOf(local), (byText.get(textOf(local)) ?? 0) + 1);
    expect(new Map(table.countBy('local').map(({ value, count }) => [value, count]))).toEqual(byText);
  });

  test('memory is given back', () => {
    const { table } = decodeWhole(fc.sample(wholeTables(), { seed: 1, numRuns: 1 })[0]!);
    table.countBy('remote,local');
    table.formatCsv();
    table.free();
    const floor = decoder.memoryBytes;
    for (const tables of fc.sample(wholeTables(), { seed: 2, numRuns: 200 })) {
      const { table: next } = decodeWhole(tables);
      next.countBy('remote/64,local');
      next.formatNdjson();
      next.free();
    }
    expect(decoder.memoryBytes).toBe(floor);
  });
});

describe('the rows of a snapshot', () => {
  test.each<readonly [tables: string[], expected: string]>([
    [['tcp2', 'tcp-owner-module', 'tcp6-2', 'tcp6-owner-module'], 'tcp2 tcp6-2'],
    [['tcp-owner-pid', 'tcp-owner-module', 'udp', 'udp-owner-pid'], 'tcp-owner-module udp-owner-pid'],
    [['tcp2', 'tcp2'], 'tcp2'],
    [['tcp2', 'tcp2-bound', 'tcp6-2-bound'], 'tcp2 tcp2-bound tcp6-2-bound'],
    [['tcp-owner-pid:listeners', 'tcp-owner-pid:connections'], 'tcp-owner-pid tcp-owner-pid'],
    [['tcp-owner-module:listeners', 'tcp-owner-pid'], 'tcp-owner-pid'],
    [['future-table', 'udp6'], 'udp6'],
  ])('of %s are those of %s', async (names, expected) => {
    const decoder = await createDecoder(readFileSync(new URL('../../dist/tcpscope.wasm', import.meta.url)));
    const bytes = new Uint8Array(8 + 192);
    bytes[0] = 1;
    const tables = names.map((name): RawTable => {
      const [tableClass = '', scope = 'all'] = name.split(':');
      return { class: tableClass, scope, synthesized: false, bytes };
    });
    using table = decoder.decodeSnapshot({ ...EXAMPLE_SNAPSHOT, tables });
    expect(table.rowCount).toBe(expected.split(' ').length);
    const kinds = table.rows(Array.from({ length: table.rowCount }, (_, i) => i));
    expect(kinds.map(({ protocol, family }) => `${protocol} ${family}`)).toEqual(
      expected.split(' ').map((name) => {
        const { protocol, family } = STRUCTURES[name as ClassName];
        return `${protocol} ${family}`;
      }),
    );
  });
});

function addressNumbers(column: ArrayLike<number>): bigint[] {
  if (column instanceof Uint32Array) return Array.from(column, BigInt);
  const bytes = Array.from(column);
  return Array.from({ length: bytes.length / 16 }, (_, row) =>
    bytes.slice(16 * row, 16 * row + 16).reduce((value, byte) => value * 256n + BigInt(byte), 0n),
  );
}

/** The end that a test on the remote end is about: a listener has none. */
function far(row: SocketRow): End | null {
  return row.state === 2 ? null : row.remote;
}

/** What a row is ordered by: of addresses the family, the number, and the scope id. */
function sortValues(row: SocketRow, field: string): bigint[] {
  const end = (value: End | null): bigint[] => [
    row.family === 'IPv4' ? 4n : 6n,
    value === null ? 0n : numberOf(value),
    BigInt(value?.scope ?? 0),
  ];
  switch (field) {
    case 'protocol':
      return [row.protocol === 'TCP' ? 6n : 17n];
    case 'family':
      return [row.family === 'IPv4' ? 4n : 6n];
    case 'local':
      return end(row.local);
    case 'remote':
      return end(row.remote);
    case 'lport':
      return [BigInt(row.local.port)];
    case 'rport':
      return [BigInt(row.remote?.port ?? 0)];
    default:
      return [BigInt(row[field as 'state' | 'pid' | 'offload'] ?? 0xffffffff)];
  }
}

function orderSlowly(rows: readonly SocketRow[], keys: readonly string[]): number[] {
  return rows
    .map((_, i) => i)
    .sort((a, b) => {
      for (const key of keys) {
        const field = key.replace('-', '');
        const [left, right] = [sortValues(rows[a]!, field), sortValues(rows[b]!, field)];
        for (const [i, value] of left.entries()) {
          if (value !== right[i]) return value < (right[i] ?? 0n) === (field === key) ? -1 : 1;
        }
      }
      return a - b;
    });
}

function countedValue(row: SocketRow, name: string): string | number | null {
  const [field = '', both, bitsOfIPv6] = name.split('/');
  const bits = row.family === 'IPv6' && bitsOfIPv6 !== undefined ? bitsOfIPv6 : both;
  const end = field === 'local' ? row.local : field === 'remote' ? row.remote : undefined;
  if (end === null) return null;
  if (end !== undefined) {
    if (bits === undefined) return textOf(end);
    const most = end.bytes.length * 8;
    const size = 1n << BigInt(most - Math.min(most, Number(bits)));
    const first = (numberOf(end) / size) * size;
    const bytes = end.bytes.map((_, i) => Number((first >> BigInt(most - 8 * (i + 1))) & 255n));
    // A prefix that is a whole address is one, with its scope id left out.
    const text = textOf({ bytes, scope: 0 });
    return Number(bits) >= most ? text : `${text}/${bits}`;
  }
  switch (field) {
    case 'protocol':
      return row.protocol === 'TCP' ? 6 : 17;
    case 'family':
      return row.family === 'IPv4' ? 4 : 6;
    case 'lport':
      return row.local.port;
    case 'rport':
      return row.remote?.port ?? null;
    default:
      return row[field as 'state' | 'pid' | 'offload'];
  }
}

/** What makes two rows the same connection. */
function keyOf(row: SocketRow): string {
  const remote = far(row);
  const end = ({ bytes, scope, port }: End): string => `${bytes.join('.')}%${scope}:${port}`;
  return `${row.protocol} ${row.family} ${end(row.local)} ${remote === null ? '*' : end(remote)}`;
}

/** The table with only the first row of each key, and no pid above 2³¹, so that there is one more for each. */
function uniqueKeys(name: ClassName, bytes: Uint8Array): Uint8Array {
  const rows = decodeSockets(name, bytes).map(keyOf);
  return keepRows(name, bytes, (i) => rows.indexOf(rows[i]!) === i);
}

function keepRows(name: ClassName, bytes: Uint8Array, isKept: (row: number) => boolean): Uint8Array {
  const { first, size } = STRUCTURES[name];
  const count = decodeSockets(name, bytes).length;
  const kept = Array.from({ length: count }, (_, i) => i).filter(isKept);
  const result = new Uint8Array(first + kept.length * size);
  new DataView(result.buffer).setUint32(0, kept.length, true);
  for (const [i, row] of kept.entries()) {
    result.set(bytes.subarray(first + row * size, first + (row + 1) * size), first + i * size);
  }
  return result;
}

function changeRows(
  name: ClassName,
  bytes: Uint8Array,
  fates: readonly number[],
  without: number,
  pid: number,
): Uint8Array {
  const structure = STRUCTURES[name] as { first: number; size: number; pid?: number };
  const changed = bytes.slice();
  const view = new DataView(changed.buffer);
  for (let i = 0; structure.first + (i + 1) * structure.size <= bytes.length; i++) {
    const at = structure.first + i * structure.size + structure.pid!;
    if (fates[i] === 2) view.setUint32(at, pid, true);
  }
  return keepRows(name, changed, (i) => fates[i] !== without);
}
