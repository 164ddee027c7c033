import { spawnSync } from 'node:child_process';
import { mkdirSync, statSync, symlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { CLI, runCli, runProgram, skippedFor, whyPermissionsDoNotCount, type RunOptions } from './runCli.js';
import { makeTemporaryFolder } from './temporaryFolder.js';

// What `capture` does with files. What it captures is tested under test/capture and test/wine.

const folder = makeTemporaryFolder();
const isWindows = process.platform === 'win32';
const noCapture =
  isWindows || process.platform === 'linux' ? undefined : 'capture works on Windows and Linux';
const noShell = isWindows ? 'there is no sh' : undefined;
const noPermissions = whyPermissionsDoNotCount();

const capture = (args: readonly string[], options: RunOptions = {}) =>
  runCli(['capture', ...args], { cwd: folder.path, ...options });

/** Names in the folder that were not there before `work`. */
async function newNames(work: () => Promise<unknown>): Promise<string[]> {
  const before = new Set(folder.list());
  await work();
  return folder.list().filter((name) => !before.has(name));
}

describe.skipIf(noCapture)(`capture${skippedFor(noCapture)}`, () => {
  test('without a name: host and UTC time, valid on every system', async () => {
    const started = Date.now();
    const [name, ...others] = await newNames(async () => {
      const { exitCode, stdout, stderr } = await capture([]);
      expect(stderr).toMatch(/^tcpscope: wrote \S+\.tcpsnap \(\d+ bytes\)\n$/);
      expect(stdout).toBe('');
      expect(exitCode).toBe(0);
    });
    expect(others).toEqual([]);
    const match = /^([A-Za-z0-9._-]+)-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)\.(\d{3})Z\.tcpsnap$/.exec(name!);
    expect(match?.[1]).toBe(
      hostname()
        .replaceAll(/[^A-Za-z0-9._-]/g, '_')
        .slice(0, 64),
    );
    const [, , year, month, day, hour, minute, second, milliseconds] = match!;
    const taken = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${milliseconds}Z`);
    expect(taken).toBeGreaterThanOrEqual(started);
    expect(taken).toBeLessThanOrEqual(Date.now());
    expect(await runCli(['verify', name!], { cwd: folder.path })).toMatchObject({ exitCode: 0 });
  });

  test('to a name, with nothing beside it', async () => {
    expect(await newNames(() => capture(['named.tcpsnap']))).toEqual(['named.tcpsnap']);
    expect(await newNames(async () => capture([join(folder.path, 'full path.tcpsnap')]))).toEqual([
      'full path.tcpsnap',
    ]);
  });

  test.each([
    [['--table', 'tcp2', 'behind.tcpsnap'], 'behind.tcpsnap'],
    [['--table', 'tcp2', 'two behind'], 'two behind'],
    [['--table', 'tcp2', './tcp-monday'], 'tcp-monday'],
    [['before.tcpsnap', '--table', 'tcp2'], 'before.tcpsnap'],
    [['--table', 'tcp2', '--table', 'tcp6-2', 'twice.tcpsnap', '--force'], 'twice.tcpsnap'],
  ])('the file may stand behind the tables: %j', async (args, name) => {
    expect(await newNames(() => capture(args))).toEqual([name]);
    const { stdout } = await runCli(['info', '--json', name], { cwd: folder.path });
    const { snapshots } = JSON.parse(stdout) as { snapshots: { tables: { class: string }[] }[] };
    const classes = args.filter((arg) => /^tcp\d/.test(arg));
    expect(snapshots[0]!.tables.map((table) => table.class)).toEqual(classes);
  });

  test('does not replace an existing file, unless --force is given', async () => {
    folder.write('existing.tcpsnap', 'kept');
    const names = await newNames(async () => {
      expect(await capture(['existing.tcpsnap'])).toMatchObject({
        exitCode: 2,
        stdout: '',
        stderr:
          'tcpscope: existing.tcpsnap: cannot be written: it exists already; give another name, --append to add to it, or --force to replace it\n',
      });
      expect(folder.read('existing.tcpsnap').toString()).toBe('kept');
      expect(await capture(['existing.tcpsnap', '--force'])).toMatchObject({ exitCode: 0 });
    });
    expect(names).toEqual([]);
    expect(await runCli(['verify', 'existing.tcpsnap'], { cwd: folder.path })).toMatchObject({ exitCode: 0 });
  });

  test('- is standard output', async () => {
    const names = await newNames(async () => {
      const { exitCode, stdoutBytes, stderr } = await capture(['-']);
      expect(stderr).toBe('');
      expect(exitCode).toBe(0);
      const verified = await runCli(['verify', '-'], { stdin: stdoutBytes });
      expect(verified.stdout).toMatch(/^standard input: intact, 1 snapshot, /);
    });
    expect(names).toEqual([]);
  });

  test('--show prints what show prints of the file', async () => {
    const captured = await capture(['shown.tcpsnap', '--show']);
    expect(captured.stderr).toMatch(/^tcpscope: wrote shown\.tcpsnap \(\d+ bytes\)\n$/);
    expect(captured.exitCode).toBe(0);
    expect(captured.stdout).toMatch(/^Proto +Local address +Remote address +State +PID +Process\n/);
    const shown = await runCli(['show', 'shown.tcpsnap'], { cwd: folder.path });
    expect(captured.stdout).toBe(shown.stdout);
  });

  test('keeps the note, the command line and who it was', async () => {
    const note = 'before the restart – „vorher“';
    await capture(['noted.tcpsnap', '--note', note]);
    const { stdout } = await runCli(['info', '--json', 'noted.tcpsnap'], { cwd: folder.path });
    const { snapshots } = JSON.parse(stdout) as { snapshots: object[] };
    expect(snapshots[0]).toMatchObject({
      note,
      tool: { name: 'tcpscope', arguments: ['capture', 'noted.tcpsnap', '--note', note] },
      host: { name: hostname() },
    });
  });

  test.each([
    ['nowhere/x.tcpsnap', 'the folder does not exist'],
    ['a-folder', 'it is a folder; give the name of a file in it'],
    ['x'.repeat(300), isWindows ? 'the folder does not exist' : 'the name is too long'],
  ])('%s', async (name, reason) => {
    if (!folder.list().includes('a-folder')) folder.makeFolder('a-folder');
    const names = await newNames(async () => {
      for (const force of [[], ['--force']]) {
        const result = await capture([name, ...force]);
        expect(result.stderr).toBe(`tcpscope: ${name}: cannot be written: ${reason}\n`);
        expect(result).toMatchObject({ exitCode: 2, stdout: '' });
      }
    });
    expect(names).toEqual([]);
  });

  test('the provider of another system', async () => {
    const [other, own] = isWindows ? ['netlink', 'win32'] : ['iphlpapi', 'linux'];
    const system = isWindows ? 'linux' : 'win32';
    expect(await capture(['--provider', other])).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: `tcpscope: the provider ${other} works on ${system}, this is ${own}; leave out --provider\n`,
    });
  });

  describe.skipIf(noShell)(`on POSIX${skippedFor(noShell)}`, () => {
    test('the file is its owner’s alone, whatever the umask', async () => {
      for (const umask of ['000', '022', '077']) {
        const script = `umask ${umask}; exec "$0" "$@"`;
        const command = ['sh', '-c', script, process.execPath, CLI, 'capture', `umask-${umask}.tcpsnap`];
        expect(await runProgram(command, { cwd: folder.path })).toMatchObject({ exitCode: 0 });
        expect(statSync(join(folder.path, `umask-${umask}.tcpsnap`)).mode & 0o777).toBe(0o600);
      }
    });

    test('a device or a pipe is never replaced', async () => {
      expect(spawnSync('mkfifo', [join(folder.path, 'fifo')]).status).toBe(0);
      symlinkSync('fifo', join(folder.path, 'link-to-fifo'));
      for (const name of ['fifo', 'link-to-fifo']) {
        const result = await capture([name, '--force']);
        expect(result.stderr).toBe(
          `tcpscope: ${name}: cannot be written: it is not a regular file; use - for standard output\n`,
        );
        expect(result.exitCode).toBe(2);
        expect(statSync(join(folder.path, name)).isFIFO()).toBe(true);
      }
    });

    test('a file that grows too large for its limit is not left half', async () => {
      const script = `trap '' XFSZ; ulimit -f 1; exec "$0" "$@"`;
      const note = 'x'.repeat(100_000);
      const command = [
        'sh',
        '-c',
        script,
        process.execPath,
        CLI,
        'capture',
        'limited.tcpsnap',
        '--note',
        note,
      ];
      const names = await newNames(async () => {
        expect(await runProgram(command, { cwd: folder.path })).toMatchObject({
          exitCode: 2,
          stdout: '',
          stderr:
            'tcpscope: limited.tcpsnap: cannot be written: the file system does not take a file of that size\n',
        });
      });
      expect(names).toEqual([]);
    });
  });

  test.skipIf(noPermissions)(`a folder without permission to write${skippedFor(noPermissions)}`, async () => {
    folder.makeFolder('read-only');
    folder.chmod('read-only', 0o555);
    for (const force of [[], ['--force']]) {
      expect(await capture(['read-only/x.tcpsnap', ...force], { obeyPermissions: true })).toMatchObject({
        exitCode: 2,
        stdout: '',
        stderr: 'tcpscope: read-only/x.tcpsnap: cannot be written: permission denied\n',
      });
    }
  });

  const disk = join(folder.path, 'disk');
  const noDisk = mountDisk();

  test.skipIf(noDisk)(`a full disk${skippedFor(noDisk)}`, async () => {
    const note = 'x'.repeat(100_000);
    const { exitCode, stdout, stderr } = await capture(['disk/x.tcpsnap', '--note', note]);
    expect(stderr).toBe('tcpscope: disk/x.tcpsnap: cannot be written: no space is left on the disk\n');
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(spawnSync('ls', ['-A', disk], { encoding: 'utf8' }).stdout).toBe('');
  });

  /** A file system of 64 KiB. Returns why there is none. */
  function mountDisk(): string | undefined {
    mkdirSync(disk);
    if (process.platform !== 'linux') return 'a small file system is only made on Linux';
    const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]);
    if (status !== 0) return 'mount is not permitted';
    afterAll(() => {
      spawnSync('umount', [disk]);
    });
    return undefined;
  }
});
