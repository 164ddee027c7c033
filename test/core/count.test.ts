import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { createDecoder, type Decoder } from 'tcpscope/core';
import { encodeRows, rawTable } from '../reference/arbitraryTable.js';
import { EXAMPLE_SNAPSHOT } from '../reference/exampleSnapshot.js';
import { addressNumber, decodeReference, type ReferenceRow } from '../reference/mibTcpTable2.js';

let decoder: Decoder;

beforeAll(async () => {
  decoder = await createDecoder(readFileSync(new URL('../../dist/tcpscope.wasm', import.meta.url)));
});

/** For each field: its value as a number to order by, and as it is returned. */
const FIELDS: Readonly<Record<string, (row: ReferenceRow) => readonly [number, string | number]>> = {
  state: ({ state }) => [state, state],
  local: ({ localAddress }) => [addressNumber(localAddress), localAddress],
  lport: ({ localPort }) => [localPort, localPort],
  remote: ({ remoteAddress }) => [addressNumber(remoteAddress), remoteAddress],
  rport: ({ remotePort }) => [remotePort, remotePort],
  pid: ({ pid }) => [pid, pid],
  offload: ({ offload }) => [offload, offload],
  protocol: () => [0, 6],
  family: () => [0, 4],
  ...Object.fromEntries(
    [8, 13, 16, 24, 31, 32].flatMap((bits) =>
      (['local', 'remote'] as const).map((end) => [
        `${end}/${bits}`,
        (row: ReferenceRow) => prefix(row[`${end}Address`], bits),
      ]),
    ),
  ),
};

test('agrees with a Map, for every field, pair, prefix and choice of rows', () => {
  const field = fc.constantFrom(...Object.keys(FIELDS));
  const by = fc.oneof(
    field.map((name) => [name]),
    fc.tuple(field, field),
  );
  const choice = fc.option(fc.array(fc.nat(), { maxLength: 80 }), { nil: undefined });
  fc.assert(
    fc.property(rawTable, by, choice, (raw, names, chosen) => {
      const rows = decodeReference(raw);
      const numbers =
        rows.length === 0 ? undefined : chosen && Uint32Array.from(chosen, (number) => number % rows.length);
      using table = decoder.decode(raw, 'tcp2');
      const counted = table.countBy(names.join(','), numbers);
      expect(counted).toEqual(
        reference(numbers ? Array.from(numbers, (number) => rows[number]!) : rows, names),
      );
      expect(table.countBy(names.join(','), numbers, 2)).toEqual(counted.slice(0, 2));
    }),
    { numRuns: 1500 },
  );
});

test('many different values, more than the first hash tables hold', () => {
  for (const count of [511, 512, 513, 4096, 50_000]) {
    const rows = Array.from({ length: count }, (_, i) => [
      5,
      Math.imul(i, 2654435761) >>> 0,
      0,
      i % 7,
      0,
      i,
      0,
    ]);
    using table = decoder.decode(encodeRows(rows), 'tcp2');
    expect(table.countBy('pid')).toEqual(rows.map((_, i) => ({ value: i, count: 1 })));
    expect(table.countBy('local')).toHaveLength(count);
    expect(table.countBy('remote')).toHaveLength(7);
  }
});

/** Values that the hash function of assembly/count/hashed.ts takes to the last of its 4,096 slots. */
const LAST_SLOT = Array.from({ length: 300_000 }, (_, i) => i * 8191).filter(
  (value) => Math.imul(value, 0x9e3779b9) >>> 20 === 4095,
);

/** Every way of counting has values at which it ends: counters for a range, a table for few values, sorted values beyond. */
describe.each(['tcpscope.wasm', 'tcpscope.debug.wasm'])('%s: values of every spread', (wasm) => {
  const STEPS: readonly (readonly [string, (i: number) => number])[] = [
    ['one value', () => 0xffffffff],
    ['neighbours', (i) => 0xffff0000 + (i % 5000)],
    ['the widest range with counters', (i) => 77 + (i % 2 === 0 ? 131_071 : i % 900)],
    ['the next wider range', (i) => 77 + (i % 2 === 0 ? 131_072 : i % 900)],
    ['lowest and highest', (i) => (i % 3 === 0 ? 0 : 0xffffffff)],
    ['as many as are hashed', (i) => Math.imul(i % 2048, 0x9e3779b1) >>> 0],
    ['one more', (i) => Math.imul(i % 2049, 0x9e3779b1) >>> 0],
    ['hash values that collide', (i) => ((i % 2000) * 2 ** 20) >>> 0],
    ['values of the last slot, which go on in the first', (i) => LAST_SLOT[i % LAST_SLOT.length]!],
    ['two digits', (i) => 5000 + (Math.imul(i, 0x9e3779b1) >>> 9)],
    ['three digits', (i) => Math.imul(i, 0x9e3779b1) >>> 0],
    ['three digits, the lowest far up', (i) => 0x80000000 + (Math.imul(i, 0x9e3779b1) >>> 1)],
    ['few frequent among many', (i) => (i % 4 === 0 ? i % 12 : Math.imul(i, 0x85ebca6b)) >>> 0],
  ];

  test.each(STEPS)('%s', async (_, valueOf) => {
    const decode = await createDecoder(readFileSync(new URL(`../../dist/${wasm}`, import.meta.url)));
    for (const count of [1, 2, 3, 63, 64, 65, 1000, 40_001]) {
      const pids = Array.from({ length: count }, (_value, i) => valueOf(i));
      const locals = Uint32Array.from(pids, (_value, i) => Math.imul(i % 3000, 0x27d4eb2f));
      const rows = pids.map((pid, i) => [5, locals[i]!, i % 65536, networkOrder(pid), 0, pid, 0]);
      using table = decode.decode(encodeRows(rows), 'tcp2');
      expect(table.countBy('pid')).toEqual(countSlowly(pids));
      expect(table.countBy('pid', undefined, 3)).toEqual(countSlowly(pids).slice(0, 3));
      expect(table.countBy('remote/20')).toEqual(
        countSlowly(pids.map((pid) => pid >>> 12)).map(({ value, count: times }) => ({
          value: `${addressText(networkOrder(value * 4096))}/20`,
          count: times,
        })),
      );
      const pairs = table
        .countBy('pid,local/20')
        .map(({ value, count: times }) => [...(value as [number, string]), times] as const);
      const expected = new Map<string, number>();
      for (const [i, pid] of pids.entries()) {
        const key = `${pid} ${prefix(addressText(locals[i]!), 20)[1]}`;
        expected.set(key, (expected.get(key) ?? 0) + 1);
      }
      expect(new Map(pairs.map(([pid, local, times]) => [`${pid} ${local}`, times]))).toEqual(expected);
    }
  });
});

describe('many rows, which are dealt out to buckets', () => {
  const ROWS = 2 ** 19 + 3;
  const low = 0x123456;
  /** 5,000 values anywhere in 24 bits. */
  const anywhere = (i: number): number => Math.imul(i % 5000, 0x9e3779b1) >>> 8;
  test.each<[string, (i: number) => number]>([
    ['the widest range', (i) => (i < 2 ? i * 0xffffff : anywhere(i))],
    ['the next wider one', (i) => (i < 2 ? i * 0x1000000 : anywhere(i))],
    ['ends of buckets, others empty', (i) => 4095 * (i % 3) + 4096 * (i % 1601)],
    ['the last bucket not full', (i) => (i % 20 === 0 ? i % 300_001 : anywhere(i) % 300_001)],
  ])('%s', (_, offsetOf) => {
    const pids = Array.from({ length: ROWS }, (_value, i) => low + offsetOf(i));
    using table = decoder.decode(encodeRows(pids.map((pid) => [5, 0, 0, 0, 0, pid, 0])), 'tcp2');
    const expected = countSlowly(pids);
    // Twice: what it counts in must be cleared behind it.
    expect(table.countBy('pid')).toEqual(expected);
    expect(table.countBy('pid')).toEqual(expected);
    expect(table.countBy('pid', undefined, 3)).toEqual(expected.slice(0, 3));
  });
});

/** Values in ascending order and how often each is there, the most frequent first. */
function countSlowly(values: readonly number[]): { value: number; count: number }[] {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || a.value - b.value);
}

/** An address, its first octet on top, as it lies in a raw row. */
function networkOrder(address: number): number {
  return [0, 8, 16, 24].reduce((word, shift) => word * 256 + ((address >>> shift) & 255), 0);
}

/** The text of an address as it lies in a raw row: the first octet lowest. */
function addressText(address: number): string {
  return [0, 8, 16, 24].map((shift) => (address >>> shift) & 255).join('.');
}

test('processes are counted by name', () => {
  const [table] = EXAMPLE_SNAPSHOT.tables;
  const rows = [3, 1, 9, 3, 2].map((pid) => [5, 1, 1, 1, 1, pid, 0]);
  const processes = [
    { pid: 1, name: 'a' },
    { pid: 2, name: 'b' },
    { pid: 3, name: 'b' },
  ];
  using decoded = decoder.decodeSnapshot({
    ...EXAMPLE_SNAPSHOT,
    processes,
    tables: [{ ...table!, bytes: encodeRows(rows) }],
  });
  expect(decoded.countBy('process')).toEqual([
    { value: 'b', count: 3 },
    { value: null, count: 1 },
    { value: 'a', count: 1 },
  ]);
  expect(decoded.countBy('process,pid')[0]).toEqual({ value: ['b', 3], count: 2 });
});

test.each([
  [
    'port',
    'no field "port" to count by; there are protocol, family, state, local, lport, remote, rport, pid, process, offload',
  ],
  [
    'remote/0',
    'no prefix "remote/0"; write local or remote and 1 to 128 bits, like remote/24, or bits of IPv4 and of IPv6, like remote/24/64',
  ],
  [
    'remote/129',
    'no prefix "remote/129"; write local or remote and 1 to 128 bits, like remote/24, or bits of IPv4 and of IPv6, like remote/24/64',
  ],
  ['remote/33/64', 'no prefix "remote/33/64"'],
  ['remote/24/129', 'no prefix "remote/24/129"'],
  ['remote/24/0', 'no prefix "remote/24/0"'],
  ['remote/24/64/8', 'no prefix "remote/24/64/8"'],
  ['remote/24/', 'no prefix "remote/24/"'],
  [
    'pid/8',
    'no prefix "pid/8"; write local or remote and 1 to 128 bits, like remote/24, or bits of IPv4 and of IPv6, like remote/24/64',
  ],
  ['pid,state,rport', 'cannot count by 3 fields at once; two are the most'],
])('%s cannot be counted by', (by, message) => {
  using table = decoder.decodeSnapshot(EXAMPLE_SNAPSHOT);
  expect(() => table.countBy(by)).toThrow(message);
});

test('a row that does not exist is a RangeError', () => {
  using table = decoder.decodeSnapshot(EXAMPLE_SNAPSHOT);
  expect(() => table.countBy('pid', Uint32Array.of(0, 3))).toThrow(
    new RangeError('no row 3; the table has 3 rows'),
  );
});

function prefix(address: string, bits: number): readonly [number, string] {
  const size = 2 ** (32 - bits);
  const first = Math.floor(addressNumber(address) / size) * size;
  const text = [24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join('.');
  return [first, bits === 32 ? text : `${text}/${bits}`];
}

function reference(rows: readonly ReferenceRow[], names: readonly string[]): unknown[] {
  const groups = new Map<string, { order: number[]; value: unknown; count: number }>();
  for (const row of rows) {
    const values = names.map((name) => FIELDS[name]!(row));
    const key = JSON.stringify(values);
    const shown = values.map(([, value]) => value);
    const group = groups.get(key) ?? {
      order: values.map(([order]) => order),
      value: shown.length === 1 ? shown[0] : shown,
      count: 0,
    };
    group.count++;
    groups.set(key, group);
  }
  return [...groups.values()]
    .sort((a, b) => b.count - a.count || a.order[0]! - b.order[0]! || (a.order[1] ?? 0) - (b.order[1] ?? 0))
    .map(({ value, count }) => ({ value, count }));
}
