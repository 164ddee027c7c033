import { describe, expect, test } from 'vitest';
import { CONNECTION_KEYS } from 'tcpscope/core';
import { runCli } from './runCli.js';
import { ESTABLISHED, fileOf, LISTEN, RAW, row, snapshotOf } from './snapshotFiles.js';
import { makeTemporaryFolder } from './temporaryFolder.js';

const folder = makeTemporaryFolder();
const rows = [
  row(ESTABLISHED, '192.168.0.2:50000', '10.0.0.1:443', 300),
  row(LISTEN, '0.0.0.0:80', '0.0.0.0:0', 4),
  row(77, '127.0.0.1:1', '127.0.0.1:65535', 0xffffffff, 9),
];
const processes = [
  { pid: 300, name: 'client.exe' },
  { pid: 4, name: 'System' },
];
folder.write('a.tcpsnap', await fileOf(snapshotOf(rows, processes, { note: 'why' })));
folder.write('empty.tcpsnap', await fileOf(snapshotOf([])));

async function show(...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await runCli(['show', ...args], { cwd: folder.path });
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
  return stdout;
}

const LISTENER = {
  protocol: 'TCP',
  family: 'IPv4',
  state: 2,
  stateName: 'LISTEN',
  localAddress: '0.0.0.0',
  localPort: 80,
  remoteAddress: '0.0.0.0',
  remotePort: 0,
  pid: 4,
  process: 'System',
  offload: 0,
  offloadName: 'InHost',
};
const UNKNOWN = {
  ...LISTENER,
  state: 77,
  stateName: 'UNKNOWN(77)',
  localAddress: '127.0.0.1',
  localPort: 1,
  remoteAddress: '127.0.0.1',
  remotePort: 65535,
  pid: 4294967295,
  process: null,
  offload: 9,
  offloadName: 'UNKNOWN(9)',
};
const CONNECTION = {
  ...LISTENER,
  state: 5,
  stateName: 'ESTABLISHED',
  localAddress: '192.168.0.2',
  localPort: 50000,
  remoteAddress: '10.0.0.1',
  remotePort: 443,
  pid: 300,
  process: 'client.exe',
};

test('table: aligned, with a header and a line that counts the states', async () => {
  expect(await show('a.tcpsnap')).toBe(
    [
      'Proto  Local address      Remote address   State               PID  Process',
      'TCP    0.0.0.0:80         *:*              LISTEN                4  System',
      'TCP    127.0.0.1:1        127.0.0.1:65535  UNKNOWN(77)  4294967295  -',
      'TCP    192.168.0.2:50000  10.0.0.1:443     ESTABLISHED         300  client.exe',
      '',
      '3 connections on WEB01 at 2026-11-23 19:01:35 UTC: 1 ESTABLISHED, 1 LISTEN, 1 UNKNOWN(77)',
      '',
    ].join('\n'),
  );
});

test('table of no rows', async () => {
  expect(await show('empty.tcpsnap')).toBe(
    'Proto  Local address  Remote address  State  PID  Process\n\n0 connections on WEB01 at 2026-11-23 19:01:35 UTC\n',
  );
});

describe('json', () => {
  test('is one object: the metadata, and connections with exactly these keys, in this order', async () => {
    const shown = JSON.parse(await show('--format', 'json', 'a.tcpsnap')) as Record<string, unknown>;
    expect(shown).toEqual({
      file: 'a.tcpsnap',
      snapshot: 0,
      time: '2026-11-23T19:01:35.000000Z',
      monotonicMicroseconds: 0,
      host: {
        name: 'WEB01',
        os: 'Windows',
        osRelease: '10.0.20348',
        osVersion: 'Windows',
        architecture: 'x64',
      },
      tool: { name: 'tcpscope', version: '0.1.0', runtime: 'node v20.19.0' },
      provider: 'iphlpapi',
      note: 'why',
      tables: [{ class: 'tcp2', function: 'GetTcpTable2', scope: 'all', synthesized: false, bytes: 88 }],
      processes: 2,
      connections: [LISTENER, UNKNOWN, CONNECTION],
    });
    const [first] = shown['connections'] as object[];
    expect(Object.keys(first!)).toEqual(CONNECTION_KEYS);
  });

  test('of no rows', async () => {
    expect(JSON.parse(await show('--format', 'json', 'empty.tcpsnap'))).toMatchObject({ connections: [] });
  });

  test('of a bare dump has no number, time or host', async () => {
    folder.write('dump.bin', RAW);
    const shown = JSON.parse(await show('--format', 'json', '--table', 'tcp2', 'dump.bin')) as object;
    expect(shown).toMatchObject({ file: 'dump.bin', provider: 'import', connections: { length: 3 } });
    for (const key of ['snapshot', 'time', 'host', 'processes']) expect(shown).not.toHaveProperty(key);
  });
});

test('ndjson is one object a line', async () => {
  const text = await show('--format', 'ndjson', 'a.tcpsnap');
  expect(text.endsWith('\n')).toBe(true);
  const lines = text.trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([LISTENER, UNKNOWN, CONNECTION]);
  expect(Object.keys(JSON.parse(lines[0]!) as object)).toEqual(CONNECTION_KEYS);
  expect(await show('--format', 'ndjson', 'empty.tcpsnap')).toBe('');
});

test('csv has a header, and an empty field where there is nothing', async () => {
  expect(await show('--format', 'csv', 'a.tcpsnap')).toBe(
    `${CONNECTION_KEYS.join(',')}\n` +
      'TCP,IPv4,2,LISTEN,0.0.0.0,80,0.0.0.0,0,4,System,0,InHost\n' +
      'TCP,IPv4,77,UNKNOWN(77),127.0.0.1,1,127.0.0.1,65535,4294967295,,9,UNKNOWN(9)\n' +
      'TCP,IPv4,5,ESTABLISHED,192.168.0.2,50000,10.0.0.1,443,300,client.exe,0,InHost\n',
  );
  expect(await show('--format', 'csv', 'empty.tcpsnap')).toBe(`${CONNECTION_KEYS.join(',')}\n`);
});

describe('options', () => {
  test('--columns, in that order, in every format', async () => {
    expect(await show('--columns', 'pid,local', '--no-header', 'a.tcpsnap')).toBe(
      '         4  0.0.0.0:80\n4294967295  127.0.0.1:1\n       300  192.168.0.2:50000\n',
    );
    const columns = ['--columns', 'pid,localPort'];
    expect(await show(...columns, '--format', 'csv', 'a.tcpsnap')).toBe(
      'pid,localPort\n4,80\n4294967295,1\n300,50000\n',
    );
    expect(await show(...columns, '--format', 'ndjson', '--limit', '1', 'a.tcpsnap')).toBe(
      '{"pid":4,"localPort":80}\n',
    );
    expect(JSON.parse(await show(...columns, '--format', 'json', 'a.tcpsnap'))).toMatchObject({
      connections: [
        { pid: 4, localPort: 80 },
        { pid: 4294967295, localPort: 1 },
        { pid: 300, localPort: 50000 },
      ],
    });
  });

  test.each([
    ['lport', [1, 80, 50000]],
    ['-lport', [50000, 80, 1]],
    ['-state', [1, 50000, 80]],
    ['process,-pid', [1, 80, 50000]],
    ['protocol,-remote', [1, 50000, 80]],
    ['-offload,rport', [1, 80, 50000]],
  ])('--sort %s', async (keys, ports) => {
    const text = await show('--sort', keys, '--columns', 'localPort', '--no-header', 'a.tcpsnap');
    expect(text.trim().split(/\s+/).map(Number)).toEqual(ports);
  });

  test('--limit takes rows from the start of the order, and the closing line says of how many', async () => {
    const text = await show('--limit', '1', '--sort', '-lport', '--columns', 'localPort', 'a.tcpsnap');
    expect(text).toBe(
      'Local port\n     50000\n\n1 of 3 connections on WEB01 at 2026-11-23 19:01:35 UTC: 1 ESTABLISHED\n',
    );
    expect(await show('--limit', '0', '--format', 'csv', '--columns', 'pid', 'a.tcpsnap')).toBe('pid\n');
    expect(await show('--limit', '9', '--format', 'csv', '--columns', 'pid', 'a.tcpsnap')).toMatch(
      /^pid\n(\d+\n){3}$/,
    );
  });

  test('--no-header leaves only rows', async () => {
    expect((await show('--no-header', 'a.tcpsnap', 'a.tcpsnap')).split('\n')).toHaveLength(7);
    expect(await show('--no-header', '--format', 'csv', '--columns', 'pid', 'a.tcpsnap')).toBe(
      '4\n4294967295\n300\n',
    );
  });
});
