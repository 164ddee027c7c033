import { describe, expect, test } from 'vitest';
import { runCli } from './runCli.js';
import {
  ESTABLISHED,
  fileOf,
  LISTEN,
  networkPort,
  row,
  snapshotOf,
  TIME_WAIT,
  type Row,
} from './snapshotFiles.js';
import { encodeRows } from '../reference/arbitraryTable.js';
import { makeTemporaryFolder } from './temporaryFolder.js';

const folder = makeTemporaryFolder();
const ROWS: readonly Row[] = [
  row(ESTABLISHED, '192.168.0.2:50000', '10.0.0.1:443', 300),
  row(LISTEN, '0.0.0.0:80', '10.0.0.9:443', 4),
  row(TIME_WAIT, '127.0.0.1:50001', '127.0.0.1:80'),
  row(ESTABLISHED, '10.0.0.2:50002', '10.0.0.1:443', 7),
];
const PROCESSES = [
  { pid: 300, name: 'Google Chrome' },
  { pid: 4, name: 'System' },
  { pid: 7, name: 'svchost.exe' },
];
folder.write('a.tcpsnap', await fileOf(snapshotOf(ROWS, PROCESSES)));
folder.write(
  'b.tcpsnap',
  await fileOf(snapshotOf(ROWS.slice(1, 2), PROCESSES), snapshotOf(ROWS.slice(0, 1))),
);
folder.write('raw.bin', encodeRows(ROWS));

async function show(...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await runCli(['show', ...args], { cwd: folder.path });
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
  return stdout;
}

const ESTABLISHED_TABLE = `Proto  Local address      Remote address  State        PID  Process
TCP    10.0.0.2:50002     10.0.0.1:443    ESTABLISHED    7  svchost.exe
TCP    192.168.0.2:50000  10.0.0.1:443    ESTABLISHED  300  Google Chrome

2 of 4 connections on WEB01 at 2026-11-23 19:01:35 UTC: 2 ESTABLISHED
`;

describe('every format prints the rows that match, in order', () => {
  test('table, and says how many of all there are', async () => {
    expect(await show('--where', 'rport = 443', 'a.tcpsnap')).toBe(ESTABLISHED_TABLE);
  });

  test('nothing matches', async () => {
    expect(await show('--where', 'udp', 'a.tcpsnap')).toBe(
      'Proto  Local address  Remote address  State  PID  Process\n' +
        '\n0 of 4 connections on WEB01 at 2026-11-23 19:01:35 UTC\n',
    );
  });

  test('everything matches', async () => {
    expect(await show('--where', '*', 'a.tcpsnap')).toBe(await show('a.tcpsnap'));
  });

  test.each([
    ['csv', 'pid\n7\n300\n'],
    ['ndjson', '{"pid":7}\n{"pid":300}\n'],
  ])('%s', async (format, text) => {
    expect(await show('--where', ':443', '--format', format, '--columns', 'pid', 'a.tcpsnap')).toBe(text);
  });

  test('json', async () => {
    const { connections } = JSON.parse(
      await show('--where', 'pid < 10', '--format', 'json', 'a.tcpsnap'),
    ) as {
      connections: { pid: number }[];
    };
    expect(connections.map(({ pid }) => pid)).toEqual([4, 7, 0]);
  });

  test("sample, in the raw table's own order, with the number of rows that match", async () => {
    const text = await show('--where', 'rport = 443', '--format', 'sample', 'a.tcpsnap');
    expect(text).toMatch(/^\tNumber of entries: 2\n/);
    expect(Array.from(text.matchAll(/TCP\[(\d)\] Owning PID: (\d+)/g), ([, n, pid]) => [n, pid])).toEqual([
      ['0', '300'],
      ['1', '7'],
    ]);
  });
});

test('sorts what matches, then limits it', async () => {
  const pids = async (...args: string[]): Promise<string> =>
    show('--format', 'csv', '--no-header', '--columns', 'pid', ...args, 'a.tcpsnap');
  expect(await pids('--where', 'not TIME_WAIT', '--sort', '-pid')).toBe('300\n7\n4\n');
  expect(await pids('--where', 'not TIME_WAIT', '--sort', '-pid', '--limit', '2')).toBe('300\n7\n');
  expect(await pids('--where', 'not TIME_WAIT', '--sort', 'state,pid')).toBe('4\n7\n300\n');
  expect(await pids('--where', 'ESTAB', '--limit', '0')).toBe('');
});

test('every snapshot of every file is selected from, with its own processes', async () => {
  const text = await show(
    '--where',
    'process in system, "google chrome"',
    '--snapshot',
    'all',
    'a.tcpsnap',
    'b.tcpsnap',
  );
  expect(text.match(/^.* of \d+ connections?/gm)).toEqual(['2 of 4 connections', '0 of 1 connection']);
  expect(text.match(/^1 connection /gm)).toHaveLength(1);
});

test('a bare dump is selected from, and standard input', async () => {
  const args = ['--format', 'csv', '--no-header', '--columns', 'localPort'];
  expect(await show('--where', 'LISTEN', '--table', 'tcp2', ...args, 'raw.bin')).toBe('80\n');
  const stdin = await fileOf(snapshotOf(ROWS));
  const { stdout } = await runCli(['show', '--where', 'TIME_WAIT', ...args, '-'], { stdin });
  expect(stdout).toBe('50001\n');
});

test('the quotes and signs that shells leave', async () => {
  const pids = async (where: string): Promise<string> =>
    show('--where', where, '--format', 'csv', '--no-header', '--columns', 'pid', 'a.tcpsnap');
  expect(await pids('process = "Google Chrome"')).toBe('300\n');
  expect(await pids("process = 'Google Chrome'")).toBe('300\n');
  expect(await pids(' \n chrome \t')).toBe('300\n');
  // What begins with a dash is an expression all the same.
  expect(await pids('-x')).toBe('');
});

test('of many rows', async () => {
  const rows = Array.from({ length: 20_000 }, (_, i): Row => [
    5,
    1,
    networkPort(i),
    2,
    networkPort(443),
    i,
    0,
  ]);
  const stdin = await fileOf(snapshotOf(rows));
  const args = ['show', '--where', 'lport in 5000..14999', '--sort', '-lport', '-'];
  const { stdout } = await runCli([...args, '--format', 'csv', '--no-header', '--columns', 'localPort'], {
    stdin,
  });
  expect(stdout).toBe(Array.from({ length: 10_000 }, (_, i) => `${14_999 - i}\n`).join(''));
  const table = await runCli(args, { stdin });
  expect(table.stdout).toContain('\n10000 of 20000 connections on WEB01');
});

describe('a mistake is shown in its place', () => {
  const PORT = 'a port number from 0 to 65535, or a range like 49152..65535';
  const TERM = 'a field, a port like :443, an address, a state, or the name of a process';
  const mistakes: readonly (readonly [where: string, message: string, ...lines: string[]])[] = [
    [
      'state = LISTEN and lport = http',
      `column 28: expected ${PORT}, found "http"`,
      '  state = LISTEN and lport = http',
      '                             ^',
    ],
    ['(:443 or', `column 9: expected ${TERM}, but the expression ends`, '  (:443 or', '          ^'],
    ['process = "a', 'column 11: the quote that begins here has no end', '  process = "a', '            ^'],
    ['', `column 1: expected ${TERM}, but the expression ends`],
    ['  ', `column 3: expected ${TERM}, but the expression ends`],
    // Wide characters take two columns of a terminal, combining marks none.
    [
      '漢字 e\u0301 lport = x',
      `column 15: expected ${PORT}, found "x"`,
      '  漢字 e\u0301 lport = x',
      '                 ^',
    ],
    // Nothing that a terminal would obey, and the mark below all the same.
    [
      'a\u001b[2J\u202e\nb\tlport = \u0007',
      `column 18: expected ${PORT}, found "\\u0007"`,
      '  a\\u001b[2J\\u202e b lport = \\u0007',
      '                             ^',
    ],
    [
      `${'chrome or '.repeat(20)}lport = x ${'or chrome '.repeat(20)}`,
      `column 209: expected ${PORT}, found "x"`,
      '  … chrome or chrome or chrome or chrome or lport = x or chrome or chrome or …',
      `${' '.repeat(52)}^`,
    ],
  ];
  test.each(mistakes)('%j', async (where, message, ...lines) => {
    const result = await runCli(['show', '--where', where, 'a.tcpsnap'], { cwd: folder.path });
    expect(result.stderr).toBe(
      [`tcpscope: --where: ${message}`, ...lines].map((line) => `${line}\n`).join(''),
    );
    expect(result).toMatchObject({ exitCode: 2, stdout: '' });
  });

  test('before any file is read', async () => {
    const result = await runCli(['show', '--where', 'lport = x', 'there-is-no-such-file'], {
      cwd: folder.path,
    });
    expect(result.stderr).not.toContain('there-is-no-such-file');
    expect(result).toMatchObject({ exitCode: 2, stdout: '' });
  });
});
