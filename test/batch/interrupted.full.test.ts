import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Snapshot } from 'tcpscope/core';
import { CLI, runCli } from '../cli/runCli.js';
import { makeTemporaryFolder } from '../cli/temporaryFolder.js';
import { query, quoted } from '../dataset/duckdb.js';
import { writeFleet } from './fleet.js';
import { datasetRows, expectedRows, readJson } from './readDataset.js';

const folder = makeTemporaryFolder();
const at = (name: string): string => join(folder.path, name);
const relative = (path: string): string => path.slice(folder.path.length + 1);
const HOSTS = Array.from({ length: 25 }, (_, i) => `HOST${i}`);
let files: Map<string, Snapshot>;

beforeAll(async () => {
  files = await writeFleet(at('fleet'), HOSTS, 10);
});

const args = (out: string, jobs: number): string[] => [
  'batch',
  'fleet',
  '--out',
  out,
  '--jobs',
  String(jobs),
  '--quiet',
];

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly milliseconds: number;
}

/** Starts a batch and sends it a signal after a time, unless it has ended by then. */
function runFor(out: string, jobs: number, milliseconds: number, signal: NodeJS.Signals): Promise<Ended> {
  return runUntil(out, jobs, signal, () =>
    setTimeout(Math.min(milliseconds, 1e9), undefined, { ref: false }),
  );
}

/** Starts a batch and sends it a signal as soon as that is due. */
async function runUntil(
  out: string,
  jobs: number,
  signal: NodeJS.Signals,
  isDue: (hasEnded: () => boolean) => Promise<unknown>,
): Promise<Ended> {
  const start = Date.now();
  const child = spawn(process.execPath, [CLI, ...args(out, jobs)], { cwd: folder.path, stdio: 'ignore' });
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  void isDue(() => child.exitCode !== null).then(() => child.kill(signal));
  const [code, by] = await ended;
  return { code, signal: by, milliseconds: Date.now() - start };
}

/** When the first unit is done, and the others are not. */
async function untilFirstUnit(out: string, hasEnded: () => boolean): Promise<void> {
  const units = join(at(out), 'state', 'units');
  while (!hasEnded() && !(existsSync(units) && readdirSync(units).some((name) => name.endsWith('.json'))))
    await setTimeout(2);
}

/** Every shard that has its name is one that DuckDB reads to its end. */
async function shardsAreWhole(out: string): Promise<void> {
  if (!existsSync(join(at(out), 'data'))) return;
  const shards = readdirSync(join(at(out), 'data'), { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.parquet') && !name.split('/').at(-1)!.startsWith('.'),
  );
  if (shards.length === 0) return;
  const [row] = await query(
    `SELECT count(digest)::INTEGER AS n FROM read_parquet(${quoted(`${at(out)}/data/**/[!.]*.parquet`)})`,
  );
  expect(row!['n']).toBeGreaterThan(0);
}

describe.each([1, 2])('%i jobs', (jobs) => {
  test('killed twenty times and resumed, it ends with the rows of one run', async () => {
    const whole = await runFor(`whole${jobs}`, jobs, 1e9, 'SIGKILL');
    expect(whole.code).toBe(0);
    const out = `killed${jobs}`;
    let killed = 0;
    for (let i = 1; killed < 20; i++) {
      // Sooner and later moments of a run; should one run to its end, begin anew.
      const { signal } = await runFor(
        out,
        jobs,
        150 + ((i * 7919) % 17) * (whole.milliseconds / 20),
        'SIGKILL',
      );
      if (signal === 'SIGKILL') {
        killed++;
        await shardsAreWhole(out);
      } else if (killed < 20) rmSync(at(out), { recursive: true });
    }
    expect((await runFor(out, jobs, 1e9, 'SIGKILL')).code).toBe(0);
    const rows = await datasetRows(at(out));
    expect(rows).toEqual(expectedRows(files, relative));
    expect(rows).toEqual(await datasetRows(at(`whole${jobs}`)));
    expect(readJson(at(out), 'summary.json')).toEqual(readJson(at(`whole${jobs}`), 'summary.json'));
  }, 900_000);

  test('SIGINT ends it cleanly: what is done is kept, and the next run goes on', async () => {
    const out = `stopped${jobs}`;
    const stopped = await runUntil(out, jobs, 'SIGINT', (hasEnded) => untilFirstUnit(out, hasEnded));
    expect(stopped.signal).toBe(null);
    expect(stopped.code).toBe(1);
    const { rows } = readJson<{ rows: number }>(at(out), 'summary.json');
    expect(rows).toBeLessThan(expectedRows(files, relative).length);
    if (rows > 0) expect(await datasetRows(at(out))).toHaveLength(rows);
    expect(readdirSync(join(at(out), 'state')).filter((name) => name.startsWith('lock'))).toEqual([]);
    const { stdout, exitCode } = await runCli(args(out, jobs), { cwd: folder.path });
    expect([stdout, exitCode]).toEqual(['', 0]);
    expect(await datasetRows(at(out))).toEqual(expectedRows(files, relative));
  });
});

test('a second run is refused as long as the first one runs, and the first one is not disturbed', async () => {
  const first = spawn(process.execPath, [CLI, ...args('shared', 2)], { cwd: folder.path, stdio: 'ignore' });
  const ended = once(first, 'exit') as Promise<[number | null]>;
  await untilFirstUnit('shared', () => first.exitCode !== null);
  const second = await runCli(args('shared', 2), { cwd: folder.path });
  expect(first.exitCode, 'the first one was still at work').toBe(null);
  expect(second.exitCode).toBe(2);
  expect(second.stderr).toMatch(
    new RegExp(
      `^tcpscope: shared: it is in use by process ${first.pid} on .*; wait until that has ended\\n$`,
    ),
  );
  expect(await ended).toEqual([0, null]);
  expect(await datasetRows(at('shared'))).toEqual(expectedRows(files, relative));
}, 120_000);

describe('a folder that fills up', () => {
  const small = at('small');

  afterAll(() => {
    spawnSync('umount', [small]);
  });

  test('ends with the reason, leaves no part of a shard, and goes on when there is room', async () => {
    mkdirSync(small);
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=250k', 'tmpfs', small]);
    expect(mounted.status, 'a small file system needs root').toBe(0);
    const full = await runCli(args('small/out', 2), { cwd: folder.path });
    expect(full.exitCode).toBe(2);
    expect(full.stderr).toBe('tcpscope: small/out: cannot be written: no space is left on the disk\n');
    await shardsAreWhole('small/out');
    cpSync(join(small, 'out'), at('roomy'), { recursive: true });
    const { exitCode } = await runCli(args('roomy', 2), { cwd: folder.path });
    expect(exitCode).toBe(0);
    expect(await datasetRows(at('roomy'))).toEqual(expectedRows(files, relative));
  });
});
