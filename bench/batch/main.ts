/**
 * Measures `batch` and the Parquet that it writes: `node bench/dist/batch/main.js [--only WORK,…] [--files N] [--rounds N] [--rows N]
 * [--memory-files N,N]`. Works: aggregates, parquet, memory.
 * Exit codes: 0 done, 1 a result or a ratio is not what it must be.
 */

import { linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Summary } from 'tcpscope';
import { spread } from '../measure.js';
import { peakMegabytes } from '../peakMemory.js';
import { formatTextTable } from '../report/textTable.js';
import { runProgram, type Times } from '../runProgram.js';
import { writeFiles } from './files.js';
import { ParquetWork } from './parquet.js';
import { differences } from './sameSummary.js';
import { runScript } from './script.js';

const FILE_ROWS = 300;
const CLI = fileURLToPath(new URL('../../../dist/node/tcpscope.cjs', import.meta.url));
const PEER = fileURLToPath(new URL('peer.js', import.meta.url));
const FLOORS = { script: 8, workers: 1.6, duckdb: 1 / 3, memoryMB: 400 } as const;

const { values: options } = parseArgs({
  options: {
    files: { type: 'string', default: '10000' },
    only: { type: 'string', default: 'aggregates,parquet,memory' },
    rounds: { type: 'string', default: '3' },
    rows: { type: 'string', default: '20000000' },
    'memory-files': { type: 'string', default: '10000,100000' },
  },
});

const folder = mkdtempSync(join(tmpdir(), 'tcpscope-bench-'));
const results: (readonly [work: string, figures: string, ratio: number, floor: number])[] = [];
try {
  const paths = await writeFiles(join(folder, 'files'), Number(options.files), FILE_ROWS);
  const only = options.only.split(',');
  if (only.includes('aggregates')) measureAggregates(paths, Number(options.rounds));
  if (only.includes('parquet')) await measureParquet(Number(options.rows));
  if (only.includes('memory')) {
    for (const count of options['memory-files'].split(',').map(Number)) await measureMemory(paths, count);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const lines = results.map(([work, figures, ratio, floor]) => [
  work,
  figures,
  `${ratio.toPrecision(3)} ×`,
  `${floor.toPrecision(2)} ×`,
  ratio >= floor ? 'met' : 'NOT MET',
]);
process.stdout.write(formatTextTable(['work', 'figures', 'ratio', 'floor', ''], lines, 2));
process.exitCode = results.every(([, , ratio, floor]) => ratio >= floor) ? 0 : 1;

/** A process of its own, as everybody runs it: what one leaves to the next, of memory and of compiled code, would be measured too. */
function aggregate(jobs: number, check: (summary: Summary) => void): Times {
  const out = join(folder, 'out');
  const given = ['--out', out, '--format', 'none', '--jobs', String(jobs), '--quiet'];
  const taken = runProgram([CLI, 'batch', join(folder, 'files'), ...given]);
  check(JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8')) as Summary);
  rmSync(out, { recursive: true });
  return taken;
}

/**
 * The script, one thread and two take turns. The script and one thread are compared by processor time, so that what else the machine does
 * matters less; what two gain is seen by the clock alone, and only where both processors are free.
 */
function measureAggregates(paths: readonly string[], rounds: number): void {
  const bound: Times[] = [];
  const script: Times[] = [];
  const one: Times[] = [];
  const two: Times[] = [];
  const totals = runScript(paths);
  const check = (summary: Summary): void => {
    const different = differences(summary, totals);
    if (different.length > 0) throw new Error(`the script counts otherwise: ${different.join(', ')}`);
  };
  for (let round = 0; round < rounds; round++) {
    bound.push(runProgram([PEER, 'read', join(folder, 'files')]));
    script.push(runProgram([PEER, 'script', join(folder, 'files')]));
    one.push(aggregate(1, check));
    two.push(aggregate(2, check));
  }
  const files = `${paths.length.toLocaleString('en-US')} files of ${FILE_ROWS} rows to aggregates`;
  const byClock = medianRatio(script.map(secondsOf), one.map(secondsOf)).toPrecision(3);
  results.push([
    `${files}, one thread`,
    `${bothTimes('script', script, one)} (${byClock} ×); reading and SHA-256 alone ${medians(bound)}`,
    medianRatio(script.map(processorOf), one.map(processorOf)),
    FLOORS.script,
  ]);
  results.push([
    `${files}, two workers`,
    bothTimes('one thread', one, two),
    medianRatio(one.map(secondsOf), two.map(secondsOf)),
    FLOORS.workers,
  ]);
}

function processorOf({ processor }: Times): number {
  return processor;
}

function secondsOf({ seconds }: Times): number {
  return seconds;
}

async function measureParquet(rows: number): Promise<void> {
  const out = join(folder, 'parquet');
  mkdirSync(out);
  const work = await ParquetWork.create(out, rows);
  const ours = await work.writeOurs();
  const theirs = await work.writeByDuckDB();
  if (!(await work.isSame())) throw new Error('DuckDB reads other rows from our file than from its own');
  const size = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
  results.push([
    `${work.rows.toLocaleString('en-US')} rows to Parquet`,
    `DuckDB ${theirs.seconds.toFixed(1)} s (COPY ${theirs.copySeconds.toFixed(1)} s), ${size(theirs.bytes)}; ours ${ours.seconds.toFixed(1)} s, ${size(ours.bytes)}`,
    theirs.seconds / ours.seconds,
    FLOORS.duckdb,
  ]);
  rmSync(out, { recursive: true });
}

/** The whole command, with as many workers as there are processors. More files than there are: by links with other names. */
async function measureMemory(paths: readonly string[], count: number): Promise<void> {
  const inputs = join(folder, `memory${count}`);
  for (let number = 0; number < count; number++) {
    const path = paths[number % paths.length]!;
    const inner = join(inputs, `${Math.floor(number / paths.length)}`, basename(dirname(path)));
    mkdirSync(inner, { recursive: true });
    linkSync(path, join(inner, basename(path)));
  }
  const out = join(folder, `out${count}`);
  const megabytes = await peakMegabytes([CLI, 'batch', inputs, '--out', out, '--quiet']);
  results.push([
    `peak memory for ${count.toLocaleString('en-US')} files`,
    `${megabytes.toFixed(0)} MB of ${FLOORS.memoryMB}`,
    FLOORS.memoryMB / megabytes,
    1,
  ]);
}

function bothTimes(peer: string, theirs: readonly Times[], ours: readonly Times[]): string {
  return `${peer} ${medians(theirs)}; ours ${medians(ours)}`;
}

function medians(times: readonly Times[]): string {
  const median = (of: (times: Times) => number): string => spread(times.map(of)).median.toFixed(2);
  return `${median(processorOf)} s of processors, ${median(secondsOf)} s by the clock`;
}

/** The median of the ratios of each round: a machine that slows down for a while slows down both. */
function medianRatio(theirs: readonly number[], ours: readonly number[]): number {
  return spread(theirs.map((time, round) => time / ours[round]!)).median;
}
