import {
  isTableClass,
  SnapshotError,
  verifySnapshots,
  type Decoder,
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
    return { check, rowCounts: [], states: new Map(), problems };
  }
  const snapshot = await file.at(check.number);
  const rowCounts = snapshot.tables.map((table) => countTableRows(decoder, table, problems));
  const states = problems.length === check.problems.length ? countStates(decoder, snapshot) : new Map();
  return { check, snapshot, rowCounts, states, problems };
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

/** How many connections are in each state, the most frequent first. Sockets of protocols without states go by the protocol. */
function countStates(decoder: Decoder, snapshot: Snapshot): Map<string, number> {
  using table = decoder.decodeSnapshot(snapshot);
  return new Map(
    table.countBy('protocol,state').map(({ value, count }) => {
      const [, state] = value as [number, number | null];
      return [state === null ? 'UDP' : stateName(state), count];
    }),
  );
}
