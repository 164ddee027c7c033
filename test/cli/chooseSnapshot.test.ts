import { describe, expect, test } from 'vitest';
import { runCli, type RunResult } from './runCli.js';
import { ESTABLISHED, fileOf, flipBit, row, snapshotOf } from './snapshotFiles.js';
import { makeTemporaryFolder } from './temporaryFolder.js';

const folder = makeTemporaryFolder();

/** Taken at 10:00:00.000123, 10:01 and 10:02, with a row of port 1, 2 and 3. */
const START = Date.UTC(2026, 10, 23, 10) * 1000;
const snapshots = [START + 123, START + 60e6, START + 120e6].map((utcMicroseconds, i) =>
  snapshotOf([row(ESTABLISHED, `10.0.0.1:${i + 1}`, '10.0.0.2:443')], [], {
    time: { utcMicroseconds, monotonicMicroseconds: i },
  }),
);
const recording = await fileOf(...snapshots);
folder.write('three.tcpsnap', recording);
folder.write('one.tcpsnap', await fileOf(snapshots[0]!));

const PORTS = ['show', '--format', 'csv', '--columns', 'localPort', '--no-header'];
const run = (...args: string[]): Promise<RunResult> => runCli(args, { cwd: folder.path });

test.each([
  ['0', '1\n'],
  ['1', '2\n'],
  ['2', '3\n'],
  ['-1', '3\n'],
  ['-3', '1\n'],
  ['all', '1\n2\n3\n'],
  ['2026-11-23T10:00:00.000123Z', '1\n'],
  ['2026-11-23T10:00:59.999999Z', '1\n'],
  ['2026-11-23T10:01Z', '2\n'],
  ['2026-11-23T10:01:00', '2\n'],
  ['2026-11-23 10:01:59 UTC', '2\n'],
  ['2026-11-24', '3\n'],
])('--snapshot %s', async (which, ports) => {
  const result = await run(...PORTS, '--snapshot', which, 'three.tcpsnap');
  expect(result).toMatchObject({ exitCode: 0, stdout: ports, stderr: '' });
});

test('the last is the default', async () => {
  expect(await run(...PORTS, 'three.tcpsnap')).toMatchObject({ exitCode: 0, stdout: '3\n' });
});

test('a time means the same in every time zone', async () => {
  const args = [...PORTS, '--snapshot', '2026-11-23T10:01:30', 'three.tcpsnap'];
  for (const TZ of ['Asia/Tokyo', 'America/Los_Angeles']) {
    expect(await runCli(args, { cwd: folder.path, env: { TZ } })).toMatchObject({ stdout: '2\n' });
  }
});

test.each([
  ['3', 'three.tcpsnap', 'no snapshot 3: the file holds 3, numbers 0 to 2'],
  ['-4', 'three.tcpsnap', 'no snapshot -4: the file holds 3, numbers 0 to 2'],
  ['-100', 'three.tcpsnap', 'no snapshot -100: the file holds 3, numbers 0 to 2'],
  ['1', 'one.tcpsnap', 'no snapshot 1: the file holds one, number 0'],
  ['-2', 'one.tcpsnap', 'no snapshot -2: the file holds one, number 0'],
  ['2026-11-23T10:00:00.000122Z', 'three.tcpsnap', 'no snapshot was taken by 2026-11-23T10:00:00.000122Z'],
  ['2025-01-01', 'three.tcpsnap', 'no snapshot was taken by 2025-01-01T00:00:00.000000Z'],
])('--snapshot %s of %s', async (which, file, message) => {
  for (const command of ['show', 'raw']) {
    const result = await run(command, '--snapshot', which, file);
    expect(result).toMatchObject({ exitCode: 2, stdout: '', stderr: `tcpscope: ${file}: ${message}\n` });
  }
});

test('show --snapshot all puts a line over each table, and json gives the numbers', async () => {
  const { stdout } = await run('show', '--snapshot', 'all', 'three.tcpsnap');
  expect(stdout.match(/^three\.tcpsnap, snapshot [012]$/gm)).toHaveLength(3);
  const json = await run('show', '--snapshot', '-2', '--format', 'json', 'three.tcpsnap');
  expect(JSON.parse(json.stdout)).toMatchObject({ snapshot: 1, time: '2026-11-23T10:01:00.000000Z' });
});

describe('a recording with a damaged snapshot', () => {
  const second = recording.indexOf('iphlpapi', recording.indexOf('iphlpapi') + 1);
  folder.write('damaged.tcpsnap', flipBit(recording, second));
  const message =
    /^tcpscope: damaged\.tcpsnap, snapshot 1: the metadata of snapshot 1 is damaged: its chain value does not match \(at byte \d+\)\n$/;

  test('show --snapshot all shows the others and ends with 1', async () => {
    const { exitCode, stdout, stderr } = await run(...PORTS, '--snapshot', 'all', 'damaged.tcpsnap');
    expect(stdout).toBe('1\n3\n');
    expect(stderr).toMatch(message);
    expect(exitCode).toBe(1);
  });

  test('the others are whole', async () => {
    for (const [which, ports] of [
      ['0', '1\n'],
      ['-1', '3\n'],
    ] as const) {
      const result = await run(...PORTS, '--snapshot', which, 'damaged.tcpsnap');
      expect(result).toMatchObject({ exitCode: 0, stdout: ports, stderr: '' });
    }
    expect(await run(...PORTS, '--snapshot', '1', 'damaged.tcpsnap')).toMatchObject({
      exitCode: 2,
      stdout: '',
    });
  });

  test('verify says which', async () => {
    const { exitCode, stdout } = await run('verify', 'damaged.tcpsnap');
    expect(exitCode).toBe(1);
    expect(stdout.match(/^ {2}snapshot \d {2}.*$/gm)).toEqual([
      '  snapshot 0  ok',
      '  snapshot 1  damaged: nothing of it can be trusted',
      '  snapshot 2  ok',
    ]);
  });
});
