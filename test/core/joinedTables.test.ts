import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  createDecoder,
  type Decoder,
  type JoinedTable,
  type ProcessInfo,
  type RawTable,
  type Snapshot,
  type Table,
} from 'tcpscope/core';
import { EXAMPLE_SNAPSHOT } from '../reference/exampleSnapshot.js';
import type { ClassName } from '../reference/mibTables.js';
import { tableOf, type Socket } from '../reference/socketTables.js';

const [LISTEN, ESTABLISHED, TIME_WAIT] = [2, 5, 11];

let decoder: Decoder;
beforeAll(async () => {
  decoder = await createDecoder(readFileSync(new URL('../../dist/tcpscope.wasm', import.meta.url)));
});

function rawTable(name: ClassName, sockets: readonly Socket[], more: Partial<RawTable> = {}): RawTable {
  return { class: name, scope: 'all', synthesized: false, bytes: tableOf(name, sockets), ...more };
}

function snapshotOf(tables: readonly RawTable[], processes: readonly ProcessInfo[] = []): Snapshot {
  return { ...EXAMPLE_SNAPSHOT, tables, processes };
}

/** Microseconds since 1970 as a FILETIME, and as the text that rows have. */
const fileTime = (microseconds: number): bigint => (BigInt(microseconds) + 11_644_473_600_000_000n) * 10n;
const MOMENT = Date.UTC(2026, 10, 23, 19, 1, 35) * 1000;

/** Pairs of classes of the same sockets: the first one has the rows. */
const PAIRS = [
  ['tcp2', 'tcp-owner-module'],
  ['tcp6-2', 'tcp6-owner-module'],
  ['tcp6-2', 'tcp6'],
  ['tcp-owner-pid', 'tcp'],
  ['udp-owner-module', 'udp-owner-pid'],
  ['udp6-owner-pid', 'udp6'],
] as const satisfies readonly (readonly [ClassName, ClassName])[];

/** Few values each, so that keys and pids come up several times. */
function socketOf(name: ClassName): fc.Arbitrary<Socket> {
  const width = name.includes('6') ? 16 : 4;
  const address = fc.nat(2).map((last) => [...Array<number>(width - 1).fill(7), last]);
  return fc.record({
    state: fc.constantFrom(LISTEN, ESTABLISHED, ESTABLISHED, TIME_WAIT),
    local: address,
    localScope: fc.nat(1),
    lport: fc.constantFrom(80, 443),
    remote: address,
    remoteScope: fc.nat(1),
    rport: fc.constantFrom(1, 60_000),
    pid: fc.nat(2),
    created: fc.bigInt(0n, 3n).map((n) => (n === 0n ? 0n : fileTime(MOMENT) + n)),
  });
}

/** A table, and the same sockets as another finds them moments later: some gone, some new, some changed, perhaps in another order. */
function twoTables(name: ClassName, maxLength: number): fc.Arbitrary<{ rows: Socket[]; others: Socket[] }> {
  const socket = socketOf(name);
  const edit = fc.record({ place: fc.nat(), kind: fc.nat(3), socket });
  return fc
    .tuple(fc.array(socket, { maxLength }), fc.array(edit, { maxLength: 8 }), fc.nat(4), fc.nat(6))
    .map(([rows, edits, turn, repeat]) => {
      const long = Array.from({ length: repeat * 300 }, (_, i): Socket => {
        return { ...rows[i % Math.max(1, rows.length)]!, rport: i % 65_536 };
      });
      const all = rows.length === 0 ? [] : [...rows, ...long];
      let others = all.map((row, i) => ({ ...row, created: fileTime(MOMENT) + BigInt(i) }));
      for (const { place, kind, socket: other } of edits) {
        const at = place % (others.length + 1);
        if (kind === 0) others.splice(at, 1);
        else if (kind === 1) others.splice(at, 0, { ...other, created: fileTime(MOMENT + place) });
        else if (others[at]) others[at] = { ...others[at], state: kind === 2 ? TIME_WAIT : LISTEN };
      }
      if (turn === 0) others = others.reverse();
      return { rows: all, others };
    });
}

/** For each row its partner: of the rows with the same key and pid the first is the first's, and so on. */
function partnersSlowly(
  [first, second]: readonly [ClassName, ClassName],
  rows: readonly Socket[],
  others: readonly Socket[],
): (number | undefined)[] {
  const hasPids = !['tcp', 'tcp6', 'udp', 'udp6'].includes(second);
  const keyOf = (row: Socket): string => {
    const hasRemote = first.startsWith('tcp') && row.state !== LISTEN;
    const scopes = first.includes('6') ? [row.localScope, hasRemote && row.remoteScope] : [];
    const remote = hasRemote ? [row.remote, row.rport] : [];
    return JSON.stringify([row.local, row.lport, remote, scopes, hasPids && row.pid]);
  };
  const places = new Map<string, number[]>();
  for (const [i, row] of others.entries()) {
    const key = keyOf(row);
    places.set(key, [...(places.get(key) ?? []), i]);
  }
  return rows.map((row) => places.get(keyOf(row))?.shift());
}

describe.each(PAIRS)('%s with %s', (...pair) => {
  test('rows are those of the first; what the second tells is added by key, pid and occurrence', () => {
    fc.assert(
      fc.property(twoTables(pair[0], 30), ({ rows, others }) => {
        using table = decoder.decodeSnapshot(
          snapshotOf([rawTable(pair[0], rows), rawTable(pair[1], others)]),
        );
        const partners = partnersSlowly(pair, rows, others);
        const isTcp = pair[0].startsWith('tcp');
        const matched = partners.filter((partner) => partner !== undefined).length;
        const differs = rows.filter((row, i) => {
          const partner = partners[i];
          return isTcp && partner !== undefined && row.state !== others[partner]!.state;
        });
        expect(table.joinedTables()).toEqual<JoinedTable[]>([
          {
            place: 1,
            class: pair[1],
            scope: 'all',
            matched,
            stateDiffers: differs.length,
            onlyHere: others.length - matched,
            missingHere: rows.length - matched,
          },
        ]);
        expect(Array.from(table.copyColumn('pid'))).toEqual(rows.map(({ pid }) => pid));
        if (!pair[1].endsWith('module')) return;
        const created = rows.map((_, i) => {
          const partner = partners[i];
          return partner === undefined ? 0n : others[partner]!.created! / 10n - 11_644_473_600_000_000n;
        });
        expect(Array.from(table.copyColumn('created'))).toEqual(created);
      }),
      { numRuns: 150 },
    );
  });
});

const socket = (lport: number, more: Partial<Socket> = {}): Socket => ({
  state: ESTABLISHED,
  local: [10, 0, 0, 1],
  lport,
  remote: [10, 0, 0, 2],
  rport: 443,
  pid: 4,
  ...more,
});

/** Three connections, whose creation and modules another table tells, and a process that is younger than one of them. */
function joined(): Table {
  const rows = [
    socket(1),
    socket(2, { pid: 8 }),
    socket(3, { pid: 0, state: TIME_WAIT }),
    socket(4, { pid: 0 }),
    socket(5, { pid: 9 }),
  ];
  const others = [
    socket(1, { created: fileTime(MOMENT - 1) }),
    socket(2, { pid: 8, created: fileTime(MOMENT) + 9n }),
    socket(3, { pid: 0, state: TIME_WAIT, created: 0n }),
  ];
  const number = (...values: number[]): Uint8Array => new Uint8Array(Uint32Array.from(values).buffer);
  return decoder.decodeSnapshot(
    snapshotOf(
      [
        rawTable('tcp2', rows, {
          extras: { uid: number(0, 1000, 1000, 33, 0), inode: number(1), interface: number(0, 0, 2, 0, 0) },
        }),
        rawTable('tcp-owner-module', others, {
          extras: { module: number(2, 1, 0), uid: number(7, 7, 7) },
          modules: [{ name: 'Dnscache' }, { name: 'BITS', path: 'C:\\qmgr.dll' }],
        }),
      ],
      [
        { pid: 4, name: 'young.exe', startUtcMicroseconds: MOMENT },
        { pid: 8, name: 'old.exe', startUtcMicroseconds: MOMENT },
      ],
    ),
  );
}

const MOMENTS = { before: '2026-11-23T19:01:34.999999Z', at: '2026-11-23T19:01:35.000000Z' };

test('rows have the keys that the snapshot tells of', () => {
  using table = joined();
  expect(table.keys.slice(12)).toEqual(['owner', 'created', 'module', 'uid', 'interface']);
  const rows = table.rows([0, 1, 2, 3, 4]).map(({ owner, created, module, uid, interface: index }) => {
    return [owner, created, module, uid, index];
  });
  expect(rows).toEqual([
    ['reused', MOMENTS.before, 'BITS', 0, 0],
    ['process', MOMENTS.at, 'Dnscache', 1000, 0],
    ['none', null, null, 1000, 2],
    ['unknown', null, null, 33, 0],
    ['ended', null, null, 0, 0],
  ]);
});

test('text has what rows have', () => {
  using table = joined();
  const all = Array.from({ length: 5 }, (_, i) => i);
  const lines = new TextDecoder().decode(table.formatNdjson()).trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(table.rows(all));
  const [header, first, , third] = new TextDecoder().decode(table.formatCsv()).split('\n');
  expect(header).toMatch(/,offloadName,owner,created,module,uid,interface$/);
  expect(first).toBe(
    `TCP,IPv4,5,ESTABLISHED,10.0.0.1,1,10.0.0.2,443,4,young.exe,0,InHost,reused,${MOMENTS.before},BITS,0,0`,
  );
  expect(third).toBe('TCP,IPv4,11,TIME_WAIT,10.0.0.1,3,10.0.0.2,443,0,,0,InHost,none,,,1000,2');
});

test.each([
  ['owner = reused', [0]],
  ['owner in none, unknown', [2, 3]],
  ['owner != process', [0, 2, 3, 4]],
  ['created = 2026-11-23', [0, 1]],
  ['created = 2026-11-23T19:01:35', [1]],
  ['created < 2026-11-23T19:01:35', [0]],
  ['created <= 2026-11-23T19:01', [0, 1]],
  ['created > 2026-11-23T19:01', []],
  ['created in 2026-11-23T19:01:34.999999..', [0, 1]],
  ['created in ..2026-11-23T19:01:34.9', [0]],
  ['created in ..2026-11-23T19:01:34.8', []],
  ['created != 2026-11-23', [2, 3, 4]],
  ['module = bits', [0]],
  ['module != ""', [0, 1]],
  ['module = *c*', [1]],
  ['uid = 0', [0, 4]],
  ['uid > 33', [1, 2]],
  ['interface = 2', [2]],
  ['inode >= 0', []],
  ['lporthigh = 0', [0, 1, 2, 3, 4]],
])('select: %s', (expression, rows) => {
  using table = joined();
  expect(Array.from(table.select(expression))).toEqual(rows);
});

test('order and count', () => {
  using table = joined();
  expect(Array.from(table.order(['created', '-lport']))).toEqual([4, 3, 2, 0, 1]);
  expect(Array.from(table.order(['-uid', 'module']))).toEqual([2, 1, 3, 4, 0]);
  expect(table.countBy('owner')).toEqual(
    ['none', 'unknown', 'process', 'ended', 'reused'].map((value) => ({ value, count: 1 })),
  );
  expect(table.countBy('module,uid')).toEqual([
    { value: [null, 0], count: 1 },
    { value: [null, 33], count: 1 },
    { value: [null, 1000], count: 1 },
    { value: ['BITS', 0], count: 1 },
    { value: ['Dnscache', 1000], count: 1 },
  ]);
  expect(table.countBy('created')).toEqual([
    { value: null, count: 3 },
    { value: MOMENTS.before, count: 1 },
    { value: MOMENTS.at, count: 1 },
  ]);
  expect(table.countBy('inode')).toEqual([{ value: null, count: 5 }]);
});

test('a table that tells nothing more has neither keys nor values', () => {
  using table = decoder.decode(tableOf('tcp2', [socket(1)]), 'tcp2');
  expect(table.keys).toHaveLength(12);
  for (const field of ['owner', 'uid', 'inode', 'interface', 'lporthigh', 'rporthigh'] as const) {
    expect(Array.from(table.select(`${field} != ${field === 'owner' ? 'none' : 1}`))).toEqual([0]);
    expect(Array.from(table.copyColumn(field))).toEqual([0xffffffff]);
    expect(table.countBy(field)).toEqual([{ value: null, count: 1 }]);
  }
  expect(Array.from(table.select('created > 1970-01-01 or module = a or uid >= 0'))).toEqual([]);
  expect(table.row(0)).not.toHaveProperty('created');
  const columns = ['created', 'module', 'owner', 'uid'];
  expect(new TextDecoder().decode(table.formatCsv(undefined, columns))).toBe(`${columns.join(',')}\n,,,\n`);
});

test('upper halves of ports, where there is a port', () => {
  const tcp = tableOf('tcp2', [socket(1), socket(2, { state: LISTEN })]);
  const view = new DataView(tcp.buffer);
  view.setUint16(4 + 8 + 2, 0x0102);
  view.setUint32(4 + 28 + 16, 0xffff_0000, true);
  const udp = tableOf('udp-owner-pid', [socket(53)]);
  udp[4 + 4 + 2] = 9;
  const tables = [
    { class: 'tcp2', scope: 'all', synthesized: false, bytes: tcp },
    { class: 'udp-owner-pid', scope: 'all', synthesized: false, bytes: udp },
  ];
  using table = decoder.decodeSnapshot(snapshotOf(tables));
  expect(Array.from(table.copyColumn('lporthigh'))).toEqual([0x0201, 0, 9]);
  expect(Array.from(table.copyColumn('rporthigh'))).toEqual([0, 0xffff, 0xffffffff]);
  // The remote end of a listener has no meaning.
  expect(Array.from(table.select('rporthigh > 0'))).toEqual([]);
  expect(Array.from(table.select('lporthigh > 0'))).toEqual([0, 2]);
});

test('of tables of the same class, the first has the rows; parts complete each other', () => {
  const part = (scope: string, ...ports: number[]): RawTable =>
    rawTable(
      'tcp-owner-pid',
      ports.map((port) => socket(port)),
      { scope },
    );
  const ports = (...tables: RawTable[]): unknown[] => {
    using table = decoder.decodeSnapshot(snapshotOf(tables));
    return [
      Array.from(table.copyColumn('lport')),
      table.joinedTables().map(({ missingHere }) => missingHere),
    ];
  };
  expect(ports(part('all', 1), part('all', 1, 2))).toEqual([[1], [0]]);
  const udp = rawTable('udp', [socket(53)]);
  expect(ports(part('listeners', 1), udp, part('connections', 2, 3))).toEqual([[1, 2, 3, 53], []]);
  expect(ports(part('all', 1, 2), part('listeners', 1))).toEqual([[1, 2], [null]]);
});

test('a joined table that does not hold the rows it claims is left out', () => {
  const damaged = {
    ...rawTable('tcp-owner-module', [socket(1)]),
    bytes: Uint8Array.of(9, 0, 0, 0, 0, 0, 0, 0),
  };
  using table = decoder.decodeSnapshot(snapshotOf([rawTable('tcp2', [socket(1)]), damaged]));
  expect(table.joinedTables()).toEqual([]);
  expect(table.rowCount).toBe(1);
});

test('creation times of a bare table, of any value', () => {
  const times = [0n, 1n, fileTime(0), 2n ** 63n, 2n ** 64n - 1n];
  using table = decoder.decode(
    tableOf(
      'udp-owner-module',
      times.map((created) => socket(53, { created })),
    ),
    'udp-owner-module',
  );
  expect(Array.from(table.order(['-created']))).toEqual([4, 3, 2, 1, 0]);
  expect(Array.from(table.select('created < 1970-01-01'))).toEqual([1]);
  expect(Array.from(table.select('created > 1970-01-01'))).toEqual([3, 4]);
  expect(table.rows([0, 1, 2]).map(({ created }) => created)).toEqual([
    null,
    '1601-01-01T00:00:00.000000Z',
    '1970-01-01T00:00:00.000000Z',
  ]);
});
