import { beforeAll, expect, test } from 'vitest';
import { STRUCTURES, type ClassName, type Structure } from '../reference/mibTables.js';
import { runCli } from './runCli.js';
import { makeTemporaryFolder } from './temporaryFolder.js';

const folder = makeTemporaryFolder();

interface Socket {
  readonly state?: number;
  readonly local: readonly number[];
  readonly localScope?: number;
  readonly localPort: number;
  readonly remote?: readonly number[];
  readonly remotePort?: number;
  readonly pid?: number;
}

/** A bare dump of a table. */
function dumpOf(name: ClassName, sockets: readonly Socket[]): Uint8Array {
  const structure: Structure = STRUCTURES[name];
  const bytes = new Uint8Array(structure.first + sockets.length * structure.size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, sockets.length, true);
  for (const [i, socket] of sockets.entries()) {
    const row = structure.first + i * structure.size;
    if (structure.state !== undefined) view.setUint32(row + structure.state, socket.state ?? 5, true);
    bytes.set(socket.local, row + structure.local);
    if (structure.localScope !== undefined)
      view.setUint32(row + structure.localScope, socket.localScope ?? 0, true);
    view.setUint16(row + structure.localPort, socket.localPort);
    if (structure.remote !== undefined) bytes.set(socket.remote ?? [], row + structure.remote);
    if (structure.remotePort !== undefined)
      view.setUint16(row + structure.remotePort, socket.remotePort ?? 0);
    if (structure.pid !== undefined) view.setUint32(row + structure.pid, socket.pid ?? 0, true);
  }
  return bytes;
}

const zeros = (count: number): number[] => Array<number>(count).fill(0);
const LOOPBACK = [...zeros(15), 1];
const DOCUMENTATION = [0x20, 0x01, 0x0d, 0xb8, ...zeros(11), 7];

beforeAll(() => {
  folder.write(
    'six.bin',
    dumpOf('tcp6-2', [
      { local: DOCUMENTATION, localPort: 50_000, remote: LOOPBACK, remotePort: 443, pid: 12 },
      { state: 2, local: zeros(16), localPort: 80, pid: 4 },
      { state: 2, local: [0xfe, 0x80, ...zeros(13), 1], localScope: 3, localPort: 80, pid: 4 },
    ]),
  );
  folder.write('udp.bin', dumpOf('udp-owner-pid', [{ local: [10, 0, 0, 1], localPort: 53, pid: 8 }]));
});

const show = (...args: string[]) => runCli(['show', ...args], { cwd: folder.path });

test('IPv6 in brackets before a port, with its scope id, in order', async () => {
  const { stdout } = await show('--table', 'tcp6-2', 'six.bin');
  expect(stdout).toBe(
    `Proto  Local address        Remote address  State        PID  Process
TCP    [::]:80              *:*             LISTEN         4  -
TCP    [2001:db8::7]:50000  [::1]:443       ESTABLISHED   12  -
TCP    [fe80::1%3]:80       *:*             LISTEN         4  -

3 connections: 2 LISTEN, 1 ESTABLISHED
`,
  );
});

test('UDP has no remote end and no state, and says so', async () => {
  const { stdout } = await show('--table', 'udp-owner-pid', 'udp.bin');
  expect(stdout).toBe(
    `Proto  Local address  Remote address  State  PID  Process
UDP    10.0.0.1:53    *:*             -        8  -

1 connection: 1 UDP
`,
  );
  const { stdout: csv } = await show('--table', 'udp-owner-pid', '--format', 'csv', '--no-header', 'udp.bin');
  expect(csv).toBe('UDP,IPv4,,,10.0.0.1,53,,,8,,,\n');
  const { stdout: json } = await show('--table', 'udp-owner-pid', '--format', 'ndjson', 'udp.bin');
  expect(JSON.parse(json)).toEqual({
    protocol: 'UDP',
    family: 'IPv4',
    state: null,
    stateName: null,
    localAddress: '10.0.0.1',
    localPort: 53,
    remoteAddress: null,
    remotePort: null,
    pid: 8,
    process: null,
    offload: null,
    offloadName: null,
  });
});

test('selected and counted by IPv6 prefixes', async () => {
  const args = ['--table', 'tcp6-2', 'six.bin', '--no-header', '--columns', 'local'];
  expect((await show(...args, '--where', 'local in fe80::/10')).stdout).toBe('[fe80::1%3]:80\n');
  expect((await show(...args, '--where', '[::1]:443')).stdout).toBe('[2001:db8::7]:50000\n');
  expect((await show('--table', 'tcp6-2', 'six.bin', '--count-by', 'local/16')).stdout).toBe(
    `Count  Share  local/16
    1  33.3%  ::/16
    1  33.3%  2001::/16
    1  33.3%  fe80::/16
`,
  );
});

test('imported, told about, and compared', async () => {
  const run = (...args: string[]) => runCli(args, { cwd: folder.path });
  expect((await run('import', 'six.bin', '--table', 'tcp6-2', '-o', 'six.tcpsnap')).exitCode).toBe(0);
  const { stdout } = await run('info', 'six.tcpsnap');
  expect(stdout).toContain('tcp6-2, 3 rows, 184 bytes, all');
  expect(stdout).toContain('2 LISTEN, 1 ESTABLISHED');
  expect((await run('diff', 'six.tcpsnap', 'six.tcpsnap')).exitCode).toBe(0);
  expect((await run('import', 'udp.bin', '--table', 'udp-owner-pid', '-o', 'udp.tcpsnap')).exitCode).toBe(0);
  expect((await run('info', 'udp.tcpsnap')).stdout).toContain('1 UDP');
  const { stderr, exitCode } = await run('diff', 'six.tcpsnap', 'udp.tcpsnap');
  expect(stderr).toContain('TCP over IPv6, all before, UDP over IPv4, all after');
  expect(exitCode).toBe(2);
});
