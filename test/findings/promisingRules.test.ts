import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createDecoder, findFindings } from 'tcpscope';
import type { Snapshot } from 'tcpscope/core';
import { findRules } from '../../dist/core/dataset/counts/findRules.js';
import { DatasetChunk } from '../../dist/core/dataset/datasetChunk.js';
import { snapshotShape } from '../../dist/core/decoder.js';
import { CLOSE_WAIT, ESTABLISHED, LISTEN, row, snapshotOf, type Row } from '../cli/snapshotFiles.js';
import { rawTableOf } from '../reference/arbitrarySockets.js';
import { CLASS_NAMES } from '../reference/mibTables.js';

const decoder = await createDecoder();

/** Rows that make rules find something, around their limits. */
const heap = fc
  .tuple(
    fc.constantFrom(3, ESTABLISHED, 6, 7, CLOSE_WAIT, LISTEN, 57),
    fc.constantFrom(1, 19, 20, 49, 50, 99, 100, 199, 200, 260),
    fc.constantFrom('10.0.0.1', '0.0.0.0'),
    fc.constantFrom(0, 3, 9),
  )
  .map(([state, count, local, offload]): Row[] =>
    Array.from({ length: count }, (_, i) => row(state, `${local}:${1000 + i}`, '10.0.0.9:443', 8, offload)),
  );

const snapshot: fc.Arbitrary<Snapshot> = fc.oneof(
  fc.array(heap, { maxLength: 3 }).map((heaps) => snapshotOf(heaps.flat())),
  fc
    .constantFrom(...CLASS_NAMES)
    .chain((name) => fc.tuple(fc.constant(name), rawTableOf(name)))
    .map(([name, bytes]) => ({
      ...snapshotOf([], [{ pid: 8, name: 'x', startUtcMicroseconds: 1e15 }]),
      tables: [{ class: name, scope: 'all', synthesized: false, bytes }],
    })),
);

test('in many snapshots at once the same rules find something as in each alone', () => {
  fc.assert(
    fc.property(fc.array(snapshot, { minLength: 1, maxLength: 6 }), (any) => {
      // Plain and wide ones are never in one chunk.
      const snapshots = any.filter((one) => snapshotShape(one).isWide === snapshotShape(any[0]!).isWide);
      const chunk = new DatasetChunk(
        decoder,
        snapshots.map((one, number) => ({
          snapshot: one,
          origin: { host: null, timeUtcMicroseconds: null, file: 'f', number, digest: '' },
        })),
      );
      const found = findRules(chunk, decoder).map((rules) => rules.map(({ rule }) => rule).sort());
      chunk.free();
      const alone = snapshots.map((one) =>
        findFindings(decoder, one)
          .map(({ rule }) => rule)
          .sort(),
      );
      expect(found).toEqual(alone);
    }),
    { numRuns: 300 },
  );
});
