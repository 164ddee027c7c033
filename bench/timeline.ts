/**
 * Measures the timeline of a recording against a script with DataView, string keys and a Map: `node bench/dist/timeline.js [SNAPSHOTS
 * [ROUNDS]]`. Exit codes: 0 done, 1 a result or a ratio is not what it must be.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createDecoder,
  createRecording,
  openSnapshots,
  timeline,
  timelineConnection,
  type Decoder,
  type Snapshot,
  type Timeline,
  type SnapshotFile,
  type TimelineSource,
} from 'tcpscope';
import { spread } from './measure.js';
import { TimelineByMap, type MapConnection, type MapTimeline } from './peers/timelineByMap.js';
import { makeRecording } from './recordings/recording.js';
import { formatNumber } from './report/numbers.js';
import { formatTextTable } from './report/textTable.js';

const ROWS = 2000;
/** The time of the script over ours, at least. */
const FLOOR = 8;
/** Of these, so many are written to a file and read from it. */
const FILE_SHARE = 5;
const [DEFAULT_SNAPSHOTS, DEFAULT_ROUNDS] = [10_000, 5];

const HEADER = ['', 'ms', 'µs a snapshot', 'over ours'];

process.exitCode = await main(
  Number(process.argv[2] ?? DEFAULT_SNAPSHOTS),
  Number(process.argv[3] ?? DEFAULT_ROUNDS),
);

async function main(ticks: number, rounds: number): Promise<number> {
  const decoder = await createDecoder();
  let exitCode = 0;
  for (const provider of ['netlink', 'iphlpapi'] as const) {
    const snapshots = [...makeRecording({ rows: ROWS, ticks, provider, tables: ['tcp2'] })];
    const title = `${ticks} snapshots of ${ROWS} rows, ${provider === 'netlink' ? 'in no order' : 'in order'}`;
    if (!(await measureInMemory(title, snapshots, decoder, rounds))) exitCode = 1;
    const part = snapshots.slice(0, Math.ceil(ticks / FILE_SHARE));
    if (!(await measureFile(part, decoder, rounds))) exitCode = 1;
  }
  return exitCode;
}

/** Both have the raw tables in memory. */
async function measureInMemory(
  title: string,
  snapshots: readonly Snapshot[],
  decoder: Decoder,
  rounds: number,
): Promise<boolean> {
  const source: TimelineSource = { count: snapshots.length, at: async (number) => snapshots[number]! };
  const tables = snapshots.map(({ tables: [table] }) => table!.bytes);
  const isSame = reportDifferences(byMap(tables), await timeline(source, decoder));
  const { ratio, rows } = await measureBoth(
    rounds,
    () => timeline(source, decoder),
    () => byMap(tables),
    snapshots.length,
  );
  const met = ratio >= FLOOR;
  process.stdout.write(
    `${title}, from memory; floor ${FLOOR}${met ? '' : ': NOT MET'}\n${formatTextTable(HEADER, rows)}\n`,
  );
  return isSame && met;
}

/** Both read the recording through the library, which restores and checks every raw table. Without a floor. */
async function measureFile(
  snapshots: readonly Snapshot[],
  decoder: Decoder,
  rounds: number,
): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'tcpscope-bench-'));
  try {
    const path = join(folder, 'bench.tcpsnap');
    const recording = await createRecording(path);
    for (const snapshot of snapshots) await recording.append(snapshot);
    await recording.close();
    const withFile = async <Result>(use: (file: SnapshotFile) => Promise<Result>): Promise<Result> => {
      const file = await openSnapshots(path);
      try {
        return await use(file);
      } finally {
        await file.close();
      }
    };
    const readAndMap = async (file: SnapshotFile): Promise<MapTimeline> => {
      const script = new TimelineByMap();
      for (let i = 0; i < file.count; i++) script.add(i, (await file.at(i)).tables[0]!.bytes);
      return script.timeline;
    };
    const ours = (): Promise<Timeline> => withFile((file) => timeline(file, decoder));
    const peer = (): Promise<MapTimeline> => withFile(readAndMap);
    const isSame = reportDifferences(await peer(), await ours());
    const { rows } = await measureBoth(rounds, ours, peer, snapshots.length);
    process.stdout.write(
      `${snapshots.length} of them, both read from a recording\n${formatTextTable(HEADER, rows)}\n`,
    );
    return isSame;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function byMap(tables: readonly Uint8Array[]): MapTimeline {
  const script = new TimelineByMap();
  for (const [number, table] of tables.entries()) script.add(number, table);
  return script.timeline;
}

async function measureBoth(
  rounds: number,
  ours: () => unknown,
  peer: () => unknown,
  snapshots: number,
): Promise<{ ratio: number; rows: string[][] }> {
  const times: [number[], number[]] = [[], []];
  // Everyone runs once more for nothing, so that all code is compiled.
  for (let round = -1; round < rounds; round++) {
    for (const [i, run] of [ours, peer].entries()) {
      const start = performance.now();
      await run();
      if (round >= 0) times[i]!.push(performance.now() - start);
    }
  }
  const ratio = spread(times[1].map((duration, round) => duration / times[0][round]!)).median;
  const [mine, theirs] = times.map((list) => spread(list).median);
  const row = (name: string, duration: number, over: string): string[] => {
    return [name, formatNumber(duration), formatNumber((duration * 1000) / snapshots), over];
  };
  return {
    ratio,
    rows: [row('tcpscope', mine!, ''), row('DataView, string keys, Map', theirs!, formatNumber(ratio))],
  };
}

/** Says what differs, if anything does. */
function reportDifferences(script: MapTimeline, found: Timeline): boolean {
  const differs = [...differences(script, found)];
  for (const what of differs.slice(0, 5)) process.stdout.write(`RESULT DIFFERS: ${what}\n`);
  return differs.length === 0;
}

function* differences(script: MapTimeline, found: Timeline): Generator<string> {
  const { opened, closed } = found.snapshots;
  for (let i = 0; i < found.snapshots.count; i++) {
    if (opened[i] !== script.opened[i] || closed[i] !== script.closed[i]) yield `opened or closed at ${i}`;
  }
  const { count } = found.connections;
  if (count !== script.connections.size) yield `${count} connections, not ${script.connections.size}`;
  for (let number = 0; number < count; number++) {
    const connection = timelineConnection(found, number);
    const { localAddress, localPort, remoteAddress, remotePort } = connection;
    const local = `${addressNumber(localAddress)}:${localPort}`;
    const key = remoteAddress === null ? local : `${local}-${addressNumber(remoteAddress)}:${remotePort}`;
    const expected = script.connections.get(key);
    const { spans, seen, states, owners } = connection;
    const plain: MapConnection = {
      spans: spans.map(([first, last]) => [first, last]),
      states: states.map(({ state, since }) => ({ state, since })),
      pids: owners.map(({ pid }) => pid),
      seen,
    };
    if (JSON.stringify(plain) !== JSON.stringify(expected)) yield `connection ${key}`;
  }
}

function addressNumber(text: string): number {
  return text.split('.').reduce((number, octet) => number * 256 + Number(octet), 0);
}
