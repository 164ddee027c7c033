import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { constants, existsSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { encodeRows } from '../reference/arbitraryTable.js';
import { CLI, runCli, runProgram, skippedFor } from './runCli.js';
import { ESTABLISHED, fileOf, RAW, row, ROWS, snapshotOf, type Row } from './snapshotFiles.js';
import { makeTemporaryFolder } from './temporaryFolder.js';

const folder = makeTemporaryFolder();
const snapshot = await fileOf(snapshotOf(ROWS));
folder.write('a.tcpsnap', snapshot);

const noShell = process.platform === 'win32' ? 'there is no sh' : undefined;

describe('- is standard input', () => {
  test.each(['show', 'show --format csv', 'raw'])('%s reads the same as from a file', async (command) => {
    const args = command.split(' ');
    const fromFile = await runCli([...args, 'a.tcpsnap'], { cwd: folder.path });
    expect(fromFile.exitCode).toBe(0);
    expect(fromFile.stdout).not.toBe('');
    expect(await runCli([...args, '-'], { stdin: snapshot })).toEqual(fromFile);
  });

  test.each(['info', 'verify', 'show a.tcpsnap'])('%s calls it by its name', async (command) => {
    const options = { stdin: snapshot, cwd: folder.path };
    const { exitCode, stdout } = await runCli([...command.split(' '), '-'], options);
    expect(stdout).toMatch(/^standard input/m);
    expect(exitCode).toBe(0);
  });

  test('show --table and import read a bare dump', async () => {
    const shown = await runCli(['show', '--table', 'tcp2', '--no-header', '--columns', 'pid', '-'], {
      stdin: RAW,
    });
    expect(shown).toMatchObject({ exitCode: 0, stdout: '  4\n  -\n300\n' });
    const args = ['import', '-', '--table', 'tcp2', '-o', 'piped.tcpsnap'];
    expect(await runCli(args, { stdin: RAW, cwd: folder.path })).toMatchObject({ exitCode: 0 });
    const told = await runCli(['info', 'piped.tcpsnap'], { cwd: folder.path });
    expect(told.stdout).toMatch(/^ {2}imported .* from standard input$/m);
  });

  test.each(['show', 'info', 'raw', 'verify'])('%s of nothing', async (command) => {
    const message = 'tcpscope: standard input: the file is empty (at byte 0)\n';
    expect(await runCli([command, '-'])).toMatchObject({ exitCode: 2, stdout: '', stderr: message });
  });

  test.each(['show', 'info', 'raw', 'verify'])('%s of a foreign file', async (command) => {
    const { exitCode, stdout, stderr } = await runCli([command, '-'], { stdin: Buffer.from('hello') });
    expect(stderr).toMatch(/^tcpscope: standard input: not a snapshot file: .*\n$/);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
  });
});

beforeAll(async () => {
  const rows = Array.from({ length: 200_000 }, (_, i): Row => {
    const address = `10.${i >>> 16}.${(i >>> 8) & 255}.${i & 255}`;
    return row(ESTABLISHED, `192.168.0.2:${i & 65535}`, `${address}:443`, i);
  });
  folder.write('large.bin', encodeRows(rows));
  const args = ['import', 'large.bin', '--table', 'tcp2', '-o', 'large.tcpsnap'];
  expect(await runCli(args, { cwd: folder.path })).toMatchObject({ exitCode: 0 });
});

describe('a reader that stops early (| head) ends the command quietly', () => {
  test.each([
    'show large.tcpsnap',
    'show large.tcpsnap --format json',
    'show large.tcpsnap --format ndjson',
    'show large.tcpsnap --format csv',
    'show large.tcpsnap --format sample',
    'show large.tcpsnap large.tcpsnap missing.tcpsnap',
    'raw large.tcpsnap',
    'show --table tcp2 large.bin',
  ])('tcpscope %s', async (command) => {
    const result = await runCli(command.split(' '), { cwd: folder.path, stopReading: true });
    expect(result.stderr).toBe('');
    expect(result.exitCode).toBe(0);
    expect(result.stdoutBytes.length).toBeGreaterThan(0);
  });

  test.each(['table', 'json', 'ndjson'])(
    'tcpscope diff --format %s, which has found differences',
    async (format) => {
      const command = ['diff', '--format', format, 'a.tcpsnap', 'large.tcpsnap'];
      const result = await runCli(command, { cwd: folder.path, stopReading: true });
      expect(result.stderr).toBe('');
      expect(result.exitCode).toBe(1);
      expect(result.stdoutBytes.length).toBeGreaterThan(0);
    },
  );

  test('all of it arrives where the reader does not stop', async () => {
    const { stdoutBytes } = await runCli(['raw', 'large.tcpsnap'], { cwd: folder.path });
    expect(stdoutBytes.equals(folder.read('large.bin'))).toBe(true);
    const { stdout } = await runCli(['show', '--format', 'ndjson', 'large.tcpsnap'], { cwd: folder.path });
    expect(stdout.match(/\n/g)).toHaveLength(200_000);
  });
});

describe.skipIf(noShell)(`through a pipe of a shell, and into a file${skippedFor(noShell)}`, () => {
  test.each(['| cat', '>written; cat written'])('all of it arrives: %s', async (redirection) => {
    const script = `"$0" "$@" ${redirection}`;
    const command = ['sh', '-c', script, process.execPath, CLI, 'raw', 'large.tcpsnap'];
    const { stdoutBytes, stderr } = await runProgram(command, { cwd: folder.path });
    expect(stderr).toBe('');
    expect(stdoutBytes.equals(folder.read('large.bin'))).toBe(true);
  });

  test('a reader that stops early ends the command quietly', async () => {
    const script = '{ "$0" "$@"; echo $? >&2; } | head -n 2';
    const command = ['sh', '-c', script, process.execPath, CLI, 'show', 'large.tcpsnap'];
    const { stdout, stderr } = await runProgram(command, { cwd: folder.path });
    expect(stdout.split('\n')).toHaveLength(3);
    expect(stderr).toBe('0\n');
  });
});

const COMMANDS = [
  'show a.tcpsnap',
  'show --format json a.tcpsnap',
  'info a.tcpsnap',
  'raw a.tcpsnap',
  'verify a.tcpsnap',
  '--help',
  '--version',
];

describe.skipIf(noShell)(`closed and full streams${skippedFor(noShell)}`, () => {
  const inShell = (command: string, redirection: string) =>
    runProgram(['sh', '-c', `exec "$0" "$@" ${redirection}`, process.execPath, CLI, ...command.split(' ')], {
      cwd: folder.path,
    });

  test.each(COMMANDS)('%s with a closed standard output', async (command) => {
    expect(await inShell(command, '>&-')).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
  });

  test.each(COMMANDS)('%s into a pipe that nobody reads', async (command) => {
    // The reader has gone before the first byte is written.
    const script =
      '{ sleep 0.1; "$0" "$@"; echo $? >status; } | :; sleep 0.1; while ! [ -s status ]; do sleep 0.1; done; cat status; rm status';
    const result = await runProgram(['sh', '-c', script, process.execPath, CLI, ...command.split(' ')], {
      cwd: folder.path,
    });
    expect(result).toMatchObject({ stdout: '0\n', stderr: '' });
  });

  test('messages that nobody reads change no exit code', async () => {
    const script =
      '{ sleep 0.1; "$0" "$@"; echo $? >status; } 2>&1 | :; while ! [ -s status ]; do sleep 0.1; done; cat status; rm status';
    const command = [process.execPath, CLI, 'info', 'missing', 'absent'];
    expect(await runProgram(['sh', '-c', script, ...command], { cwd: folder.path })).toMatchObject({
      stdout: '2\n',
      stderr: '',
    });
  });

  test('into a pipe that does not wait for its reader', async () => {
    // As a program leaves it that shares the pipe. Of the child's descriptors 0 to 2, libuv takes the flag away: so 3 becomes 1 in a shell.
    const path = join(folder.path, 'pipe');
    expect(spawnSync('mkfifo', [path]).status).toBe(0);
    const [reading, writing] = [constants.O_RDONLY, constants.O_RDWR].map((flag) =>
      openSync(path, flag | constants.O_NONBLOCK),
    );
    const args = ['-c', 'exec "$@" 1>&3', 'sh', process.execPath, CLI, 'raw', 'large.tcpsnap'];
    const stdio = ['ignore', 'ignore', 'pipe', writing!] as const;
    const child = spawn('sh', args, { cwd: folder.path, stdio: [...stdio] });
    const exit = once(child, 'exit');
    const pieces: Buffer[] = [];
    // By then it is full.
    await pause(500);
    const reader = new Socket({ fd: reading!, readable: true, writable: false });
    reader.on('data', (piece: Buffer) => pieces.push(piece));
    expect(await exit).toEqual([0, null]);
    await pause(100);
    reader.destroy();
    expect(Buffer.concat(pieces).equals(folder.read('large.bin'))).toBe(true);
  });

  test('all messages arrive, also where their reader takes its time', async () => {
    // More than a pipe holds.
    const missing = Array.from({ length: 4000 }, (_, i) => `missing-file-with-a-long-name-${i}`);
    const script = '{ "$0" "$@"; echo $? >status; } 2>&1 >&- | { sleep 0.5; wc -l; cat status; rm status; }';
    const command = ['sh', '-c', script, process.execPath, CLI, 'show', ...missing];
    const { stdout } = await runProgram(command, { cwd: folder.path });
    expect(stdout.trim().split(/\s+/)).toEqual(['4000', '2']);
  });

  const noFull = existsSync('/dev/full') ? undefined : 'there is no /dev/full';
  test.skipIf(noFull).each(COMMANDS)(`%s onto a full disk${skippedFor(noFull)}`, async (command) => {
    expect(await inShell(command, '>/dev/full')).toMatchObject({
      exitCode: 2,
      stderr: 'tcpscope: standard output cannot be written: no space is left on the disk\n',
    });
  });
});
