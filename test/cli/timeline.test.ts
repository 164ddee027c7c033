import { beforeAll, describe, expect, test } from 'vitest';
import type { Snapshot } from 'tcpscope/core';
import { runCli, type RunResult } from './runCli.js';
import {
  CLOSE_WAIT,
  ESTABLISHED,
  fileOf,
  flipBit,
  LISTEN,
  row,
  snapshotOf,
  TIME_WAIT,
  type Row,
} from './snapshotFiles.js';
import { makeTemporaryFolder } from './temporaryFolder.js';

const folder = makeTemporaryFolder();
const run = (...args: string[]): Promise<RunResult> => runCli(['timeline', ...args], { cwd: folder.path });

const PROCESSES = [
  { pid: 4, name: 'System' },
  { pid: 300, name: 'implant.exe' },
  { pid: 500, name: 'app.exe' },
  { pid: 666, name: 'evil\u001b[31m.exe' },
];
const START = Date.UTC(2026, 10, 23, 19, 1, 30) * 1000;

/** What a machine has in snapshot `number`, ten seconds after the one before. */
function rowsAt(number: number): Row[] {
  const rows = [row(LISTEN, '0.0.0.0:80', '0.0.0.0:0', 4)];
  if (number >= 5) rows.push(row(LISTEN, '0.0.0.0:4444', '0.0.0.0:0', 666));
  const client = ['10.0.0.5:80', '198.51.100.7:51000', 4] as const;
  rows.push(row(number < 10 ? ESTABLISHED : CLOSE_WAIT, ...client));
  const isThere = (number >= 3 && number <= 6) || (number >= 10 && number <= 12);
  if (isThere) rows.push(row(ESTABLISHED, '10.0.0.5:6000', '10.0.0.9:5432', 500));
  const call = Math.floor((number - 2) / 3);
  const port = 50_000 + call;
  if (number >= 2 && number < 29) {
    const phase = (number - 2) % 3;
    if (phase === 0) rows.push(row(ESTABLISHED, `10.0.0.5:${port}`, '203.0.113.9:443', 300));
    if (phase === 1) rows.push(row(TIME_WAIT, `10.0.0.5:${port}`, '203.0.113.9:443'));
  }
  return rows;
}

function snapshotAt(number: number, more: Partial<Snapshot> = {}): Snapshot {
  return snapshotOf(rowsAt(number), PROCESSES, {
    time: { utcMicroseconds: START + number * 10e6, monotonicMicroseconds: 5e6 + number * 10e6 },
    statistics: [
      {
        source: 'GetTcpStatisticsEx',
        name: 'TCP over IPv4',
        counters: { RetransSegs: 100 + number, CurrEstab: 3, MaxConn: 5, Other: number },
      },
    ],
    ...more,
  });
}

beforeAll(async () => {
  const snapshots = Array.from({ length: 30 }, (_, number) => snapshotAt(number));
  const bytes = await fileOf(...snapshots);
  folder.write('rec.tcpsnap', bytes);
  // A byte in the metadata of snapshot 14.
  let at = -1;
  for (let i = 0; i <= 14; i++) at = bytes.indexOf('iphlpapi', at + 1);
  folder.write('damaged.tcpsnap', flipBit(bytes, at));
  folder.write('one.tcpsnap', await fileOf(snapshots[3]!));
  folder.write(
    'timeless.tcpsnap',
    await fileOf(
      ...[0, 1, 2].map((number) => {
        const { time: _, ...snapshot } = snapshotAt(number);
        return snapshot;
      }),
    ),
  );
});

const OVERVIEW = `rec.tcpsnap
30 snapshots of WEB01 from 2026-11-23 19:01:30 UTC to 2026-11-23 19:06:20 UTC, one every 10 s
13 connections: 12 opened and 11 closed meanwhile
2 to 5 (median 4) rows

Over time
  From      Rows  Opened  Closed  State changes  ESTABLISHED  LISTEN  CLOSE_WAIT  TIME_WAIT
  19:01:30     3       1       0              0            2       1           0          0
  19:02:00     5       3       1              1            3       2           0          0
  19:02:30     4       1       2              1            2       2           0          0
  19:03:00     5       2       1              2            2       2           1          0
  19:03:30     4       1       2              1            1       2           1          0
  19:04:00     4       1       1              1            1       2           1          0
  19:04:30     4       1       1              1            1       2           1          0
  19:05:00     4       1       1              1            1       2           1          0
  19:05:30     4       1       1              1            1       2           1          0
  19:06:00     3       0       1              1            0       2           1          0

Opened most
  Opened  Process      Where
       9  implant.exe  out, to 203.0.113.9:443
       2  app.exe      out, to 10.0.0.9:5432

Began to listen
  First seen  Local address  PID  Process
  19:02:20    0.0.0.0:4444   666  evil\\u001b[31m.exe

Comes back at regular intervals (seen every 10 s, no finer)
  Every  Give or take  Regular  Times  Process      Remote address
   30 s           0 s     100%      9  implant.exe  203.0.113.9:443

Counters
  Counter                    Grew by  A second
  TCP over IPv4 RetransSegs       29       0.1
  and 1 more, in --format json

`;

describe('for people', () => {
  test('the overview, and then connections', async () => {
    const { exitCode, stdout, stderr } = await run('--limit', '4', 'rec.tcpsnap');
    expect(stdout)
      .toBe(`${OVERVIEW}First     Last      Seen      Gaps  Proto  Local address   Remote address      States                    PID  Process
at start  at end    30 of 30     0  TCP    0.0.0.0:80      *:*                 LISTEN                      4  System
at start  at end    30 of 30     0  TCP    10.0.0.5:80     198.51.100.7:51000  ESTABLISHED → CLOSE_WAIT    4  System
19:01:50  19:02:00  2 of 30      0  TCP    10.0.0.5:50000  203.0.113.9:443     ESTABLISHED → TIME_WAIT   300  implant.exe
19:02:00  19:03:30  7 of 30      1  TCP    10.0.0.5:6000   10.0.0.9:5432       ESTABLISHED               500  app.exe
13 connections; the first 4 are shown, --limit shows more
`);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });

  test('only the overview', async () => {
    const { stdout } = await run('--limit', '0', 'rec.tcpsnap');
    expect(stdout).toBe(`${OVERVIEW}13 connections; none are shown, --limit shows some\n`);
  });

  test('only connections', async () => {
    const { stdout } = await run('--no-header', '--where', 'app or :4444', 'rec.tcpsnap');
    expect(stdout).toBe(
      '19:02:00  19:03:30  7 of 30   1  TCP  10.0.0.5:6000  10.0.0.9:5432  ESTABLISHED  500  app.exe\n' +
        '19:02:20  at end    25 of 30  0  TCP  0.0.0.0:4444   *:*            LISTEN       666  evil\\u001b[31m.exe\n',
    );
  });

  test('of how many that match', async () => {
    const { stdout } = await run('--where', 'implant', '--limit', '2', 'rec.tcpsnap');
    expect(stdout).toMatch(/\n9 of 13 connections; the first 2 are shown, --limit shows more\n$/);
  });

  test('one snapshot, and snapshots that do not tell their times', async () => {
    const one = await run('one.tcpsnap');
    expect(one.stdout).toContain(
      '1 snapshot of WEB01 at 2026-11-23 19:02:00 UTC\n4 connections: 0 opened and 0 closed meanwhile\n4 rows\n',
    );
    const { stdout } = await run('timeless.tcpsnap');
    expect(stdout).toContain('timeless.tcpsnap\n3 snapshots of WEB01\n');
    expect(stdout).toContain('\n  snapshot 2     3       1       0 ');
    expect(stdout).toContain('\nsnapshot 2  at end  1 of 3  ');
  });
});

describe('order', () => {
  const ports = async (...args: string[]): Promise<string[]> => {
    const { stdout } = await run(...args, '--format', 'ndjson', 'rec.tcpsnap');
    return stdout
      .trimEnd()
      .split('\n')
      .map((line) => String((JSON.parse(line) as { localPort: number }).localPort));
  };

  test.each([
    ['-gaps,-seen', '6000 80 80 4444 50000 50001 50002 50003 50004 50005 50006 50007 50008'],
    ['-last,process,-local', '80 80 4444 50008 50007 50006 50005 50004 6000 50003 50002 50001 50000'],
    ['process,-lport', '80 80 6000 4444 50008 50007 50006 50005 50004 50003 50002 50001 50000'],
    ['state,seen', '4444 80 6000 80 50000 50001 50002 50003 50004 50005 50006 50007 50008'],
  ])('%s', async (sort, expected) => {
    expect((await ports('--sort', sort)).join(' ')).toBe(expected);
  });

  test('by nothing that does not exist', async () => {
    const { exitCode, stderr } = await run('--sort', 'size', 'rec.tcpsnap');
    expect(exitCode).toBe(2);
    expect(stderr).toContain(
      'No field "size" to sort by; there are first, last, seen, gaps, protocol, family,',
    );
  });
});

describe('for programs', () => {
  test('csv', async () => {
    const { stdout } = await run(
      '--format',
      'csv',
      '--where',
      'rport = 5432 or LISTEN',
      'rec.tcpsnap',
      'rec.tcpsnap',
    );
    const lines = [
      'TCP,IPv4,0.0.0.0,80,,,0,2026-11-23T19:01:30.000000Z,29,2026-11-23T19:06:20.000000Z,30,30,0,LISTEN,2,LISTEN,4,System',
      'TCP,IPv4,10.0.0.5,6000,10.0.0.9,5432,3,2026-11-23T19:02:00.000000Z,12,2026-11-23T19:03:30.000000Z,7,30,1,ESTABLISHED,5,ESTABLISHED,500,app.exe',
      'TCP,IPv4,0.0.0.0,4444,,,5,2026-11-23T19:02:20.000000Z,29,2026-11-23T19:06:20.000000Z,25,30,0,LISTEN,2,LISTEN,666,evil\\u001b[31m.exe',
    ];
    const header =
      'protocol,family,localAddress,localPort,remoteAddress,remotePort,firstSeen,firstSeenTime,lastSeen,lastSeenTime,seen,of,gaps,states,state,stateName,pid,process';
    expect(stdout.trimEnd().split('\n')).toEqual([header, ...lines, ...lines]);
    const bare = await run('--format', 'csv', '--no-header', '--limit', '1', 'rec.tcpsnap');
    expect(bare.stdout).toBe(`${lines[0]}\n`);
  });

  test('ndjson', async () => {
    const { stdout } = await run('--format', 'ndjson', '--where', 'CLOSE_WAIT', 'rec.tcpsnap');
    expect(JSON.parse(stdout)).toEqual({
      protocol: 'TCP',
      family: 'IPv4',
      localAddress: '10.0.0.5',
      localPort: 80,
      remoteAddress: '198.51.100.7',
      remotePort: 51000,
      state: 8,
      stateName: 'CLOSE_WAIT',
      pid: 4,
      process: 'System',
      firstSeen: 0,
      firstSeenTime: '2026-11-23T19:01:30.000000Z',
      lastSeen: 29,
      lastSeenTime: '2026-11-23T19:06:20.000000Z',
      seen: 30,
      of: 30,
      spans: [[0, 29]],
      states: [
        { state: 5, stateName: 'ESTABLISHED', since: 0 },
        { state: 8, stateName: 'CLOSE_WAIT', since: 10 },
      ],
      owners: [{ pid: 4, process: 'System', since: 0 }],
    });
  });

  test('json has everything', async () => {
    const { stdout } = await run('--format', 'json', '--where', 'app', 'rec.tcpsnap');
    const found = JSON.parse(stdout) as Record<string, unknown[]>;
    expect(found).toMatchObject({
      file: 'rec.tcpsnap',
      host: 'WEB01',
      coverages: [{ protocol: 'TCP', family: 'IPv4', scope: 'all', first: 0, last: 29, snapshots: 30 }],
      unreadable: [],
      gaps: [],
      beacons: [
        {
          process: 'implant.exe',
          remoteAddress: '203.0.113.9',
          remotePort: 443,
          connections: 9,
          starts: [2, 5, 8, 11, 14, 17, 20, 23, 26],
          periodMicroseconds: 30_000_000,
        },
      ],
      connections: [
        {
          process: 'app.exe',
          spans: [
            [3, 6],
            [10, 12],
          ],
        },
      ],
    });
    expect(found['snapshots']).toHaveLength(30);
    expect(found['snapshots']![10]).toEqual({
      snapshot: 10,
      time: '2026-11-23T19:03:10.000000Z',
      rows: 4,
      states: { LISTEN: 2, ESTABLISHED: 1, CLOSE_WAIT: 1 },
      opened: 1,
      closed: 1,
      stateChanged: 1,
      ownerChanged: 0,
    });
    expect(found['counters']![0]).toMatchObject({ name: 'RetransSegs', change: 29 });
    expect(stdout).not.toContain('\u001b');
  });
});

describe('damage', () => {
  const message =
    /^tcpscope: damaged\.tcpsnap, snapshot 14: the metadata of snapshot 14 is damaged: its chain value does not match \(at byte \d+\)\n$/;

  test('a damaged snapshot is named, and the others tell all that they can', async () => {
    const { exitCode, stdout, stderr } = await run('--limit', '0', 'damaged.tcpsnap');
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(message);
    expect(stdout).toContain('one every 10 s\n13 connections: 12 opened and 11 closed meanwhile\n');
    expect(stdout).toContain('\n1 snapshot could not be read, or not wholly\n');
    expect(stdout).toContain('   30 s           0 s     100%      9  implant.exe  203.0.113.9:443\n');
    const json = JSON.parse((await run('--format', 'json', '--limit', '0', 'damaged.tcpsnap')).stdout) as {
      snapshots: unknown[];
      unreadable: unknown[];
    };
    expect(json.snapshots[14]).toEqual({ snapshot: 14, isReadable: false });
    expect(json.unreadable).toMatchObject([{ snapshot: 14, code: 'damaged' }]);
  });

  test('a file of which nothing can be read has failed; the others go on', async () => {
    folder.write('foreign.tcpsnap', 'no snapshot');
    const bytes = folder.read('one.tcpsnap');
    folder.write('lost.tcpsnap', flipBit(bytes, bytes.indexOf('iphlpapi')));
    for (const name of ['foreign.tcpsnap', 'lost.tcpsnap', 'missing.tcpsnap']) {
      const alone = await run(name);
      expect(alone).toMatchObject({ exitCode: 2, stdout: '' });
      expect(alone.stderr).toMatch(new RegExp(`^tcpscope: ${name}: .+\n$`));
      const both = await run('--limit', '0', name, 'rec.tcpsnap');
      expect(both).toMatchObject({ exitCode: 1, stderr: alone.stderr });
      expect(both.stdout).toMatch(/^rec\.tcpsnap\n/);
    }
  });

  test('many damaged snapshots are named up to ten', async () => {
    const bytes = await fileOf(...Array.from({ length: 30 }, (_, number) => snapshotAt(number)));
    let at = -1;
    for (let i = 0; i < 25; i++) {
      at = bytes.indexOf('iphlpapi', at + 1);
      if (i >= 10) bytes[at]! ^= 1;
    }
    folder.write('many.tcpsnap', bytes);
    const { stderr, exitCode } = await run('many.tcpsnap');
    const lines = stderr.trimEnd().split('\n');
    expect(exitCode).toBe(1);
    expect(lines).toHaveLength(11);
    expect(lines[10]).toBe('tcpscope: many.tcpsnap: 5 more could not be read; "tcpscope verify" names them');
  });
});

test('tables of a later version are named, and the exit code tells', async () => {
  const later = snapshotAt(0);
  const table = { ...later.tables[0]!, class: 'tcp9' };
  folder.write('later.tcpsnap', await fileOf({ ...later, tables: [...later.tables, table] }));
  const { exitCode, stderr } = await run('--limit', '0', 'later.tcpsnap');
  expect(exitCode).toBe(1);
  expect(stderr).toBe(
    'tcpscope: later.tcpsnap: it has tables of class "tcp9", which this version cannot decode: their rows are missing\n',
  );
});

test('a mistake in an expression', async () => {
  const { exitCode, stderr } = await run('--where', 'state = ', 'rec.tcpsnap');
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/^tcpscope: --where: .*\n {2}state = *\n {10}\^\n$/);
});

test('a reader that has seen enough', async () => {
  const args = ['timeline', '--format', 'json', ...Array.from({ length: 30 }, () => 'rec.tcpsnap')];
  const { exitCode, stderr } = await runCli(args, { cwd: folder.path, stopReading: true });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
});

test('standard input', async () => {
  const { exitCode, stdout } = await runCli(['timeline', '--limit', '0', '-'], {
    cwd: folder.path,
    stdin: folder.read('rec.tcpsnap'),
  });
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^standard input\n30 snapshots of WEB01 /);
});
