import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createDecoder } from 'tcpscope';
import type { Connection, Snapshot } from 'tcpscope/core';
import { countChunk } from '../../dist/core/dataset/counts/countChunk.js';
import { mergeRuns, sortedRun, type CountEntry } from '../../dist/core/dataset/counts/runs.js';
import { DatasetChunk } from '../../dist/core/dataset/datasetChunk.js';
import { SummaryBuilder } from '../../dist/core/dataset/summary/summaryBuilder.js';
import { rawTableOf } from '../reference/arbitrarySockets.js';
import { CLASS_NAMES } from '../reference/mibTables.js';
import { snapshotOf } from '../cli/snapshotFiles.js';

const decoder = await createDecoder();

interface Part {
  readonly host: string | null;
  readonly hour: number | null;
  readonly snapshot: Snapshot;
}

const part: fc.Arbitrary<Part> = fc
  .constantFrom(...CLASS_NAMES)
  .chain((name) =>
    fc.tuple(
      fc.constant(name),
      rawTableOf(name),
      fc.constantFrom('A', 'B', 'tab\there\n', null),
      fc.constantFrom(0, 1, null),
      fc.constantFrom('nginx', '', 'x"\t\u2028'),
    ),
  )
  .map(([name, bytes, host, hour, process]) => ({
    host,
    hour,
    snapshot: {
      ...snapshotOf([], [{ pid: 8, name: process }]),
      tables: [{ class: name, scope: 'all', synthesized: false, bytes }],
    },
  }));

const HOURS = ['1970-01-01T00', '1970-01-01T01'];

function chunkOf(parts: readonly Part[]): DatasetChunk {
  return new DatasetChunk(
    decoder,
    parts.map(({ host, hour, snapshot }, i) => ({
      snapshot,
      origin: {
        host,
        timeUtcMicroseconds: hour === null ? null : hour * 3_600_000_000,
        file: 'f',
        number: i,
        digest: '',
      },
    })),
  );
}

function countsOf(parts: readonly Part[], where?: string): Map<string, number> {
  const counts = new Map<string, number>();
  const chunk = chunkOf(parts);
  countChunk(chunk, chunk.select(where), (key, count) => counts.set(key, (counts.get(key) ?? 0) + count));
  chunk.free();
  return counts;
}

function isUnspecified(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}

/** Row by row, by what `show` says of it. */
function reference(parts: readonly Part[], matches: (row: Connection) => boolean): Map<string, number> {
  const counts = new Map<string, number>();
  const add = (...key: unknown[]): void => {
    const text = JSON.stringify(key);
    counts.set(text, (counts.get(text) ?? 0) + 1);
  };
  for (const { host, hour, snapshot } of parts) {
    using table = decoder.decodeSnapshot(snapshot);
    for (const row of table.rows(Array.from({ length: table.rowCount }, (_, i) => i)).filter(matches)) {
      add('host', host);
      add('state', hour === null ? null : HOURS[hour], row.stateName ?? 'UDP');
      add('process', row.process);
      if (!isUnspecified(row.localAddress)) add('address', row.localAddress, 'local', host);
      if (row.protocol !== 'TCP') continue;
      if (row.stateName === 'LISTEN') {
        add('listener', 'TCP', row.localPort, row.process, host);
        continue;
      }
      add('localPort', row.localPort);
      if (row.remotePort !== 0) add('remotePort', row.remotePort);
      if (!isUnspecified(row.remoteAddress!)) add('address', row.remoteAddress, 'remote', host);
    }
  }
  return counts;
}

const sorted = (counts: ReadonlyMap<string, number>): CountEntry[] => sortedRun(counts);

test('counts of a chunk are those of its rows one by one', () => {
  fc.assert(
    fc.property(fc.array(part, { maxLength: 5 }), (parts) => {
      expect(sorted(countsOf(parts))).toEqual(sorted(reference(parts, () => true)));
      expect(sorted(countsOf(parts, 'lport in 0..1023'))).toEqual(
        sorted(reference(parts, (row) => row.localPort < 1024)),
      );
    }),
    { numRuns: 200 },
  );
});

test('partial counts merge to the same, however inputs are split and in whatever order', () => {
  const split = fc
    .array(part, { maxLength: 6 })
    .chain((parts) =>
      fc.tuple(
        fc.constant(parts),
        fc.shuffledSubarray(parts, { minLength: parts.length }),
        fc.array(fc.nat(3), { minLength: parts.length, maxLength: parts.length }),
      ),
    );
  fc.assert(
    fc.property(split, ([parts, shuffled, groups]) => {
      const whole = sortedRun(countsOf(parts));
      const runs = [0, 1, 2, 3].map((group) =>
        sortedRun(countsOf(shuffled.filter((_, i) => groups[i] === group))),
      );
      expect([...mergeRuns(runs)]).toEqual(whole);
      expect([
        ...mergeRuns([[...mergeRuns(runs.slice(0, 2))], [...mergeRuns(runs.slice(2).reverse())]]),
      ]).toEqual(whole);
      expect(summaryOf(runs)).toEqual(summaryOf([whole]));
    }),
    { numRuns: 100 },
  );
});

function summaryOf(runs: readonly CountEntry[][]): unknown {
  const links = new Map<string, number>();
  const builder = new SummaryBuilder((key, count) => links.set(key, (links.get(key) ?? 0) + count));
  builder.addCounts(mergeRuns(runs));
  builder.addLinks(sortedRun(links));
  return builder.build();
}

test('a link is counted where exactly one other host has the address', () => {
  const entries: readonly (readonly unknown[])[] = [
    ['address', '10.0.0.1', 'local', 'A'],
    ['address', '10.0.0.1', 'remote', 'A'],
    ['address', '10.0.0.1', 'remote', 'B'],
    ['address', '10.0.0.2', 'local', 'A'],
    ['address', '10.0.0.2', 'local', 'B'],
    ['address', '10.0.0.2', 'remote', 'C'],
    ['address', '10.0.0.3', 'remote', 'C'],
    ['address', '10.0.0.4', 'local', 'A'],
    ['address', '10.0.0.4', 'remote', 'B'],
    // What every machine has for itself.
    ...['127.0.0.1', '::1', '169.254.1.1', 'fe80::1%3', 'feb0::', '::ffff:127.0.0.1'].flatMap((own) => [
      ['address', own, 'local', 'A'],
      ['address', own, 'remote', 'B'],
    ]),
  ];
  const counts = new Map(entries.map((key) => [JSON.stringify(key), 5]));
  expect(summaryOf([sortedRun(counts)])).toMatchObject({
    links: { total: 1, rows: 10, ambiguousRows: 5, top: [{ from: 'B', to: 'A', rows: 10 }] },
  });
});

test('many moments become fewer and longer ones, and nothing is lost', () => {
  const counts = new Map<string, number>();
  for (let hour = 0; hour < 5000; hour++) {
    const time = new Date(hour * 3_600_000).toISOString().slice(0, 13);
    counts.set(JSON.stringify(['state', time, 'LISTEN']), 2);
    counts.set(JSON.stringify(['snapshots', time]), 1);
  }
  const { states } = summaryOf([sortedRun(counts)]) as {
    states: { time: string; snapshots: number; states: Record<string, number> }[];
  };
  expect(states).toHaveLength(Math.ceil(5000 / 24));
  expect(states[0]).toEqual({ time: '1970-01-01', snapshots: 24, states: { LISTEN: 48 } });
  expect(states.reduce((sum, { snapshots }) => sum + snapshots, 0)).toBe(5000);
});
