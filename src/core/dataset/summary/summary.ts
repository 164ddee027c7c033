/** Version of summary.json. It changes when a key changes its name or its meaning. */
export const SUMMARY_VERSION = 1;

/** What a dataset is as a whole. Names from files are as the files have them. */
export interface Summary {
  readonly version: number;
  readonly inputs: InputTotals;
  readonly snapshots: number;
  /** Connections in all snapshots, of those that were selected: what is there for ten snapshots counts ten times. */
  readonly rows: number;
  readonly hosts: HostTotals;
  /** When the first and the last snapshot were taken; absent where no snapshot tells. */
  readonly firstTime?: string;
  readonly lastTime?: string;
  readonly failures: FailureTotals;
  /** In order of time; snapshots that do not tell theirs come first, with the time null. */
  readonly states: readonly StateCounts[];
  readonly processes: TopList<string | null>;
  readonly remotes: TopList<string>;
  /** Local ports of connections. */
  readonly localPorts: TopList<number>;
  readonly remotePorts: TopList<number>;
  /** Warnings before notices, the most frequent first. */
  readonly findings: readonly FindingTotals[];
  readonly listeners: ListenerTotals;
  readonly links: LinkTotals;
}

export interface InputTotals {
  readonly files: number;
  readonly bytes: number;
  /** Files with at least one failure. */
  readonly failed: number;
}

export interface FailureTotals {
  readonly total: number;
  /** By their codes, the most frequent first. */
  readonly reasons: readonly { readonly code: string; readonly count: number; readonly example: string }[];
}

export interface HostTotals {
  readonly total: number;
  /** Those with most rows. */
  readonly top: readonly {
    readonly host: string | null;
    readonly snapshots: number;
    readonly rows: number;
  }[];
}

export interface StateCounts {
  /** `2026-11-23T19`, `2026-11-23`, `2026-11`, `2026`: an hour, or what takes its place where there are too many. */
  readonly time: string | null;
  readonly snapshots: number;
  /** Rows by the name of their state. */
  readonly states: Readonly<Record<string, number>>;
}

export interface TopList<Value> {
  /** How many different values there are. */
  readonly total: number;
  /** The most frequent ones. */
  readonly top: readonly { readonly value: Value; readonly rows: number }[];
}

export interface FindingTotals {
  readonly rule: string;
  readonly severity: string;
  readonly hosts: number;
  readonly snapshots: number;
}

/** A port that a process of that name listens on. */
export interface Listener {
  readonly protocol: string;
  readonly port: number;
  readonly process: string | null;
}

export interface ListenerTotals {
  /** How many different ones there are. */
  readonly total: number;
  /** Those on most hosts. */
  readonly top: readonly (Listener & { readonly hosts: number })[];
  /** Listeners that only one host has, of several. */
  readonly outliers: {
    readonly total: number;
    readonly listed: readonly (Listener & { readonly host: string | null })[];
  };
}

/**
 * Connections whose remote address is a local address of another host of the dataset. Addresses that are every machine's own (loopback,
 * link-local) do not count; one that several hosts have tells nothing, and is counted as ambiguous.
 */
export interface LinkTotals {
  /** Pairs of hosts. */
  readonly total: number;
  readonly rows: number;
  readonly ambiguousRows: number;
  /** Those with most rows. */
  readonly top: readonly {
    readonly from: string | null;
    readonly to: string | null;
    readonly rows: number;
  }[];
}
