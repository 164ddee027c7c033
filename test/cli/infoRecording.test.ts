import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { Snapshot } from 'tcpscope/core';
import { createRecording } from '../../dist/node/index.js';
import { runCli, type RunResult } from './runCli.js';
import { ESTABLISHED, fileOf, flipBit, LISTEN, row, snapshotOf } from './snapshotFiles.js';
import { makeTemporaryFolder } from './temporaryFolder.js';

const folder = makeTemporaryFolder();
const info = (...args: string[]): Promise<RunResult> => runCli(['info', ...args], { cwd: folder.path });

const START = Date.UTC(2026, 10, 23, 19, 0, 0) * 1000;
const timeAt = (second: number) => ({
  utcMicroseconds: START + second * 1e6,
  monotonicMicroseconds: 7e6 + second * 1e6,
});
const tickAt = (number: number) => ({ number, intervalMicroseconds: 2e6, lateMicroseconds: 500 * number });

/** A listener, and a connection that is another one in every snapshot. */
function snapshotAt(tick: number): Snapshot {
  const rows = [
    row(LISTEN, '0.0.0.0:80', '0.0.0.0:0', 4),
    row(ESTABLISHED, '10.0.0.1:80', `10.0.0.2:${5000 + tick}`, 4),
  ];
  return snapshotOf(rows, [{ pid: 4, name: 'System' }], {
    time: timeAt(2 * tick),
    tick: tickAt(tick),
    statistics: [
      {
        source: 'GetTcpStatisticsEx',
        name: 'TCP over IPv4',
        counters: { InSegs: 10 * tick, CurrEstab: tick, MaxConn: 1 },
      },
    ],
  });
}

const RATES = `
recording
  length      16 s
  interval    2 s; late by 1.5 ms (median), 4 ms at most, 2 missed
  rows        2
  opened      5, 0.313 a second
  closed      5, 0.313 a second
  gap         before snapshot 3, 2026-11-23T19:00:06.000000Z: \\u001b[31mGetTcpTable2 failed
  counters    TCP over IPv4 (GetTcpStatisticsEx): InSegs +80
`;

beforeAll(async () => {
  const recording = await createRecording(join(folder.path, 'rec.tcpsnap'));
  for (const tick of [0, 1, 2]) await recording.append(snapshotAt(tick));
  await recording.appendGap({
    time: timeAt(6),
    reason: '\u001b[31mGetTcpTable2 failed',
    tick: tickAt(3),
  });
  // Ticks 6 and 7 were missed.
  for (const tick of [4, 5, 8]) await recording.append(snapshotAt(tick));
  await recording.close();
});

test('rates, gaps and counters of a recording; its first and last snapshot', async () => {
  const { exitCode, stdout, stderr } = await info('rec.tcpsnap');
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toContain(RATES);
  expect(stdout.match(/^snapshot \d+$/gm)).toEqual(['snapshot 0', 'snapshot 5']);
  expect(stdout).toMatch(/\n\nOf the other 4 snapshots, --json tells as much\.\n$/);
});

test('as JSON, with every snapshot', async () => {
  const { stdout } = await info('--json', 'rec.tcpsnap');
  const found = JSON.parse(stdout) as { recording: object; snapshots: unknown[] };
  expect(found.recording).toEqual({
    elapsedMicroseconds: 16_000_000,
    intervalMicroseconds: 2_000_000,
    lateMicroseconds: { lowest: 0, median: 1500, highest: 4000 },
    missedTicks: 2,
    rows: { lowest: 2, median: 2, highest: 2 },
    opened: 5,
    closed: 5,
    openedPerSecond: 0.3125,
    closedPerSecond: 0.3125,
    gaps: [
      {
        before: 3,
        reason: '\u001b[31mGetTcpTable2 failed',
        tick: tickAt(3),
        time: '2026-11-23T19:00:06.000000Z',
      },
    ],
    counters: [
      {
        source: 'GetTcpStatisticsEx',
        group: 'TCP over IPv4',
        name: 'InSegs',
        isLevel: false,
        first: 0,
        last: 80,
        change: 80,
        resetAt: [],
      },
      expect.objectContaining({ name: 'CurrEstab', isLevel: true, change: 8 }),
    ],
  });
  expect(found.snapshots).toHaveLength(6);
  expect(found.snapshots[1]).toMatchObject({
    snapshot: 1,
    tables: [{ class: 'tcp2', bytes: 60, rows: 2 }],
    states: { LISTEN: 1, ESTABLISHED: 1 },
  });
  expect(stdout).not.toContain('\u001b');
});

test('a damaged snapshot is told too', async () => {
  const bytes = await fileOf(...[0, 1, 2, 3, 4].map(snapshotAt));
  let at = -1;
  for (let i = 0; i <= 2; i++) at = bytes.indexOf('iphlpapi', at + 1);
  folder.write('damaged.tcpsnap', flipBit(bytes, at));
  const { exitCode, stdout } = await info('damaged.tcpsnap');
  expect(exitCode).toBe(1);
  expect(stdout.match(/^snapshot \d+$/gm)).toEqual(['snapshot 0', 'snapshot 2', 'snapshot 4']);
  expect(stdout).toContain('\n  opened      3, ');
  expect(stdout).toContain('\n  state       damaged (see below)\n');
});

test('a file of one snapshot is no recording', async () => {
  folder.write('one.tcpsnap', await fileOf(snapshotAt(0)));
  const { stdout } = await info('one.tcpsnap');
  expect(stdout).not.toContain('recording');
  const json = JSON.parse((await info('--json', 'one.tcpsnap')).stdout) as object;
  expect(json).not.toHaveProperty('recording');
});
