import type { MachineInfo, Unreadable } from '../../core/index.js';
import { type Koffi, openLibrary } from './koffi.js';
import { listInterfaces, type MachineReport, readerInto } from './machine.js';
import { smbiosHints } from './smbios.js';
import { FILETIME_OF_1970 } from '../../core/fileTime.js';
import { readPortRanges } from './windowsPortRanges.js';

/** What Windows says of the machine that the sockets are on. */
export async function describeWindowsMachine(koffi: Koffi): Promise<MachineReport> {
  const unreadable: Unreadable[] = [
    // GetSystemTimeAdjustment tells how fast the clock runs, not how far off it is.
    { what: 'clock', reason: 'Windows has no function that tells the source of its time and its offset' },
  ];
  const read = readerInto(unreadable);
  const boot = read('boot time', () => readBootTime(koffi));
  const compartment = read('network compartment', () => readCompartment(koffi));
  const hints = read('hints at a virtual machine', () => virtualizationHints(koffi));
  const ports = await readPortRanges();
  const interfaces = read('interface addresses', listInterfaces);
  const machine: MachineInfo = {
    portRanges: ports.ranges,
    ...(interfaces && { interfaces }),
    ...(compartment !== undefined && { network: `compartment ${compartment}` }),
    ...(hints && { virtualization: hints }),
  };
  return {
    machine,
    unreadable: [...unreadable, ...ports.unreadable],
    ...(boot !== undefined && { bootUtcMicroseconds: boot }),
  };
}

/** SYSTEM_TIMEOFDAY_INFORMATION begins with the boot time and the current time, FILETIMEs. */
const SYSTEM_TIME_OF_DAY = 3;
const TIME_OF_DAY_BYTES = 48;

function readBootTime(koffi: Koffi): number {
  const query = openLibrary(koffi, 'ntdll.dll').bind<
    (kind: number, value: Uint8Array, size: number, used: Uint32Array) => number
  >(
    'uint32_t __stdcall NtQuerySystemInformation(int kind, void *value, uint32_t size, _Out_ uint32_t *used)',
  );
  const value = new Uint8Array(TIME_OF_DAY_BYTES);
  const status = query(SYSTEM_TIME_OF_DAY, value, value.length, new Uint32Array(1));
  if (status !== 0) throw new Error(`NtQuerySystemInformation failed with 0x${status.toString(16)}`);
  const fileTime = new DataView(value.buffer).getBigInt64(0, true);
  return Number((fileTime - FILETIME_OF_1970) / 10n);
}

function readCompartment(koffi: Koffi): number {
  const current = openLibrary(koffi, 'iphlpapi.dll').bind<() => number>(
    'uint32_t __stdcall GetCurrentThreadCompartmentId()',
  );
  return current();
}

const RAW_SMBIOS = 0x52534d42;

function virtualizationHints(koffi: Koffi): string[] {
  const getTable = openLibrary(koffi, 'kernel32.dll').bind<
    (provider: number, id: number, table: Uint8Array | null, size: number) => number
  >('uint32_t __stdcall GetSystemFirmwareTable(uint32_t provider, uint32_t id, void *table, uint32_t size)');
  const size = getTable(RAW_SMBIOS, 0, null, 0);
  const table = new Uint8Array(size);
  const length = getTable(RAW_SMBIOS, 0, table, size);
  const hints = smbiosHints(table.subarray(0, Math.min(length, size)));
  try {
    openLibrary(koffi, 'ntdll.dll').bind('const char *wine_get_version()');
    hints.push('Wine');
  } catch {
    // Windows itself.
  }
  return hints;
}
