import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { describeLinuxMachine, parseReservedPorts } from '../../dist/node/capture/linuxMachine.js';

const notLinux = process.platform === 'linux' ? undefined : 'not on Linux';
const skipped = notLinux === undefined ? '' : ` (skipped: ${notLinux})`;

/** Asks the kernel in another language: struct timex as timex.h declares it on 64 bits. */
const ADJTIMEX = [
  'import ctypes',
  'class T(ctypes.Structure): _fields_=[("modes",ctypes.c_uint),("offset",ctypes.c_long),("freq",ctypes.c_long),' +
    '("maxerror",ctypes.c_long),("esterror",ctypes.c_long),("status",ctypes.c_int),("rest",ctypes.c_char*256)]',
  't=T()',
  'ctypes.CDLL(None).adjtimex(ctypes.byref(t))',
  'print(t.status,t.maxerror)',
].join('\n');

describe('reserved ports', () => {
  test.each([
    ['', []],
    ['8080', [[8080, 8080]]],
    [
      '0,8080,9148-9150,65535',
      [
        [0, 0],
        [8080, 8080],
        [9148, 9150],
        [65_535, 65_535],
      ],
    ],
  ])('%j', (text, expected) => {
    const ranges = parseReservedPorts(text);
    expect(ranges.map(({ first, last }) => [first, last])).toEqual(expected);
    expect(ranges.every(({ kind }) => kind === 'excluded')).toBe(true);
  });

  test.each(['x', '1-', '65536', '1,,2'])('%j is none', (text) => {
    expect(() => parseReservedPorts(text)).toThrow(`ip_local_reserved_ports holds "`);
  });
});

describe.skipIf(notLinux !== undefined)(`the machine on Linux${skipped}`, () => {
  test('has the ports, network and boot time that the kernel tells', async () => {
    const { machine, bootUtcMicroseconds, unreadable } = await describeLinuxMachine();
    expect(unreadable).toEqual([]);
    const sysctl = (name: string) => readFileSync(`/proc/sys/net/ipv4/${name}`, 'utf8').trim();
    const [first, last] = sysctl('ip_local_port_range').split(/\s+/).map(Number);
    expect(machine.portRanges?.[0]).toEqual({ kind: 'dynamic', first, last });
    expect(machine.network).toBe(readlinkSync('/proc/self/ns/net'));
    const booted = /^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1];
    expect(bootUtcMicroseconds).toBe(Number(booted) * 1e6);
    const again = await describeLinuxMachine();
    expect(again.bootUtcMicroseconds).toBe(bootUtcMicroseconds);
  });

  const noIp = spawnSync('ip', ['-V']).status === 0 ? undefined : 'ip (iproute2) is missing';
  test.skipIf(noIp !== undefined)(
    `has the addresses that ip shows${noIp ? ` (skipped: ${noIp})` : ''}`,
    async () => {
      const shown = JSON.parse(execFileSync('ip', ['-json', 'address'], { encoding: 'utf8' })) as {
        readonly ifname: string;
        readonly flags: readonly string[];
        readonly addr_info: readonly { readonly local: string; readonly prefixlen: number }[];
      }[];
      const expected = shown
        .filter(({ flags }) => flags.includes('UP') && flags.includes('LOWER_UP'))
        .flatMap(({ ifname, addr_info: addresses }) =>
          addresses.map(({ local, prefixlen }) => `${ifname} ${local}/${prefixlen}`),
        );
      const { machine } = await describeLinuxMachine();
      const listed = machine.interfaces?.map(
        ({ name, address, prefixLength }) => `${name} ${address}/${prefixLength}`,
      );
      expect(listed?.toSorted()).toEqual(expected.toSorted());
    },
  );

  const noPython = spawnSync('python3', ['-V']).status === 0 ? undefined : 'python3 is missing';
  test.skipIf(noPython !== undefined)(
    `has a clock, and says whether it is held${noPython ? ` (skipped: ${noPython})` : ''}`,
    async () => {
      const { machine } = await describeLinuxMachine();
      const source = readFileSync('/sys/devices/system/clocksource/clocksource0/current_clocksource', 'utf8');
      expect(machine.clock).toMatchObject({
        source: source.trim(),
        synchronized: expect.any(Boolean) as boolean,
      });
      const state = execFileSync('python3', ['-c', ADJTIMEX], { encoding: 'utf8' }).split(' ').map(Number);
      const [status = 0, maxError = 0] = state;
      expect(machine.clock!.synchronized).toBe((status & 0x40) === 0);
      expect(Math.abs(machine.clock!.maxErrorMicroseconds! - maxError)).toBeLessThan(100_000);
      // Half a second is the most that the kernel takes as an offset.
      expect(Math.abs(machine.clock!.offsetMicroseconds!)).toBeLessThanOrEqual(500_000);
    },
  );

  test('names what hints at a virtual machine', async () => {
    const { machine } = await describeLinuxMachine();
    const isFlagged = /^flags\s*:.* hypervisor\b/m.test(readFileSync('/proc/cpuinfo', 'latin1'));
    expect(machine.virtualization?.includes('CPU flag: hypervisor')).toBe(isFlagged);
  });
});
