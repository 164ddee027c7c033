import type { ProcessInfo, RawTable, TableClass, Unreadable } from '../../core/index.js';

export type ProviderName = 'iphlpapi' | 'netlink';

export interface TableOptions {
  readonly class: TableClass;
  /** Ask the operating system for ordered rows. Providers that cannot order record `order: false`. */
  readonly order: boolean;
}

export interface ProcessList {
  readonly processes: readonly ProcessInfo[];
  /** What could not be listed at all. A single process that vanishes or denies its path is not reported here. */
  readonly unreadable: readonly Unreadable[];
}

/** A source of raw tables: one operating system's interface. */
export interface Provider {
  readonly name: ProviderName;
  /** @throws CaptureError */
  captureTable(options: TableOptions): Promise<RawTable>;
  /** The processes that exist now. Never throws: what cannot be read is said in the result. */
  listProcesses(): Promise<ProcessList>;
  /** Whether this process has administrator or root rights; undefined where that cannot be told. */
  isElevated(): Promise<boolean | undefined>;
}
