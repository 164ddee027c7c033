import { beforeAll, expect, test } from 'vitest';
import { encodeSnapshotFile } from '../../dist/node/index.js';
import { EXAMPLE_SNAPSHOT } from '../reference/exampleSnapshot.js';
import { runCli } from './runCli.js';
import { makeTemporaryFolder } from './temporaryFolder.js';

const folder = makeTemporaryFolder();
const file = 'machine.tcpsnap';
const info = (...args: string[]) => runCli(['info', ...args, file], { cwd: folder.path });

beforeAll(async () => {
  const bytes = await encodeSnapshotFile({
    ...EXAMPLE_SNAPSHOT,
    machine: {
      clock: { source: 'tsc', synchronized: false, offsetMicroseconds: -12 },
      portRanges: [
        { kind: 'dynamic', first: 49_152, last: 65_535, protocol: 'TCP', family: 'IPv4' },
        { kind: 'excluded', first: 5357, last: 5357 },
      ],
      interfaces: [
        { name: 'eth\u001b[31m0', address: '192.0.2.7', prefixLength: 24 },
        { name: 'lo', address: '::1' },
      ],
      network: 'net:[4026531833]',
      virtualization: ['/.dockerenv', 'CPU flag: hypervisor'],
    },
    statistics: [
      {
        source: '/proc/net/snmp',
        name: 'Tcp',
        counters: { ActiveOpens: 7, EstabResets: 0, InSegs: 2n ** 60n },
      },
      { source: '/proc/net/snmp', name: 'Udp', counters: { InErrors: 0 } },
    ],
  });
  folder.write(file, bytes);
});

test('info tells of the machine, and of the counters that are not zero', async () => {
  const { stdout, exitCode } = await info();
  expect(exitCode).toBe(0);
  const lines = stdout.split('\n').map((line) => line.trim());
  expect(lines).toEqual(
    expect.arrayContaining([
      'clock       tsc, not synchronized, -12 µs to correct',
      'ports       49152 to 65535 dynamic TCP IPv4',
      'ports       5357 to 5357 excluded',
      'interface   eth\\u001b[31m0 192.0.2.7/24',
      'interface   lo ::1',
      'network     net:[4026531833]',
      'virtual     /.dockerenv; CPU flag: hypervisor',
      'counters    Tcp (/proc/net/snmp): ActiveOpens 7, InSegs 1152921504606846976',
      'counters    Udp (/proc/net/snmp): all zero',
    ]),
  );
});

test('info --json has every counter, and numbers of 64 bits as text', async () => {
  const { stdout } = await info('--json');
  const [{ snapshots }] = [JSON.parse(stdout)] as [{ snapshots: { statistics: { counters: object }[] }[] }];
  expect(snapshots[0]!.statistics.map(({ counters }) => counters)).toEqual([
    { ActiveOpens: 7, EstabResets: 0, InSegs: '1152921504606846976' },
    { InErrors: 0 },
  ]);
});
