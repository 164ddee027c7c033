import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createDecoder } from 'tcpscope';
import { CONNECTION_KEYS, type Snapshot } from 'tcpscope/core';
import { snapshotOf } from '../cli/snapshotFiles.js';
import { rawTableOf } from '../reference/arbitrarySockets.js';
import { CLASS_NAMES } from '../reference/mibTables.js';

const decoder = await createDecoder();

/** Snapshots whose pids belong to different processes. */
const snapshot: fc.Arbitrary<Snapshot> = fc
  .constantFrom(...CLASS_NAMES)
  .chain((name) => fc.tuple(fc.constant(name), rawTableOf(name), fc.constantFrom('a', 'b', 'zz', '')))
  .map(([name, bytes, process]) => ({
    ...snapshotOf(
      [],
      [0, 4, 8].map((pid) => ({ pid, name: process })),
    ),
    tables: [{ class: name, scope: 'all', synthesized: false, bytes }],
  }));

test('several snapshots decoded together are the rows of each, one after the other', () => {
  fc.assert(
    fc.property(fc.array(snapshot, { maxLength: 5 }), (snapshots) => {
      using together = decoder.decodeSnapshots(snapshots);
      const rows = snapshots.flatMap((one) => {
        using table = decoder.decodeSnapshot(one);
        return table.rows(
          Array.from({ length: table.rowCount }, (_, row) => row),
          CONNECTION_KEYS,
        );
      });
      const numbers = rows.map((_, row) => row);
      expect(together.rows(numbers, CONNECTION_KEYS)).toEqual(rows);
    }),
    { numRuns: 300 },
  );
});
