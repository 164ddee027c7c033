import {
  isTableClass,
  recordingRates,
  SnapshotError,
  timeline,
  verifySnapshots,
  type Decoder,
  type JoinedTable,
  type RawTable,
  type RecordingRates,
  type Snapshot,
  type SnapshotCheck,
  type SnapshotFile,
  type VerifyReport,
} from '../core/index.js';
import { stateName } from '../core/table/names.js';

/** A file, checked and counted: what `info` tells. */
export interface FileInspection {
  readonly report: VerifyReport;
  readonly snapshots: readonly SnapshotInspection[];
  /** Present for a file of several snapshots. */
  readonly rates?: RecordingRates;
}

export interface SnapshotInspection {
  readonly check: SnapshotCheck;
  /** Present where nothing of it is damaged. Its tables are empty, so that a recording of any length fits memory: `check` has their lengths. */
  readonly snapshot?: Snapshot;
  /** Rows of each table; undefined for one that cannot be decoded. */
  readonly rowCounts: readonly (number | undefined)[];
  /** How the tables agree whose rows are the same sockets. */
  readonly joined: readonly JoinedTable[];
  /** How many rows are in each state, the most frequent first. */
  readonly states: ReadonlyMap<string, number>;
  /** What `check` found, and tables that do not hold the rows they claim. */
  readonly problems: readonly SnapshotError[];
}

export async function inspectFile(file: SnapshotFile, decoder: Decoder): Promise<FileInspection> {
  const report = await verifySnapshots(file);
  const snapshots: SnapshotInspection[] = [];
  const inspect = async (number: number): Promise<Snapshot> => {
    const check = report.snapshots[number]!;
    snapshots.push(damagedInspection(check));
    const snapshot = await file.at(number);
    snapshots[number] = inspectSnapshot(snapshot, check, decoder);
    return snapshot;
  };
  if (report.snapshots.length > 1) {
    // Every snapshot is read once, for both.
    const source = { count: report.snapshots.length, at: inspect, readGaps: () => file.readGaps() };
    const rates = recordingRates(await timeline(source, decoder));
    return { report, snapshots, rates };
  }
  for (const { number, problems } of report.snapshots) {
    await inspect(number).catch((error: unknown) => {
      // What is wrong with it is known.
      if (!(error instanceof SnapshotError) || problems.length === 0) throw error;
    });
  }
  return { report, snapshots };
}

/** Everything that is wrong, for the exit code. */
export function inspectionProblems({ report, snapshots }: FileInspection): SnapshotError[] {
  return [...report.problems, ...snapshots.flatMap(({ problems }) => problems)];
}

type Connections = Pick<SnapshotInspection, 'joined' | 'states'>;

const NONE: Connections = { joined: [], states: new Map() };
const NO_BYTES = new Uint8Array();

function damagedInspection(check: SnapshotCheck): SnapshotInspection {
  return { check, rowCounts: [], ...NONE, problems: check.problems };
}

function inspectSnapshot(snapshot: Snapshot, check: SnapshotCheck, decoder: Decoder): SnapshotInspection {
  const problems = [...check.problems];
  const rowCounts = snapshot.tables.map((table) => countTableRows(decoder, table, problems));
  const connections = problems.length === check.problems.length ? countConnections(decoder, snapshot) : NONE;
  return { check, snapshot: withoutRows(snapshot), rowCounts, ...connections, problems };
}

function withoutRows(snapshot: Snapshot): Snapshot {
  const tables = snapshot.tables.map(({ extras, ...table }) => ({
    ...table,
    ...(extras && { extras: Object.fromEntries(Object.keys(extras).map((name) => [name, NO_BYTES])) }),
    bytes: NO_BYTES,
  }));
  return { ...snapshot, tables };
}

/** How many rows a table has; undefined, and a problem more, where they cannot be decoded. */
function countTableRows(
  decoder: Decoder,
  { bytes, class: tableClass }: RawTable,
  problems: SnapshotError[],
): number | undefined {
  if (!isTableClass(tableClass)) return undefined;
  try {
    using table = decoder.decode(bytes, tableClass);
    return table.rowCount;
  } catch (error) {
    if (!(error instanceof SnapshotError)) throw error;
    problems.push(error);
    return undefined;
  }
}

/** Sockets of protocols without states go by the protocol. */
function countConnections(decoder: Decoder, snapshot: Snapshot): Connections {
  using table = decoder.decodeSnapshot(snapshot);
  const states = table.countBy('protocol,state').map(({ value, count }): [string, number] => {
    const [, state] = value as [number, number | null];
    return [state === null ? 'UDP' : stateName(state), count];
  });
  return { joined: table.joinedTables(), states: new Map(states) };
}
