import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ProcessInfo } from '../../dist/core/index.js';
import {
  listLinuxProcesses,
  parseProcessStat,
  readBootUtcMicroseconds,
} from '../../dist/node/capture/linuxProcesses.js';

const bytesOf = (text: string) => Buffer.from(text, 'utf8');

/** The fields after COMM, made so that each is its own number of proc(5): `S` is 3, then 4, 5, … 52. */
const FIELDS = ['S', ...Array.from({ length: 49 }, (_, i) => i + 4)].join(' ');

describe('a line of /proc/PID/stat', () => {
  test.each(['node', '', ' ', 'a b', ')', '(', ') S 1 (', '((sd-pam))', 'new\nline', 'grün', '1 (2) 3'])(
    'with the name %j',
    (name) => {
      expect(parseProcessStat(bytesOf(`77 (${name}) ${FIELDS}\n`))).toEqual({
        name,
        parentPid: 4,
        startTicks: 22,
      });
    },
  );

  test('bytes that are no UTF-8 become U+FFFD', () => {
    const line = Buffer.concat([bytesOf('77 ('), Buffer.of(0xff, 0x41, 0xc3), bytesOf(`) ${FIELDS}`)]);
    expect(parseProcessStat(line)?.name).toBe('\ufffdA\ufffd');
  });

  test.each([
    '',
    '77',
    '77 node S',
    '77 (node',
    '77 (node) S 4 5',
    ')(',
    `77 (node) ${FIELDS.replace(' 22 ', ' x ')}`,
    `77 (node) ${FIELDS.replace(' 4 ', ' x ')}`,
  ])('that is none: %j', (line) => {
    expect(parseProcessStat(bytesOf(line))).toBeUndefined();
  });
});

const notLinux = process.platform === 'linux' ? '' : ' (skipped: not on Linux)';

describe.skipIf(notLinux !== '')(`the processes of /proc${notLinux}`, () => {
  let folder: string;
  const children: ChildProcess[] = [];
  afterEach(async () => {
    for (const child of children.splice(0)) await end(child);
  });
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tcpscope-processes-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  async function end(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  /** Starts a Node that runs this code, and returns when the code has printed something. */
  async function startNode(code: string): Promise<ChildProcess> {
    const child = spawn(process.execPath, [
      '-e',
      `${code}; console.log('ready'); setInterval(() => {}, 1000)`,
    ]);
    children.push(child);
    await once(child.stdout, 'data');
    return child;
  }

  async function find(pid: number | undefined, commandLines = false): Promise<ProcessInfo | undefined> {
    const { processes } = await listLinuxProcesses({ commandLines });
    return processes.find((info) => info.pid === pid);
  }

  /** The boot time is in whole seconds, so a start is up to a second early; a tick is 10 ms. */
  function expectStart(info: ProcessInfo | undefined, earliest: number, latest: number): void {
    const start = info!.startUtcMicroseconds! / 1000;
    expect(start).toBeGreaterThan(earliest - 1_100);
    expect(start).toBeLessThan(latest + 100);
  }

  test('are listed once each, by pid, with nothing unreadable', async () => {
    const { processes, unreadable } = await listLinuxProcesses({ commandLines: false });
    const pids = processes.map(({ pid }) => pid);
    expect(unreadable).toEqual([]);
    expect(pids).toContain(process.pid);
    expect(pids).toEqual([...new Set(pids)].sort((a, b) => a - b));
  });

  test('this one', async () => {
    const info = await find(process.pid);
    expect(info?.name).toBe(readFileSync('/proc/self/comm', 'utf8').replace(/\n$/, ''));
    expect(info?.path).toBe(realpathSync(process.execPath));
    // Node counts from its own first steps, which on a busy machine can be seconds after the start of the process.
    const counting = Date.now() - process.uptime() * 1000;
    expectStart(info, counting - 10_000, counting);
  });

  test('a child: its start lies between the moments before and after it was started', async () => {
    const before = Date.now();
    const child = await startNode('');
    expectStart(await find(child.pid), before, Date.now());
  });

  test.each([
    ['spaces and parentheses', bytesOf('a) R 1 (b c'), 'a) R 1 (b c'],
    ['only parentheses', bytesOf(')))((('), ')))((('],
    ['a newline', bytesOf('new\nline\n'), 'new\nline\n'],
    ['terminal controls', bytesOf('\u001b[31mred\u0007'), '\u001b[31mred\u0007'],
    ['no UTF-8', Buffer.of(0xff, 0xfe, 0x41), '\ufffd\ufffdA'],
    ['a character cut by the limit of 15 bytes', bytesOf('éééééééé'), 'ééééééé\ufffd'],
  ])('a child whose name has %s', async (_what, comm, name) => {
    const code = `require('fs').writeFileSync('/proc/self/comm', Buffer.from('${comm.toString('hex')}', 'hex'))`;
    const child = await startNode(code);
    expect(await find(child.pid)).toMatchObject({ name, path: realpathSync(process.execPath) });
  });

  test('a strange path, and what becomes of it when the file is deleted', async () => {
    const path = join(realpathSync(folder), 'odd (name)\n) S 1 é');
    copyFileSync('/bin/sleep', path);
    chmodSync(path, 0o755);
    const child = spawn(path, ['1000'], { argv0: 'sleep', stdio: 'ignore' });
    children.push(child);
    await once(child, 'spawn');
    expect(await find(child.pid)).toMatchObject({ name: 'odd (name)\n) S ', path });
    rmSync(path);
    expect((await find(child.pid))?.path).toBe(`${path} (deleted)`);
  });

  test('a child: its parent, its user, and its command line where it is asked for', async () => {
    const child = await startNode('0');
    const info = await find(child.pid);
    expect(info).toMatchObject({
      parentPid: process.pid,
      user: String(process.geteuid!()),
      userName: userInfo().username,
    });
    expect(info).not.toHaveProperty('commandLine');
    const program = "0; console.log('ready'); setInterval(() => {}, 1000)";
    expect((await find(child.pid, true))?.commandLine).toBe(`${process.execPath} -e ${program}`);
  });

  test.runIf(process.geteuid?.() === 0)(
    'a user whom no directory knows has a number and no name',
    async () => {
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { uid: 4_000_000 });
      children.push(child);
      await once(child, 'spawn');
      const ofChild = await find(child.pid);
      expect(ofChild?.user).toBe('4000000');
      expect(ofChild).not.toHaveProperty('userName');
    },
  );

  test('one that has ended is absent', async () => {
    const child = await startNode('');
    expect(await find(child.pid)).toBeDefined();
    await end(child);
    expect(await find(child.pid)).toBeUndefined();
  });

  test('a zombie is there, without a path', async () => {
    // The shell becomes a program that never waits for the child that it inherits. Only then may that child end.
    const parent = spawn('sh', ['-c', 'sleep 1000 & echo $!; exec sleep 1000']);
    children.push(parent);
    const [printed] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(printed);
    await expect
      .poll(async () => (await find(parent.pid))?.name, { timeout: 30_000, interval: 5 })
      .toBe('sleep');
    await expect.poll(async () => (await find(pid))?.name, { timeout: 30_000, interval: 5 }).toBe('sleep');
    process.kill(pid, 'SIGKILL');
    const isZombie = () => readFileSync(`/proc/${pid}/stat`, 'latin1').includes(') Z ');
    await expect.poll(isZombie, { timeout: 30_000, interval: 5 }).toBe(true);
    expect(await find(pid)).toEqual({
      pid,
      name: 'sleep',
      startUtcMicroseconds: expect.any(Number) as number,
      parentPid: parent.pid,
      user: String(process.geteuid!()),
      userName: userInfo().username,
    });
  });

  test('the boot time is in whole seconds and in the past', () => {
    const boot = readBootUtcMicroseconds()!;
    expect(boot % 1_000_000).toBe(0);
    expect(boot / 1000).toBeLessThan(Date.now());
  });
});
