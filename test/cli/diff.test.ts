import { beforeAll, expect, test } from 'vitest';
import { runCli } from './runCli.js';
import { ESTABLISHED, fileOf, LISTEN, row, snapshotOf, tcp2Table, TIME_WAIT } from './snapshotFiles.js';
import { makeTemporaryFolder } from './temporaryFolder.js';
import { encodeRows } from '../reference/arbitraryTable.js';

const CLOSE_WAIT = 8;
const folder = makeTemporaryFolder();

const before = snapshotOf(
  [
    row(LISTEN, '0.0.0.0:80', '1.2.3.4:5', 4),
    row(ESTABLISHED, '10.0.0.1:80', '10.0.0.9:50001', 4),
    row(ESTABLISHED, '10.0.0.1:80', '10.0.0.9:50002', 4),
    row(ESTABLISHED, '10.0.0.1:80', '10.0.0.9:50003', 4),
    row(ESTABLISHED, '10.0.0.1:80', '10.0.0.9:50004', 4),
  ],
  [{ pid: 4, name: 'old\u001b[31m' }],
);
const after = snapshotOf(
  [
    row(ESTABLISHED, '10.0.0.1:80', '10.0.0.9:50005', 7),
    row(CLOSE_WAIT, '10.0.0.1:80', '10.0.0.9:50003', 4),
    row(ESTABLISHED, '10.0.0.1:80', '10.0.0.9:50002', 7),
    row(TIME_WAIT, '10.0.0.1:80', '10.0.0.9:50004', 0),
    row(LISTEN, '0.0.0.0:80', '0.0.0.0:0', 4),
  ],
  [
    { pid: 4, name: 'old\u001b[31m' },
    { pid: 7, name: 'new' },
  ],
  { time: { utcMicroseconds: Date.UTC(2026, 10, 23, 19, 2, 35) * 1000, monotonicMicroseconds: 0 } },
);

beforeAll(async () => {
  folder.write('before.tcpsnap', await fileOf(before));
  folder.write('after.tcpsnap', await fileOf(after));
  folder.write('both.tcpsnap', await fileOf(before, after));
});

const run = (...args: string[]) => runCli(['diff', ...args], { cwd: folder.path });

const TABLE = `\
   Proto  Local address  Remote address  State                       PID  Process
-  TCP    10.0.0.1:80    10.0.0.9:50001  ESTABLISHED                   4  old\\u001b[31m
+  TCP    10.0.0.1:80    10.0.0.9:50005  ESTABLISHED                   7  new
~  TCP    10.0.0.1:80    10.0.0.9:50003  ESTABLISHED → CLOSE_WAIT      4  old\\u001b[31m
~  TCP    10.0.0.1:80    10.0.0.9:50004  ESTABLISHED → TIME_WAIT   4 → -  old\\u001b[31m → -
~  TCP    10.0.0.1:80    10.0.0.9:50002  ESTABLISHED               4 → 7  old\\u001b[31m → new

1 closed, 1 opened, 2 state changed, 1 owner changed from 2026-11-23 19:01:35 UTC to 2026-11-23 19:02:35 UTC
`;

test('what closed, opened and changed, as a table; exit code 1', async () => {
  const { stdout, stderr, exitCode } = await run('before.tcpsnap', 'after.tcpsnap');
  expect(stderr).toBe('');
  expect(stdout).toBe(TABLE);
  expect(exitCode).toBe(1);
});

test('FILE@N names a snapshot of a file', async () => {
  expect((await run('both.tcpsnap@0', 'both.tcpsnap@-1')).stdout).toBe(TABLE);
  expect((await run('both.tcpsnap@2026-11-23T19:02:00Z', 'both.tcpsnap')).stdout).toBe(TABLE);
});

test('a file whose own name has an @ is that file', async () => {
  folder.write('odd@0', await fileOf(after));
  expect((await run('before.tcpsnap', 'odd@0')).stdout).toBe(TABLE);
});

test('equal snapshots: exit code 0', async () => {
  const { stdout, exitCode } = await run('after.tcpsnap', 'after.tcpsnap');
  expect(stdout).toBe('no differences from 2026-11-23 19:02:35 UTC to 2026-11-23 19:02:35 UTC\n');
  expect(exitCode).toBe(0);
});

test('ndjson has a line for each difference, json one object', async () => {
  const lines = (await run('--format', 'ndjson', 'before.tcpsnap', 'after.tcpsnap')).stdout
    .trimEnd()
    .split('\n');
  const changes = lines.map((line) => JSON.parse(line) as Record<string, Record<string, unknown>>);
  expect(changes.map(({ change }) => change)).toEqual([
    'closed',
    'opened',
    'stateChanged',
    'stateChanged',
    'ownerChanged',
  ]);
  expect(changes[1]!['connection']).toMatchObject({ remotePort: 50005, pid: 7, process: 'new' });
  expect(changes[4]).toMatchObject({ before: { pid: 4 }, after: { pid: 7 } });
  const whole = JSON.parse(
    (await run('--format', 'json', 'before.tcpsnap', 'after.tcpsnap')).stdout,
  ) as Record<string, unknown[]>;
  expect(whole).toMatchObject({
    before: { file: 'before.tcpsnap', snapshot: 0 },
    after: { file: 'after.tcpsnap' },
  });
  expect(['opened', 'closed', 'stateChanged', 'ownerChanged'].map((key) => whole[key]!.length)).toEqual([
    1, 1, 2, 1,
  ]);
});

test('standard input can be one of the two', async () => {
  const options = { cwd: folder.path, stdin: await fileOf(before) };
  expect((await runCli(['diff', '-', 'after.tcpsnap'], options)).stdout).toBe(TABLE);
  const both = await runCli(['diff', '-', '-'], options);
  expect(both).toMatchObject({
    exitCode: 2,
    stderr: 'tcpscope: only one of the two can be standard input\n',
  });
});

test.each([
  [['missing.tcpsnap', 'after.tcpsnap'], 'tcpscope: missing.tcpsnap: no such file\n'],
  [
    ['before.tcpsnap', 'both.tcpsnap@7'],
    'tcpscope: both.tcpsnap@7: no snapshot 7: the file holds 2, numbers 0 to 1\n',
  ],
  [['before.tcpsnap', 'both.tcpsnap@all'], 'tcpscope: both.tcpsnap@all: choose one snapshot, not all\n'],
  [
    ['before.tcpsnap', 'listeners.tcpsnap'],
    'tcpscope: the tables cover different sockets: TCP over IPv4, all before, TCP over IPv4, listeners after\n',
  ],
  [
    ['before.tcpsnap', 'future.tcpsnap'],
    'tcpscope: future.tcpsnap: it has tables that this version cannot decode: tcp9\n',
  ],
])('%s cannot be compared: exit code 2', async (files, message) => {
  const listeners = { ...after, tables: [tcp2Table(encodeRows([]), { scope: 'listeners' })] };
  folder.write('listeners.tcpsnap', await fileOf(listeners));
  folder.write(
    'future.tcpsnap',
    await fileOf({ ...after, tables: [tcp2Table(encodeRows([]), { class: 'tcp9' })] }),
  );
  expect(await run(...files)).toMatchObject({ exitCode: 2, stdout: '', stderr: message });
});
