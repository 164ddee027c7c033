import { beforeAll, expect, test } from 'vitest';
import { tableOf, type Socket } from '../reference/socketTables.js';
import { runCli } from './runCli.js';
import { fileOf, snapshotOf, TIME_WAIT, ESTABLISHED } from './snapshotFiles.js';
import { makeTemporaryFolder } from './temporaryFolder.js';

const folder = makeTemporaryFolder();

const FILETIME_OF_1970 = 116_444_736_000_000_000n;
const created = (utc: number): bigint => BigInt(utc) * 10_000n + FILETIME_OF_1970;
const STARTED = Date.UTC(2026, 10, 23, 19, 0, 0);

const socket = (lport: number, more: Partial<Socket> = {}): Socket => ({
  state: ESTABLISHED,
  local: [10, 0, 0, 1],
  lport,
  remote: [10, 0, 0, 2],
  rport: 443,
  pid: 300,
  ...more,
});

beforeAll(async () => {
  const table = { scope: 'all', synthesized: false };
  const snapshot = snapshotOf([], [{ pid: 300, name: 'new.exe', startUtcMicroseconds: STARTED * 1000 }]);
  const rows = [
    socket(1),
    socket(2),
    socket(3, { state: TIME_WAIT, pid: 0 }),
    socket(4, { pid: 0 }),
    socket(5),
  ];
  const later = [
    socket(1, { created: created(STARTED - 60_000) }),
    socket(2, { created: created(STARTED), state: 8 }),
    socket(3, { state: TIME_WAIT, pid: 0 }),
    socket(4, { pid: 300 }),
    socket(9),
  ];
  const bytes = await fileOf({
    ...snapshot,
    tables: [
      { ...table, class: 'tcp2', bytes: tableOf('tcp2', rows) },
      { ...table, class: 'tcp-owner-module', bytes: tableOf('tcp-owner-module', later) },
    ],
  });
  folder.write('two.tcpsnap', bytes);
  folder.write('one.tcpsnap', await fileOf(snapshotOf([])));
});

const run = (...args: string[]) => runCli(args, { cwd: folder.path });

test('a reused pid is marked; TIME_WAIT has no owner, and others have one that is not known', async () => {
  const { stdout } = await run('show', 'two.tcpsnap');
  expect(stdout).toBe(
    `Proto  Local address  Remote address  State        PID  Process
TCP    10.0.0.1:1     10.0.0.2:443    ESTABLISHED  300  new.exe (pid reused)
TCP    10.0.0.1:2     10.0.0.2:443    ESTABLISHED  300  new.exe
TCP    10.0.0.1:3     10.0.0.2:443    TIME_WAIT      -  -
TCP    10.0.0.1:4     10.0.0.2:443    ESTABLISHED    ?  ?
TCP    10.0.0.1:5     10.0.0.2:443    ESTABLISHED  300  new.exe

5 connections on WEB01 at 2026-11-23 19:01:35 UTC: 4 ESTABLISHED, 1 TIME_WAIT
`,
  );
  const { stdout: json } = await run('show', '--format', 'json', '--where', 'owner = reused', 'two.tcpsnap');
  expect((JSON.parse(json) as { connections: unknown[] }).connections).toMatchObject([
    { localPort: 1, owner: 'reused', created: '2026-11-23T18:59:00.000000Z' },
  ]);
});

test('added columns are shown, sorted by and counted', async () => {
  const args = ['--columns', 'localPort,created,owner', '--sort', '-created', '--limit', '3'];
  const { stdout } = await run('show', 'two.tcpsnap', '--no-header', ...args);
  expect(stdout).toBe(
    `2  2026-11-23T19:00:00.000000Z  process
1  2026-11-23T18:59:00.000000Z  reused
3  -                            none
`,
  );
  const { stdout: counts } = await run('show', 'two.tcpsnap', '--count-by', 'owner', '--format', 'csv');
  expect(counts).toBe('owner,count\nprocess,2\nnone,1\nunknown,1\nreused,1\n');
});

test('CSV of one snapshot has the columns that it tells, of several all', async () => {
  const header = async (...files: string[]): Promise<string> =>
    (await run('show', '--format', 'csv', ...files)).stdout.split('\n')[0]!.replace(/.*offloadName/, '');
  expect(await header('one.tcpsnap')).toBe('');
  expect(await header('two.tcpsnap')).toBe(',owner,created');
  expect(await header('one.tcpsnap', 'two.tcpsnap')).toBe(
    ',owner,created,module,uid,inode,interface,lastPid,lastProcess,lastSnapshot,localPortHigh,remotePortHigh',
  );
});

test('info tells how the tables agree', async () => {
  const { stdout } = await run('info', 'two.tcpsnap');
  expect(stdout).toContain(
    'joined: 3 connections matched, 1 of them in another state, 2 rows only here, 2 connections not here\n',
  );
  const { stdout: json } = await run('info', '--json', 'two.tcpsnap');
  const { snapshots } = JSON.parse(json) as { snapshots: { tables: { joined?: unknown }[] }[] };
  expect(snapshots[0]!.tables.map(({ joined }) => joined)).toEqual([
    undefined,
    { matched: 3, stateDiffers: 1, onlyHere: 2, missingHere: 2 },
  ]);
});
