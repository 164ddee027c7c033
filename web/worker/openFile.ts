import {
  isTableClass,
  openSnapshots,
  SnapshotError,
  verifySnapshots,
  type ByteSource,
  type RecordedGap,
  type Snapshot,
  type SnapshotFile,
} from '../../src/core/index.js';
import type { FileToOpen, Problem, Verification } from '../protocol.js';

/** A snapshot file, or a bare dump that is shown as one. */
export interface OpenFile {
  readonly name: string;
  readonly count: number;
  readonly problems: readonly SnapshotError[];
  at(number: number): Promise<Snapshot>;
  /** The moments of a recording at which no snapshot could be taken. */
  readGaps(): Promise<readonly RecordedGap[]>;
  verify(): Promise<Verification>;
}

/** @throws SnapshotError where nothing of it can be read */
export async function openFile(file: FileToOpen, source: ByteSource, version: string): Promise<OpenFile> {
  return file.tableClass === undefined
    ? snapshotFile(file.name, await openSnapshots(source))
    : dumpFile(file, file.tableClass, source, version);
}

function snapshotFile(name: string, file: SnapshotFile): OpenFile {
  if (file.count === 0)
    throw file.problems[0] ?? new SnapshotError('truncated', 'the file holds no snapshot');
  return {
    name,
    count: file.count,
    problems: file.problems,
    at: (number) => file.at(number),
    readGaps: () => file.readGaps(),
    verify: () => verification(file),
  };
}

async function verification(file: SnapshotFile): Promise<Verification> {
  const report = await verifySnapshots(file);
  return {
    intact: report.intact,
    version: report.version && `${report.version.major}.${report.version.minor}`,
    fileId: report.fileId,
    problems: report.problems.map(problemOf),
    snapshots: report.snapshots.map(({ number, metadata, problems, chain, tables }) => ({
      number,
      utcMicroseconds: metadata?.time?.utcMicroseconds,
      hostName: metadata?.host?.name,
      problems: problems.map(problemOf),
      chain,
      tables,
    })),
  };
}

/** When, where and how it was taken is not known, so nothing says it. */
async function dumpFile(
  { name }: FileToOpen,
  tableClass: string,
  source: ByteSource,
  version: string,
): Promise<OpenFile> {
  if (!isTableClass(tableClass)) {
    throw new SnapshotError('unknown-class', `cannot decode tables of class "${tableClass}"`);
  }
  const bytes = await source.read(0, source.size);
  const snapshot: Snapshot = {
    tool: { name: 'tcpscope', version, runtime: 'viewer' },
    provider: 'import',
    imported: { fileName: name, utcMicroseconds: Date.now() * 1000 },
    tables: [{ class: tableClass, scope: 'all', synthesized: false, bytes }],
  };
  return {
    name,
    count: 1,
    problems: [],
    at: async () => snapshot,
    readGaps: async () => [],
    verify: async () => ({ intact: true, fileId: '', problems: [], snapshots: [] }),
  };
}

export function problemOf({ code, message, offset }: SnapshotError): Problem {
  return { code, message, offset };
}
