import { beforeAll, expect, test } from 'vitest';
import { runCli } from './runCli.js';
import { ESTABLISHED, fileOf, LISTEN, row, snapshotOf, TIME_WAIT } from './snapshotFiles.js';
import { makeTemporaryFolder } from './temporaryFolder.js';

const folder = makeTemporaryFolder();

beforeAll(async () => {
  const rows = [
    row(LISTEN, '0.0.0.0:80', '0.0.0.0:0', 4),
    row(ESTABLISHED, '10.0.0.1:80', '10.1.2.3:50001', 4),
    row(ESTABLISHED, '10.0.0.1:80', '10.1.2.99:50002', 4),
    row(ESTABLISHED, '10.0.0.1:80', '10.9.9.9:50003', 7),
    row(TIME_WAIT, '10.0.0.1:80', '10.1.2.3:50004'),
  ];
  const processes = [
    { pid: 4, name: '=web,1\u001b' },
    { pid: 7, name: 'new' },
  ];
  folder.write('a.tcpsnap', await fileOf(snapshotOf(rows, processes)));
});

const show = (...args: string[]) => runCli(['show', 'a.tcpsnap', ...args], { cwd: folder.path });

test('as a table: count, share, value, the most frequent first', async () => {
  const { stdout, exitCode } = await show('--count-by', 'state');
  expect(stdout).toBe(
    'Count  Share  state\n' +
      '    3  60.0%  ESTABLISHED\n' +
      '    1  20.0%  LISTEN\n' +
      '    1  20.0%  TIME_WAIT\n',
  );
  expect(exitCode).toBe(0);
});

test('two fields, a prefix, a limit, and the rows that match', async () => {
  const args = ['--count-by', 'process,remote/24', '--where', 'not LISTEN', '--limit', '2'];
  expect((await show(...args)).stdout).toBe(
    'Count  Share  process       remote/24\n' +
      '    2  50.0%  =web,1\\u001b  10.1.2.0/24\n' +
      '    1  25.0%  -             10.1.2.0/24\n',
  );
  expect((await show(...args, '--format', 'csv')).stdout).toBe(
    'process,remote/24,count\n"\'=web,1\\u001b",10.1.2.0/24,2\n,10.1.2.0/24,1\n',
  );
  const lines = (await show(...args, '--format', 'ndjson')).stdout.trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
    { process: '=web,1\u001b', 'remote/24': '10.1.2.0/24', count: 2 },
    { process: null, 'remote/24': '10.1.2.0/24', count: 1 },
  ]);
  const json = JSON.parse((await show(...args, '--format', 'json')).stdout) as {
    counts: unknown[];
    file: string;
  };
  expect(json.file).toBe('a.tcpsnap');
  expect(json.counts).toEqual(lines.map((line) => JSON.parse(line) as unknown));
});

test('nothing to count', async () => {
  const { stdout } = await show('--count-by', 'pid', '--where', 'CLOSING', '--format', 'json');
  expect((JSON.parse(stdout) as { counts: unknown[] }).counts).toEqual([]);
});

test.each([
  [
    ['--count-by', 'port'],
    "option '--count-by <fields>' argument 'port' is invalid. No field \"port\" to count by; there are protocol, " +
      'family, state, local, lport, remote, rport, pid, process, offload, owner, created, module, uid, inode, interface, lastpid, lastprocess, lastsnapshot, lporthigh, rporthigh.\nTry "tcpscope show --help".',
  ],
  [['--count-by', 'pid', '--columns', 'pid'], '--columns has no meaning with --count-by'],
  [
    ['--count-by', 'pid', '--sort', 'pid'],
    '--sort has no meaning with --count-by: the most frequent come first',
  ],
  [['--count-by', 'pid', '--format', 'sample'], '--count-by has no meaning with --format sample'],
])('%s is wrong', async (args, message) => {
  expect(await show(...args)).toMatchObject({ exitCode: 2, stdout: '', stderr: `tcpscope: ${message}\n` });
});
