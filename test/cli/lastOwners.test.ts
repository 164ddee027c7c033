import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { createRecording, openSnapshots } from '../../dist/node/index.js';
import { encodeRows } from '../reference/arbitraryTable.js';
import { craftFile, craftKeyframe } from '../reference/craftedRecording.js';
import { runCli } from './runCli.js';
import { ESTABLISHED, LISTEN, row, snapshotOf, tcp2Table, TIME_WAIT, type Row } from './snapshotFiles.js';
import { makeTemporaryFolder } from './temporaryFolder.js';

// Connections of a recording that have no owner any more: who owned them last. That the right one is recorded is tested under
// test/format; here is what people see of it.

/** Where the chain value stands in the payload of a snapshot's frame. */
const CHAIN_AT = 32;
const folder = makeTemporaryFolder();
const listener = row(LISTEN, '0.0.0.0:80', '0.0.0.0:0', 4);
const chrome = row(ESTABLISHED, '10.0.0.1:50000', '192.0.2.7:443', 300);
const gone = row(ESTABLISHED, '10.0.0.1:50001', '192.0.2.8:443', 301);
const closed = (open: Row): Row => [TIME_WAIT, open[1], open[2], open[3], open[4], 0, 0];
const processes = [
  { pid: 4, name: 'System' },
  { pid: 300, name: 'chrome.exe', startUtcMicroseconds: 1 },
];

beforeAll(async () => {
  const recording = await createRecording(join(folder.path, 'recording.tcpsnap'));
  const append = async (rows: readonly Row[], more = processes): Promise<void> => {
    await recording.append(snapshotOf(rows, more, { tables: [tcp2Table(encodeRows(rows))] }));
  };
  await append([listener, chrome], processes);
  await append(
    [listener, chrome, gone],
    [...processes, { pid: 301, name: '\u001b[31mevil', startUtcMicroseconds: 2 }],
  );
  await append(
    [listener, closed(chrome), gone],
    [...processes, { pid: 301, name: '\u001b[31mevil', startUtcMicroseconds: 2 }],
  );
  // 301 has ended, and another process has its pid by now.
  await append(
    [listener, closed(chrome), closed(gone)],
    [...processes, { pid: 301, name: 'other', startUtcMicroseconds: 9 }],
  );
  await recording.close();
});

const show = async (...args: readonly string[]): Promise<string> => {
  const { stdout, stderr, exitCode } = await runCli(['show', ...args, 'recording.tcpsnap'], {
    cwd: folder.path,
  });
  expect([exitCode, stderr]).toEqual([0, '']);
  return stdout;
};

describe('last owners', () => {
  test('stand in the table as what they are: inferred, from which snapshot', async () => {
    const lines = (await show()).split('\n');
    expect(lines.slice(0, 4)).toEqual([
      'Proto  Local address   Remote address  State      PID  Process',
      'TCP    0.0.0.0:80      *:*             LISTEN       4  System',
      'TCP    10.0.0.1:50000  192.0.2.7:443   TIME_WAIT    -  (was chrome.exe in snapshot 1)',
      'TCP    10.0.0.1:50001  192.0.2.8:443   TIME_WAIT    -  (was \\u001b[31mevil in snapshot 2)',
    ]);
  });

  test('are columns of every format, fields to select, sort and count by', async () => {
    const { connections } = JSON.parse(await show('--format', 'json')) as { connections: object[] };
    expect(connections).toMatchObject([
      { pid: 4, lastPid: null, lastProcess: null, lastSnapshot: null },
      { pid: 0, process: null, lastPid: 300, lastProcess: 'chrome.exe', lastSnapshot: 1 },
      { pid: 0, process: null, lastPid: 301, lastProcess: '\u001b[31mevil', lastSnapshot: 2 },
    ]);
    expect(
      await show('--where', 'lastprocess = chrome*', '--format', 'csv', '--columns', 'localPort,lastPid'),
    ).toBe('localPort,lastPid\n50000,300\n');
    expect(await show('--where', 'lastsnapshot in 2..', '--no-header', '--columns', 'localPort')).toContain(
      '50001',
    );
    expect(await show('--sort', '-lastpid', '--format', 'ndjson', '--columns', 'lastPid,lastSnapshot')).toBe(
      [
        '{"lastPid":null,"lastSnapshot":null}',
        '{"lastPid":301,"lastSnapshot":2}',
        '{"lastPid":300,"lastSnapshot":1}',
        '',
      ].join('\n'),
    );
    const counts = JSON.parse(await show('--count-by', 'lastprocess', '--format', 'json')) as {
      counts: object[];
    };
    expect(counts.counts).toContainEqual(expect.objectContaining({ count: 1 }) as object);
  });

  test('are not there where no snapshot tells of any', async () => {
    const { connections } = JSON.parse(await show('--format', 'json', '--snapshot', '0')) as {
      connections: object[];
    };
    expect(Object.keys(connections[0]!)).not.toContain('lastPid');
    expect(await show('--where', 'lastpid = 300', '--snapshot', '0', '--no-header')).toBe('');
  });

  describe('of a recording that is continued', () => {
    const moment = (rows: readonly Row[]) =>
      snapshotOf(rows, processes, { tables: [tcp2Table(encodeRows(rows))] });
    const began = async (name: string) => {
      const recording = await createRecording(join(folder.path, name));
      await recording.append(moment([listener]));
      await recording.append(moment([listener, chrome]));
      return recording;
    };
    const ownersIn = async (name: string) => {
      const { stdout } = await runCli(['show', '--snapshot', '-1', '--no-header', name], {
        cwd: folder.path,
      });
      return stdout.match(/\(was .*\)/g);
    };
    const lastOf = async (name: string) => {
      const { stdout } = await runCli(['show', '--snapshot', '-1', '--format', 'json', name], {
        cwd: folder.path,
      });
      return (JSON.parse(stdout) as { connections: object[] }).connections.at(-1);
    };

    test('are those of the same file', async () => {
      await (await began('same.tcpsnap')).close();
      const continued = await createRecording(join(folder.path, 'same.tcpsnap'), { append: true });
      await continued.append(moment([listener, closed(chrome)]));
      await continued.append(moment([listener, closed(chrome)]));
      await continued.close();
      expect(await ownersIn('same.tcpsnap')).toEqual(['(was chrome.exe in snapshot 1)']);
    });

    test('or of the file before, of which snapshots have no number here', async () => {
      const first = await began('first.tcpsnap');
      await first.append(moment([listener, closed(chrome)]));
      const second = await createRecording(join(folder.path, 'second.tcpsnap'), { previous: first });
      await first.close();
      // Its process has ended meanwhile: its name goes on all the same.
      await second.append(
        snapshotOf([listener, closed(chrome)], processes.slice(0, 1), {
          tables: [tcp2Table(encodeRows([listener, closed(chrome)]))],
        }),
      );
      await second.append(moment([listener, closed(chrome)]));
      await second.close();
      for (const snapshot of ['0', '1']) {
        const { stdout } = await runCli(['show', '--snapshot', snapshot, 'second.tcpsnap'], {
          cwd: folder.path,
        });
        expect(stdout).toContain('(was chrome.exe in an earlier file)');
      }
      expect(await lastOf('second.tcpsnap')).toMatchObject({
        lastPid: 300,
        lastProcess: 'chrome.exe',
        lastSnapshot: null,
      });
    });

    test.each([
      ['where the last snapshot is as it was written', 0, 300],
      ['not where nobody vouches for it', 1, undefined],
    ])('%s', async (_, change, expected) => {
      const path = join(folder.path, `vouched${change}.tcpsnap`);
      const { type, payload } = craftKeyframe(encodeRows([listener, chrome]));
      payload[CHAIN_AT]! ^= change;
      writeFileSync(path, craftFile([{ type, payload }]));
      const continued = await createRecording(path, { append: true });
      const { class: name, bytes, synthesized } = tcp2Table(encodeRows([listener, closed(chrome)]));
      await continued.append(
        snapshotOf([], processes, { tables: [{ class: name, scope: 'all', bytes, synthesized }] }),
      );
      await continued.close();
      const file = await openSnapshots(path);
      const { extras } = (await file.at(1)).tables[0]!;
      await file.close();
      expect(extras && Buffer.from(extras['lastOwnerPid']!).readUInt32LE(4)).toBe(expected);
    });
  });
});
