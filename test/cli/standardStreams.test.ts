import { existsSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { encodeRows } from '../reference/arbitraryTable.js';
import { CLI, runCli, runProgram, skippedFor } from './runCli.js';
import { ESTABLISHED, fileOf, RAW, row, ROWS, snapshotOf, type Row } from './snapshotFiles.js';
import { makeTemporaryFolder } from './temporaryFolder.js';

const folder = makeTemporaryFolder();
const snapshot = await fileOf(snapshotOf(ROWS));
folder.write('a.tcpsnap', snapshot);

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

describe('a reader that stops early (| head) ends the command quietly', () => {
  beforeAll(async () => {
    const rows = Array.from({ length: 200_000 }, (_, i): Row => {
      const address = `10.${i >>> 16}.${(i >>> 8) & 255}.${i & 255}`;
      return row(ESTABLISHED, `192.168.0.2:${i & 65535}`, `${address}:443`, i);
    });
    folder.write('large.bin', encodeRows(rows));
    const args = ['import', 'large.bin', '--table', 'tcp2', '-o', 'large.tcpsnap'];
    expect(await runCli(args, { cwd: folder.path })).toMatchObject({ exitCode: 0 });
  });

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

  test('all of it arrives where the reader does not stop', async () => {
    const { stdoutBytes } = await runCli(['raw', 'large.tcpsnap'], { cwd: folder.path });
    expect(stdoutBytes.equals(folder.read('large.bin'))).toBe(true);
    const { stdout } = await runCli(['show', '--format', 'ndjson', 'large.tcpsnap'], { cwd: folder.path });
    expect(stdout.match(/\n/g)).toHaveLength(200_000);
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

const noShell = process.platform === 'win32' ? 'there is no sh' : undefined;

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

  const noFull = existsSync('/dev/full') ? undefined : 'there is no /dev/full';
  test.skipIf(noFull).each(COMMANDS)(`%s onto a full disk${skippedFor(noFull)}`, async (command) => {
    expect(await inShell(command, '>/dev/full')).toMatchObject({
      exitCode: 2,
      stderr: 'tcpscope: standard output cannot be written: no space is left on the disk\n',
    });
  });
});
