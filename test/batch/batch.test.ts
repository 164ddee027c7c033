import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Snapshot } from 'tcpscope/core';
import { CLI, runCli, runProgram } from '../cli/runCli.js';
import { fileOf, flipBit, RAW, ROWS, snapshotOf } from '../cli/snapshotFiles.js';
import { makeTemporaryFolder } from '../cli/temporaryFolder.js';
import { query, quoted } from '../dataset/duckdb.js';
import { HOSTILE_NAMES } from '../dataset/exampleFiles.js';
import { fleetSnapshot, writeFleet } from './fleet.js';
import { datasetRows, expectedRows, readFailures, readJson } from './readDataset.js';

const folder = makeTemporaryFolder();
const HOSTS = ['WEB01', 'WEB02', 'DB01'];
const HOURS = 6;
let files: Map<string, Snapshot>;

const at = (name: string): string => join(folder.path, name);
const relative = (path: string): string => path.slice(folder.path.length + 1);
const run = (args: readonly string[], stdin?: string) =>
  runCli(['batch', ...args], { cwd: folder.path, ...(stdin !== undefined && { stdin: Buffer.from(stdin) }) });

interface Totals {
  readonly inputs: { readonly files: number; readonly failed: number };
  readonly snapshots: number;
  readonly rows: number;
}

beforeAll(async () => {
  files = await writeFleet(at('fleet'), HOSTS, HOURS);
});

describe('the dataset', () => {
  test('DuckDB reads all of it as one table, and it has the rows of show', async () => {
    const { exitCode, stderr } = await run(['fleet', '--out', 'all']);
    const rows = expectedRows(files, relative);
    expect(stderr).toBe(`tcpscope: all: 18 files, 18 snapshots, ${rows.length} rows\n`);
    expect(exitCode).toBe(0);
    expect(await datasetRows(at('all'))).toEqual(rows);
    expect(readFailures(at('all'))).toEqual([]);
  });

  test('is partitioned by date and host, which readers see as columns', async () => {
    const rows = await query(
      `SELECT date::VARCHAR AS date, host, count(DISTINCT file)::INTEGER AS files
       FROM read_parquet(${quoted(`${at('all')}/data/**/*.parquet`)}, hive_partitioning=true) GROUP BY ALL ORDER BY ALL`,
    );
    expect(rows).toEqual(
      ['2026-11-23', '2026-11-24'].flatMap((date, i) =>
        HOSTS.toSorted().map((host) => ({ date, host, files: i === 0 ? 4 : 2 })),
      ),
    );
  });

  test.runIf(process.platform !== 'win32')('a pipe, which can be read only once', async () => {
    execFileSync('mkfifo', [at('pipe')]);
    const [first, second] = [...files.values()] as [Snapshot, Snapshot];
    const written = writeFile(at('pipe'), await fileOf(first, second));
    const { exitCode, stderr } = await run(['pipe', '--out', 'piped']);
    await written;
    expect(stderr).toMatch(/^tcpscope: piped: 1 file, 2 snapshots, /);
    expect(exitCode).toBe(0);
  });

  test('workers write the same', async () => {
    const { exitCode } = await run(['fleet', '--out', 'two', '--jobs', '2', '--quiet']);
    expect(exitCode).toBe(0);
    expect(await datasetRows(at('two'))).toEqual(await datasetRows(at('all')));
    expect(readJson(at('two'), 'summary.json')).toEqual(readJson(at('all'), 'summary.json'));
  });

  /** How it ends, and how many worker threads it has begun. */
  const runWithThreads = async (
    args: readonly string[],
  ): Promise<readonly [exitCode: number | null, workers: number]> => {
    const tell = `data:text/javascript,let n=0;process.on('worker',()=>n++);process.on('exit',()=>process._rawDebug(n))`;
    const { stderr, exitCode } = await runProgram(
      [process.execPath, '--import', tell, CLI, 'batch', ...args, '--quiet'],
      { cwd: folder.path },
    );
    // Workers tell as well when they end, of the none that they began.
    return [exitCode, Math.max(...stderr.trim().split('\n').map(Number))];
  };

  test.each([1, 2])('of %i jobs, the first is the main thread', async (jobs) => {
    const args = ['fleet', '--out', `jobs${jobs}`, '--jobs', `${jobs}`];
    expect(await runWithThreads(args)).toEqual([0, jobs - 1]);
  });

  test('workers that start while many inputs are looked for do the same; none start where all is done', async () => {
    const bytes = await fileOf(snapshotOf(ROWS));
    for (let number = 0; number < 40; number++) {
      const inner = join(at('many'), `${number % 2}`);
      mkdirSync(inner, { recursive: true });
      writeFileSync(join(inner, `${number}.tcpsnap`), bytes);
    }
    const args = (jobs: number): string[] => [
      'many',
      '--out',
      `many${jobs}`,
      '--format',
      'none',
      '--jobs',
      `${jobs}`,
    ];
    expect(await runWithThreads(args(2))).toEqual([0, 1]);
    expect(await runWithThreads(args(2))).toEqual([0, 0]);
    expect((await run([...args(1), '--quiet'])).exitCode).toBe(0);
    const summary = readJson<Totals>(at('many1'), 'summary.json');
    expect(summary.snapshots).toBe(40);
    expect(readJson(at('many2'), 'summary.json')).toEqual(summary);
  });

  test('shards are sorted, and tell so', async () => {
    const [shard] = await query(
      `SELECT file FROM glob(${quoted(`${at('all')}/data/date=2026-11-23/host=WEB01/*`)})`,
    );
    const rows = await query(
      `SELECT protocol, family, localAddress, localPort FROM read_parquet(${quoted(shard!['file'] as string)})`,
    );
    const keys = rows.map((row) => [
      ...(row['localAddress'] as string).split('.').map(Number),
      Number(row['localPort']),
    ]);
    const compare = (a: number[], b: number[]): number =>
      a.map((value, i) => value - b[i]!).find((d) => d !== 0) ?? 0;
    expect(keys.length).toBeGreaterThan(10);
    expect(keys).toEqual(keys.toSorted(compare));
  });

  test('only rows that match, without partitions, as CSV and NDJSON', async () => {
    for (const format of ['csv', 'ndjson']) {
      const out = `some-${format}`;
      const args = ['fleet', '--out', out, '--format', format, '--partition-by', 'none', '--where', 'LISTEN'];
      expect((await run(args)).exitCode).toBe(0);
      const read = format === 'csv' ? 'read_csv' : 'read_json';
      const rows = await query(
        `SELECT stateName, host, count(*)::INTEGER AS n FROM ${read}(${quoted(`${at(out)}/data/*.${format}`)}) GROUP BY ALL ORDER BY ALL`,
      );
      expect(rows).toEqual([
        { stateName: 'LISTEN', host: 'DB01', n: 12 },
        { stateName: 'LISTEN', host: 'WEB01', n: 13 },
        { stateName: 'LISTEN', host: 'WEB02', n: 12 },
      ]);
    }
  });

  test('hosts with names that are paths stay in the folder, and come back as they are', async () => {
    for (const [i, name] of HOSTILE_NAMES.entries())
      folder.write(`hostile${i}.tcpsnap`, await fileOf(fleetSnapshot(name, i, 0)));
    const before = folder.list();
    const { exitCode, stderr } = await run(['hostile*.tcpsnap', '--out', 'hostile']);
    expect(stderr).toContain(`${HOSTILE_NAMES.length} files`);
    expect(exitCode).toBe(0);
    expect(folder.list()).toEqual([...before, 'hostile'].toSorted());
    expect(readdirSync(at('hostile')).toSorted()).toEqual([
      'data',
      'failures.ndjson',
      'report.html',
      'state',
      'summary.json',
    ]);
    const source = `${at('hostile')}/data/**/*.parquet`;
    const named = await query(
      `SELECT DISTINCT host FROM read_parquet(${quoted(source)}, hive_partitioning=false) ORDER BY host`,
    );
    expect(named.map((row) => row['host'] as string).toSorted()).toEqual(HOSTILE_NAMES.toSorted());
    const hive = await query(
      `SELECT DISTINCT host FROM read_parquet(${quoted(source)}, hive_partitioning=true)`,
    );
    const shown = new Set(hive.map((row) => row['host']));
    // What cannot be the name of a folder at its whole length is cut; what Hive takes for no value is none.
    const whole = HOSTILE_NAMES.filter(
      (name) => name.length < 200 && !name.startsWith('__HIVE') && !name.includes('\0'),
    );
    for (const name of whole) expect(shown).toContain(name);
  });

  test('bare dumps', async () => {
    folder.makeFolder('dumps');
    folder.write('dumps/a.bin', RAW);
    folder.write('dumps/b.bin', RAW.subarray(0, 50));
    const { exitCode, stderr } = await run(['dumps', '--table', 'tcp2', '--out', 'dumped']);
    expect(stderr).toContain('dumps/b.bin, snapshot 0: not a whole MIB_TCPTABLE2');
    expect(exitCode).toBe(1);
    const rows = await query(
      `SELECT file, host, date, count(*)::INTEGER AS n FROM read_parquet(${quoted(`${at('dumped')}/data/**/*.parquet`)}, hive_partitioning=true) GROUP BY ALL`,
    );
    expect(rows).toEqual([{ file: 'dumps/a.bin', host: null, date: null, n: 3 }]);
  });
});

describe('inputs', () => {
  const filesOf = async (out: string): Promise<string[]> => {
    const source = `read_parquet(${quoted(`${at(out)}/data/**/*.parquet`)})`;
    return (await query(`SELECT DISTINCT file FROM ${source} ORDER BY file`)).map(
      (row) => row['file'] as string,
    );
  };

  test('patterns, folders and files, each file once', async () => {
    const inputs = ['fleet/**/[01].tcpsnap', './fleet/host0', 'fleet/host0/0.tcpsnap'];
    expect((await run([...inputs, '--out', 'globbed'])).exitCode).toBe(0);
    const names = [0, 1, 2].flatMap((host) => [0, 1].map((hour) => `fleet/host${host}/${hour}.tcpsnap`));
    const rest = [2, 3, 4, 5].map((hour) => `fleet/host0/${hour}.tcpsnap`);
    expect(await filesOf('globbed')).toEqual([...names, ...rest].toSorted());
  });

  test('a list on standard input', async () => {
    const { exitCode } = await run(
      ['--files-from', '-', '--out', 'listed'],
      'fleet/host1/0.tcpsnap\r\nfleet/host2/3.tcpsnap\n\n',
    );
    expect(exitCode).toBe(0);
    expect(await filesOf('listed')).toEqual(['fleet/host1/0.tcpsnap', 'fleet/host2/3.tcpsnap']);
  });

  test('what is not there is a failure, and a folder without snapshots is none', async () => {
    folder.makeFolder('empty');
    const { exitCode, stderr } = await run([
      'empty',
      'missing',
      'no*match',
      'fleet/host0/0.tcpsnap',
      '--out',
      'partly',
    ]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('tcpscope: missing: no such file\n');
    expect(stderr).toContain('tcpscope: no*match: no file matches this pattern\n');
    expect(readFailures(at('partly'))).toEqual([
      { file: 'missing', code: 'ENOENT', reason: 'no such file' },
      { file: 'no*match', code: 'no-such-snapshot', reason: 'no file matches this pattern' },
    ]);
    expect((await run(['missing', '--out', 'nothing'])).exitCode).toBe(2);
  });

  test('wrong usage', async () => {
    expect((await run(['--out', 'x'])).exitCode).toBe(2);
    expect((await run(['fleet'])).exitCode).toBe(2);
    expect((await run(['fleet', '--out', 'x', '--partition-by', 'planet'])).exitCode).toBe(2);
    const where = await run(['fleet', '--out', 'x', '--where', 'lport =']);
    expect(where.exitCode).toBe(2);
    expect(where.stderr).toContain('^');
    expect((await run(['fleet', '--out', 'fleet/host0/0.tcpsnap'])).exitCode).toBe(2);
  });
});

describe('failures', () => {
  test('one damaged file among many: it is listed, the others are all there', async () => {
    const bytes = await fileOf(
      fleetSnapshot('BAD', 7, 0),
      fleetSnapshot('BAD', 7, 1),
      fleetSnapshot('BAD', 7, 2),
    );
    folder.makeFolder('bad');
    folder.write('bad/damaged.tcpsnap', flipBit(bytes, Math.floor(bytes.length / 2)));
    folder.write('bad/text.tcpsnap', 'no snapshot');
    folder.write('bad/empty.tcpsnap', '');
    const { exitCode } = await run(['fleet', 'bad', '--out', 'failed', '--quiet']);
    expect(exitCode).toBe(1);
    const failures = readFailures(at('failed'));
    expect(failures.map(({ file, snapshot, code }) => [file, snapshot, code])).toEqual([
      ['bad/damaged.tcpsnap', 1, 'damaged'],
      ['bad/empty.tcpsnap', undefined, 'not-a-snapshot'],
      ['bad/text.tcpsnap', undefined, 'not-a-snapshot'],
    ]);
    expect(failures[0]!['byte']).toBeGreaterThan(0);
    const rows = await datasetRows(at('failed'));
    const others = rows.filter((text) => !text.includes('"BAD"'));
    expect(others).toEqual(expectedRows(files, relative));
    expect(rows.length - others.length).toBe(12);
    expect(readJson<Totals>(at('failed'), 'summary.json')).toMatchObject({
      inputs: { files: 21, failed: 3 },
      snapshots: 20,
      rows: rows.length,
    });
  });

  test('--strict stops at the first, and keeps nothing of what it was at', async () => {
    const { exitCode, stderr } = await run(['bad', 'fleet', '--out', 'strict', '--strict', '--jobs', '1']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('bad/damaged.tcpsnap, snapshot 1');
    expect(stderr).not.toContain('bad/text.tcpsnap');
    expect(readJson<Totals>(at('strict'), 'summary.json').rows).toBe(0);
  });
});

describe('a second run into the same folder', () => {
  test('passes over what is done, adds what is new, and does anew what has changed', async () => {
    const own = await writeFleet(at('growing'), ['A', 'B'], 3);
    await run(['growing', '--out', 'grown']);
    const again = await run(['growing', '--out', 'grown']);
    expect(again.stderr).toContain('tcpscope: 6 files done already\n');
    expect(await datasetRows(at('grown'))).toEqual(expectedRows(own, relative));

    const added = at('growing/host1/9.tcpsnap');
    own.set(added, fleetSnapshot('B', 1, 9));
    writeFileSync(added, await fileOf(own.get(added)!));
    const changed = at('growing/host0/0.tcpsnap');
    own.set(changed, snapshotOf(ROWS));
    writeFileSync(changed, await fileOf(own.get(changed)!));
    // Only some inputs are given: the others of the changed one's unit are done anew all the same.
    const third = await run(['growing/host1', 'growing/host0/0.tcpsnap', '--out', 'grown']);
    expect(third.exitCode).toBe(0);
    expect(await datasetRows(at('grown'))).toEqual(expectedRows(own, relative));
    expect(readJson<Totals>(at('grown'), 'summary.json')).toMatchObject({
      inputs: { files: 7 },
      snapshots: 7,
    });
  });

  test('recognises inputs by their digest, wherever they are and whenever they were written', async () => {
    const own = await writeFleet(at('moving'), ['A', 'B'], 2);
    await run(['moving', '--out', 'moved', '--resume-by', 'digest']);
    const rows = await datasetRows(at('moved'));
    expect(rows).toEqual(expectedRows(own, relative));
    renameSync(at('moving/host0'), at('moving/elsewhere'));
    utimesSync(at('moving/host1/0.tcpsnap'), new Date(), new Date());
    const { stderr } = await run(['moving', '--out', 'moved', '--resume-by', 'digest']);
    expect(stderr).toContain('tcpscope: 4 files done already\n');
    expect(await datasetRows(at('moved'))).toEqual(rows);
  });

  test('removes what a run that was killed has left', async () => {
    await run(['fleet/host0', '--out', 'left']);
    const rows = await datasetRows(at('left'));
    folder.write('left/data/date=2026-11-23/host=WEB01/0123-0.parquet', 'half');
    folder.write('left/data/.x.parquet.0123abcd-0123.tmp', 'half');
    folder.write('left/state/counts/0123-0.counts', 'half');
    await run(['fleet/host0', '--out', 'left']);
    expect(await datasetRows(at('left'))).toEqual(rows);
    expect(
      readdirSync(at('left'), { recursive: true }).filter((name) => /tmp$|0123/.test(String(name))),
    ).toEqual([]);
  });

  test('is refused with other options', async () => {
    await run(['fleet/host0', '--out', 'options', '--where', 'LISTEN']);
    const { exitCode, stderr } = await run(['fleet/host1', '--out', 'options', '--where', 'TIME_WAIT']);
    expect(exitCode).toBe(2);
    expect(stderr).toBe(
      'tcpscope: options was made with other options: where is "LISTEN" there, and "TIME_WAIT" now; use the same ones, or another folder\n',
    );
  });

  test('is refused while the first one runs; a lock whose holder is gone is taken over', async () => {
    await run(['fleet/host0', '--out', 'locked']);
    const { hostname } = await import('node:os');
    folder.write('locked/state/lock', JSON.stringify({ host: hostname(), pid: process.pid, id: 'other' }));
    const refused = await run(['fleet', '--out', 'locked']);
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toBe(
      `tcpscope: locked: it is in use by process ${process.pid} on ${hostname()}; wait until that has ended\n`,
    );
    // No process has this number: it is above the highest that Linux gives.
    folder.write('locked/state/lock', JSON.stringify({ host: hostname(), pid: 2 ** 22 + 1, id: 'other' }));
    expect((await run(['fleet', '--out', 'locked'])).exitCode).toBe(0);
    expect(await datasetRows(at('locked'))).toEqual(expectedRows(files, relative));
    expect(readdirSync(at('locked/state')).filter((name) => name.startsWith('lock'))).toEqual([]);
  });
});

test('the summary tells hosts, states, findings, outliers and links', async () => {
  const summary = readJson<Record<string, unknown>>(at('all'), 'summary.json');
  expect(summary).toMatchObject({
    version: 1,
    inputs: { files: 18, failed: 0 },
    snapshots: 18,
    firstTime: '2026-11-23T20:00:00.000000Z',
    lastTime: '2026-11-24T01:00:00.000000Z',
    failures: { total: 0, reasons: [] },
    hosts: { total: 3, top: [{ host: 'WEB01', snapshots: 6 }, { snapshots: 6 }, { snapshots: 6 }] },
    listeners: {
      total: 3,
      top: [
        { protocol: 'TCP', port: 443, process: 'nginx', hosts: 3 },
        { protocol: 'TCP', port: 6000, process: '<b>billing', hosts: 3 },
        { protocol: 'TCP', port: 4444, process: 'nc', hosts: 1 },
      ],
      outliers: { total: 1, listed: [{ protocol: 'TCP', port: 4444, process: 'nc', host: 'WEB01' }] },
    },
    links: {
      total: 2,
      rows: 84,
      ambiguousRows: 0,
      top: [
        { from: 'WEB01', to: 'WEB02', rows: 72 },
        { from: 'WEB02', to: 'DB01', rows: 12 },
      ],
    },
  });
  const states = summary['states'] as { time: string; snapshots: number; states: Record<string, number> }[];
  expect(states.map(({ time, snapshots }) => [time, snapshots])).toEqual(
    ['23T20', '23T21', '23T22', '23T23', '24T00', '24T01'].map((hour) => [`2026-11-${hour}`, 3]),
  );
  expect(states[1]!.states).toEqual({ CLOSE_WAIT: 60, ESTABLISHED: 9, LISTEN: 6, TIME_WAIT: 3 });
  expect(summary['findings']).toEqual([
    { rule: 'close-wait-pile-up', severity: 'warning', hosts: 1, snapshots: 1 },
    { rule: 'listeners-on-all-addresses', severity: 'notice', hosts: 3, snapshots: 18 },
  ]);
});
