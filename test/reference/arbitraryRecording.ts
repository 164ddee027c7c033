import fc from 'fast-check';
import type { Snapshot } from 'tcpscope/core';
import { CLASS_NAMES, STRUCTURES, type ClassName, type Structure } from './mibTables.js';

/** Rows of a class that is not known: their size is anything. */
const UNKNOWN: Structure = { ...STRUCTURES['tcp2'], size: 20 };
const structureOf = (name: string): Structure => STRUCTURES[name as ClassName] ?? UNKNOWN;

/** One row of a table: which of the machine's sockets it is, and what is different about it now. */
interface Row {
  readonly socket: number;
  readonly at: number;
  readonly value: number;
}

const SOCKETS = 12;
const row: fc.Arbitrary<Row> = fc.record({
  socket: fc.nat(SOCKETS - 1),
  at: fc.oneof({ weight: 3, arbitrary: fc.constant(-1) }, { weight: 1, arbitrary: fc.nat(199) }),
  value: fc.nat(255),
});

/** What a table of one moment holds, whatever its class. */
const content = fc.record({
  // Mostly what was there, in its order; now and then in any order, some twice.
  rows: fc.oneof(
    {
      weight: 3,
      arbitrary: fc.uniqueArray(row, { maxLength: 14, selector: ({ socket }) => socket }).map(inOrder),
    },
    { weight: 1, arbitrary: fc.array(row, { maxLength: 14 }) },
  ),
  slack: fc.oneof(fc.constant(new Uint8Array()), fc.uint8Array({ maxLength: 30 })),
  /** The count that stands in the table may be wrong. */
  claimed: fc.oneof(
    { weight: 8, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.constantFrom(-1, 1, 2 ** 31, 4_000_000_000) },
  ),
  /** Bytes that are missing at its end. */
  missing: fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(300) }),
});
export type Content = typeof content extends fc.Arbitrary<infer T> ? T : never;

function inOrder(rows: readonly Row[]): Row[] {
  return rows.toSorted((a, b) => a.socket - b.socket);
}

/** The bytes of a table. Sockets have few addresses and ports, so that some have the same ends, and junk wherever nothing has a meaning. */
export function tableOf(name: string, { rows, slack, claimed, missing }: Content): Uint8Array {
  const { first, size } = structureOf(name);
  const bytes = new Uint8Array(first + rows.length * size + slack.length);
  new DataView(bytes.buffer).setUint32(0, rows.length + claimed, true);
  rows.forEach(({ socket, at, value }, i) => {
    const own = bytes.subarray(first + i * size, first + (i + 1) * size);
    // Sockets 0 and 1 are the same in all but the last bytes.
    for (let byte = 0; byte < size; byte++)
      own[byte] = byte < size - 8 ? (Math.max(1, socket) * 7 + (byte >> 2) * 13) & 255 : socket;
    if (at >= 0) own[at % size] = value;
  });
  bytes.set(slack, first + rows.length * size);
  return bytes.slice(0, Math.max(0, bytes.length - missing));
}

const className = fc.constantFrom<string>(
  'tcp2',
  'tcp6-2',
  'tcp-owner-module',
  'udp6-owner-module',
  'not-known',
  ...CLASS_NAMES,
);

/** The contents of one table at two moments or more, all of one class. */
export function tables(
  count: number,
): fc.Arbitrary<{ readonly name: string; readonly tables: readonly Uint8Array[] }> {
  return fc
    .tuple(className, fc.array(content, { minLength: count, maxLength: count }))
    .map(([name, contents]) => ({ name, tables: contents.map((one) => tableOf(name, one)) }));
}

/** Columns beside the rows: those that are, one that is later, and some of another length. */
function extrasOf(rows: readonly Row[], width: number): Record<string, Uint8Array> {
  const column = new Uint8Array(rows.length * width);
  rows.forEach(({ socket, value }, i) =>
    column.fill(value % 16 === 0 ? value : socket, i * width, (i + 1) * width),
  );
  return { uid: column, later: column.slice(0, Math.max(0, column.length - (width % 5))) };
}

const text = fc.string({ unit: 'grapheme', maxLength: 8 });
/** What MessagePack has. Few keys, so that they are the same, and of other types, again and again. */
export const anyValue = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<unknown>(null, true, false, 0, 1, -1, 0.5, 2 ** 40, 'a', ''),
    text,
    fc.uint8Array({ maxLength: 12 }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(
      fc.constantFrom('a', 'b', 'name', 'changed', 'removed', 'inserted', 'differences', 'length'),
      tie('value'),
      {
        maxKeys: 4,
        noNullPrototype: true,
      },
    ),
  ),
})).value;
export const anyMap = fc.dictionary(
  fc.constantFrom('a', 'b', 'name', 'tables', 'changed', 'length'),
  anyValue,
  {
    maxKeys: 5,
    noNullPrototype: true,
  },
);

const process = fc.record(
  {
    pid: fc.nat(9),
    name: fc.constantFrom('System', 'web.exe', 'ssh'),
    path: text,
    startUtcMicroseconds: fc.constantFrom(1, 2 ** 50),
  },
  { requiredKeys: ['pid', 'name'] },
);

const slot = fc.record({
  name: className,
  scope: fc.constantFrom('all', 'all', 'listeners'),
  content,
  width: fc.constantFrom(0, 4, 4, 16),
});

const moment = fc.record(
  {
    slots: fc.array(slot, { maxLength: 3 }),
    /** Which tables are of the same class as those of the snapshot before. */
    again: fc.boolean(),
    time: fc.record({ utcMicroseconds: fc.maxSafeNat(), monotonicMicroseconds: fc.maxSafeNat() }),
    processes: fc.array(process, { maxLength: 5 }),
    statistics: fc.array(
      fc.record({
        source: fc.constantFrom('snmp', 'netstat'),
        name: fc.constantFrom('TCP', 'UDP'),
        counters: fc.dictionary(
          fc.constantFrom('in', 'out'),
          fc.oneof(fc.nat(), fc.constant(2n ** 64n - 1n)),
        ),
      }),
      { maxLength: 3 },
    ),
    note: text,
    later: anyValue,
  },
  { requiredKeys: ['slots', 'again'] },
);

/** Snapshots of one machine, one after the other: tables appear, change and vanish. */
export const snapshots: fc.Arbitrary<readonly Snapshot[]> = fc
  .array(moment, { minLength: 1, maxLength: 8 })
  .map((moments) => {
    let before: readonly { readonly name: string; readonly scope: string }[] = [];
    return moments.map(({ slots, again, ...rest }): Snapshot => {
      const kinds = slots.map(({ name, scope }, i) =>
        again ? (before[i] ?? { name, scope }) : { name, scope },
      );
      before = kinds;
      return {
        tool: { name: 'tcpscope', version: '0.1.0', runtime: 'node' },
        provider: 'netlink',
        ...rest,
        tables: slots.map(({ content: held, width }, i) => ({
          class: kinds[i]!.name,
          scope: kinds[i]!.scope,
          synthesized: true,
          ...(width > 0 && { extras: extrasOf(held.rows, width) }),
          bytes: tableOf(kinds[i]!.name, held),
        })),
      };
    });
  });
