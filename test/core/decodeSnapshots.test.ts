import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createDecoder } from 'tcpscope';
import { ADDED_KEYS, CONNECTION_KEYS, type Snapshot } from 'tcpscope/core';
import { RAW, ROWS, snapshotOf } from '../cli/snapshotFiles.js';
import { rawTableOf } from '../reference/arbitrarySockets.js';
import { CLASS_NAMES } from '../reference/mibTables.js';
import { tableOf as socketTable } from '../reference/socketTables.js';

const decoder = await createDecoder();

/** Snapshots whose pids belong to different processes, and of which some tell more than others: by tables of the same sockets, by columns beside them. */
const snapshot: fc.Arbitrary<Snapshot> = fc
  .constantFrom(...CLASS_NAMES)
  .chain((name) =>
    fc.tuple(
      fc.constant(name),
      rawTableOf(name),
      fc.constantFrom('a', 'b', 'zz', ''),
      fc.record(
        {
          uid: fc.nat(0xffffffff),
          module: fc.nat(3),
          lastOwnerPid: fc.constantFrom(0, 4, 8, 77),
          lastOwnerSnapshot: fc.nat(9),
        },
        { requiredKeys: [] },
      ),
      fc.boolean(),
      fc.boolean(),
    ),
  )
  .map(([name, bytes, process, extras, hasOther, hasProcesses]): Snapshot => {
    const rows = new DataView(bytes.buffer).getUint32(0, true);
    const columns = Object.entries(extras).map(([key, value]) => {
      const values = Uint32Array.from({ length: rows }, (_, i) => (value + i) % 0xffffffff);
      return [key, new Uint8Array(values.buffer)] as const;
    });
    const table = { class: name, scope: 'all', synthesized: false, bytes };
    const modules = [{ name: process }, { name: 'dnsrslvr' }];
    const processes = [0, 4, 8].map((pid) => ({ pid, name: process, startUtcMicroseconds: 5 * pid }));
    return {
      ...snapshotOf([], hasProcesses ? processes : []),
      endedProcesses: [{ pid: 77, name: 'gone' }],
      tables: [
        { ...table, extras: Object.fromEntries(columns), modules },
        // The same sockets again: what is of one kind, and no better, is joined.
        ...(hasOther ? [{ ...table, bytes: bytes.slice() }] : []),
      ],
    };
  });

/** Snapshots of Windows, with a table that tells when the sockets of the other were created. */
const timed: fc.Arbitrary<Snapshot> = rawTableOf('tcp-owner-module').map((bytes) => ({
  ...snapshotOf(ROWS, [{ pid: 300, name: 'new', startUtcMicroseconds: 1 }]),
  tables: [
    { class: 'tcp2', scope: 'all', synthesized: false, bytes: RAW },
    { class: 'tcp-owner-module', scope: 'all', synthesized: false, bytes },
    { class: 'tcp-owner-module', scope: 'all', synthesized: false, bytes: OWNED },
  ],
}));

const OWNED = socketTable('tcp-owner-module', [
  {
    state: 5,
    local: [192, 168, 0, 2],
    lport: 50_000,
    remote: [10, 0, 0, 1],
    rport: 443,
    pid: 300,
    created: 7n,
  },
]);

const KEYS = [...CONNECTION_KEYS, ...ADDED_KEYS];
const EXPRESSIONS = [
  'owner = reused',
  'owner != process',
  'created > 1970-01-01',
  'module = ""',
  'uid >= 1',
  'lporthigh > 0',
];

test('several snapshots decoded together are the rows of each, one after the other', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(snapshot, timed), { maxLength: 5 }), (snapshots) => {
      using together = decoder.decodeSnapshots(snapshots);
      const rows = snapshots.flatMap((one) => {
        using table = decoder.decodeSnapshot(one);
        return table.rows(
          Array.from({ length: table.rowCount }, (_, row) => row),
          KEYS,
        );
      });
      const numbers = rows.map((_, row) => row);
      expect(together.rows(numbers, KEYS)).toEqual(rows);
      for (const expression of EXPRESSIONS) {
        let first = 0;
        const selected = snapshots.flatMap((one) => {
          using table = decoder.decodeSnapshot(one);
          const own = Array.from(table.select(expression), (row) => first + row);
          first += table.rowCount;
          return own;
        });
        expect([...together.select(expression)], expression).toEqual(selected);
      }
    }),
    { numRuns: 300 },
  );
});
