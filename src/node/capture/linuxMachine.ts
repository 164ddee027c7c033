import { closeSync, existsSync, openSync, readFileSync, readlinkSync, readSync } from 'node:fs';
import type { ClockInfo, MachineInfo, PortRange, Unreadable } from '../../core/index.js';
import { type Koffi, loadKoffi } from './koffi.js';
import { readKernelClock } from './linuxClock.js';
import { readBootUtcMicroseconds } from './linuxProcesses.js';
import { listInterfaces, type MachineReport, readerInto } from './machine.js';

/** What Linux says of the machine that the sockets are on. */
export async function describeLinuxMachine(): Promise<MachineReport> {
  const unreadable: Unreadable[] = [];
  const read = readerInto(unreadable);
  const koffi = await loadKoffi();
  const clock = read('clock', () => readClock(koffi));
  const dynamic = read('dynamic port range', readDynamicPorts);
  const excluded = read('reserved ports', () =>
    parseReservedPorts(readText('/proc/sys/net/ipv4/ip_local_reserved_ports')),
  );
  const network = read('network namespace', () => readlinkSync('/proc/self/ns/net'));
  const bootUtcMicroseconds = readBootUtcMicroseconds();
  if (bootUtcMicroseconds === undefined) {
    unreadable.push({ what: 'boot time', reason: '/proc/stat does not give it (btime)' });
  }
  const interfaces = read('interface addresses', listInterfaces);
  const machine: MachineInfo = {
    ...(clock && { clock }),
    portRanges: [...(dynamic ? [dynamic] : []), ...(excluded ?? [])],
    ...(interfaces && { interfaces }),
    ...(network !== undefined && { network }),
    virtualization: virtualizationHints(),
  };
  return { machine, unreadable, ...(bootUtcMicroseconds !== undefined && { bootUtcMicroseconds }) };
}

const CLOCK_SOURCE = '/sys/devices/system/clocksource/clocksource0/current_clocksource';

function readClock(koffi: Koffi): ClockInfo {
  return { source: readText(CLOCK_SOURCE), ...readKernelClock(koffi) };
}

/** For sockets of both families, TCP and UDP alike. */
function readDynamicPorts(): PortRange {
  const text = readText('/proc/sys/net/ipv4/ip_local_port_range');
  const [first, last] = text.split(/\s+/).map(Number);
  if (!isPort(first) || !isPort(last)) throw new Error(`ip_local_port_range holds "${text}"`);
  return { kind: 'dynamic', first, last };
}

/** `8080,9148-9150` */
export function parseReservedPorts(text: string): PortRange[] {
  if (text === '') return [];
  return text.split(',').map((part): PortRange => {
    const [, low, high = low] = /^(\d+)(?:-(\d+))?$/.exec(part) ?? [];
    const [first, last] = [Number(low), Number(high)];
    if (!isPort(first) || !isPort(last)) throw new Error(`ip_local_reserved_ports holds "${part}"`);
    return { kind: 'excluded', first, last };
  });
}

function isPort(value: number | undefined): value is number {
  return Number.isInteger(value) && value! >= 0 && value! <= 65_535;
}

/** A virtual machine or a container leaves traces, of which none is sure to be there. */
function virtualizationHints(): string[] {
  const hints: string[] = [];
  const files = ['/.dockerenv', '/run/.containerenv'];
  for (const file of files) if (existsSync(file)) hints.push(file);
  const named = {
    'systemd container': '/run/systemd/container',
    'hypervisor type': '/sys/hypervisor/type',
    'system vendor': '/sys/class/dmi/id/sys_vendor',
    product: '/sys/class/dmi/id/product_name',
  };
  for (const [what, path] of Object.entries(named)) {
    const text = tryText(path);
    if (text) hints.push(`${what}: ${text}`);
  }
  if (/^flags\s*:.*\bhypervisor\b/m.test(readBeginning('/proc/cpuinfo'))) hints.push('CPU flag: hypervisor');
  if (/microsoft/i.test(tryText('/proc/sys/kernel/osrelease') ?? '')) hints.push('kernel of WSL');
  return hints;
}

/** The kernel writes thousands of lines for a machine with many processors; the first says it all. */
function readBeginning(path: string): string {
  try {
    const file = openSync(path, 'r');
    try {
      const bytes = Buffer.alloc(4096);
      return bytes.toString('latin1', 0, readSync(file, bytes));
    } finally {
      closeSync(file);
    }
  } catch {
    return '';
  }
}

function readText(path: string): string {
  return readFileSync(path, 'utf8').trim();
}

function tryText(path: string): string | undefined {
  try {
    return readText(path);
  } catch {
    return undefined;
  }
}
