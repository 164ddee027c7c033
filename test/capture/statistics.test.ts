import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createIphlpapiProvider } from '../../dist/node/capture/iphlpapi.js';
import { parseListed, parsePaired, readLinuxStatistics } from '../../dist/node/capture/linuxStatistics.js';
import { type ScriptedTable, compileScriptedTable, whyNoCompiler } from './scriptedTable.js';

describe('counters of /proc/net', () => {
  test('in pairs of lines, the largest too', () => {
    const text = 'Tcp: MaxConn InSegs\nTcp: -1 18446744073709551615\nUdpLite: NoPorts\nUdpLite: 0\n';
    expect(parsePaired(text, 'here')).toEqual([
      { source: 'here', name: 'Tcp', counters: { MaxConn: -1, InSegs: 18_446_744_073_709_551_615n } },
      { source: 'here', name: 'UdpLite', counters: { NoPorts: 0 } },
    ]);
  });

  test('one in each line', () => {
    expect(parseListed('Ip6InReceives  \t150105\nUdp6NoPorts 3\n', 'there')).toEqual({
      source: 'there',
      name: 'IPv6',
      counters: { Ip6InReceives: 150_105, Udp6NoPorts: 3 },
    });
  });

  test.each([
    ['another name', 'Tcp: A\nUdp: 1\n'],
    ['a value too few', 'Tcp: A B\nTcp: 1\n'],
    ['a value that is none', 'Tcp: A\nTcp: x\n'],
  ])('%s is an error', (_, text) => {
    expect(() => parsePaired(text, '/proc/net/snmp')).toThrow('/proc/net/snmp has');
  });

  const isLinux = process.platform === 'linux';
  test.skipIf(!isLinux)(`of this machine${isLinux ? '' : ' (skipped: not on Linux)'}`, () => {
    const opens = () =>
      Number(/^Tcp: (?:-?\d+ ){4}(\d+)/m.exec(readFileSync('/proc/net/snmp', 'latin1'))?.[1]);
    const before = opens();
    const { statistics, unreadable } = readLinuxStatistics();
    const after = opens();
    expect(unreadable).toEqual([]);
    const names = statistics.map(({ name }) => name);
    for (const name of ['Tcp', 'Udp', 'TcpExt', 'IpExt', 'IPv6']) expect(names).toContain(name);
    const { ActiveOpens } = statistics.find(({ name }) => name === 'Tcp')!.counters;
    expect(ActiveOpens).toBeGreaterThanOrEqual(before);
    expect(ActiveOpens).toBeLessThanOrEqual(after);
    const wide = statistics.find(({ name }) => name === 'IPv6')!.counters;
    expect(Object.keys(wide)).toContain('Udp6InDatagrams');
  });
});

const reason = whyNoCompiler();

describe.skipIf(reason !== undefined)(
  `statistics of a scripted iphlpapi${reason === undefined ? '' : ` (skipped: ${reason})`}`,
  () => {
    let scripted: ScriptedTable;
    beforeAll(async () => {
      scripted = await compileScriptedTable();
    });
    afterAll(() => scripted.remove());

    test('the newer function where there is one, the older where not, and what fails is told', async () => {
      const provider = createIphlpapiProvider({ library: scripted.library });
      const { statistics, unreadable } = await provider.readStatistics();
      const tcp = {
        RtoAlgorithm: 1,
        RtoMin: 2,
        RtoMax: 3,
        MaxConn: 0xffffffff,
        ActiveOpens: 5,
        PassiveOpens: 6,
        AttemptFails: 7,
        EstabResets: 8,
        CurrEstab: 9,
        InSegs: 0x1_0000_0002,
        OutSegs: 0xffff_ffff_ffff_ffffn,
        RetransSegs: 12,
        InErrs: 13,
        OutRsts: 14,
        NumConns: 15,
      };
      const udp = { InDatagrams: 21, NoPorts: 22, InErrors: 23, OutDatagrams: 24, NumAddrs: 25 };
      expect(statistics).toEqual([
        { source: 'GetTcpStatisticsEx2', name: 'TCP over IPv4', counters: tcp },
        { source: 'GetUdpStatisticsEx', name: 'UDP over IPv4', counters: udp },
        { source: 'GetUdpStatisticsEx', name: 'UDP over IPv6', counters: { ...udp, NoPorts: 122 } },
      ]);
      expect(unreadable).toEqual([
        {
          what: 'statistics of TCP over IPv6',
          reason: 'GetTcpStatisticsEx2 failed with 50 (ERROR_NOT_SUPPORTED)',
        },
      ]);
    });

    test('no library, no statistics', async () => {
      const { statistics, unreadable } = await createIphlpapiProvider({
        library: 'none.dll',
      }).readStatistics();
      expect(statistics).toEqual([]);
      expect(unreadable.map(({ what }) => what)).toEqual(
        ['TCP over IPv4', 'TCP over IPv6', 'UDP over IPv4', 'UDP over IPv6'].map(
          (name) => `statistics of ${name}`,
        ),
      );
    });
  },
);
