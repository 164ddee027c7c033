import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openSnapshots } from '../../dist/node/index.js';
import { CLI, runCli, skippedFor } from './runCli.js';
import { makeTemporaryFolder } from './temporaryFolder.js';

// What `capture` does to record. The file itself is tested under test/record and test/format.

const folder = makeTemporaryFolder();
const noCapture =
  process.platform === 'win32' || process.platform === 'linux'
    ? undefined
    : 'capture works on Windows and Linux';
const noSignals = process.platform === 'win32' ? 'Windows has no signals to send' : undefined;

const capture = (...args: readonly string[]) => runCli(['capture', ...args], { cwd: folder.path });

describe.skipIf(noCapture)(`capture records${skippedFor(noCapture)}`, () => {
  test('so many snapshots at an interval, each with its tick', async () => {
    const { exitCode, stdout, stderr } = await capture('--interval', '50ms', '--count', '4', 'four.tcpsnap');
    expect(stderr).toMatch(/^tcpscope: wrote four\.tcpsnap \(4 snapshots, \d+ bytes\)\n$/);
    expect(stdout).toBe('');
    expect(exitCode).toBe(0);
    const file = await openSnapshots(join(folder.path, 'four.tcpsnap'));
    const taken = [];
    for await (const { tick, time } of file) taken.push({ tick, time });
    await file.close();
    expect(taken).toHaveLength(4);
    expect(taken.every(({ tick }) => tick?.intervalMicroseconds === 50_000)).toBe(true);
    const numbers = taken.map(({ tick }) => tick!.number);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    // Time and tick tell the same, but for what lies between the tick and the capture.
    const since = taken[3]!.time!.monotonicMicroseconds - taken[0]!.time!.monotonicMicroseconds;
    const due = numbers[3]! * 50_000 + taken[3]!.tick!.lateMicroseconds - taken[0]!.tick!.lateMicroseconds;
    expect(Math.abs(since - due)).toBeLessThan(40_000);
    expect(await runCli(['verify', 'four.tcpsnap'], { cwd: folder.path })).toMatchObject({ exitCode: 0 });
  });

  test('for a time, at its own interval', async () => {
    expect(await capture('--duration', '1.5s', 'time.tcpsnap')).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(/^tcpscope: wrote time\.tcpsnap \(2 snapshots, /) as string,
    });
  });

  test('--append adds to a file, or begins it', async () => {
    expect((await capture('--append', 'hourly.tcpsnap')).stderr).toMatch(
      /^tcpscope: wrote hourly\.tcpsnap \(snapshot 0, \d+ bytes\)\n$/,
    );
    expect((await capture('--append', 'hourly.tcpsnap')).stderr).toMatch(/\(snapshot 1, /);
    const more = await capture('--append', '--count', '2', '--interval', '20ms', 'hourly.tcpsnap');
    expect(more.stderr).toMatch(/\(2 snapshots, /);
    const { stdout, exitCode } = await runCli(['verify', 'hourly.tcpsnap'], { cwd: folder.path });
    expect(stdout).toMatch(/^hourly\.tcpsnap: intact, 4 snapshots, /);
    expect(exitCode).toBe(0);
  });

  test('does not replace an existing file, unless --force is given', async () => {
    folder.write('existing.tcpsnap', 'kept');
    expect(await capture('--count', '1', 'existing.tcpsnap')).toMatchObject({
      exitCode: 2,
      stderr:
        'tcpscope: existing.tcpsnap: cannot be written: it exists already; give another name, --append to continue it, or --force to replace it\n',
    });
    expect(folder.read('existing.tcpsnap').toString()).toBe('kept');
    expect(await capture('--append', 'existing.tcpsnap')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('existing.tcpsnap: not a snapshot file') as string,
    });
    expect(folder.read('existing.tcpsnap').toString()).toBe('kept');
    expect(await capture('--count', '1', '--force', 'existing.tcpsnap')).toMatchObject({ exitCode: 0 });
  });

  test('leaves no file behind where nothing can be captured', async () => {
    const other = process.platform === 'win32' ? 'netlink' : 'iphlpapi';
    expect(await capture('--count', '2', '--provider', other, 'nothing.tcpsnap')).toMatchObject({
      exitCode: 2,
    });
    expect(folder.list()).not.toContain('nothing.tcpsnap');
  });

  test('in a series of files', async () => {
    const args = ['--interval', '10ms', '--count', '3', '--max-age', '1ms', '--keep', '2', 'series.tcpsnap'];
    expect(await capture(...args)).toMatchObject({ exitCode: 0 });
    expect(folder.list().filter((name) => name.startsWith('series'))).toEqual([
      'series.0002.tcpsnap',
      'series.0003.tcpsnap',
    ]);
  });

  test.each([
    [['--count', '2', '-'], 'a recording needs a file: standard output takes one snapshot'],
    [['--append', '-'], 'a recording needs a file: standard output takes one snapshot'],
    [['--append', '--force', 'x'], '--append adds to a file, --force replaces it: give one of them'],
    [['--count', '0', 'x'], '--count needs at least 1'],
    [['--keep', '2', 'x'], '--keep needs --max-size or --max-age: without them there is one file'],
    [['--show', '--count', '2', 'x'], '--show prints one snapshot: show the recording when it has ended'],
  ])('%s is wrong usage', async (args, message) => {
    expect(await capture(...args)).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: `tcpscope: ${message}\n`,
    });
    expect(folder.list()).not.toContain('x');
  });

  test.each([
    ['--interval', '5', 'Give a time like 500ms, 1s, 5m, 2h or 1d.'],
    ['--interval', '0s', 'Give a time like 500ms, 1s, 5m, 2h or 1d.'],
    ['--duration', '-1s', 'Give a time like 500ms, 1s, 5m, 2h or 1d.'],
    ['--max-size', '10', 'Give a size like 500KB, 100MB or 1GiB.'],
    ['--max-size', '10mb', 'Give a size like 500KB, 100MB or 1GiB.'],
  ])('%s %s is wrong usage', async (option, value, advice) => {
    const { exitCode, stderr } = await capture(option, value, 'x');
    expect(stderr).toContain(advice);
    expect(exitCode).toBe(2);
  });

  describe.skipIf(noSignals)(`until a signal${skippedFor(noSignals)}`, () => {
    test.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK'] as const)('%s', async (signal) => {
      const name = `${signal}.tcpsnap`;
      // Only Windows has Ctrl-Break, for which Node emits this event: here another signal does, sent in its place.
      const isSent = signal !== 'SIGBREAK';
      const options = isSent
        ? []
        : ['--import', "data:text/javascript,process.on('SIGUSR2', () => process.emit('SIGBREAK'))"];
      const child = spawn(process.execPath, [...options, CLI, 'capture', '--interval', '20ms', name], {
        cwd: folder.path,
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let stderr = '';
      child.stderr.on('data', (piece: Buffer) => (stderr += piece.toString()));
      while (!folder.list().includes(name)) await new Promise((resolve) => setTimeout(resolve, 20));
      child.kill(isSent ? signal : 'SIGUSR2');
      const [exitCode] = (await once(child, 'close')) as [number];
      expect(stderr).toMatch(
        new RegExp(`^tcpscope: wrote ${signal}\\.tcpsnap \\(\\d+ snapshots?, \\d+ bytes\\)\\n$`),
      );
      expect(exitCode).toBe(0);
      const file = await openSnapshots(join(folder.path, name));
      // Closed properly: its last frame is a trailer.
      expect(file.scan.frames.at(-1)!.type).toBe(7);
      await file.close();
    });

    test('another writer of the same file is refused', async () => {
      const child = spawn(process.execPath, [CLI, 'capture', '--interval', '20ms', 'busy.tcpsnap'], {
        cwd: folder.path,
        stdio: 'ignore',
      });
      while (!folder.list().includes('busy.tcpsnap')) await new Promise((resolve) => setTimeout(resolve, 20));
      for (const options of [
        ['--append', '--count', '1'],
        ['--force', '--count', '1'],
        ['--append'],
        ['--force'],
      ]) {
        expect(await capture(...options, 'busy.tcpsnap')).toMatchObject({
          exitCode: 2,
          stderr: 'tcpscope: busy.tcpsnap: another process is recording to it\n',
        });
      }
      child.kill();
      await once(child, 'close');
      expect(await runCli(['verify', 'busy.tcpsnap'], { cwd: folder.path })).toMatchObject({ exitCode: 0 });
    });
  });
});
