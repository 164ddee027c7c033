import { arch, hostname, release, uptime, version } from 'node:os';
import type { CaptureTime, HostInfo, RawTable, Snapshot, TableClass, ToolInfo } from '../../core/index.js';
import { packageVersion } from '../packaged.js';
import { monotonicMicroseconds } from './monotonicClock.js';
import type { ProviderName } from './provider.js';
import { selectProvider } from './selectProvider.js';

export interface CaptureOptions {
  /** Default: that of the platform. */
  readonly provider?: ProviderName | 'auto';
  /** Table classes to take, in this order. Default: `tcp2`. */
  readonly tables?: readonly TableClass[];
  /** Ask the operating system for ordered rows. Default: true. */
  readonly order?: boolean;
  /** A text to keep with the snapshot. */
  readonly note?: string;
  /** The command line to record, where there is one. */
  readonly arguments?: readonly string[];
}

/**
 * Takes one snapshot of this machine. Nothing is written anywhere.
 *
 * @throws CaptureError
 */
export async function captureSnapshot(options: CaptureOptions = {}): Promise<Snapshot> {
  const provider = selectProvider(options.provider ?? 'auto');
  const time = now();
  const tables: RawTable[] = [];
  for (const tableClass of options.tables ?? ['tcp2']) {
    tables.push(await provider.captureTable({ class: tableClass, order: options.order ?? true }));
  }
  // Right after the tables: the later it is, the more owners have ended.
  const { processes, unreadable } = await provider.listProcesses();
  const elevated = await provider.isElevated();
  return {
    tool: describeTool(options.arguments),
    provider: provider.name,
    time,
    host: describeHost(time),
    ...(elevated !== undefined && { elevated }),
    tables,
    processes,
    ...(unreadable.length > 0 && { unreadable }),
    ...(options.note !== undefined && { note: options.note }),
  };
}

export function describeTool(commandLine?: readonly string[]): ToolInfo {
  return {
    name: 'tcpscope',
    version: packageVersion(),
    runtime: `node ${process.version}`,
    ...(commandLine && { arguments: commandLine }),
  };
}

function now(): CaptureTime {
  return { utcMicroseconds: Date.now() * 1000, monotonicMicroseconds: monotonicMicroseconds() };
}

const SYSTEM_NAMES: Partial<Record<NodeJS.Platform, string>> = { win32: 'Windows', linux: 'Linux' };

function describeHost({ utcMicroseconds }: CaptureTime): HostInfo {
  return {
    name: hostname(),
    os: SYSTEM_NAMES[process.platform] ?? process.platform,
    osRelease: release(),
    osVersion: version(),
    architecture: arch(),
    bootUtcMicroseconds: utcMicroseconds - Math.round(uptime() * 1e6),
  };
}
