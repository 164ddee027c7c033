import { spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, test } from 'vitest';
import { CLI, runCli, runProgram, skippedFor } from './runCli.js';
import { ESTABLISHED, fileOf, LISTEN, row, snapshotOf, TIME_WAIT, type Row } from './snapshotFiles.js';
import { makeTemporaryFolder } from './temporaryFolder.js';

const folder = makeTemporaryFolder();

const processes = [
  { pid: 4, name: 'System' },
  { pid: 1234567, name: 'a-rather-long-process-name.exe' },
  { pid: 42, name: '東京サーバー東京サーバー' },
];
const rows: readonly Row[] = [
  row(LISTEN, '0.0.0.0:80', '0.0.0.0:0', 4),
  row(ESTABLISHED, '192.168.100.200:54321', '203.100.113.250:44444', 1234567),
  row(ESTABLISHED, '192.168.100.200:54322', '203.100.113.250:44445', 42),
  row(TIME_WAIT, '10.0.0.1:1', '10.0.0.2:2'),
  row(99999999, '10.0.0.1:1', '10.0.0.2:2'),
];

beforeAll(async () => {
  const host = {
    name: 'a-host-whose-name-is-longer-than-a-narrow-terminal',
    os: 'Windows',
    osRelease: '',
    osVersion: '',
    architecture: '',
  };
  folder.write('a.tcpsnap', await fileOf(snapshotOf(rows, processes, { host })));
  folder.write('plain.tcpsnap', await fileOf(snapshotOf([rows[0]!, rows[3]!])));
});

/** util-linux's `script`, which gives a command a terminal. */
const reason =
  spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') === true
    ? undefined
    : 'there is no script of util-linux to make a terminal with';

async function inTerminal(
  columns: number,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<string> {
  const command = [process.execPath, CLI, ...args].map((word) => `'${word}'`).join(' ');
  const script = [
    'script',
    '--quiet',
    '--return',
    '--command',
    `stty cols ${columns} rows 24; ${command}`,
    '/dev/null',
  ];
  const { stdout } = await runProgram(script, {
    cwd: folder.path,
    env: { TERM: 'xterm-256color', NO_COLOR: undefined, ...env },
  });
  return stdout.replaceAll('\r\n', '\n');
}

const COLOR = /\u001b\[\d+m/g;

/** As a terminal counts: two columns for each wide character. */
function width(line: string): number {
  return Array.from(line).reduce(
    (sum, character) => sum + (/\p{Script=Han}|\p{Script=Katakana}|ー/u.test(character) ? 2 : 1),
    0,
  );
}

function titles(text: string): string[] {
  return text.replaceAll(COLOR, '').split('\n')[0]!.trim().split(/ {2,}/);
}

describe.skipIf(reason)(`show in a terminal${skippedFor(reason)}`, () => {
  test.each([1, 5, 12, 20, 30, 40, 60, 79, 80, 100, 200])(
    '%i columns: no line is longer',
    async (columns) => {
      const lines = (await inTerminal(columns, ['show', 'a.tcpsnap'])).replaceAll(COLOR, '').split('\n');
      expect(lines.length).toBeGreaterThan(rows.length);
      const longest = Math.max(...lines.map(width));
      // Below three endpoints' ellipses and the gaps between them there is nothing left to give up.
      expect(longest).toBeLessThanOrEqual(Math.max(columns, 7));
    },
  );

  test.each([
    [30, ['Local ad…', 'Remote a…', 'State']],
    [40, ['Local address', 'Remote address', 'State']],
    [60, ['Local address', 'Remote address', 'State']],
    [66, ['Local address', 'Remote address', 'State', 'Process']],
    [76, ['Local address', 'Remote address', 'State', 'PID', 'Process']],
    [80, ['Proto', 'Local address', 'Remote address', 'State', 'PID', 'Process']],
    [200, ['Proto', 'Local address', 'Remote address', 'State', 'PID', 'Process']],
  ])('%i columns: the least useful are given up first', async (columns, expected) => {
    expect(titles(await inTerminal(columns, ['show', 'a.tcpsnap']))).toEqual(expected);
  });

  test('ports are kept where addresses are cut', async () => {
    const text = await inTerminal(40, [
      'show',
      '--no-header',
      '--columns',
      'local,remote,pid,process',
      'a.tcpsnap',
    ]);
    for (const port of [80, 54321, 44444, 54322, 44445]) expect(text).toContain(`:${port}`);
  });

  test('a wide terminal shows everything that a pipe does', async () => {
    const piped = await runCli(['show', 'a.tcpsnap'], { cwd: folder.path });
    expect((await inTerminal(300, ['show', 'a.tcpsnap'])).replaceAll(COLOR, '')).toBe(piped.stdout);
  });

  test('a pipe is as wide as it needs, whatever COLUMNS says', async () => {
    const { stdout } = await runCli(['show', 'a.tcpsnap'], { cwd: folder.path, env: { COLUMNS: '20' } });
    expect(stdout).toContain('a-rather-long-process-name.exe\n');
  });

  test('states have colours', async () => {
    const text = await inTerminal(80, ['show', 'plain.tcpsnap']);
    expect(text).toContain('\u001b[36mLISTEN\u001b[39m');
    expect(text).toContain('\u001b[2mTIME_WAIT\u001b[22m');
    expect(text).toContain('\u001b[1mProto\u001b[22m');
  });

  test.each([
    ['NO_COLOR', [], { NO_COLOR: '1' }],
    ['TERM=dumb', [], { TERM: 'dumb' }],
    ['--no-color', ['--no-color'], {}],
  ])('%s: none', async (_what, args, env) => {
    for (const command of ['show', 'info', 'verify', 'timeline']) {
      expect(await inTerminal(80, [...args, command, 'plain.tcpsnap'], env)).not.toContain('\u001b');
      expect(await inTerminal(80, [command, ...args, 'plain.tcpsnap'], env)).not.toContain('\u001b');
    }
  });

  test('capture --show obeys --no-color too', async () => {
    const args = ['capture', '--show', '--force', 'captured.tcpsnap'];
    expect(await inTerminal(80, args)).toContain('\u001b[1mProto');
    expect(await inTerminal(80, [...args, '--no-color'])).not.toContain('\u001b');
  });

  test('an empty NO_COLOR forbids nothing (no-color.org)', async () => {
    expect(await inTerminal(80, ['show', 'plain.tcpsnap'], { NO_COLOR: '' })).toContain('\u001b[36m');
  });

  test.each([
    [['raw', 'plain.tcpsnap'], 'standard output is a terminal: name a file with -o, or redirect it'],
    [['capture', '-'], 'standard output is a terminal: name a file, or redirect it'],
  ])('%s writes no bytes to a terminal', async (args, message) => {
    expect(await inTerminal(80, args)).toBe(`tcpscope: ${message}\n`);
  });
});

test.each(['show', 'info', 'verify', 'timeline'])(
  '%s: no colours in a pipe, even with FORCE_COLOR',
  async (command) => {
    const env = { FORCE_COLOR: '1', TERM: 'xterm-256color', NO_COLOR: undefined };
    const { exitCode, stdout } = await runCli([command, 'plain.tcpsnap'], { cwd: folder.path, env });
    expect(exitCode).toBe(0);
    expect(stdout).not.toContain('\u001b');
  },
);

describe.skipIf(reason)(`batch in a terminal${skippedFor(reason)}`, () => {
  test('shows a bar with how far it is, and leaves nothing of it behind', async () => {
    const printed = await inTerminal(120, ['batch', 'a.tcpsnap', 'plain.tcpsnap', '--out', 'out']);
    const clear = '\r\u001b[2K';
    expect(printed).toContain(`${clear}[${'#'.repeat(24)}] 2 of 2 files (100%), 7 rows, `);
    const lines = printed.split(clear);
    expect(lines.at(-1)).toBe('tcpscope: out: 2 files, 2 snapshots, 7 rows\n');
    const quiet = await inTerminal(120, ['batch', 'a.tcpsnap', '--out', 'out2', '--quiet']);
    expect(quiet).toBe('');
  });
});
