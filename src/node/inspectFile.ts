import {
  SnapshotError,
  verifySnapshots,
  type Decoder,
  type RawTable,
  type Snapshot,
  type SnapshotCheck,
  type SnapshotFile,
  type VerifyReport,
} from '../core/index.js';
import { isDecodable } from '../core/decodeRows.js';
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
  const states = new Map<string, number>();
  const rowCounts = snapshot.tables.map((table) => countStates(decoder, table, states, problems));
  return { check, snapshot, rowCounts, states: new Map([...states].sort(([, m], [, n]) => n - m)), problems };
}

/** Adds the table's rows to `states` and returns how many they are. */
function countStates(
  decoder: Decoder,
  { bytes, class: tableClass }: RawTable,
  states: Map<string, number>,
  problems: SnapshotError[],
): number | undefined {
  if (!isDecodable(tableClass)) return undefined;
  try {
    const table = decoder.decode(bytes, tableClass);
    for (const state of table.copyColumn('state')) {
      const name = stateName(state);
      states.set(name, (states.get(name) ?? 0) + 1);
    }
    table.free();
    return table.rowCount;
  } catch (error) {
    if (!(error instanceof SnapshotError)) throw error;
    problems.push(error);
    return undefined;
  }
}
