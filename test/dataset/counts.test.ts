import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createDecoder } from 'tcpscope';
import type { Connection, Snapshot } from 'tcpscope/core';
import { entryWords, EntryLog, IPV4_WORDS, IPV6_WORDS } from '../../dist/core/dataset/counts/entryLog.js';
import { countChunk } from '../../dist/core/dataset/counts/countChunk.js';
import { EndCounts } from '../../dist/core/dataset/counts/endCounts.js';
import { EndRun } from '../../dist/core/dataset/counts/endRun.js';
import { ListenerCounts } from '../../dist/core/dataset/counts/listenerCounts.js';
import { mergeRuns, sortedRun, type CountEntry } from '../../dist/core/dataset/counts/runs.js';
import { DatasetChunk } from '../../dist/core/dataset/datasetChunk.js';
import { addressText } from '../../dist/core/dataset/summary/endTotals.js';
import { SummaryBuilder } from '../../dist/core/dataset/summary/summaryBuilder.js';
import { Decoder } from '../../dist/core/decoder.js';
import { rawTableOf } from '../reference/arbitrarySockets.js';
import { CLASS_NAMES } from '../reference/mibTables.js';
import { ESTABLISHED, row, snapshotOf, type Row } from '../cli/snapshotFiles.js';

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

const SEED = 0x12345678;

interface Counts {
  readonly counts: Map<string, number>;
  readonly ends: readonly EndRun[];
}

/**
 * @param mostEntries addresses that are kept before they are spilled
 * @param before is counted first, and forgotten
 */
function countsOf(
  parts: readonly Part[],
  where?: string,
  mostEntries?: number,
  before?: readonly Part[],
): Counts {
  const counts = new Map<string, number>();
  const runs: EndRun[] = [];
  const ends = new EndCounts(decoder, SEED, (run) => runs.push(endRunOf(run)), mostEntries);
  const tell = (key: string, count: number): void => add(counts, key, count);
  const listeners = new ListenerCounts(decoder, ends, tell, mostEntries);
  for (const some of before === undefined ? [parts] : [before, parts]) {
    counts.clear();
    runs.length = 0;
    ends.clear();
    listeners.clear();
    const chunk = chunkOf(some);
    countChunk(chunk, chunk.select(where), { add: tell, ends, listeners });
    chunk.free();
  }
  listeners.finish();
  ends.finish();
  return { counts, ends: runs };
}

function add(counts: Map<string, number>, key: string, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count);
}

function endRunOf(parts: readonly Uint8Array[]): EndRun {
  const { buffer, byteOffset, length } = Buffer.concat(parts);
  const words = new Uint32Array(buffer.slice(byteOffset, byteOffset + length));
  return new EndRun((first, list) => {
    list.set(words.subarray(first, first + list.length));
    return list;
  });
}

/** Everything that was counted, under one kind of keys. */
function allCounts({ counts, ends }: Counts): Map<string, number> {
  const all = new Map(counts);
  for (const run of ends) {
    for (const end of ['local', 'remote'] as const) {
      const ports = new Uint32Array(run.portWords(end));
      run.readPorts(end, ports);
      for (let at = 0; at < ports.length; at += 2)
        add(all, JSON.stringify([`${end}Port`, ports[at]]), ports[at + 1]!);
      for (const [kind, words] of [
        ['ipv4', IPV4_WORDS],
        ['ipv6', IPV6_WORDS],
      ] as const) {
        const stride = entryWords(words);
        const entries = new Uint32Array(run.partitionEnds(end, kind).at(-1)! * stride);
        run.readEntries(end, kind, 0, entries);
        for (let at = 0; at < entries.length; at += words + 2) {
          const text = addressText([...entries.subarray(at, at + words)]);
          const host = run.readHosts()[entries[at + words]!];
          add(all, JSON.stringify(['address', text, end, host]), entries[at + words + 1]!);
        }
      }
    }
  }
  return all;
}

function isUnspecified(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}

/** Row by row, by what `show` says of it. */
function reference(parts: readonly Part[], matches: (row: Connection) => boolean): Map<string, number> {
  const counts = new Map<string, number>();
  const addRow = (...key: unknown[]): void => add(counts, JSON.stringify(key), 1);
  for (const { host, hour, snapshot } of parts) {
    using table = decoder.decodeSnapshot(snapshot);
    for (const row of table.rows(Array.from({ length: table.rowCount }, (_, i) => i)).filter(matches)) {
      addRow('host', host);
      addRow('state', hour === null ? null : HOURS[hour], row.stateName ?? 'UDP');
      addRow('process', row.process);
      if (!isUnspecified(row.localAddress)) addRow('address', row.localAddress, 'local', host);
      if (row.protocol !== 'TCP') continue;
      if (row.stateName === 'LISTEN') {
        addRow('listener', 'TCP', row.localPort, row.process, host);
        continue;
      }
      addRow('localPort', row.localPort);
      if (row.remotePort !== 0) addRow('remotePort', row.remotePort);
      if (!isUnspecified(row.remoteAddress!)) addRow('address', row.remoteAddress, 'remote', host);
    }
  }
  return counts;
}

const sorted = (counts: ReadonlyMap<string, number>): CountEntry[] => sortedRun(counts);

test('counts of a chunk are those of its rows one by one, also where they are spilled', () => {
  fc.assert(
    fc.property(fc.array(part, { maxLength: 5 }), fc.constantFrom(1, 3, 1000), (parts, mostEntries) => {
      expect(sorted(allCounts(countsOf(parts, undefined, mostEntries)))).toEqual(
        sorted(reference(parts, () => true)),
      );
      expect(sorted(allCounts(countsOf(parts, 'lport in 0..1023')))).toEqual(
        sorted(reference(parts, (row) => row.localPort < 1024)),
      );
    }),
    { numRuns: 60 },
  );
});

test('what is counted into memory that was counted into before is what is counted into new memory', () => {
  fc.assert(
    fc.property(
      fc.array(part, { maxLength: 4 }),
      fc.array(part, { maxLength: 4 }),
      fc.constantFrom(1, 1000),
      (before, parts, mostEntries) => {
        expect(sorted(allCounts(countsOf(parts, undefined, mostEntries, before)))).toEqual(
          sorted(reference(parts, () => true)),
        );
      },
    ),
    { numRuns: 40 },
  );
});

/** Entries of addresses: the words of each, a host, rows. */
const entriesOf = (words: number): fc.Arbitrary<number[][]> =>
  fc.array(
    fc
      .tuple(
        fc.array(fc.constantFrom(0, 1, 2 ** 31, 2 ** 32 - 1), { minLength: words, maxLength: words }),
        fc.nat(2),
        fc.oneof(fc.integer({ min: 1, max: 3 }), fc.constant(2 ** 32 - 1)),
      )
      .map(([address, host, rows]) => [...address, host, rows]),
    { maxLength: 40 },
  );

test('the log of addresses loses no row, however small it is, and has each once where its rows fit into a number', () => {
  const engine = Decoder.engineOf(decoder);
  for (const words of [IPV4_WORDS, IPV6_WORDS]) {
    fc.assert(
      fc.property(entriesOf(words), fc.constantFrom(1, 2, 3, 7, 1000), (entries, mostEntries) => {
        const log = new EntryLog(words, SEED, mostEntries);
        const expected = new Map<string, number>();
        for (const entry of entries) add(expected, String(entry.slice(0, -1)), entry.at(-1)!);
        const counted = new Map<string, number>();
        let known = 0;
        const spill = (): void => {
          const lent = log.borrowAll(engine);
          expect(lent.ends.at(-1)! * (words + 2)).toBe(lent.entries.length);
          for (let at = 0; at < lent.entries.length; at += words + 2, known++)
            add(
              counted,
              String([...lent.entries.subarray(at, at + words + 1)]),
              lent.entries[at + words + 1]!,
            );
        };
        const list = Uint32Array.from(entries.flat());
        for (let rest = log.add(engine, list); rest.length > 0; rest = log.add(engine, rest)) spill();
        spill();
        expect(counted).toEqual(expected);
        const fits = [...expected.values()].every((rows) => rows < 2 ** 32);
        if (fits && mostEntries === 1000) expect(known).toBe(expected.size);
      }),
      { numRuns: 100 },
    );
  }
});

test('more pairs of address and host than the log holds, which come again and again, are counted', () => {
  // Far more than the engine finds again at once, and several times as many as fit into the log.
  const different = 30_000;
  const parts = Array.from({ length: 3 }, (_, round): Part => {
    const connections = Array.from({ length: different }, (_ignored, i) => {
      const n = (i * 7919 + round) % different;
      return row(ESTABLISHED, '10.0.0.1:1', `172.16.${n >> 8}.${n & 255}:2`);
    });
    return { host: 'A', hour: 0, snapshot: snapshotOf(connections) };
  });
  for (const mostEntries of [undefined, 10_000]) {
    const counts = allCounts(countsOf(parts, undefined, mostEntries));
    const rows = [...counts].filter(([key]) => key.startsWith('["address"') && key.includes('"remote"'));
    expect(rows).toHaveLength(different);
    expect(rows.every(([, count]) => count === 3)).toBe(true);
  }
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
      const whole = countsOf(parts);
      const counted = [0, 1, 2, 3].map((group) =>
        countsOf(
          shuffled.filter((_, i) => groups[i] === group),
          undefined,
          5,
        ),
      );
      const runs = counted.map(({ counts }) => sortedRun(counts));
      expect([...mergeRuns(runs)]).toEqual(sortedRun(whole.counts));
      expect([
        ...mergeRuns([[...mergeRuns(runs.slice(0, 2))], [...mergeRuns(runs.slice(2).reverse())]]),
      ]).toEqual(sortedRun(whole.counts));
      expect(summaryOf(counted)).toEqual(summaryOf([whole]));
    }),
    { numRuns: 40 },
  );
});

function summaryOf(parts: readonly Counts[]): Record<string, unknown> {
  const links = new Map<string, number>();
  const builder = new SummaryBuilder(decoder, (key, count) => add(links, key, count));
  builder.addCounts(mergeRuns(parts.map(({ counts }) => sortedRun(counts))));
  for (const _ of builder.addEnds(
    parts.flatMap(({ ends }) => ends),
    SEED,
  ));
  builder.addLinks(sortedRun(links));
  return { ...builder.build() };
}

/** Addresses that every machine has for itself. */
const OWN = /^(?:127\.|169\.254\.|::1$|::ffff:127\.|fe[89ab][0-9a-f]:)/;

/** Links by all that was counted, address by address. */
function linksOf(counts: ReadonlyMap<string, number>): {
  rows: number;
  ambiguousRows: number;
  total: number;
} {
  const addresses = [...counts].flatMap(([key, count]) => {
    const [kind, address, end, host] = JSON.parse(key) as [string, string, string, string | null];
    return kind === 'address' && !OWN.test(address) ? [{ address, end, host, count }] : [];
  });
  const pairs = new Set<string>();
  let rows = 0;
  let ambiguousRows = 0;
  for (const { address, end, host, count } of addresses) {
    if (end === 'local') continue;
    const owners = addresses.filter((other) => other.end === 'local' && other.address === address);
    if (owners.length > 1) ambiguousRows += count;
    if (owners.length !== 1 || owners[0]!.host === host) continue;
    rows += count;
    pairs.add(JSON.stringify([host, owners[0]!.host]));
  }
  return { rows, ambiguousRows, total: pairs.size };
}

test('links, remote ends and ports of a summary are those of the rows one by one', () => {
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
      const summary = summaryOf(parts.map((one) => countsOf([one])));
      const counts = reference(parts, () => true);
      expect(summary).toMatchObject({ links: linksOf(counts) });
      for (const [list, kind] of [
        ['remotePorts', 'remotePort'],
        ['localPorts', 'localPort'],
      ] as const) {
        const ports = [...counts].filter(([key]) => key.startsWith(`["${kind}"`));
        expect((summary[list] as { total: number }).total).toBe(ports.length);
      }
      const remotes = new Map<string, number>();
      for (const [key, count] of counts) {
        const [kind, address, end] = JSON.parse(key) as [string, string, string];
        if (kind === 'address' && end === 'remote') add(remotes, address, count);
      }
      const top = [...remotes]
        .map(([value, rows]) => ({ value, rows }))
        .sort((a, b) => b.rows - a.rows || (JSON.stringify(a.value) < JSON.stringify(b.value) ? -1 : 1));
      expect(summary['remotes']).toEqual({ total: remotes.size, top: top.slice(0, 50) });
    }),
    { numRuns: 60 },
  );
});

test('a link is counted where exactly one other host has the address', () => {
  const row4 = (local: string, remote: string): Row => row(ESTABLISHED, `${local}:1`, `${remote}:2`);
  const from = (host: string, ...rows: readonly Row[]): Part => ({
    host,
    hour: 0,
    snapshot: snapshotOf(rows),
  });
  const summary = summaryOf(
    [
      from(
        'A',
        row4('10.0.0.1', '10.0.0.1'),
        row4('10.0.0.2', '127.0.0.1'),
        row4('127.0.0.1', '169.254.1.1'),
      ),
      from('B', row4('10.0.0.2', '10.0.0.1'), row4('169.254.1.1', '127.0.0.1'), row4('10.0.0.3', '10.0.0.1')),
      from('C', row4('10.0.0.4', '10.0.0.2'), row4('127.0.0.1', '10.0.0.9')),
    ].map((one) => countsOf([one])),
  );
  expect(summary).toMatchObject({
    links: { total: 1, rows: 2, ambiguousRows: 1, top: [{ from: 'B', to: 'A', rows: 2 }] },
  });
});

test('many moments become fewer and longer ones, and nothing is lost', () => {
  const counts = new Map<string, number>();
  for (let hour = 0; hour < 5000; hour++) {
    const time = new Date(hour * 3_600_000).toISOString().slice(0, 13);
    counts.set(JSON.stringify(['state', time, 'LISTEN']), 2);
    counts.set(JSON.stringify(['snapshots', time]), 1);
  }
  const { states } = summaryOf([{ counts, ends: [] }]) as {
    states: { time: string; snapshots: number; states: Record<string, number> }[];
  };
  expect(states).toHaveLength(Math.ceil(5000 / 24));
  expect(states[0]).toEqual({ time: '1970-01-01', snapshots: 24, states: { LISTEN: 48 } });
  expect(states.reduce((sum, { snapshots }) => sum + snapshots, 0)).toBe(5000);
});

/** A run with entries of addresses that hosts have, written as units write them. */
function runOf(hosts: readonly string[], local: readonly number[][], remote: readonly number[][]): EndRun {
  const runs: EndRun[] = [];
  const ends = new EndCounts(decoder, SEED, (run) => runs.push(endRunOf(run)));
  for (const host of hosts) ends.hostNumber(host);
  ends.addAddresses('local', 'ipv4', Uint32Array.from(local.flat()));
  ends.addAddresses('remote', 'ipv4', Uint32Array.from(remote.flat()));
  ends.finish();
  return runs[0]!;
}

test('addresses of many runs, more than are put together at a time, and more rows than a number of 32 bits holds', () => {
  const hosts = ['A', 'B', 'C'];
  const different = 150_000;
  const most = 2 ** 32 - 1;
  // Each run numbers the hosts in another order. Every address has an owner, every third one two.
  const runs = [0, 1, 2].map((turn) => {
    const names = [...hosts.slice(turn), ...hosts.slice(0, turn)];
    const numberOf = (host: number): number => names.indexOf(hosts[host % 3]!);
    const local: number[][] = [];
    const remote: number[][] = [];
    for (let i = 0; i < different; i++) {
      const address = 0x0a000000 + i * 17;
      if (i % 3 === turn || (i % 9 === 0 && turn === 1)) local.push([address, numberOf(i + turn), 1]);
      remote.push([address, numberOf(0), i === 5 ? most : 1 + (i % 100 === 0 ? i : 0)]);
    }
    return runOf(names, local, remote);
  });
  const expected = { rows: 0, ambiguousRows: 0, links: new Map<string, number>() };
  const rowsOf = (i: number): number => 3 * (i === 5 ? most : 1 + (i % 100 === 0 ? i : 0));
  for (let i = 0; i < different; i++) {
    const owners = new Set(
      [0, 1, 2].flatMap((turn) => (i % 3 === turn || (i % 9 === 0 && turn === 1) ? [(i + turn) % 3] : [])),
    );
    const [owner] = owners;
    if (owners.size > 1) expected.ambiguousRows += rowsOf(i);
    else if (owner !== 0) {
      expected.rows += rowsOf(i);
      add(expected.links, hosts[owner!]!, rowsOf(i));
    }
  }
  const summary = summaryOf([{ counts: new Map(), ends: runs }]);
  expect(summary['links']).toEqual({
    total: expected.links.size,
    rows: expected.rows,
    ambiguousRows: expected.ambiguousRows,
    top: [...expected.links]
      .map(([to, rows]) => ({ from: 'A', to, rows }))
      .toSorted((a, b) => b.rows - a.rows),
  });
  const top = [5, ...Array.from({ length: 49 }, (_, i) => different - 100 * (i + 1))];
  expect(summary['remotes']).toEqual({
    total: different,
    top: top.map((i) => ({ value: addressText([0x0a000000 + i * 17]), rows: rowsOf(i) })),
  });
});

test('a run whose entries name hosts that it does not have is not read beyond them', () => {
  expect(() => summaryOf([{ counts: new Map(), ends: [runOf(['A'], [[7, 1, 1]], [])] }])).toThrow(
    /engine failed/,
  );
});
