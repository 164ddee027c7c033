import type { ProcessInfo, RawTable, Statistics, TableClass, Unreadable } from '../../core/index.js';
import { CaptureError } from './captureError.js';
import type { MachineReport } from './machine.js';
import type { TableRequest } from './tableRequest.js';

export type ProviderName = 'iphlpapi' | 'netlink';

export interface TableFailure {
  readonly request: TableRequest;
  readonly error: CaptureError;
}

/** What was asked for, in the order in which it was asked for. */
export interface CapturedTables {
  readonly tables: readonly RawTable[];
  /** The tables that could not be had, which keeps no other from being taken. */
  readonly failures: readonly TableFailure[];
  /** What of the tables' rows could not be found out. */
  readonly unreadable?: readonly Unreadable[];
}

export interface ProcessOptions {
  /** Command lines carry secrets: only on request. */
  readonly commandLines: boolean;
}

export interface ProcessList {
  readonly processes: readonly ProcessInfo[];
  /** What could not be listed at all. A single process that vanishes or denies its path is not reported here. */
  readonly unreadable: readonly Unreadable[];
}

export interface StatisticsReport {
  readonly statistics: readonly Statistics[];
  readonly unreadable: readonly Unreadable[];
}

/** A source of raw tables: one operating system's interface. */
export interface Provider {
  readonly name: ProviderName;
  /** What answers most later on. */
  readonly defaultTables: readonly TableClass[];
  /** @param order Ask the operating system for ordered rows. Providers that cannot order record `order: false`. */
  captureTables(requests: readonly TableRequest[], order: boolean): Promise<CapturedTables>;
  /** The processes that exist now. Never throws: what cannot be read is said in the result. */
  listProcesses(options: ProcessOptions): Promise<ProcessList>;
  /** The counters of TCP and UDP. Never throws. */
  readStatistics(): Promise<StatisticsReport>;
  /** The machine that the tables are of. Never throws. */
  describeMachine(): Promise<MachineReport>;
  /** Whether this process has administrator or root rights; undefined where that cannot be told. */
  isElevated(): Promise<boolean | undefined>;
}

/** Does for each request what can be done. Errors that are no CaptureError are bugs, and end it. */
export async function attemptEach<T>(
  requests: readonly TableRequest[],
  attempt: (request: TableRequest) => T | Promise<T>,
): Promise<{ readonly done: readonly T[]; readonly failures: readonly TableFailure[] }> {
  const done: T[] = [];
  const failures: TableFailure[] = [];
  for (const request of requests) {
    try {
      done.push(await attempt(request));
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
      failures.push({ request, error });
    }
  }
  return { done, failures };
}
