import { describe, expect, test } from 'vitest';
import { runCli } from './runCli.js';
import { fileOf, flipBit, ROWS, snapshotOf } from './snapshotFiles.js';
import { makeTemporaryFolder } from './temporaryFolder.js';

const folder = makeTemporaryFolder();
const whole = await fileOf(snapshotOf(ROWS));
folder.write('a.tcpsnap', whole);
folder.write('b.tcpsnap', whole);
folder.write('damaged.tcpsnap', flipBit(whole, whole.length - 40));

describe.each(['show', 'info', 'verify'])('tcpscope %s', (command) => {
  test('a bad file among good ones: it is reported, the rest go on', async () => {
    const files = ['a.tcpsnap', 'missing.tcpsnap', 'b.tcpsnap'];
    const { exitCode, stdout, stderr } = await runCli([command, ...files], { cwd: folder.path });
    expect(stderr).toBe('tcpscope: missing.tcpsnap: no such file\n');
    expect(stdout).toContain('a.tcpsnap');
    expect(stdout).toContain('b.tcpsnap');
    expect(exitCode).toBe(1);
  });

  test('only bad files: each is reported', async () => {
    const files = ['missing.tcpsnap', '.', 'nowhere.tcpsnap'];
    expect(await runCli([command, ...files], { cwd: folder.path })).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr:
        'tcpscope: missing.tcpsnap: no such file\n' +
        'tcpscope: .: it is a folder, not a file\n' +
        'tcpscope: nowhere.tcpsnap: no such file\n',
    });
  });

  test('a damaged file among good ones', async () => {
    const files = ['damaged.tcpsnap', 'a.tcpsnap'];
    const { exitCode, stdout } = await runCli([command, ...files], { cwd: folder.path });
    expect(stdout).toContain('a.tcpsnap');
    expect(exitCode).toBe(1);
  });
});

test('show puts a line with its name over the rows of each file', async () => {
  const args = ['show', '--columns', 'pid', 'a.tcpsnap', 'b.tcpsnap'];
  const { stdout } = await runCli(args, { cwd: folder.path });
  const rows =
    'PID\n  4\n  -\n300\n\n3 connections on WEB01 at 2026-11-23 19:01:35 UTC: 1 ESTABLISHED, 1 LISTEN, 1 TIME_WAIT\n';
  expect(stdout).toBe(`a.tcpsnap, snapshot 0\n\n${rows}\nb.tcpsnap, snapshot 0\n\n${rows}`);
});

test('show --format csv has one header for all files', async () => {
  const args = ['show', '--format', 'csv', '--columns', 'pid,stateName', 'a.tcpsnap', 'b.tcpsnap'];
  const { stdout } = await runCli(args, { cwd: folder.path });
  const rows = '4,LISTEN\n0,TIME_WAIT\n300,ESTABLISHED\n';
  expect(stdout).toBe(`pid,stateName\n${rows}${rows}`);
});

test('control characters in a name do not reach the terminal', async () => {
  const name = 'red\u001b[31m\u202e.tcpsnap';
  const { stderr } = await runCli(['show', name], { cwd: folder.path });
  expect(stderr).toBe('tcpscope: red\\u001b[31m\\u202e.tcpsnap: no such file\n');
  if (process.platform === 'win32') return;
  folder.write(name, whole);
  for (const command of ['show', 'info', 'verify']) {
    const { stdout } = await runCli([command, name, 'a.tcpsnap'], { cwd: folder.path });
    expect(stdout).toContain('red\\u001b[31m\\u202e.tcpsnap');
    expect(stdout).not.toMatch(/[\u001b\u202e]/);
  }
});
