import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CLI, runCli, runProgram, skippedFor, type RunResult } from './runCli.js';
import { fileOf, flipBit, RAW, ROWS, snapshotOf, tcp2Table } from './snapshotFiles.js';
import { makeTemporaryFolder } from './temporaryFolder.js';

const folder = makeTemporaryFolder();
const isWindows = process.platform === 'win32';
const run = (...args: string[]): Promise<RunResult> => runCli(args, { cwd: folder.path });

/** Every byte value, slack after the rows, and nothing that is text. */
const WITH_SLACK = Buffer.concat([RAW, Buffer.from(Array.from({ length: 256 }, (_, i) => i))]);

const taken = snapshotOf(ROWS);
folder.write('slack.tcpsnap', await fileOf({ ...taken, tables: [tcp2Table(WITH_SLACK)] }));
folder.write(
  'two-classes.tcpsnap',
  await fileOf({
    ...taken,
    tables: [tcp2Table(RAW), { class: 'tcp9', scope: 'listeners', synthesized: false, bytes: WITH_SLACK }],
  }),
);
folder.write('two-snapshots.tcpsnap', await fileOf(taken, { ...taken, tables: [tcp2Table(WITH_SLACK)] }));
folder.write('no-table.tcpsnap', await fileOf({ ...taken, tables: [] }));
folder.write('dump.bin', WITH_SLACK);

describe('raw gives the bytes back bit for bit', () => {
  test('to standard output', async () => {
    const { exitCode, stdoutBytes, stderr } = await run('raw', 'slack.tcpsnap');
    expect(stdoutBytes.equals(WITH_SLACK)).toBe(true);
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
  });

  test('to a file', async () => {
    expect(await run('raw', '-o', 'out.bin', 'slack.tcpsnap')).toMatchObject({
      exitCode: 0,
      stdout: '',
      stderr: '',
    });
    expect(folder.read('out.bin').equals(WITH_SLACK)).toBe(true);
  });

  test.each([
    [['two-classes.tcpsnap', '--table', 'tcp2'], RAW],
    [['two-classes.tcpsnap', '--table', 'tcp9'], WITH_SLACK],
    [['two-snapshots.tcpsnap', '--snapshot', '0'], RAW],
    [['two-snapshots.tcpsnap', '--snapshot', '-1'], WITH_SLACK],
  ])('of the table that is asked for: %s', async (args, bytes) => {
    expect((await run('raw', ...args)).stdoutBytes.equals(bytes)).toBe(true);
  });
});

describe('raw writes nothing where it is not clear what', () => {
  const choose = 'it holds 2 tables that fit; choose one with --snapshot and --table';
  test.each([
    [
      ['two-classes.tcpsnap'],
      `two-classes.tcpsnap: ${choose}\n` +
        '  snapshot 0  tcp2  GetTcpTable2  all  88 bytes\n' +
        '  snapshot 0  tcp9  -  listeners  344 bytes\n',
    ],
    [
      ['two-snapshots.tcpsnap', '--table', 'tcp2'],
      `two-snapshots.tcpsnap: ${choose}\n` +
        '  snapshot 0  tcp2  GetTcpTable2  all  88 bytes\n' +
        '  snapshot 1  tcp2  GetTcpTable2  all  344 bytes\n',
    ],
    [
      ['two-classes.tcpsnap', '--table', 'udp'],
      'two-classes.tcpsnap: it holds no table of class "udp", only tcp2, tcp9\n',
    ],
    [['no-table.tcpsnap'], 'no-table.tcpsnap: it holds no table\n'],
    [['no-table.tcpsnap', '--table', 'tcp2'], 'no-table.tcpsnap: it holds no table\n'],
  ])('%s', async (args, message) => {
    const before = folder.list();
    for (const output of [[], ['-o', 'unclear.bin']]) {
      const result = await run('raw', ...output, ...args);
      expect(result).toMatchObject({ exitCode: 2, stdout: '', stderr: `tcpscope: ${message}` });
    }
    expect(folder.list()).toEqual(before);
  });
});

test('show says which tables it cannot decode', async () => {
  const { exitCode, stdout, stderr } = await run('show', '--no-header', 'two-classes.tcpsnap');
  expect(stdout.trimEnd().split('\n')).toHaveLength(ROWS.length);
  expect(stderr).toBe(
    'tcpscope: two-classes.tcpsnap: snapshot 0 has a table of class "tcp9", which this version cannot decode: its rows are missing\n',
  );
  expect(exitCode).toBe(1);
});

describe('import', () => {
  test('keeps the bytes: raw gives the dump back', async () => {
    expect(await run('import', 'dump.bin', '--table', 'tcp2', '-o', 'made.tcpsnap')).toMatchObject({
      exitCode: 0,
      stdout: '',
      stderr: 'tcpscope: wrote made.tcpsnap\n',
    });
    expect((await run('raw', 'made.tcpsnap')).stdoutBytes.equals(WITH_SLACK)).toBe(true);
    expect(await run('verify', 'made.tcpsnap')).toMatchObject({ exitCode: 0 });
  });

  test('says where the bytes come from, and nothing that it does not know', async () => {
    const { stdout } = await run('info', '--json', 'made.tcpsnap');
    const { snapshots } = JSON.parse(stdout) as { snapshots: Record<string, unknown>[] };
    expect(snapshots[0]).toMatchObject({ provider: 'import', imported: { fileName: 'dump.bin' } });
    for (const key of ['time', 'host', 'processes', 'elevated']) expect(snapshots[0]).not.toHaveProperty(key);
  });

  test('shows the same rows as the dump itself', async () => {
    const args = ['show', '--format', 'csv'];
    const dump = await run(...args, '--table', 'tcp2', 'dump.bin');
    expect(dump.stdout.split('\n')).toHaveLength(ROWS.length + 2);
    expect((await run(...args, 'made.tcpsnap')).stdout).toBe(dump.stdout);
  });
});

describe.each([
  ['raw', ['raw', 'slack.tcpsnap', '-o']],
  ['import', ['import', 'dump.bin', '--table', 'tcp2', '-o']],
])('the output file of %s', (_command, args) => {
  const targets: readonly (readonly [output: string, reason: string])[] = [
    ['existing', 'it exists already; give another name'],
    ['folder', 'it is a folder; give the name of a file in it'],
    ['nowhere/x', 'the folder does not exist'],
    // Windows does not tell this from a missing folder.
    ['existing/x', isWindows ? 'the folder does not exist' : 'a part of the path is not a folder'],
  ];
  test.each(targets)('%s', async (output, reason) => {
    folder.write('existing', 'kept');
    if (!folder.list().includes('folder')) folder.makeFolder('folder');
    const before = folder.list();
    const result = await run(...args, output);
    expect(result.stderr).toBe(`tcpscope: ${output}: cannot be written: ${reason}\n`);
    expect(result).toMatchObject({ exitCode: 2, stdout: '' });
    expect(folder.list()).toEqual(before);
    expect(readFileSync(`${folder.path}/existing`, 'utf8')).toBe('kept');
  });
});

test('raw of a damaged table leaves no file', async () => {
  const whole = folder.read('slack.tcpsnap');
  folder.write('damaged.tcpsnap', flipBit(whole, whole.indexOf(RAW) + 4));
  const before = folder.list();
  expect(await run('raw', '-o', 'damaged.bin', 'damaged.tcpsnap')).toMatchObject({ exitCode: 2, stdout: '' });
  expect(folder.list()).toEqual(before);
});

const noShell = isWindows ? 'there is no sh' : undefined;

test.skipIf(noShell)(`raw of more than a pipe holds arrives whole${skippedFor(noShell)}`, async () => {
  const large = Buffer.alloc(5_000_000, 7);
  folder.write('large.tcpsnap', await fileOf({ ...taken, tables: [{ ...tcp2Table(large), class: 'tcp9' }] }));
  const script = '"$0" "$@" | { sleep 0.3; cat; }';
  const { stdoutBytes } = await runProgram(
    ['sh', '-c', script, process.execPath, CLI, 'raw', 'large.tcpsnap'],
    {
      cwd: folder.path,
    },
  );
  expect(stdoutBytes.equals(large)).toBe(true);
});
