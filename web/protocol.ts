import type {
  AddedKey,
  Connection,
  FieldValue,
  Finding,
  ProcessInfo,
  RecordedGap,
  SnapshotSeries,
  TimelineConnection,
  UnreadableSnapshot,
} from '../src/core/index.js';

/**
 * What the page and its worker say to each other. The worker owns the files, the decoder and the tables; the page asks by the names of
 * WorkerApi and gets plain values, never more than it shows.
 */

/** A file behind an address, as `tcpscope view` serves it. */
export interface ServedFile {
  readonly url: string;
  readonly size: number;
}

export interface FileToOpen {
  /** The page's number for it. */
  readonly id: number;
  readonly name: string;
  readonly source: Blob | ServedFile;
  /** For a bare dump of one raw table: what it is. */
  readonly tableClass?: string;
}

/** An error as it can be sent. */
export interface Problem {
  readonly code: string;
  readonly message: string;
  /** Byte in the file, or place in an expression. */
  readonly offset?: number | undefined;
}

export interface FileSummary {
  readonly id: number;
  readonly name: string;
  readonly size: number;
  /** Those that are whole, damaged ones included. */
  readonly snapshotCount: number;
  /** Where the file ends inside one more, of which something can be read: the byte. Its number follows those of the whole ones. */
  readonly cutAt?: number | undefined;
  /** What was found wrong while opening. */
  readonly problems: readonly Problem[];
}

/** One snapshot of an open file. */
export interface SnapshotKey {
  readonly file: number;
  readonly number: number;
}

/** The order in which rows of a comparison stand. */
export const CHANGE_KINDS = ['closed', 'opened', 'changed', 'same'] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];
export type ChangeCounts = Readonly<Record<ChangeKind, number>>;

/** What to show. */
export interface ShowRequest {
  readonly key: SnapshotKey;
  /** The earlier one of a comparison. */
  readonly before?: SnapshotKey | undefined;
  /** A connection to find again. */
  readonly follow?: Connection | undefined;
  /** Where a snapshot is damaged: show what is left of it. */
  readonly salvage: boolean;
}

/** What is known of a snapshot without its rows. */
export interface SnapshotSummary {
  readonly key: SnapshotKey;
  readonly rowCount: number;
  /** What `show --format json` says of it. */
  readonly description: Readonly<Record<string, unknown>>;
  readonly utcMicroseconds?: number | undefined;
  readonly hostName?: string | undefined;
  /** Table classes whose rows are missing. */
  readonly undecoded: readonly string[];
}

export interface Shown {
  readonly snapshot: SnapshotSummary;
  /** Where two are compared, the earlier one. */
  readonly before?: SnapshotSummary;
  readonly changes?: ChangeCounts;
  /** What is wrong with it, where it was shown all the same. */
  readonly problems: readonly Problem[];
  /** Whether the digests of its tables have still to be computed (`checked`). */
  readonly isInCheck: boolean;
  /** Where the connection that was to be followed is in it. */
  readonly follow?: RowName | undefined;
}

/** Which rows to show, in which order. */
export interface Query {
  /** A select expression, or nothing. */
  readonly where: string;
  /** Sort keys; none for the documented order. */
  readonly sort: readonly string[];
  /** In a comparison: the kinds to show. */
  readonly changes: readonly ChangeKind[];
  /** What the rows have to tell beyond what every row has: each is a column that is made of all rows when it is first asked for. */
  readonly keys: readonly AddedKey[];
  /** A row that the page wants to find again. */
  readonly follow?: RowName | undefined;
  /** The places that are seen: their rows come with the answer. */
  readonly first: number;
  readonly count: number;
}

/** A row of the snapshot shown; of a closed connection, a row of the earlier one. */
export interface RowName {
  readonly change: ChangeKind;
  readonly number: number;
}

export interface StateCount {
  /** null: rows of protocols without states. */
  readonly stateName: string | null;
  readonly count: number;
}

export interface QueryResult {
  /** Rows that match. */
  readonly rowCount: number;
  /** Rows there are. */
  readonly total: number;
  readonly states: readonly StateCount[];
  /** In a comparison: how many rows of each kind match the expression. */
  readonly changes?: ChangeCounts;
  /** Where the row to follow stands now. */
  readonly place?: number | undefined;
  /** The rows from `first` on. */
  readonly rows: readonly Row[];
}

export interface Row extends RowName {
  readonly connection: Connection;
  /** Of a changed connection: what it was. */
  readonly before?: Connection;
}

export interface FacetValue {
  readonly value: FieldValue | readonly [FieldValue, FieldValue];
  readonly count: number;
}

export interface ShownFinding extends Finding {
  /** Rows that it is about, where it is about rows. */
  readonly rowCount?: number;
}

export interface Findings {
  /** The first of them. */
  readonly shown: readonly ShownFinding[];
  readonly total: number;
}

/** A row's bytes as the operating system gave them. */
export interface RawRow {
  readonly tableClass: string;
  readonly function?: string | undefined;
  readonly synthesized: boolean;
  readonly row: number;
  /** Of the row in its raw table. */
  readonly offset: number;
  readonly bytes: Uint8Array;
}

export interface Side {
  readonly connection: Connection;
  readonly process?: ProcessInfo | undefined;
  readonly raw?: RawRow | undefined;
}

export interface Details extends RowName {
  readonly now: Side;
  readonly before?: Side;
  /** What became of it, where it is of a recording whose timeline has been read. */
  readonly history?: TimelineConnection | undefined;
}

/** What a recording has over time. */
export interface RecordingSeries {
  readonly snapshots: SnapshotSeries;
  /** The first of what could not be read. */
  readonly unreadable: readonly UnreadableSnapshot[];
  readonly unreadableCount: number;
  /** The first of the moments at which no snapshot could be taken. */
  readonly gaps: readonly RecordedGap[];
  readonly gapCount: number;
}

/** A connection of the snapshot shown, and what became of it. */
export interface Lane {
  readonly connection: Connection;
  readonly history: TimelineConnection | undefined;
}

export interface SnapshotVerification {
  readonly number: number;
  readonly utcMicroseconds?: number | undefined;
  readonly hostName?: string | undefined;
  readonly problems: readonly Problem[];
  readonly chain?: string | undefined;
  readonly tables: readonly { class: string; length: number; sha256: string; intact: boolean }[];
}

export interface Verification {
  readonly intact: boolean;
  readonly version?: string | undefined;
  readonly fileId: string;
  readonly problems: readonly Problem[];
  readonly snapshots: readonly SnapshotVerification[];
}

export const TEXT_FORMATS = ['csv', 'json', 'ndjson'] as const;
export type TextFormat = (typeof TEXT_FORMATS)[number];

/** What the page can ask for. */
export interface WorkerApi {
  /** Reads a file's frames. Fails where nothing of it can be read. */
  open(file: FileToOpen): Promise<FileSummary>;
  close(file: number): Promise<void>;
  /** Compares every checksum, digest and chain value of a file with what it covers. */
  verify(file: number): Promise<Verification>;
  /** Decodes a snapshot, or two to compare. What follows is about these. */
  show(request: ShowRequest): Promise<Shown>;
  /** Waits until the digests of what is shown have been found right. Fails where they are not: then it is not shown as whole again. */
  checked(): Promise<void>;
  /** What a recording holds of it already; undefined where that is nothing. */
  storedTimeline(file: number): Promise<RecordingSeries | undefined>;
  /** Goes through all snapshots of a file. */
  timeline(file: number): Promise<RecordingSeries>;
  /** Rows of the last query by their place, with what became of them in the recording that they are of. */
  lanes(first: number, count: number): Promise<Lane[]>;
  query(query: Query): Promise<QueryResult>;
  /** Rows of the last query by their place, with the keys that it asked for. */
  rows(first: number, count: number): Promise<Row[]>;
  /** The most frequent values of a field, or of an address prefix, in the rows of the last query. */
  facet(by: string, limit: number): Promise<FacetValue[]>;
  /** The most frequent values of a field in all rows. */
  values(field: string, limit: number): Promise<FacetValue[]>;
  /** What an expert would point at in the snapshot shown. */
  findings(limit: number): Promise<Findings>;
  details(place: number): Promise<Details>;
  /** The rows of the last query as a file. */
  text(format: TextFormat): Promise<Blob>;
}

export type CallName = keyof WorkerApi;

export interface CallMessage {
  readonly id: number;
  readonly name: CallName;
  readonly args: readonly unknown[];
}

/** The first message: what the worker needs to begin. */
export interface StartMessage {
  readonly wasm: Uint8Array<ArrayBuffer>;
  readonly version: string;
}

export interface Progress {
  /** Bytes, or snapshots, read of the file with this number. */
  readonly file: number;
  readonly done: number;
  readonly total: number;
}

export type Reply =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly problem: Problem }
  | { readonly progress: Progress };
