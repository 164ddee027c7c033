import { readFileSync, readlinkSync } from 'node:fs';
import type { ProcessInfo, Unreadable } from '../../core/index.js';
import { KnownUsers } from './linuxUsers.js';
import type { ProcessList, ProcessOptions } from './provider.js';
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
export async function listLinuxProcesses(
  options: ProcessOptions,
  known = new KnownProcesses(),
): Promise<ProcessList> {
  const pids = listPids();
  if (pids.length === 0) {
    return {
      processes: [],
      unreadable: [{ what: '/proc', reason: 'it lists no process; is proc mounted?' }],
    };
  }
  const boot = readBootUtcMicroseconds();
  const listed = known.read(pids, boot, options);
  const unreadable: Unreadable[] = [];
  if (boot === undefined) {
    unreadable.push({
      what: 'start times of processes',
      reason: '/proc/stat does not give the boot time (btime)',
    });
  }
  const users = new Set(listed.flatMap(({ user }) => user ?? []));
  const { names, reason } = await known.users.lookUp(users);
  if (reason !== undefined) unreadable.push({ what: 'names of users', reason });
  const processes = listed.map((info) => {
    const userName = info.user === undefined ? undefined : names.get(info.user);
    return userName === undefined ? info : { ...info, userName };
  });
  return { processes, unreadable };
}

/** When the system started, in whole seconds; undefined where /proc/stat does not say. */
export function readBootUtcMicroseconds(): number | undefined {
  const seconds = /^btime ([0-9]+)$/m.exec(readProcFile('/proc/stat')?.toString('latin1') ?? '')?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1_000_000;
}

/** USER_HZ: the kernel counts in 1/100 s towards programs on every processor that Node runs on, whatever its own HZ. */
const MICROSECONDS_PER_TICK = 1_000_000 / 100;

/** What a process keeps, mostly, as long as it lives. */
type KeptDetails = Pick<ProcessInfo, 'path' | 'user' | 'commandLine'>;

/** A process can change what it keeps (exec with the same name, setuid): it is read again in every so many listings. */
const REREAD_LISTINGS = 16;

/** What is known of processes and users, from one listing to the next: a recording lists the same ones at every tick. */
export class KnownProcesses {
  readonly users = new KnownUsers();
  #listing = 0;
  #details = new Map<string, KeptDetails>();

  /** Those of the pids that are still there. */
  read(pids: readonly number[], boot: number | undefined, options: ProcessOptions): ProcessInfo[] {
    this.#listing++;
    const kept = new Map<string, KeptDetails>();
    const processes = pids.flatMap((pid) => {
      const stat = readProcFile(`/proc/${pid}/stat`);
      const parsed = stat && parseProcessStat(stat);
      if (parsed === undefined) return [];
      const { name, startTicks, parentPid } = parsed;
      const identity = `${pid} ${startTicks} ${options.commandLines} ${name}`;
      const isDue = (pid + this.#listing) % REREAD_LISTINGS === 0;
      const details = (isDue ? undefined : this.#details.get(identity)) ?? readDetails(pid, options);
      kept.set(identity, details);
      const start = boot === undefined ? undefined : boot + startTicks * MICROSECONDS_PER_TICK;
      return [
        { pid, name, ...(start !== undefined && { startUtcMicroseconds: start }), parentPid, ...details },
      ];
    });
    this.#details = kept;
    return processes;
  }
}

function readDetails(pid: number, { commandLines }: ProcessOptions): KeptDetails {
  const path = readExecutablePath(pid);
  const user = readEffectiveUid(pid);
  const commandLine = commandLines ? readCommandLine(pid) : undefined;
  return {
    ...(path !== undefined && { path }),
    ...(user !== undefined && { user }),
    ...(commandLine !== undefined && { commandLine }),
  };
}

/** `Uid: real effective saved filesystem`, with tabs between them. */
function readEffectiveUid(pid: number): string | undefined {
  const status = readProcFile(`/proc/${pid}/status`)?.toString('latin1') ?? '';
  return /^Uid:\t\d+\t(\d+)\t/m.exec(status)?.[1];
}

/** Each argument ends with a zero byte. Kernel threads have none. */
function readCommandLine(pid: number): string | undefined {
  const text = readProcFile(`/proc/${pid}/cmdline`)?.toString('utf8').replace(/\0+$/, '');
  return text ? text.replaceAll('\0', ' ') : undefined;
}

export interface ProcessStat {
  readonly name: string;
  /** 0 for the first process of a container, and for those that the kernel started. */
  readonly parentPid: number;
  readonly startTicks: number;
}

/**
 * Reads one /proc/PID/stat (proc(5)): `PID (COMM) STATE …`, where field 4 is the parent, and field 22 the start in ticks since boot. COMM can itself
 * hold spaces, parentheses and newlines; nothing after it can, so the last `)` ends it.
 */
export function parseProcessStat(stat: Uint8Array): ProcessStat | undefined {
  const open = stat.indexOf(0x28);
  const close = stat.lastIndexOf(0x29);
  if (open === -1 || close < open) return undefined;
  const fromThirdField = new TextDecoder().decode(stat.subarray(close + 2)).split(' ');
  const [parentPid, startTicks] = [Number(fromThirdField[4 - 3]), Number(fromThirdField[22 - 3])];
  if (!Number.isSafeInteger(parentPid) || !Number.isSafeInteger(startTicks)) return undefined;
  return { name: new TextDecoder().decode(stat.subarray(open + 1, close)), parentPid, startTicks };
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
