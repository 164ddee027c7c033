import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { createDecoder, type Decoder } from 'tcpscope/core';
import { firstDifference, randomOf, WORD, type Random } from '../reference/largeOrders.js';
import { asConnection, decodeSockets, textOf, unnamed } from '../reference/mibTables.js';

// Tables of IPv6 made to defeat what is done for real ones: words that are the same in all rows are not written, the sort looks at some 120 bits
// of keys first, few addresses get numbers, and networks go through a hash table.

type Address = readonly [number, number, number, number];

interface Row {
  readonly local: Address;
  readonly lscope?: number;
  readonly lport: number;
  readonly remote: Address;
  readonly rscope?: number;
  readonly rport: number;
}

const HOME: Address = [0x20010db8, 0, 0, 1];
const ANY: Address = [0, 0, 0, 0];

/** The address number `n` of a machine that makes up the last half of its addresses for itself. */
function privacy(n: number): Address {
  const hash = Math.imul(n, 0x9e3779b1) >>> 0;
  return [0x20010db8, n >>> 8, hash, Math.imul(hash, 0x85ebca6b) >>> 0];
}

function anywhere(random: Random): Address {
  return [random(WORD), random(WORD), random(WORD), random(WORD)];
}

const KINDS: Readonly<Record<string, (random: Random, row: number) => Row>> = {
  constant: () => ({ local: HOME, lport: 443, remote: HOME, rport: 1 }),
  'the last bit of an address': (random) => ({
    local: [0x20010db8, 0, 0, random(2)],
    lport: 443,
    remote: HOME,
    rport: 1,
  }),
  'the first bit of an address': (random) => ({
    local: HOME,
    lport: 443,
    remote: [random(2) * 0x80000000, 1, 2, 3],
    rport: 1,
  }),
  'the first and the last bit': (random) => ({
    local: [random(2) * 0x80000000, 0, 0, random(2)],
    lport: 443,
    remote: [random(2) * 0x80000000, 0, 0, random(2)],
    rport: random(2),
  }),
  'scope ids alone': (random) => ({
    local: [0xfe800000, 0, 0, 1],
    lscope: random(3),
    lport: 443,
    remote: [0xfe800000, 0, 0, 2],
    rscope: random(WORD),
    rport: 1,
  }),
  'all different': (random) => ({
    local: anywhere(random),
    lscope: random(WORD),
    lport: random(65536),
    remote: anywhere(random),
    rscope: random(WORD),
    rport: random(65536),
  }),
  'busy server': (random, row) => ({
    local: HOME,
    lport: [443, 443, 443, 80, 8443, 22][random(6)]!,
    remote: row < 5 ? ANY : privacy(random(5000)),
    rport: 1024 + random(3),
  }),
  'client: few addresses of each kind': (random) => ({
    local: privacy(random(3)),
    lport: 49152 + random(16384),
    remote: privacy(random(60)),
    rport: [443, 80][random(2)]!,
  }),
  // The values of three rows are in no sample: their codes tell nothing.
  'outliers among few values': (random, row) => ({
    local: row % 9000 === 77 ? anywhere(random) : privacy(random(2)),
    lport: row % 9000 === 78 ? 5 : 443,
    remote: row % 9000 < 9 ? anywhere(random) : privacy(random(3000)),
    rport: random(4),
  }),
  // More rows than a bucket may have are equal in all that the first window shows.
  'two addresses, only the remote port varies': (random) => ({
    local: privacy(7),
    lport: 443,
    remote: privacy(random(2)),
    rport: random(65536),
  }),
  'many local addresses, only the remote end varies': (random) => ({
    local: privacy(random(1000)),
    lport: 443,
    remote: [0x20010db8, 0, random(3), random(4)],
    rport: random(3),
  }),
  // All that entries show is local address and port.
  'groups that differ behind the bits of entries': (random, row) => ({
    local: privacyAnywhere(row >>> 4),
    lport: 443,
    remote: [1, 2, random(2), random(2)],
    rscope: random(2),
    rport: random(3),
  }),
  'small groups that differ behind the bits of entries': (random, row) => ({
    local: privacyAnywhere(row % 997),
    lport: 443,
    remote: [random(2), 2, 3, 4],
    rport: random(3),
  }),
  // Of some rows that are equal in what entries show, a code in the next bits does not tell the port.
  'values without codes behind the bits of entries': (random, row) => ({
    local: [privacyAnywhere(row % 499)[0], privacyAnywhere(row % 499)[1], 0, 1],
    lport: row % 499 < 4 ? 1000 + random(5000) : [443, 8080][random(2)]!,
    remote: [1, 2, 3, random(2)],
    rport: random(3),
  }),
  'runs that are equal in 64 bits': (random) => ({
    local: [random(40) * 0x6000001, 1, random(2), random(WORD)],
    lport: random(2),
    remote: [0, 0, 0, random(WORD)],
    rport: random(65536),
  }),
  // The decoder takes 3,822 rows at a time.
  'words that are the same in a window of the decoder': (_, row) => ({
    local: [Math.floor(row / 3822), 1, row >>> 13, 3],
    lscope: row < 3822 ? 1 : 2,
    lport: Math.floor(row / 3822) & 1,
    remote: [row < 7644 ? 0 : 5, row === 3999 ? 6 : 7, row & 3, 0],
    rport: Math.floor(row / 7644),
  }),
  sorted: (_, row) => ({ local: HOME, lport: 1, remote: [0, 0, row >>> 8, row & 255], rport: 1 }),
  'reversed with ties': (_, row) => ({
    local: HOME,
    lport: 1,
    remote: [0xffffffff, 0, 0, 0xffffff - (row >>> 1)],
    rport: 1,
  }),
};

/** As privacy, with all bits of all words. */
function privacyAnywhere(n: number): Address {
  const [, , third, last] = privacy(n + 1);
  return [Math.imul(n + 1, 0x2c1b3c6d) >>> 0, Math.imul(n + 1, 0x297a2d39) >>> 0, third, last];
}

describe.each(['tcpscope.wasm', 'tcpscope.debug.wasm'])('%s', (file) => {
  let decoder: Decoder;

  beforeAll(async () => {
    decoder = await createDecoder(readFileSync(new URL(`../../dist/${file}`, import.meta.url)));
  });

  describe.each(Object.keys(KINDS))('%s', (kind) => {
    test.each(file === 'tcpscope.wasm' ? [1025, 2048, 2049, 5000, 30_000] : [2049, 5000])(
      '%i rows in the documented order',
      (count) => {
        const rows = makeRows(kind, count, count);
        using table = decoder.decode(encode(rows), 'tcp6-2');
        expect(firstDifference(table.order(), reference(rows, ENDS))).toBeUndefined();
      },
    );

    test('any direction of any key', () => {
      fc.assert(
        fc.property(
          fc.nat(),
          fc.integer({ min: 1000, max: 5000 }),
          fc.shuffledSubarray(['local', 'lport', 'remote', 'rport'] as const, { minLength: 1 }),
          fc.nat(15),
          (seed, count, fields, signs) => {
            const rows = makeRows(kind, count, seed);
            using table = decoder.decode(encode(rows), 'tcp6-2');
            const keys = fields.map((field, i) => ({ field, isDescending: ((signs >> i) & 1) === 1 }));
            const names = keys.map(({ field, isDescending }) => (isDescending ? `-${field}` : field));
            expect(firstDifference(table.order(names), reference(rows, keys))).toBeUndefined();
          },
        ),
        { numRuns: 6 },
      );
    });

    test('every size from 0 to 300 rows', () => {
      const rows = makeRows(kind, 300, 11);
      for (let count = 0; count <= 300; count += file === 'tcpscope.wasm' ? 1 : 13) {
        const some = rows.slice(0, count);
        using table = decoder.decode(encode(some), 'tcp6-2');
        expect(firstDifference(table.order(), reference(some, ENDS)), `${count} rows`).toBeUndefined();
      }
    });

    test('rows are what the reference reads, before and after what was not written is asked for', () => {
      const bytes = encode(makeRows(kind, 9000, 5));
      using table = decoder.decode(bytes, 'tcp6-2');
      const expected = decodeSockets('tcp6-2', bytes);
      const [remotes] = expected.flatMap(({ remote }) => remote ?? []);
      const from = expected.flatMap((row, i) => (row.remote?.bytes[0] === remotes!.bytes[0] ? [i] : []));
      const first = remotes!.bytes[0]!.toString(16).padStart(2, '0');
      expect(Array.from(table.select(`remote in ${first}00::/8`))).toEqual(from);
      for (const i of [0, 1, 3821, 3822, 3823, 3998, 3999, 4000, 7643, 7644, 8191, 8999]) {
        expect(unnamed(table.row(i))).toEqual(asConnection(expected[i]!));
      }
      for (const [column, end] of [
        [table.copyColumn('local'), 'local'],
        [table.copyColumn('remote'), 'remote'],
      ] as const) {
        expect(Buffer.compare(column as Uint8Array, joined(expected.map((row) => row[end]!.bytes)))).toBe(0);
      }
    });

    test('counts of networks and addresses agree with a Map', () => {
      const rows = makeRows(kind, 4000, 9);
      using table = decoder.decode(encode(rows), 'tcp6-2');
      const chosen = Uint32Array.from({ length: 500 }, (_, i) => (i * 7919) % rows.length);
      for (const end of ['local', 'remote'] as const) {
        for (const bits of [1, 33, 64, 65]) {
          const all = countSlowly(rows, end, bits);
          expect(table.countBy(`${end}/${bits}`)).toEqual(all);
          expect(table.countBy(`${end}/${bits}`, undefined, 3)).toEqual(all.slice(0, 3));
          const some = countSlowly(
            Array.from(chosen, (row) => rows[row]!),
            end,
            bits,
          );
          expect(table.countBy(`${end}/${bits}`, chosen)).toEqual(some);
          expect(table.countBy(`${end}/24/${bits}`, chosen)).toEqual(some);
        }
      }
    });
  });

  // How many bits entries show depends on the number of rows, so the last three lie everywhere around these.
  test.each([
    [2049, 4],
    [2049, 16],
    [5000, 4],
    [5000, 16],
  ])('%i rows, of which %i each differ in their last three bits alone', (count, alike) => {
    const random = randomOf(count + alike);
    for (let bits = 0; bits <= 24; bits++) {
      const rows = Array.from({ length: count }, (_, row): Row => {
        const [first, second, third, last] = privacyAnywhere(Math.floor(row / alike));
        const local: Address = [first, second, third, last & (2 ** bits - 1)];
        return { local, lport: 443, remote: [0x20010db8, 0, 0, random(8)], rport: 1 };
      });
      using table = decoder.decode(encode(rows), 'tcp6-2');
      expect(firstDifference(table.order(), reference(rows, ENDS)), `${bits} bits`).toBeUndefined();
    }
  });

  test.each([0, 1, 2, 3071, 3072, 3073, 9000])('%i different networks', (count) => {
    const rows = Array.from({ length: 3 * count }, (_, i): Row => {
      const n = (i * 7) % Math.max(1, count);
      return { local: HOME, lport: 1, remote: [Math.imul(n, 0x9e3779b1) >>> 0, n, i, 0], rport: 1 };
    });
    using table = decoder.decode(encode(rows), 'tcp6-2');
    expect(table.countBy('remote/64')).toEqual(countSlowly(rows, 'remote', 64));
  });

  test('networks that were made to fall together in the hash table', () => {
    const rows = Array.from({ length: 12_000 }, (_, i): Row => {
      const number = colliding(BigInt(i % 5000));
      const words = [Number(number >> 32n), Number(number & 0xffffffffn)] as const;
      return { local: HOME, lport: 1, remote: [...words, i, 0], rport: 1 };
    });
    using table = decoder.decode(encode(rows), 'tcp6-2');
    expect(table.countBy('remote/64')).toEqual(countSlowly(rows, 'remote', 64));
  });
});

test('a hundred and forty thousand rows', async () => {
  const decoder = await createDecoder(readFileSync(new URL('../../dist/tcpscope.wasm', import.meta.url)));
  for (const kind of ['busy server', 'outliers among few values', 'all different']) {
    const rows = makeRows(kind, 140_000, 3);
    using table = decoder.decode(encode(rows), 'tcp6-2');
    expect(firstDifference(table.order(), reference(rows, ENDS)), kind).toBeUndefined();
  }
});

const ENDS = (['local', 'lport', 'remote', 'rport'] as const).map((field) => ({
  field,
  isDescending: false,
}));

/** Numbers whose hashes in assembly/count/networks.ts have their first 44 bits in common. */
function colliding(n: bigint): bigint {
  const word = (value: bigint): bigint => BigInt.asUintN(64, value);
  const factor = 0x9e3779b97f4a7c15n;
  // Newton's iteration doubles the bits that are right of an inverse.
  let inverse = factor;
  for (let i = 0; i < 6; i++) inverse = word(inverse * (2n - word(factor * inverse)));
  const product = word(((0x123456789abn << 20n) | n) * inverse);
  return product ^ (product >> 29n) ^ (product >> 58n);
}

function makeRows(kind: string, count: number, seed: number): Row[] {
  const random = randomOf(seed);
  return Array.from({ length: count }, (_, row) => KINDS[kind]!(random, row));
}

function encode(rows: readonly Row[]): Uint8Array {
  const bytes = new Uint8Array(4 + 60 * rows.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, rows.length, true);
  for (const [i, { local, lscope = 0, lport, remote, rscope = 0, rport }] of rows.entries()) {
    const at = 4 + 60 * i;
    for (let word = 0; word < 4; word++) {
      view.setUint32(at + 4 * word, local[word]!);
      view.setUint32(at + 24 + 4 * word, remote[word]!);
    }
    view.setUint32(at + 16, lscope, true);
    view.setUint16(at + 20, lport);
    view.setUint32(at + 40, rscope, true);
    view.setUint16(at + 44, rport);
    view.setUint32(at + 48, 5, true);
  }
  return bytes;
}

function valuesOf(row: Row, field: (typeof ENDS)[number]['field']): readonly number[] {
  if (field === 'local') return [...row.local, row.lscope ?? 0];
  if (field === 'remote') return [...row.remote, row.rscope ?? 0];
  return [row[field]];
}

function reference(
  rows: readonly Row[],
  keys: readonly { field: (typeof ENDS)[number]['field']; isDescending: boolean }[],
): Uint32Array {
  const values = rows.map((row) =>
    keys.flatMap(({ field, isDescending }) =>
      valuesOf(row, field).map((value) => (isDescending ? -value : value)),
    ),
  );
  return Uint32Array.from(rows, (_, i) => i).sort((a, b) => {
    const [left, right] = [values[a]!, values[b]!];
    for (let i = 0; i < left.length; i++) {
      if (left[i] !== right[i]) return left[i]! - right[i]!;
    }
    return a - b;
  });
}

function countSlowly(
  rows: readonly Row[],
  end: 'local' | 'remote',
  bits: number,
): { value: string; count: number }[] {
  const counts = new Map<bigint, number>();
  const dropped = BigInt(128 - bits);
  for (const row of rows) {
    const whole = row[end].reduce((value, word) => (value << 32n) | BigInt(word), 0n);
    const network = (whole >> dropped) << dropped;
    counts.set(network, (counts.get(network) ?? 0) + 1);
  }
  return [...counts]
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .map(([network, count]) => {
      const bytes = Array.from({ length: 16 }, (_, i) => Number((network >> BigInt(120 - 8 * i)) & 255n));
      const text = textOf({ bytes, scope: 0 });
      return { value: `${text}/${bits}`, count };
    });
}

function joined(addresses: readonly ArrayLike<number>[]): Uint8Array {
  return Uint8Array.from(addresses.flatMap((bytes) => Array.from(bytes)));
}
