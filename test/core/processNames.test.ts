import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createDecoder } from 'tcpscope/core';
import { encodeRows } from '../reference/arbitraryTable.js';
import { EXAMPLE_SNAPSHOT } from '../reference/exampleSnapshot.js';

test('every row has the name of its pid, whatever the pids and however many', async () => {
  const decoder = await createDecoder(readFileSync(new URL('../../dist/tcpscope.wasm', import.meta.url)));
  const pid = fc.oneof(
    fc.integer({ min: 0, max: 0xffffffff }),
    fc.integer({ min: 0, max: 64 }),
    fc.constant(0xffffffff),
  );
  const processes = fc.uniqueArray(fc.record({ pid, name: fc.constantFrom('', 'a', 'b', 'svchost.exe') }), {
    selector: (process) => process.pid,
    maxLength: 200,
  });
  fc.assert(
    fc.property(processes, fc.array(pid, { maxLength: 50 }), (listed, others) => {
      const pids = [...listed.map((process) => process.pid), ...others];
      const [table] = EXAMPLE_SNAPSHOT.tables;
      const bytes = encodeRows(pids.map((owner) => [5, 1, 1, 1, 1, owner, 0]));
      using decoded = decoder.decodeSnapshot({
        ...EXAMPLE_SNAPSHOT,
        processes: listed,
        tables: [{ ...table!, bytes }],
      });
      const names = new Map(listed.map((process) => [process.pid, process.name]));
      const expected = pids.map((owner) => (owner === 0 ? null : names.get(owner) || null));
      expect(decoded.rows(pids.map((_, i) => i)).map((row) => row.process)).toEqual(expected);
    }),
    { numRuns: 1000 },
  );
});
