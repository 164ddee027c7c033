import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { createDecoder, type Decoder } from 'tcpscope/core';
import { firstDifference, randomOf, WORD, type Random } from '../reference/largeOrders.js';

// Tables large enough for the sort's buckets, and made to defeat it: its sample, its cells, its packed keys.
type Row = readonly [local: number, lport: number, remote: number, rport: number];

const KINDS: Readonly<Record<string, (random: Random, row: number) => Row>> = {
  'busy server': (random) => [0x0a000405, [443, 80, 22][random(3)]!, random(WORD), 1024 + random(64512)],
  'client with four addresses': (random) => [
    [0x0a000405, 0x0a000406, 0xc0a80111, 0x7f000001][random(4)]!,
    49152 + random(16384),
    random(1000) * 4_000_037,
    [443, 80][random(2)]!,
  ],
  uniform: (random) => [random(WORD), random(65536), random(WORD), random(65536)],
  constant: () => [1, 2, 3, 4],
  'one outlier': (_, row) => (row === 77 ? [WORD - 1, 65535, WORD - 1, 65535] : [1, 2, 3, 4]),
  'two outliers, and only the last field varies': (random, row) =>
    row < 2 ? [random(WORD), random(65536), random(WORD), random(65536)] : [7, 7, 7, random(65536)],
  'many addresses, only the remote port varies': (random) => [
    0x0a000000 + random(1000),
    443,
    1,
    random(65536),
  ],
  'few values of each field': (random) => [
    random(3) * 0x50000001,
    random(3),
    random(3) * 0x50000001,
    random(3),
  ],
  'NAT: one address, few remotes': (random) => [0x0a000001, random(65536), [1, WORD - 1][random(2)]!, 443],
  'exponentially distributed': (random) => [
    Math.floor(2 ** (random(3200) / 100)),
    random(65536),
    Math.floor(2 ** (random(3200) / 100)),
    random(65536),
  ],
  'clusters far from each other': (random) => [
    random(50) * 0x5000001 + random(3),
    random(20),
    random(300) * 0xd00001,
    1,
  ],
  'runs of equal keys up to the last field': (random) => [
    random(200) * 0x1000000,
    0,
    0xffffffff,
    random(65536),
  ],
  'the top bit alone tells most rows apart': (random) => [random(2) * 0x80000000, 0, 0, random(2)],
  'a few in every 64-bit prefix': (random) =>
    [random(WORD), random(65536), random(WORD) & 0xffff0000, random(4)].map(
      (value) => value >>> 0,
    ) as unknown as Row,
  // 56 bits vary, as many as entries hold, but nearly all rows differ in the lowest few: buckets are as narrow as can be.
  'a dense cluster below outliers': (random, row) =>
    row < 3 ? [random(WORD), 0, random(0x1000000), 0] : [0x0a000001, 0, 0x10000 + random(65536), 0],
  'a denser cluster below outliers': (random, row) =>
    row < 3 ? [random(WORD), 0, random(0x1000000), 0] : [0x0a000001, 0, 0x10000 + random(3000), 0],
  'the densest cluster below outliers': (random, row) =>
    row < 3 ? [random(WORD), 0, random(0x1000000), 0] : [0x0a000001, 0, 0x10000 + random(40), 0],
  sorted: (_, row) => [row >>> 8, 0, row & 255, 0],
  'sorted with ties': (_, row) => [row >>> 4, 0, 0, 0],
  reversed: (_, row) => [0xffffff - row, 0, 0, row & 0xffff],
  'reversed with ties': (_, row) => [0xffffff - (row >>> 1), 0, 0, 0],
  // Rows are looked at 512 at a time: runs cross from one into the next, the last ones are longer than that.
  'reversed with longer and longer runs of ties': (_, row) => [
    0xffffff - Math.floor(4 * Math.cbrt(row)),
    0,
    0,
    0,
  ],
  // More bits vary than are looked at first.
  'reversed, threes alike that the last field tells apart': (_, row) => {
    const nine = Math.floor(row / 9);
    const remote = Math.imul(nine, 0x9e3779b1) >>> 0;
    return [WORD - 1 - nine * 100_000, (nine * 7919) % 65536, remote, 60_000 - Math.floor((row % 9) / 3)];
  },
  'sorted but for the last row': (_, row) => [row === 0 ? 5 : row, 0, 0, 0],
};

let decoder: Decoder;

beforeAll(async () => {
  decoder = await createDecoder(readFileSync(new URL('../../dist/tcpscope.wasm', import.meta.url)));
});

describe.each(Object.keys(KINDS))('%s', (kind) => {
  test.each([1024, 1025, 2047, 2049, 5000, 30_000])('%i rows in the documented order', (count) => {
    const rows = makeRows(kind, count, count);
    using table = decoder.decode(encode(rows), 'tcp2');
    expect(firstDifference(table.order(), reference(rows, [1, 1, 1, 1]))).toBeUndefined();
  });

  test('any direction of any key', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: 1000, max: 4000 }),
        fc.tuple(fc.boolean(), fc.boolean(), fc.boolean(), fc.boolean()),
        (seed, count, descending) => {
          const rows = makeRows(kind, count, seed);
          using table = decoder.decode(encode(rows), 'tcp2');
          const keys = ['local', 'lport', 'remote', 'rport'].map((key, i) =>
            descending[i] ? `-${key}` : key,
          );
          const signs = descending.map((down) => (down ? -1 : 1));
          expect(firstDifference(table.order(keys), reference(rows, signs))).toBeUndefined();
        },
      ),
      { numRuns: 10 },
    );
  });
});

describe.each(Object.keys(KINDS))('the first rows: %s', (kind) => {
  test('any number of them, of any keys in any direction', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: 30_000, max: 45_000 }),
        fc.oneof(fc.integer({ min: 0, max: 200 }), fc.nat(50_000)),
        fc.shuffledSubarray([
          'local',
          '-local',
          'lport',
          '-lport',
          'remote',
          '-remote',
          'rport',
          '-rport',
          'pid',
        ]),
        (seed, count, wanted, keys) => {
          using table = decoder.decode(encode(makeRows(kind, count, seed)), 'tcp2');
          const first = table.firstRows(wanted, keys);
          expect(firstDifference(first, table.order(keys).subarray(0, wanted))).toBeUndefined();
        },
      ),
      { numRuns: 8 },
    );
  });
});

describe('a table that shows its sample other rows than there are', () => {
  const [count, wanted] = [300_000, 100];
  // A seed of 0; where partition.ts and codes.ts look then.
  const sampled = new Set([...sampledPlaces(count, 1024), ...sampledPlaces(count, 512)]);

  test('the first rows where those that are sampled come before all others', async () => {
    const rows = Array.from({ length: count }, (_, i): Row => [sampled.has(i) ? i : count + i, 1, i, 1]);
    const expected = reference(rows, [1, 1, 1, 1]).subarray(0, wanted);
    expect(await firstWithSeed(rows, 0)).toEqual({ first: expected, tookMemory: true });
    // Who does not know the seed, does not know the rows.
    expect(await firstWithSeed(rows, 0.37)).toEqual({ first: expected, tookMemory: false });
  });

  test.each([
    ['dense rows, others everywhere', dense, anywhere],
    ['rows everywhere, others dense', anywhere, dense],
    ['two values, others between', (random: Random): Row => [[1, WORD - 2][random(2)]!, 1, 1, 1], anywhere],
  ])('%s', async (_, ofSampled, ofOthers) => {
    const random = randomOf(7);
    const rows = Array.from({ length: count }, (__, i) =>
      sampled.has(i) ? ofSampled(random) : ofOthers(random),
    );
    using table = (await decodedWithSeed(rows, 0)).table;
    expect(firstDifference(table.order(), reference(rows, [1, 1, 1, 1]))).toBeUndefined();
  });

  async function firstWithSeed(rows: readonly Row[], random: number) {
    const decoded = await decodedWithSeed(rows, random);
    using table = decoded.table;
    // By what the sample tells the truth about: takes the memory that first rows need.
    table.firstRows(wanted, ['-remote']);
    const before = decoded.own.memoryBytes;
    return { first: table.firstRows(wanted), tookMemory: decoded.own.memoryBytes > before };
  }

  /** The engine gets its seed with the first table. */
  async function decodedWithSeed(rows: readonly Row[], random: number) {
    const spy = vi.spyOn(Math, 'random').mockReturnValue(random);
    try {
      const own = await createDecoder(readFileSync(new URL('../../dist/tcpscope.wasm', import.meta.url)));
      return { own, table: own.decode(encode(rows), 'tcp2') };
    } finally {
      spy.mockRestore();
    }
  }

  function dense(random: Random): Row {
    return [random(256), 1, random(4), 1];
  }

  function anywhere(random: Random): Row {
    return [random(WORD), random(65_536), random(WORD), random(65_536)];
  }
});

/** The places of assembly/order/sample.ts. */
function sampledPlaces(count: number, size: number): number[] {
  const stride = Math.floor(count / size);
  return Array.from({ length: size }, (_, i) => {
    let random = Math.imul(i + 1, 0x9e3779b9) >>> 0;
    random = Math.imul(random ^ (random >>> 15), 0x85ebca6b) >>> 0;
    random = (random ^ (random >>> 13)) >>> 0;
    return i * stride + Math.floor((random * stride) / WORD);
  });
}

test('the first rows of a large table take no memory for the order of the others', async () => {
  for (const kind of ['busy server', 'client with four addresses', 'uniform', 'reversed']) {
    const own = await createDecoder(readFileSync(new URL('../../dist/tcpscope.wasm', import.meta.url)));
    using table = own.decode(encode(makeRows(kind, 300_000, 1)), 'tcp2');
    table.firstRows(100);
    const before = own.memoryBytes;
    table.order();
    expect(own.memoryBytes).toBeGreaterThan(before);
  }
});

test('an order goes where it is wanted, and nowhere else', () => {
  const counts = fc.oneof(fc.nat(5), fc.integer({ min: 6, max: 3000 }));
  fc.assert(
    fc.property(counts, fc.integer({ min: -2, max: 40 }), fc.nat(), (count, more, seed) => {
      const rows = makeRows('uniform', count, seed);
      using table = decoder.decode(encode(rows), 'tcp2');
      const into = new Uint32Array(Math.max(0, count + more)).fill(WORD - 1);
      if (into.length < count) {
        expect(() => table.order(undefined, into)).toThrow(RangeError);
        expect(into.every((value) => value === WORD - 1)).toBe(true);
        return;
      }
      const order = table.order(['-remote', 'lport'], into);
      expect(order.buffer).toBe(into.buffer);
      expect(order).toEqual(table.order(['-remote', 'lport']));
      expect(into.subarray(0, count)).toEqual(order);
      expect(into.subarray(count).every((value) => value === WORD - 1)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

const UP_TO_300 = Array.from({ length: 301 }, (_, i) => i);

// One bucket: what its range, its slots and its insertion get wrong shows where each row is a good part of all.
test.each(Object.keys(KINDS))('small tables: %s', (kind) => {
  for (const count of [...UP_TO_300, 511, 512, 513, 514, 1022, 1023, 1024]) {
    const rows = makeRows(kind, count, 1000 + count);
    using table = decoder.decode(encode(rows), 'tcp2');
    expect(firstDifference(table.order(), reference(rows, [1, 1, 1, 1])), `${count} rows`).toBeUndefined();
  }
});

test.each(['few values of each field', 'client with four addresses', 'sorted with ties'])(
  'every size up to 300 rows, in all directions: %s',
  (kind) => {
    for (const count of UP_TO_300) {
      const rows = makeRows(kind, count, 77 + count);
      using table = decoder.decode(encode(rows), 'tcp2');
      for (let directions = 0; directions < 16; directions++) {
        const signs = [8, 4, 2, 1].map((bit) => ((directions & bit) > 0 ? -1 : 1));
        const keys = ['local', 'lport', 'remote', 'rport'].map((key, i) => (signs[i]! < 0 ? `-${key}` : key));
        const what = `${count} rows by ${keys.join(', ')}`;
        expect(firstDifference(table.order(keys), reference(rows, signs)), what).toBeUndefined();
      }
    }
  },
);

// Sorted but for two rows side by side, or for a tie, wherever these are: within a block, across two, among the last few.
describe.each([
  ['keys of 64 bits or fewer', (place: number): Row => [place >>> 4, 0, place & 15, 0]],
  ['keys of more', (place: number): Row => [place * 0x200001, (place * 7) & 0xffff, scattered(place), place]],
  // The first 64 bits, which are compared at once, are the same in three rows side by side.
  [
    'keys that begin alike',
    (place: number): Row => {
      const group = Math.floor(place / 3);
      return [group * 0x400001, (group * 7) & 0xffff, scattered(group), (place % 3) * 0x5555];
    },
  ],
])('nearly sorted, by %s', (_, rowAt) => {
  const COUNTS = [...Array.from({ length: 30 }, (__, i) => i + 2), 511, 512, 513, 514, 515, 1024, 1026];
  const placesOf = (count: number): number[] =>
    Array.from({ length: count - 1 }, (__, i) => i).filter(
      (i) => i < 20 || i > count - 6 || (i > 507 && i < 516),
    );

  test.each([1, -1])('in direction %i', (sign) => {
    const keys = ['local', 'lport', 'remote', 'rport'].map((key) => (sign < 0 ? `-${key}` : key));
    const expectOrder = (rows: readonly Row[], what: string): void => {
      using table = decoder.decode(encode(rows), 'tcp2');
      for (const [order, signs] of [
        [table.order(), [1, 1, 1, 1]],
        [table.order(keys), [sign, sign, sign, sign]],
      ] as const) {
        expect(firstDifference(order, reference(rows, signs)), what).toBeUndefined();
      }
    };
    for (const count of COUNTS) {
      const sorted = Array.from({ length: count }, (__, i) => rowAt(sign < 0 ? count - 1 - i : i));
      expectOrder(sorted, `${count} rows`);
      // As numbers with a sign, these would be in order.
      const half = 2 ** Math.floor(Math.log2(count - 1));
      expectOrder([...sorted.slice(half), ...sorted.slice(0, half)], `${count} rows, the last ones first`);
      for (const place of placesOf(count)) {
        const [row, next] = [sorted[place]!, sorted[place + 1]!];
        expectOrder(
          sorted.with(place, next).with(place + 1, row),
          `${count} rows, ${place} and the next exchanged`,
        );
        expectOrder(sorted.with(place, next), `${count} rows, ${place} like the next`);
      }
    }
  });
});

test('a hundred thousand rows of every kind', () => {
  for (const kind of Object.keys(KINDS)) {
    const rows = makeRows(kind, 100_000, 3);
    using table = decoder.decode(encode(rows), 'tcp2');
    expect(firstDifference(table.order(), reference(rows, [1, 1, 1, 1])), kind).toBeUndefined();
  }
});

/** All bits of it vary. */
function scattered(number: number): number {
  return Math.imul(number, 0x9e3779b1) >>> 0;
}

function makeRows(kind: string, count: number, seed: number): Row[] {
  const random = randomOf(seed);
  return Array.from({ length: count }, (_, row) => KINDS[kind]!(random, row));
}

function encode(rows: readonly Row[]): Uint8Array {
  const bytes = new Uint8Array(4 + 28 * rows.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, rows.length, true);
  rows.forEach(([local, lport, remote, rport], i) => {
    view.setUint32(4 + 28 * i + 4, local);
    view.setUint16(4 + 28 * i + 8, lport);
    view.setUint32(4 + 28 * i + 12, remote);
    view.setUint16(4 + 28 * i + 16, rport);
  });
  return bytes;
}

function reference(rows: readonly Row[], signs: readonly number[]): Uint32Array {
  const numbers = Uint32Array.from(rows, (_, i) => i);
  return numbers.sort((a, b) => {
    for (let field = 0; field < 4; field++) {
      const difference = (rows[a]![field]! - rows[b]![field]!) * signs[field]!;
      if (difference !== 0) return difference;
    }
    return a - b;
  });
}
