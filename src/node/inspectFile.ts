import {
  isTableClass,
  SnapshotError,
  verifySnapshots,
  type Decoder,
  type JoinedTable,
  type RawTable,
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
}

export interface SnapshotInspection {
  readonly check: SnapshotCheck;
  /** Present where nothing of it is damaged. */
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
  for (const check of report.snapshots) snapshots.push(await inspectSnapshot(file, check, decoder));
  return { report, snapshots };
}

/** Everything that is wrong, for the exit code. */
export function inspectionProblems({ report, snapshots }: FileInspection): SnapshotError[] {
  return [...report.problems, ...snapshots.flatMap(({ problems }) => problems)];
}

async function inspectSnapshot(
  file: SnapshotFile,
  check: SnapshotCheck,
  decoder: Decoder,
): Promise<SnapshotInspection> {
  const problems = [...check.problems];
  if (check.metadata === undefined || !check.tables.every((table) => table.intact)) {
    return { check, rowCounts: [], joined: [], states: new Map(), problems };
  }
  const snapshot = await file.at(check.number);
  const rowCounts = snapshot.tables.map((table) => countTableRows(decoder, table, problems));
  const connections = problems.length === check.problems.length ? countConnections(decoder, snapshot) : NONE;
  return { check, snapshot, rowCounts, ...connections, problems };
}

type Connections = Pick<SnapshotInspection, 'joined' | 'states'>;

const NONE: Connections = { joined: [], states: new Map() };

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
