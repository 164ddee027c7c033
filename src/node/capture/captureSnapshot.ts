import { arch, hostname, release, version } from 'node:os';
import type { CaptureTime, HostInfo, Snapshot, Unreadable } from '../../core/index.js';
import { describeTool } from '../describeTool.js';
import { monotonicMicroseconds } from './monotonicClock.js';
import type { MachineReport } from './machine.js';
import type { Provider, ProviderName, TableFailure } from './provider.js';
import { selectProvider } from './selectProvider.js';
import { BOUND_CLASSES, parseTableName, tableName, type TableName } from './tableRequest.js';

export interface CaptureOptions {
  /** Default: that of the platform. */
  readonly provider?: ProviderName | 'auto';
  /**
   * Tables to take, in this order: `['tcp2', 'tcp-owner-pid:listeners']`. Default: those of the provider that tell most. One that
   * cannot be had is named under `unreadable`, and the others are taken.
   */
  readonly tables?: readonly TableName[];
  /** Take the sockets too that are bound to a port, but neither listen nor connect. On Windows by functions that it does not document. */
  readonly bound?: boolean;
  /** Ask the operating system for ordered rows. Default: true. */
  readonly order?: boolean;
  /** Keep the command lines of the processes. They carry secrets, so the default is false. */
  readonly commandLines?: boolean;
  /** A text to keep with the snapshot. */
  readonly note?: string;
  /** The command line to record, where there is one. */
  readonly arguments?: readonly string[];
}

/** Takes one snapshot after another. */
export interface Capturer {
  /** @throws CaptureError */
  capture(): Promise<Snapshot>;
}

/** How long what is known of the machine itself is taken for granted. Some of it takes another program to find out (netsh). */
const MACHINE_MICROSECONDS = 60_000_000;

/**
 * Prepares to take snapshots of this machine. What was found out for one (owners of sockets, names of users) need not all be found out
 * again for the next.
 *
 * @throws CaptureError `not-supported`
 */
export function createCapturer(options: CaptureOptions = {}): Capturer {
  const provider = selectProvider(options.provider ?? 'auto');
  let machine: { readonly report: MachineReport; readonly since: number } | undefined;
  return {
    async capture() {
      const time = captureTime();
      const since = machine?.since ?? -Infinity;
      const isFresh = time.monotonicMicroseconds - since < MACHINE_MICROSECONDS;
      const describeMachine = async (): Promise<MachineReport> => {
        if (machine === undefined || !isFresh) {
          machine = { report: await provider.describeMachine(), since: time.monotonicMicroseconds };
        }
        return machine.report;
      };
      return takeSnapshot(provider, time, describeMachine, options);
    },
  };
}

/**
 * Takes one snapshot of this machine. Nothing is written anywhere.
 *
 * @throws CaptureError
 */
export async function captureSnapshot(options: CaptureOptions = {}): Promise<Snapshot> {
  return createCapturer(options).capture();
}

async function takeSnapshot(
  provider: Provider,
  time: CaptureTime,
  describeMachine: () => Promise<MachineReport>,
  options: CaptureOptions,
): Promise<Snapshot> {
  const names = [...(options.tables ?? provider.defaultTables), ...(options.bound ? BOUND_CLASSES : [])];
  const requests = names.map(parseTableName);
  const {
    tables,
    failures,
    unreadable: unresolved = [],
  } = await provider.captureTables(requests, options.order ?? true);
  const [failure] = failures;
  if (tables.length === 0 && failure !== undefined) throw failure.error;
  // Right after the tables: the later it is, the more owners have ended.
  const { processes, unreadable: unlisted } = await provider.listProcesses({
    commandLines: options.commandLines ?? false,
  });
  const { statistics, unreadable: uncounted } = await provider.readStatistics();
  const { machine, bootUtcMicroseconds, unreadable: unknown } = await describeMachine();
  const unreadable = [...failures.map(describeFailure), ...unresolved, ...unlisted, ...uncounted, ...unknown];
  const elevated = await provider.isElevated();
  return {
    tool: describeTool(options.arguments),
    provider: provider.name,
    time,
    host: describeHost(bootUtcMicroseconds),
    machine,
    statistics,
    ...(elevated !== undefined && { elevated }),
    tables,
    processes,
    ...(unreadable.length > 0 && { unreadable }),
    ...(options.note !== undefined && { note: options.note }),
  };
}

function describeFailure({ request, error }: TableFailure): Unreadable {
  return { what: `table ${tableName(request)}`, reason: error.message };
}

/** This moment, on both clocks. */
export function captureTime(): CaptureTime {
  return { utcMicroseconds: Date.now() * 1000, monotonicMicroseconds: monotonicMicroseconds() };
}

const SYSTEM_NAMES: Partial<Record<NodeJS.Platform, string>> = { win32: 'Windows', linux: 'Linux' };

function describeHost(bootUtcMicroseconds: number | undefined): HostInfo {
  return {
    name: hostname(),
    os: SYSTEM_NAMES[process.platform] ?? process.platform,
    osRelease: release(),
    osVersion: version(),
    architecture: arch(),
    ...(bootUtcMicroseconds !== undefined && { bootUtcMicroseconds }),
  };
}
