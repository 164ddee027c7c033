import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Connection, Snapshot } from 'tcpscope/core';
import { runCli } from '../cli/runCli.js';
import { fileOf, flipBit, RAW, row, ROWS, snapshotOf, AT } from '../cli/snapshotFiles.js';
import { makeTemporaryFolder } from '../cli/temporaryFolder.js';
import { query, quoted } from './duckdb.js';
import { everyClass, snapshotOfClass, tellingSnapshots } from './exampleFiles.js';

const folder = makeTemporaryFolder();
const snapshots = [...everyClass(), ...tellingSnapshots()];
let shown: readonly string[];

beforeAll(async () => {
  folder.write('every.tcpsnap', await fileOf(...snapshots));
  folder.write('web.tcpsnap', await fileOf(snapshotOf(ROWS)));
  folder.write('raw.bin', RAW);
  folder.write('among.tcpsnap', await fileOf(...among));
  const damaged = await fileOf(snapshotOf(ROWS), snapshotOf(ROWS), snapshotOf(ROWS));
  const second = AT.payload + (await fileOf(snapshotOf(ROWS))).length - AT.payload + 80 + 200;
  folder.write('damaged.tcpsnap', flipBit(damaged, second));
  shown = await shownRows('every.tcpsnap', snapshots);
});

/** The greatest number, which stands for no value only in tables with wide columns. */
const greatest = snapshotOf([row(2 ** 32 - 1, '10.0.0.1:1', '10.0.0.2:2', 8, 2 ** 32 - 1)]);
const among = [snapshotOfClass('tcp6-2', 1), greatest, snapshotOfClass('udp-owner-pid', 2)];

const run = (...args: string[]) => runCli(args, { cwd: folder.path });

interface Shown {
  readonly snapshot: number;
  readonly connections: readonly Connection[];
}

/** The rows of `show`, with the number of their snapshot, as text: in an order that does not matter. */
async function shownRows(file: string, stored: readonly Snapshot[]): Promise<string[]> {
  const printed = await Promise.all(
    stored.map(async (_, number): Promise<Shown> => {
      const args = [
        '--format',
        'json',
        '--columns',
        SHOW_COLUMNS.slice(1).join(','),
        '--snapshot',
        String(number),
      ];
      const { stdout } = await run('show', ...args, file);
      return JSON.parse(stdout) as Shown;
    }),
  );
  return printed
    .flatMap(({ snapshot, connections }) =>
      connections.map((row) => JSON.stringify({ snapshot, ...row }, SHOW_COLUMNS)),
    )
    .sort();
}

const SHOW_COLUMNS = [
  'snapshot',
  'protocol',
  'family',
  'state',
  'stateName',
  'localAddress',
  'localPort',
  'remoteAddress',
  'remotePort',
  'pid',
  'process',
  'offload',
  'offloadName',
  'owner',
  'created',
  'module',
  'uid',
  'inode',
  'interface',
  'lastPid',
  'lastProcess',
  'lastSnapshot',
];

const NUMBERS = new Set([
  'snapshot',
  'state',
  'localPort',
  'remotePort',
  'pid',
  'offload',
  'uid',
  'inode',
  'interface',
  'lastPid',
  'lastSnapshot',
]);

/** Microseconds since 1970 of a time as `show` prints it, who prints what no calendar has as the number that it is. */
function microsecondsOf(created: string): string {
  const [, ticks] = /^FILETIME (\d+)$/.exec(created) ?? [];
  if (ticks !== undefined) return String(BigInt(ticks) / 10n - 11_644_473_600_000_000n);
  const [, seconds, fraction] = /^(.*)\.(\d{6})Z$/.exec(created)!;
  return String(BigInt(Date.parse(`${seconds}Z`)) * 1000n + BigInt(fraction!));
}

/** The rows of show as the dataset has them. */
function datasetRow(text: string): string {
  const row = JSON.parse(text) as Record<string, unknown>;
  const { created } = row;
  return JSON.stringify({ ...row, created: typeof created === 'string' ? microsecondsOf(created) : null });
}

/** @param created how a time of the source becomes what is compared */
async function readRows(source: string, created = 'created'): Promise<string[]> {
  const columns = SHOW_COLUMNS.map((name) => (name === 'created' ? `${created} AS created` : name));
  const rows = await query(`SELECT ${columns.join(', ')} FROM ${source}`);
  return rows
    .map((row) =>
      JSON.stringify(
        Object.fromEntries(
          SHOW_COLUMNS.map((name) => {
            const value = row[name] ?? null;
            return [name, NUMBERS.has(name) && value !== null ? Number(value) : value];
          }),
        ),
      ),
    )
    .sort();
}

describe('DuckDB reads back the rows of show, of every table class', () => {
  test('Parquet', async () => {
    const { exitCode, stderr } = await run('export', 'every.tcpsnap', '-o', 'every.parquet');
    expect(exitCode).toBe(0);
    expect(stderr).toBe(`tcpscope: wrote every.parquet: ${shown.length} rows\n`);
    expect(shown.length).toBeGreaterThan(100);
    const source = `read_parquet(${quoted(join(folder.path, 'every.parquet'))})`;
    expect(await readRows(source, 'epoch_us(created)::VARCHAR')).toEqual(shown.map(datasetRow).sort());
  });

  test('NDJSON', async () => {
    await run('export', 'every.tcpsnap', '-o', 'every.ndjson');
    const path = quoted(join(folder.path, 'every.ndjson'));
    expect(await readRows(`read_json(${path}, format='newline_delimited')`)).toEqual(
      await shownRows('every.tcpsnap', snapshots),
    );
  });

  test('a state and an offload of 2³²−1 in a plain table, whatever snapshots are written with it', async () => {
    await run('export', 'among.tcpsnap', '-o', 'among.parquet');
    const path = quoted(join(folder.path, 'among.parquet'));
    expect(await query(`SELECT state, offload FROM read_parquet(${path}) WHERE snapshot = 1`)).toEqual([
      { state: 2 ** 32 - 1, offload: 2 ** 32 - 1 },
    ]);
    expect(await readRows(`read_parquet(${path})`, 'epoch_us(created)::VARCHAR')).toEqual(
      (await shownRows('among.tcpsnap', among)).map(datasetRow).sort(),
    );
    await run('export', 'among.tcpsnap', '--where', `state = ${2 ** 32 - 1}`, '-o', 'selected.parquet');
    const selected = quoted(join(folder.path, 'selected.parquet'));
    expect(await query(`SELECT snapshot FROM read_parquet(${selected})`)).toEqual([{ snapshot: 1 }]);
  });

  test('CSV, where names are made harmless', async () => {
    await run('export', 'every.tcpsnap', '-o', 'every.csv');
    const path = quoted(join(folder.path, 'every.csv'));
    const harmless = shown.map((row) => row.replaceAll('"=evil', `"'=evil`)).sort();
    expect(await readRows(`read_csv(${path}, header=true, all_varchar=true)`)).toEqual(harmless);
  });

  test('columns that show does not have', async () => {
    const rows = await query(
      `SELECT host, epoch_us(time)::VARCHAR AS time, file, snapshot, digest, protocol, protocolNumber, family, familyNumber,
         localAddress, hex(localBytes) AS localBytes, remoteAddress, hex(remoteBytes) AS remoteBytes
       FROM read_parquet(${quoted(join(folder.path, 'every.parquet'))})`,
    );
    for (const row of rows) {
      const snapshot = snapshots[Number(row['snapshot'])]!;
      const digest = createHash('sha256')
        .update(Buffer.concat(snapshot.tables.map(({ bytes }) => bytes)))
        .digest('hex');
      const isIPv4 = row['family'] === 'IPv4';
      expect(row).toMatchObject({
        host: 'WEB01',
        time: String(snapshot.time!.utcMicroseconds),
        file: 'every.tcpsnap',
        digest,
        protocolNumber: row['protocol'] === 'TCP' ? 6 : 17,
        familyNumber: isIPv4 ? 4 : 6,
      });
      for (const end of ['local', 'remote']) {
        const [address, bytes] = [row[`${end}Address`] as string | null, row[`${end}Bytes`] as string | null];
        expect(bytes === null).toBe(address === null);
        if (address === null || bytes === null) continue;
        expect(bytes).toHaveLength(32);
        if (isIPv4)
          expect(address.split('.')).toEqual(
            bytes
              .slice(24)
              .match(/../g)!
              .map((pair) => String(parseInt(pair, 16))),
          );
        else expect(address.includes(':')).toBe(true);
      }
    }
  });

  test('types, and the version of the schema', async () => {
    const path = quoted(join(folder.path, 'every.parquet'));
    const types = await query(
      `SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM read_parquet(${path}))`,
    );
    const typeOf = Object.fromEntries(types.map((row) => [row['column_name'] as string, row['column_type']]));
    expect(typeOf).toMatchObject({
      time: 'TIMESTAMP WITH TIME ZONE',
      state: 'UINTEGER',
      localBytes: 'BLOB',
      localPort: 'USMALLINT',
      pid: 'UINTEGER',
      protocolNumber: 'UTINYINT',
      owner: 'VARCHAR',
      created: 'TIMESTAMP WITH TIME ZONE',
      uid: 'UINTEGER',
      lastSnapshot: 'UINTEGER',
    });
    const [version] = await query(
      `SELECT decode(value) AS version FROM parquet_kv_metadata(${path}) WHERE decode(key) = 'tcpscope.dataset'`,
    );
    expect(version).toEqual({ version: '2' });
  });

  test('the numbers at the ends of their range are there', async () => {
    const path = quoted(join(folder.path, 'every.parquet'));
    const [row] = await query(
      `SELECT max(pid) AS pid, count(*) FILTER (pid >= 2147483648)::INTEGER AS high, max(remotePort) AS port FROM read_parquet(${path})`,
    );
    expect(row!['port']).toBe(65535);
    expect(row!['high']).toBeGreaterThan(0);
    const pids = shown.map((text) => (JSON.parse(text) as Connection).pid);
    expect(Number(row!['pid'])).toBe(Math.max(...pids));
  });
});

describe('what is written', () => {
  test('only rows that match, and they are in order', async () => {
    const { exitCode } = await run('export', 'web.tcpsnap', '--where', 'state != LISTEN', '-o', 'some.csv');
    expect(exitCode).toBe(0);
    const lines = folder.read('some.csv').toString().trimEnd().split('\n');
    expect(lines[0]).toBe(
      'host,time,file,snapshot,digest,protocol,family,state,stateName,localAddress,localPort,remoteAddress,remotePort,pid,process,offload,offloadName,owner,created,module,uid,inode,interface,lastPid,lastProcess,lastSnapshot',
    );
    expect(lines.slice(1).map((line) => line.split(',').slice(8, 11).join(' '))).toEqual([
      'TIME_WAIT 127.0.0.1 50001',
      'ESTABLISHED 192.168.0.2 50000',
    ]);
  });

  test('a bare dump has neither host nor time', async () => {
    expect((await run('export', 'raw.bin', '--table', 'tcp2', '-o', 'raw.parquet')).exitCode).toBe(0);
    const rows = await query(
      `SELECT DISTINCT host, time, file, snapshot, digest FROM read_parquet(${quoted(join(folder.path, 'raw.parquet'))})`,
    );
    const digest = createHash('sha256').update(RAW).digest('hex');
    expect(rows).toEqual([{ host: null, time: null, file: 'raw.bin', snapshot: 0, digest }]);
  });

  test('a damaged snapshot takes no other with it, and exit code 1 tells', async () => {
    const { exitCode, stderr } = await run('export', 'damaged.tcpsnap', '-o', 'rest.ndjson');
    expect(stderr).toMatch(/^tcpscope: damaged\.tcpsnap, snapshot 1: .*\(at byte \d+\)\n/);
    expect(exitCode).toBe(1);
    const numbers = folder
      .read('rest.ndjson')
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { snapshot: number }).snapshot);
    expect(numbers).toEqual([0, 0, 0, 2, 2, 2]);
  });

  test('nothing, where no file can be read; and no file is replaced', async () => {
    folder.write('text.txt', 'hello');
    const failed = await run('export', 'text.txt', 'missing', '-o', 'nothing.parquet');
    expect(failed.exitCode).toBe(2);
    expect(folder.list()).not.toContain('nothing.parquet');
    folder.write('there.csv', 'mine');
    const refused = await run('export', 'web.tcpsnap', '-o', 'there.csv');
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain(
      'there.csv: cannot be written: it exists already; use --force to replace it',
    );
    expect(folder.read('there.csv').toString()).toBe('mine');
    expect((await run('export', 'web.tcpsnap', '-o', 'there.csv', '--force')).exitCode).toBe(0);
    expect(folder.list().filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  test('wrong usage', async () => {
    const format = await run('export', 'web.tcpsnap', '-o', 'x.xlsx');
    expect(format.exitCode).toBe(2);
    expect(format.stderr).toBe('tcpscope: x.xlsx: give a name that ends with .parquet, .csv, .ndjson\n');
    expect((await run('export', 'web.tcpsnap', '--where', 'lport =', '-o', 'x.csv')).exitCode).toBe(2);
  });
});
