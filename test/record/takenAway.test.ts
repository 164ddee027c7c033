import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { openSnapshots, verifySnapshots } from '../../dist/node/index.js';
import { runCli, skippedFor, whyPermissionsDoNotCount, type RunResult } from '../cli/runCli.js';
import { makeTemporaryFolder } from '../cli/temporaryFolder.js';

// A recording whose file is taken away while it is written: permissions change, a share goes. What was written before is there, people are
// told what has happened, and when the file is back, `--append` goes on.

const folder = makeTemporaryFolder();
const at = (name: string): string => join(folder.path, name);

const SERVER = '/usr/lib/openssh/sftp-server';

const record = (path: string, ...more: readonly string[]): Promise<RunResult> =>
  runCli(['capture', '--interval', '50ms', ...more, path], { cwd: folder.path, obeyPermissions: true });

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 1000; i++) {
    if (await isSo()) return;
    await pause(20);
  }
  throw new Error('it never came to that');
}

async function countSnapshots(path: string): Promise<number> {
  if (!existsSync(path)) return 0;
  const file = await openSnapshots(path).catch(() => undefined);
  await file?.close();
  return file?.count ?? 0;
}

async function verify(path: string): Promise<{ count: number; problems: unknown[]; repairs: number }> {
  const file = await openSnapshots(path);
  const { snapshots, problems, repairs } = await verifySnapshots(file);
  await file.close();
  const all = [...problems, ...snapshots.flatMap((snapshot) => snapshot.problems)];
  return { count: snapshots.length, problems: all, repairs: repairs.length };
}

const noCapture =
  process.platform === 'linux' ? whyPermissionsDoNotCount() : 'capture on Linux is tested here';

describe.skipIf(noCapture)(`permissions are taken away${skippedFor(noCapture)}`, () => {
  test('from the file: what is open is recorded to the end, and then not continued until they are back', async () => {
    const path = at('file.tcpsnap');
    const recording = record(path, '--count', '20');
    await until(async () => (await countSnapshots(path)) > 2);
    chmodSync(path, 0);
    expect(await recording).toMatchObject({ exitCode: 0 });
    const refused = await record(path, '--append', '--count', '2');
    expect(refused).toMatchObject({
      exitCode: 2,
      stderr: `tcpscope: ${path}: cannot be written: permission denied\n`,
    });
    chmodSync(path, 0o600);
    expect(await verify(path)).toEqual({ count: 20, problems: [], repairs: 0 });
    expect(await record(path, '--append', '--count', '2')).toMatchObject({ exitCode: 0 });
    expect(await verify(path)).toEqual({ count: 22, problems: [], repairs: 1 });
  });

  test('from the folder: where the next file cannot be made, recording ends, and goes on in it later', async () => {
    mkdirSync(at('series'));
    const path = at('series/web.tcpsnap');
    // By age, not by size: with many sockets on the machine, a small file is full at every tick, before the folder's permissions are gone.
    const recording = record(path, '--max-age', '3s');
    await until(() => existsSync(path));
    chmodSync(at('series'), 0o500);
    const { exitCode, stderr } = await recording;
    expect(exitCode).toBe(1);
    const [first, second, ...more] = stderr.split('\n');
    const next = at('series/web.0002.tcpsnap');
    expect(first).toBe(`tcpscope: recording ends: ${next}: cannot be written: permission denied`);
    expect(second).toMatch(
      /^what was recorded before is safe: wrote .*web\.tcpsnap \(\d+ snapshots?, \d+ bytes\)$/,
    );
    expect(more).toEqual(['to go on from there: --append', '']);
    chmodSync(at('series'), 0o700);
    const { count, problems } = await verify(path);
    expect(problems).toEqual([]);
    expect(await record(path, '--append', '--max-age', '3s', '--count', '3')).toMatchObject({ exitCode: 0 });
    expect(await verify(path)).toEqual({ count, problems: [], repairs: 1 });
    expect(await verify(at('series/web.0002.tcpsnap'))).toEqual({ count: 3, problems: [], repairs: 0 });
  });
});

const noShare =
  noCapture ??
  (process.geteuid?.() !== 0 || !existsSync('/dev/fuse')
    ? 'only root can mount a share here'
    : existsSync(SERVER) && spawnSync('sshfs', ['--version']).status === 0
      ? undefined
      : 'sshfs, or its server, is not installed');

/** A folder of an SFTP server that is this machine itself, without a network between. */
class Share {
  readonly #server: string;
  #client: ChildProcess | undefined;

  constructor(
    readonly source: string,
    readonly mounted: string,
  ) {
    mkdirSync(source);
    mkdirSync(mounted);
    this.#server = `${source}.sh`;
    writeFileSync(this.#server, `#!/bin/sh\necho $$ >'${source}.pid'\nexec ${SERVER}\n`, { mode: 0o700 });
  }

  async mount(): Promise<void> {
    const args = ['-f', '-o', `ssh_command=${this.#server}`, `localhost:${this.source}`, this.mounted];
    this.#client = spawn('sshfs', args, { stdio: 'ignore' });
    await until(() => readFileSync('/proc/mounts', 'latin1').includes(` ${this.mounted} `));
  }

  /** The server ends, and what is mounted has nothing behind it. */
  loseServer(): void {
    process.kill(Number(readFileSync(`${this.source}.pid`, 'latin1')), 'SIGKILL');
  }

  async unmount(): Promise<void> {
    const ended = this.#client!.exitCode === null ? once(this.#client!, 'close') : undefined;
    spawnSync('umount', ['-l', this.mounted]);
    await ended;
  }
}

describe.skipIf(noShare)(`a share goes away${skippedFor(noShare)}`, () => {
  test('what was written is there, and recording goes on when it is back', async () => {
    const share = new Share(at('share'), at('mounted'));
    const path = join(share.mounted, 'web.tcpsnap');
    await share.mount();
    const recording = record(path);
    await until(async () => (await countSnapshots(path)) > 3);
    share.loseServer();
    const { exitCode, stderr } = await recording;
    expect(exitCode).toBe(1);
    // What was on its way when the server ended fails in another way than what came later.
    expect(stderr).toMatch(
      /^tcpscope: recording ends: .*web\.tcpsnap: cannot be written: (the share is gone|the disk, or what is between, has failed)\n/,
    );
    await share.unmount();
    const { count, problems } = await verify(join(share.source, 'web.tcpsnap'));
    expect(count).toBeGreaterThan(3);
    expect(problems).toEqual([]);

    await share.mount();
    try {
      expect(await record(path, '--append', '--count', '3')).toMatchObject({ exitCode: 0 });
      expect(await verify(path)).toEqual({ count: count + 3, problems: [], repairs: 1 });
    } finally {
      await share.unmount();
    }
  });
});
