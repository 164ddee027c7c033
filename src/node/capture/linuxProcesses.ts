import { readFileSync, readlinkSync } from 'node:fs';
import type { ProcessInfo } from '../../core/index.js';
import type { ProcessList } from './provider.js';
import { listPids } from './socketOwners.js';

/**
 * The processes that /proc shows. One that ends meanwhile is absent; a path that may not be read is left out (without root, the
 * paths of other users' processes).
 *
 * - `name` is the kernel's `comm`, which a process can set to any bytes, newlines included. Bytes that are no UTF-8 become U+FFFD.
 * - `path` is what the kernel says: ` (deleted)` at its end means that the file is gone or was replaced, which is kept because
 *   it is worth knowing. Kernel threads have none.
 * - `startUtcMicroseconds` comes from a boot time in whole seconds and a start in 10 ms steps, so it is up to a second early,
 *   but the same in every capture as long as nobody sets the clock.
 */
export function listLinuxProcesses(): ProcessList {
  const pids = listPids();
  if (pids.length === 0) {
    return {
      processes: [],
      unreadable: [{ what: '/proc', reason: 'it lists no process; is proc mounted?' }],
    };
  }
  const boot = readBootUtcMicroseconds();
  const processes = pids.map((pid) => readProcess(pid, boot)).filter((info) => info !== undefined);
  if (boot !== undefined) return { processes, unreadable: [] };
  return {
    processes,
    unreadable: [
      { what: 'start times of processes', reason: '/proc/stat does not give the boot time (btime)' },
    ],
  };
}

/** When the system started, in whole seconds; undefined where /proc/stat does not say. */
export function readBootUtcMicroseconds(): number | undefined {
  const seconds = /^btime ([0-9]+)$/m.exec(readProcFile('/proc/stat')?.toString('latin1') ?? '')?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1_000_000;
}

/** USER_HZ: the kernel counts in 1/100 s towards programs on every processor that Node runs on, whatever its own HZ. */
const MICROSECONDS_PER_TICK = 1_000_000 / 100;

function readProcess(pid: number, boot: number | undefined): ProcessInfo | undefined {
  const stat = readProcFile(`/proc/${pid}/stat`);
  const parsed = stat && parseProcessStat(stat);
  if (parsed === undefined) return undefined;
  const path = readExecutablePath(pid);
  return {
    pid,
    name: parsed.name,
    ...(path === undefined ? {} : { path }),
    ...(boot === undefined ? {} : { startUtcMicroseconds: boot + parsed.startTicks * MICROSECONDS_PER_TICK }),
  };
}

/**
 * Reads one /proc/PID/stat (proc(5)): `PID (COMM) STATE …`, where field 22 is the start in ticks since boot. COMM can itself
 * hold spaces, parentheses and newlines; nothing after it can, so the last `)` ends it.
 */
export function parseProcessStat(
  stat: Uint8Array,
): { readonly name: string; readonly startTicks: number } | undefined {
  const open = stat.indexOf(0x28);
  const close = stat.lastIndexOf(0x29);
  if (open === -1 || close < open) return undefined;
  const fromThirdField = new TextDecoder().decode(stat.subarray(close + 2)).split(' ');
  const startTicks = Number(fromThirdField[22 - 3]);
  if (!Number.isSafeInteger(startTicks)) return undefined;
  return { name: new TextDecoder().decode(stat.subarray(open + 1, close)), startTicks };
}

function readExecutablePath(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return undefined;
  }
}

function readProcFile(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
