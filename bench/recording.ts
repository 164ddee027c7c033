/**
 * Measures recordings: `node bench/dist/recording.js [size] [seek] [load [SECONDS]]`; without names, all three. Exit codes: 0 done, 1 a
 * figure is not what it must be.
 *
 * - size: of a recording of 20,000 rows against its raw tables, and against zstd of them (where there is the program zstd)
 * - seek: the command line shows one snapshot of many, against `node -e 0`
 * - load: the processor time and memory of the command line that records 20,000 sockets of this machine (Linux), and the file's size
 */

import { execFileSync, fork, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createRecording, openSnapshots } from 'tcpscope';
import { spread } from './measure.js';
import { makeRecording, type RecordingOptions } from './recordings/recording.js';
import { formatNumber } from './report/numbers.js';
import { formatTextTable } from './report/textTable.js';

const CLI = fileURLToPath(new URL('../../dist/node/tcpscope.cjs', import.meta.url));
const HOLDER = fileURLToPath(new URL('../../test/capture/socketHolder.mjs', import.meta.url));
const SELF = fileURLToPath(import.meta.url);

const SIZE_FLOOR = 30;
const SEEK_FLOOR_MILLISECONDS = 100;
const SEEK_ROUNDS = 25;
const SEEK_FLOOR_BYTES = 150e6;
const LOAD_FLOOR = 0.12;
/** Of the resident memory, between the second and the last fifth of a long recording: in the first, V8's heap takes its size. */
const GROWTH_FLOOR = 1.1;

/** What a run says at its end: the most memory that it had, in KiB. */
const TELL_MEMORY =
  'data:text/javascript,process.on("exit",()=>process._rawDebug(process.resourceUsage().maxRSS))';

const folder = mkdtempSync(join(tmpdir(), 'tcpscope-bench-'));
try {
  if (process.argv[2] === 'churn') await churn(Number(process.argv[3]));
  else process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function main(args: readonly string[]): Promise<boolean> {
  const isWanted = (name: string): boolean => args.length === 0 || args.includes(name);
  const seconds = Number(args[args.indexOf('load') + 1]) || 30;
  let met = true;
  if (isWanted('size')) met = (await measureSize()) && met;
  if (isWanted('seek')) met = (await measureSeek()) && met;
  if (isWanted('load')) met = (await measureLoad(seconds)) && met;
  return met;
}

/** Writes a made recording, and its raw tables one after another. */
async function write(
  name: string,
  options: RecordingOptions,
): Promise<{ path: string; raw: string; rawBytes: number }> {
  const [path, raw] = [join(folder, `${name}.tcpsnap`), join(folder, `${name}.raw`)];
  const recording = await createRecording(path);
  const file = openSync(raw, 'w');
  let rawBytes = 0;
  for (const snapshot of makeRecording(options)) {
    await recording.append(snapshot);
    for (const { bytes } of snapshot.tables) rawBytes += writeSync(file, bytes);
  }
  closeSync(file);
  await recording.close();
  return { path, raw, rawBytes };
}

async function measureSize(): Promise<boolean> {
  const rows: string[][] = [];
  let met = true;
  for (const provider of ['netlink', 'iphlpapi'] as const) {
    const options = { rows: 20_000, ticks: 600, provider, tables: ['tcp2'] as const };
    const { path, raw, rawBytes } = await write(provider, options);
    const own = statSync(path).size;
    const zstd = zstdSize(raw);
    const ratio = rawBytes / own;
    met &&= ratio >= SIZE_FLOOR;
    rows.push([
      provider,
      formatNumber(rawBytes / 1e6),
      formatNumber(own / 1e6),
      formatNumber(ratio),
      zstd === undefined ? '–' : formatNumber(rawBytes / zstd),
    ]);
    rmSync(raw);
  }
  const header = [
    '600 ticks of 20,000 rows, 1% a tick',
    'raw MB',
    'file MB',
    'times smaller',
    'zstd -19 --long=27',
  ];
  process.stdout.write(
    `size, metadata included; floor ${SIZE_FLOOR}${met ? '' : ': NOT MET'}\n${formatTextTable(header, rows)}\n`,
  );
  return met;
}

/** Of a recording of real sockets, which are those of this machine too. */
async function reportRealSize(path: string): Promise<void> {
  const raw = join(folder, 'real.raw');
  const file = await openSnapshots(path);
  const tables = openSync(raw, 'w');
  let rawBytes = 0;
  for await (const snapshot of file) {
    for (const { bytes } of snapshot.tables) rawBytes += writeSync(tables, bytes);
  }
  closeSync(tables);
  const ratio = rawBytes / statSync(path).size;
  const zstd = zstdSize(raw);
  const beside = zstd === undefined ? '' : `, zstd -19 --long=27 makes them ${formatNumber(rawBytes / zstd)}`;
  process.stdout.write(
    `  ${file.count} snapshots: ${formatNumber(ratio)} times smaller than their raw tables${beside}\n\n`,
  );
  await file.close();
}

/** Of the raw tables alone, without all that the recording has besides. */
function zstdSize(path: string): number | undefined {
  const packed = `${path}.zst`;
  const { status } = spawnSync('zstd', ['-19', '--long=27', '-T0', '-q', '-o', packed, path]);
  if (status !== 0) return undefined;
  const { size } = statSync(packed);
  rmSync(packed);
  return size;
}

async function measureSeek(): Promise<boolean> {
  const { path, raw } = await write('seek', { rows: 2000, ticks: 10_000 });
  rmSync(raw);
  const file = await openSnapshots(path);
  const wanted = (await file.at(5000)).time!.utcMicroseconds;
  await file.close();
  // A screenful of it: to print thousands of rows is other work.
  const show = [CLI, 'show', '--snapshot', '5000', '--limit', '20', path];
  const json = execFileSync(process.execPath, [...show, '--format', 'json'], { encoding: 'utf8' });
  const shown = JSON.parse(json) as { time: string };
  const isRight = Date.parse(shown.time) === Math.floor(wanted / 1000);
  const rounds = Array.from({ length: SEEK_ROUNDS }, () => [timeOf(['-e', '0']), timeOf(show)] as const);
  const [floor, own] = [spread(rounds.map(([first]) => first)), spread(rounds.map(([, second]) => second))];
  const more = spread(rounds.map(([first, second]) => second - first));
  const bytes = maxRssOf(show);
  const met = isRight && more.median < SEEK_FLOOR_MILLISECONDS && bytes < SEEK_FLOOR_BYTES;
  process.stdout.write(
    `snapshot 5,000 of 10,000 (2,000 rows), floor ${SEEK_FLOOR_MILLISECONDS} ms and ${SEEK_FLOOR_BYTES / 1e6} MB${met ? '' : ': NOT MET'}\n` +
      `  ${formatNumber(more.median)} ms more than node -e 0 (${formatNumber(own.median)} and ${formatNumber(floor.median)}; of the quicker quarter ${formatNumber(own.lowerQuartile)} and ${formatNumber(floor.lowerQuartile)}), ${formatNumber(bytes / 1e6)} MB of memory\n\n`,
  );
  return met;
}

/** Milliseconds from start to end. Nothing is put into the process for this: it would change how Node loads the rest. */
function timeOf(args: readonly string[]): number {
  const start = performance.now();
  spawnSync(process.execPath, args);
  return performance.now() - start;
}

function maxRssOf(args: readonly string[]): number {
  const { stderr } = spawnSync(process.execPath, ['--import', TELL_MEMORY, ...args], { encoding: 'utf8' });
  return Number(stderr.trim().split('\n').at(-1)) * 1024;
}

async function measureLoad(seconds: number): Promise<boolean> {
  const server = await hold('server', '4096', '127.0.0.1');
  const clients = await hold('clients', String(server.ports[0]), '10000', '127.0.0.1');
  const churning = spawn(process.execPath, [SELF, 'churn', String(server.ports[0])], { stdio: 'ignore' });
  const path = join(folder, 'load.tcpsnap');
  const args = [CLI, 'capture', '--interval', '1s', '--duration', `${seconds + 5}s`, path];
  const recorder = spawn(process.execPath, args, { stdio: 'ignore' });
  try {
    await pause(4000);
    const samples = [sample(recorder)];
    for (let i = 0; i < 20; i++) {
      await pause((seconds * 1000) / 20);
      samples.push(sample(recorder));
    }
    const met = reportLoad(seconds, samples);
    recorder.kill();
    await once(recorder, 'close');
    await reportRealSize(path);
    return met;
  } finally {
    recorder.kill();
    churning.kill();
    server.child.kill();
    clients.child.kill();
  }
}

interface Sample {
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  readonly residentBytes: number;
}

/** proc(5): user and system time are fields 14 and 15, in 1/100 s; VmRSS is in KiB. */
function sample({ pid }: ChildProcess): Sample {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]!.split(' ');
  const [, resident] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))!;
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / 100,
    wallSeconds: performance.now() / 1000,
    residentBytes: Number(resident) * 1024,
  };
}

function reportLoad(seconds: number, samples: readonly Sample[]): boolean {
  const [first, last] = [samples[0]!, samples.at(-1)!];
  const load = (last.cpuSeconds - first.cpuSeconds) / (last.wallSeconds - first.wallSeconds);
  const memory = (part: readonly Sample[]): number =>
    spread(part.map(({ residentBytes }) => residentBytes)).median;
  const [early, late] = [memory(samples.slice(4, 8)), memory(samples.slice(-4))];
  const met = load <= LOAD_FLOOR && late <= early * GROWTH_FLOOR;
  process.stdout.write(
    `a recording of 20,000 sockets every second for ${seconds} s, floor ${LOAD_FLOOR * 100}% of a core${met ? '' : ': NOT MET'}\n` +
      `  ${formatNumber(load * 100)}% of a core; resident memory ${formatNumber(early / 1e6)} MB early, ${formatNumber(late / 1e6)} MB late\n`,
  );
  return met;
}

async function hold(
  ...values: readonly string[]
): Promise<{ child: ChildProcess; ports: readonly number[] }> {
  const child = fork(HOLDER, values, { execArgv: [] });
  const [ports] = (await once(child, 'message')) as [number[]];
  return { child, ports };
}

/** Opens a hundred connections every second, and ends those of the second before: 1% of the sockets, both ends counted. */
async function churn(port: number): Promise<never> {
  let open: ReturnType<typeof connect>[] = [];
  for (;;) {
    for (const socket of open) socket.end('close');
    open = Array.from({ length: 100 }, () => connect({ port, host: '127.0.0.1' }).on('error', () => {}));
    await pause(1000);
  }
}
