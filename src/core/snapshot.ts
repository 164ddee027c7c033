/**
 * What a snapshot is in memory. The names are those of the MessagePack metadata in the file (docs/format.md), so that
 * what a stranger reads there is what a program sees here. Keys that this version does not know are kept on the
 * objects as they were read.
 */

/** One process of the captured machine, as it was right after the tables were taken. */
export interface ProcessInfo {
  readonly pid: number;
  /** Image name on Windows (`svchost.exe`), the kernel's `comm` on Linux (at most 15 bytes). */
  readonly name: string;
  /** Full path of the executable; absent where it could not be read. */
  readonly path?: string;
  /** Microseconds since 1970-01-01T00:00:00Z; absent where it could not be read. */
  readonly startUtcMicroseconds?: number;
  /** The process that started it. It may have ended since, and its pid may be another's. */
  readonly parentPid?: number;
  /** Who it runs as: a SID on Windows, the effective uid in decimal digits on Linux. */
  readonly user?: string;
  /** `DOMAIN\\name` on Windows; absent where a lookup did not find it, or not in time. */
  readonly userName?: string;
  /** The session of Windows that it belongs to. */
  readonly session?: number;
  /** Only where it was asked for, since command lines carry secrets. On Linux the arguments with spaces between them. */
  readonly commandLine?: string;
}

/** How one raw table was taken. */
export interface TableInfo {
  /** The table class (`tcp2`): which structure the bytes are. A later version may store classes unknown to this one. */
  readonly class: string;
  /** The function that was called: `GetTcpTable2`, or `NETLINK_SOCK_DIAG` where the rows come from. */
  readonly function?: string;
  /** True where the function is one that its maker does not document. */
  readonly undocumented?: boolean;
  /** The class argument of functions that take one (GetExtendedTcpTable). */
  readonly functionClass?: number;
  /** Which sockets the call covers: `all`, `listeners` or `connections`. */
  readonly scope: string;
  /** Whether the operating system was asked to order the rows. That it was asked does not mean that it did. */
  readonly order?: boolean;
  /** True where the bytes are not an operating system's own but were written in its layout from another source. */
  readonly synthesized: boolean;
  /** Calls made, the one that only asked for the size included. */
  readonly calls?: number;
  /** Calls repeated because of a transient failure. */
  readonly retries?: number;
  /** Bytes of the buffer given to the last call. */
  readonly sizeAllocated?: number;
  /** Bytes that the last call said the table has. */
  readonly sizeReported?: number;
  /** When the call that returned the table ended, on the clock of `time.monotonicMicroseconds`. */
  readonly monotonicMicroseconds?: number;
  /** Time from the first call to the end of the last. */
  readonly elapsedMicroseconds?: number;
  /** Rows whose socket has an owner that could not be found out, for lack of rights or because it was gone. Their pid is 0. */
  readonly ownersUnresolved?: number;
  /**
   * What is known of the rows beyond their structure, in columns: little-endian u32, the same number of them for each row, in the order
   * of the rows. On Linux `uid`, `inode` and `interface`; of UDP also `remoteAddress` and `remotePort`. On Windows `module`.
   */
  readonly extras?: Readonly<Record<string, Uint8Array>>;
  /** Of the OWNER_MODULE tables of Windows: the distinct modules, of which the column `module` of `extras` has the number, from 1. */
  readonly modules?: readonly { readonly name: string; readonly path?: string }[];
  readonly bytes: Uint8Array | UnkeptBytes;
}

/** Stands for the bytes of a table that was decoded while it was read: its rows are in columns, and behind them there are only zeros. */
export interface UnkeptBytes {
  readonly length: number;
  readonly rows: number;
  /** What stands in the upper halves of ports, for each row; absent where it is all zero. */
  readonly upperHalves?: UpperHalves;
}

/** By the field of the port. */
export type UpperHalves = Readonly<Partial<Record<'lport' | 'rport', Uint16Array>>>;

/** How one raw table was taken, and its bytes. */
export interface RawTable extends TableInfo {
  /** The raw table, bit for bit. */
  readonly bytes: Uint8Array;
}

export interface CaptureTime {
  /** Wall clock just before the first call, microseconds since 1970-01-01T00:00:00Z. */
  readonly utcMicroseconds: number;
  /** Monotonic clock at the same moment, microseconds since an arbitrary point (on most systems the boot). */
  readonly monotonicMicroseconds: number;
}

export interface HostInfo {
  readonly name: string;
  /** `Windows` or `Linux`. */
  readonly os: string;
  /** Release or build: `10.0.19045`, `6.1.0-18-amd64`. */
  readonly osRelease: string;
  /** The system's own words for its version. */
  readonly osVersion: string;
  /** `x64`, `arm64`, `ia32`, … */
  readonly architecture: string;
  readonly bootUtcMicroseconds?: number;
}

/** Ports that the system gives to sockets which ask for none (`dynamic`), or to nobody (`excluded`). */
export interface PortRange {
  readonly kind: 'dynamic' | 'excluded';
  readonly first: number;
  readonly last: number;
  /** `TCP` or `UDP`; absent where the range is for both. */
  readonly protocol?: string;
  /** `IPv4` or `IPv6`; absent where the range is for both. */
  readonly family?: string;
}

export interface InterfaceAddress {
  readonly name: string;
  readonly address: string;
  readonly prefixLength?: number;
  readonly mac?: string;
  /** Scope id of a link-local address. */
  readonly scope?: number;
}

export interface ClockInfo {
  /** What the kernel counts by: `tsc`. */
  readonly source: string;
  /** Whether something (NTP) holds the clock to the right time. */
  readonly synchronized?: boolean;
  /** What is still to be corrected; may be negative. */
  readonly offsetMicroseconds?: number;
  readonly maxErrorMicroseconds?: number;
}

/** The machine that the sockets are on. What is absent could not be read: `unreadable` has the reason. */
export interface MachineInfo {
  readonly clock?: ClockInfo;
  readonly portRanges?: readonly PortRange[];
  readonly interfaces?: readonly InterfaceAddress[];
  /** Which network the tables are of: `net:[4026531833]` (namespace of Linux), `compartment 1` (Windows). */
  readonly network?: string;
  /** What hints at a virtual machine or a container; empty where nothing does. */
  readonly virtualization?: readonly string[];
}

/** Counters since the boot, or since whatever the system counts from. */
export interface Statistics {
  /** Where they come from: `GetTcpStatisticsEx2`, `/proc/net/snmp`. */
  readonly source: string;
  /** What they are of: `TCP over IPv4`, `TcpExt`. */
  readonly name: string;
  readonly counters: Readonly<Record<string, number | bigint>>;
}

export interface ToolInfo {
  readonly name: string;
  readonly version: string;
  /** What ran it: `node v20.19.0`. */
  readonly runtime: string;
  /** The arguments it was started with, where it was started as a command. */
  readonly arguments?: readonly string[];
}

/** A tick of a recording: the moment at which a snapshot is due. */
export interface Tick {
  /** From 0 at the start of a recording; a number that is left out is a tick that was missed. */
  readonly number: number;
  readonly intervalMicroseconds: number;
  /** How long after its moment the tick came. */
  readonly lateMicroseconds: number;
}

/** Something that capture tried to read and could not. */
export interface Unreadable {
  readonly what: string;
  readonly reason: string;
}

/** One or more raw tables taken at one moment, and how they were taken. */
export interface Snapshot extends SnapshotInfo {
  readonly tables: readonly RawTable[];
}

/** A snapshot of which not all bytes need be there. */
export interface SnapshotInfo {
  readonly tool: ToolInfo;
  /** Where the raw tables come from; `import` for a bare dump whose origin is not known. */
  readonly provider: string;
  readonly tables: readonly TableInfo[];
  /** Absent for an imported dump: when it was taken is not known. */
  readonly time?: CaptureTime;
  /** Present in a recording that is made at an interval. */
  readonly tick?: Tick;
  readonly host?: HostInfo;
  readonly machine?: MachineInfo;
  readonly statistics?: readonly Statistics[];
  /** Whether capture ran with administrator or root rights. */
  readonly elevated?: boolean;
  readonly processes?: readonly ProcessInfo[];
  /** In a recording: processes that have ended, and were the last known owners of connections that have none any more. */
  readonly endedProcesses?: readonly ProcessInfo[];
  readonly unreadable?: readonly Unreadable[];
  readonly note?: string;
  /** For an imported dump: the name of the file it came from, and when it was imported. */
  readonly imported?: { readonly fileName: string; readonly utcMicroseconds: number };
}
