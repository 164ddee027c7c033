import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { createDecoder, diffTables, type Decoder, type Table } from 'tcpscope/core';
import { encodeRows } from '../reference/arbitraryTable.js';
import { EXAMPLE_SNAPSHOT } from '../reference/exampleSnapshot.js';
import { decodeReference, type ReferenceRow } from '../reference/mibTcpTable2.js';

const [LISTEN, ESTABLISHED, TIME_WAIT] = [2, 5, 11];

let decoder: Decoder;
let other: Decoder;

beforeAll(async () => {
  const wasm = readFileSync(new URL('../../dist/tcpscope.wasm', import.meta.url));
  decoder = await createDecoder(wasm);
  other = await createDecoder(wasm);
});

type Words = readonly number[];
const row = (state: number, lport: number, rport: number, pid: number): Words => [
  state,
  1,
  lport,
  2,
  rport,
  pid,
  0,
];

function diff(before: readonly Words[], after: readonly Words[]) {
  using a = decoder.decode(encodeRows(before), 'tcp2');
  using b = decoder.decode(encodeRows(after), 'tcp2');
  const { opened, closed, stateChanged, ownerChanged } = diffTables(a, b);
  return { opened: [...opened], closed: [...closed], stateChanged, ownerChanged };
}

const NOTHING = { opened: [], closed: [], stateChanged: [], ownerChanged: [] };

test('equal tables, in whatever order, do not differ', () => {
  const rows = [row(ESTABLISHED, 1, 2, 3), row(LISTEN, 4, 0, 5), row(ESTABLISHED, 1, 9, 3)];
  expect(diff(rows, rows.toReversed())).toEqual(NOTHING);
  expect(diff([], [])).toEqual(NOTHING);
});

test('opened, closed, state changed, owner changed', () => {
  const before = [row(ESTABLISHED, 1, 2, 3), row(ESTABLISHED, 1, 3, 3), row(ESTABLISHED, 1, 4, 3)];
  const after = [row(ESTABLISHED, 1, 4, 9), row(8, 1, 3, 3), row(ESTABLISHED, 1, 5, 3)];
  expect(diff(before, after)).toEqual({
    opened: [2],
    closed: [0],
    stateChanged: [[1, 1]],
    ownerChanged: [[2, 0]],
  });
});

test('listeners are compared by their local end only', () => {
  expect(diff([row(LISTEN, 80, 1234, 3)], [row(LISTEN, 80, 4321, 3)])).toEqual(NOTHING);
});

test('that TIME_WAIT has no owner is no change of owner', () => {
  expect(diff([row(ESTABLISHED, 1, 2, 3)], [row(TIME_WAIT, 1, 2, 0)])).toEqual({
    ...NOTHING,
    stateChanged: [[0, 0]],
  });
});

test('rows of one key are counted, and paired by pid first', () => {
  const before = [row(LISTEN, 80, 0, 7), row(LISTEN, 80, 0, 3)];
  const after = [row(LISTEN, 80, 0, 3), row(LISTEN, 80, 0, 5), row(LISTEN, 80, 0, 7)];
  expect(diff(before, after)).toEqual({ ...NOTHING, opened: [1] });
  expect(diff(after, before)).toEqual({ ...NOTHING, closed: [1] });
});

// Few values of everything, so that keys, duplicates, pids and states meet in all ways.
const few = fc.tuple(
  fc.constantFrom(LISTEN, ESTABLISHED, 8, TIME_WAIT),
  fc.constantFrom(1, 2),
  fc.constantFrom(0x5000, 0xffff5000, 0xbb01),
  fc.constantFrom(1, 2),
  fc.constantFrom(1, 2),
  fc.constantFrom(0, 4, 4242),
  fc.constant(0),
);
const tables = fc.oneof(
  fc.tuple(fc.array(few, { maxLength: 40 }), fc.array(few, { maxLength: 40 })),
  // Two tables of which one is mostly the other.
  fc
    .tuple(fc.array(few, { maxLength: 40 }), fc.infiniteStream(fc.nat(9)), few)
    .map(([rows, random, extra]) => {
      const after = rows.filter(() => (random.next().value as number) > 0);
      return [rows, random.next().value! > 5 ? [...after, extra] : after] as [typeof rows, typeof rows];
    }),
);

test('agrees with the slow reference, in one memory and across two', () => {
  fc.assert(
    fc.property(tables, fc.boolean(), ([before, after], across) => {
      const [rawA, rawB] = [encodeRows(before), encodeRows(after)];
      using a = decoder.decode(rawA, 'tcp2');
      using b: Table = (across ? other : decoder).decode(rawB, 'tcp2');
      const [rowsA, rowsB] = [decodeReference(rawA), decodeReference(rawB)];
      const { opened, closed, stateChanged, ownerChanged } = diffTables(a, b);
      expect(summary(rowsB, opened)).toEqual(summary(rowsB, reference(rowsA, rowsB).opened));
      expect(summary(rowsA, closed)).toEqual(summary(rowsA, reference(rowsA, rowsB).closed));
      const pairs = (list: readonly (readonly [number, number])[]) =>
        list.map(([i, j]) => `${inWords(rowsA[i]!)} → ${inWords(rowsB[j]!)}`).sort();
      expect(pairs(stateChanged)).toEqual(pairs(reference(rowsA, rowsB).stateChanged));
      expect(pairs(ownerChanged)).toEqual(pairs(reference(rowsA, rowsB).ownerChanged));
    }),
    { numRuns: 3000 },
  );
});

type Random = (below: number) => number;
/** What a table's rows are like: many rows of a key, some, next to none. */
const KEYS: Readonly<Record<string, (random: Random) => Words>> = {
  'a few keys': (random) => [
    [LISTEN, ESTABLISHED, TIME_WAIT][random(3)]!,
    1,
    random(2),
    2,
    random(3),
    random(3),
    0,
  ],
  'some keys twice': (random) => [
    ESTABLISHED + random(2),
    random(3),
    random(20),
    2,
    random(20),
    random(3),
    0,
  ],
  'hardly a key twice': (random) => [
    1 + random(12),
    random(3),
    random(65536),
    random(1e9),
    random(65536),
    4,
    0,
  ],
};
/** In which order the two tables have their rows. */
const ORDERS: Readonly<Record<string, (rows: Words[], random: Random) => Words[]>> = {
  'as they come': (rows) => rows,
  'in order': (rows) => rows.toSorted(byKey),
  'in no order': (rows, random) =>
    rows
      .map((words) => [random(1e9), words] as const)
      .sort(([x], [y]) => x - y)
      .map(([, words]) => words),
};
const CHURN: Readonly<Record<string, (row: Words, random: Random, make: () => Words) => Words[]>> = {
  none: (words) => [words],
  'in their places': (words, random, make) => [random(20) > 0 ? words : make()],
  'come and gone': (words, random, make) =>
    random(20) === 0 ? [] : random(20) === 0 ? [make(), words] : [words],
  'in other states, of other processes': ([state, ...rest], random) => {
    const words = [random(15) === 0 ? TIME_WAIT : state!, ...rest];
    if (random(15) === 0) words[5] = random(3);
    return [words];
  },
  'most of them': (_, random, make) => Array.from({ length: random(3) }, make),
};

function byKey(a: Words, b: Words): number {
  const key = ([state, local, lport, remote, rport]: Words): number[] =>
    state === LISTEN ? [local!, lport!, 0, 0] : [local!, lport!, remote!, rport!];
  const [x, y] = [key(a), key(b)];
  const at = x.findIndex((value, i) => value !== y[i]);
  return at === -1 ? 0 : x[at]! - y[at]!;
}

/** Host byte order is what byKey sorts by; tables hold network byte order. */
function inNetworkOrder([state, local, lport, remote, rport, pid, offload]: Words): Words {
  const swapU32 = (value: number): number => Buffer.from(new Uint32Array([value]).buffer).readUInt32BE(0);
  const swapU16 = (value: number): number => ((value & 255) << 8) | (value >> 8);
  return [state!, swapU32(local!), swapU16(lport!), swapU32(remote!), swapU16(rport!), pid!, offload!];
}

describe.each(Object.keys(KEYS))('%s', (keys) => {
  describe.each(Object.keys(ORDERS))('%s', (order) => {
    test.each(Object.keys(CHURN))('churn: %s', (churn) => {
      const check = (seed: number, size: number): void => {
        let state = seed;
        const random: Random = (below) => {
          state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
          return Math.floor((state / 2 ** 32) * below);
        };
        const make = (): Words => KEYS[keys]!(random);
        const rows = Array.from({ length: size }, make);
        const later = rows.flatMap((words) => CHURN[churn]!(words, random, make));
        const raw = [rows, later].map((table) =>
          encodeRows(ORDERS[order]!(table, random).map(inNetworkOrder)),
        );
        using a = decoder.decode(raw[0]!, 'tcp2');
        using b = decoder.decode(raw[1]!, 'tcp2');
        expect(inNumbers(diffTables(a, b))).toEqual(
          inNumbers(reference(decodeReference(raw[0]!), decodeReference(raw[1]!))),
        );
      };
      fc.assert(fc.property(fc.nat(), fc.integer({ min: 0, max: 300 }), check), { numRuns: 60 });
      check(1, 6000);
    });
  });
});

type Found = {
  readonly opened: ArrayLike<number>;
  readonly closed: ArrayLike<number>;
  readonly stateChanged: readonly (readonly [number, number])[];
  readonly ownerChanged: readonly (readonly [number, number])[];
};

function inNumbers({ opened, closed, stateChanged, ownerChanged }: Found) {
  const ascending = (x: readonly [number, number], y: readonly [number, number]): number =>
    x[0] - y[0] || x[1] - y[1];
  return {
    opened: Array.from(opened).sort((x, y) => x - y),
    closed: Array.from(closed).sort((x, y) => x - y),
    stateChanged: stateChanged.toSorted(ascending),
    ownerChanged: ownerChanged.toSorted(ascending),
  };
}

test('opened and closed rows come in the documented order', () => {
  fc.assert(
    fc.property(tables, ([before, after]) => {
      using a = decoder.decode(encodeRows(before), 'tcp2');
      using b = decoder.decode(encodeRows(after), 'tcp2');
      const { opened } = diffTables(a, b);
      const ends = Array.from(opened, (number) => b.row(number)).map(
        ({ localAddress, localPort }) => `${localAddress} ${String(localPort).padStart(5)}`,
      );
      expect(ends).toEqual(ends.toSorted());
    }),
  );
});

test('tables that cover different sockets are not compared', () => {
  const [table] = EXAMPLE_SNAPSHOT.tables;
  using all = decoder.decodeSnapshot(EXAMPLE_SNAPSHOT);
  using listeners = decoder.decodeSnapshot({
    ...EXAMPLE_SNAPSHOT,
    tables: [{ ...table!, scope: 'listeners' }],
  });
  expect(() => diffTables(all, listeners)).toThrow(
    'the tables cover different sockets: TCP over IPv4, all before, TCP over IPv4, listeners after',
  );
});

function keyOf(row: ReferenceRow): string {
  const local = `${row.localAddress}:${row.localPort}`;
  return row.state === LISTEN ? `${local} 0.0.0.0:0` : `${local} ${row.remoteAddress}:${row.remotePort}`;
}

function inWords(row: ReferenceRow): string {
  return `${keyOf(row)} ${row.state} ${row.pid}`;
}

function summary(rows: readonly ReferenceRow[], numbers: ArrayLike<number>): string[] {
  return Array.from(numbers, (number) => inWords(rows[number]!)).sort();
}

/** A Map of string keys: pairs equal pids first, then the rest, both in the order of pid and state. */
function reference(before: readonly ReferenceRow[], after: readonly ReferenceRow[]) {
  const groups = new Map<string, { a: number[]; b: number[] }>();
  const add = (rows: readonly ReferenceRow[], side: 'a' | 'b'): void =>
    rows.forEach((row, number) => {
      const group = groups.get(keyOf(row)) ?? { a: [], b: [] };
      group[side].push(number);
      groups.set(keyOf(row), group);
    });
  add(before, 'a');
  add(after, 'b');
  const found = {
    opened: [] as number[],
    closed: [] as number[],
    stateChanged: [] as [number, number][],
    ownerChanged: [] as [number, number][],
  };
  const byPid = (rows: readonly ReferenceRow[]) => (x: number, y: number) =>
    rows[x]!.pid - rows[y]!.pid || rows[x]!.state - rows[y]!.state || x - y;
  for (const group of groups.values()) {
    const a = group.a.sort(byPid(before));
    const b = group.b.sort(byPid(after));
    const pairs: [number, number][] = [];
    for (const i of a.slice()) {
      const at = b.findIndex((j) => after[j]!.pid === before[i]!.pid);
      if (at === -1) continue;
      pairs.push([i, b[at]!]);
      b.splice(at, 1);
      a.splice(a.indexOf(i), 1);
    }
    while (a.length > 0 && b.length > 0) pairs.push([a.shift()!, b.shift()!]);
    found.closed.push(...a);
    found.opened.push(...b);
    for (const [i, j] of pairs) {
      const [x, y] = [before[i]!, after[j]!];
      if (x.state !== y.state) found.stateChanged.push([i, j]);
      if (x.pid !== y.pid && x.state !== TIME_WAIT && y.state !== TIME_WAIT) found.ownerChanged.push([i, j]);
    }
  }
  return found;
}
