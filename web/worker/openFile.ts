import {
  isTableClass,
  openSnapshots,
  SnapshotError,
  storedSeries,
  verifySnapshots,
  type ByteSource,
  type Decoder,
  type RecordedGap,
  type Snapshot,
  type SnapshotFile,
  type SnapshotSeries,
} from '../../src/core/index.js';
import { decodedSnapshot, decodeStored, type DecodedSnapshot } from '../../src/core/file/decodeStored.js';
import { salvageSnapshot, type Salvaged } from '../../src/core/file/salvage.js';
import type { ReadSnapshot } from '../../src/core/file/inOrder.js';
import type { Primitives } from '../../src/core/file/primitives.js';
import { wholeRows } from '../../src/core/wholeRows.js';
import type { FileToOpen, Problem, Verification } from '../protocol.js';
import { nextTask } from './facets.js';

/** A snapshot file, or a bare dump that is shown as one. */
export interface OpenFile {
  readonly name: string;
  /** Of whole snapshots. */
  readonly count: number;
  /** The byte at which one more is cut off, of which something is left. */
  readonly cutAt?: number | undefined;
  readonly problems: readonly SnapshotError[];
  /** @see decodeStored */
  decode(number: number, decoder: Decoder): Promise<DecodedSnapshot>;
  /** @see SnapshotFile.inOrder */
  inOrder(): AsyncIterable<ReadSnapshot>;
  /** What is left of a damaged snapshot, or of the one that is cut off. */
  salvage(number: number): Promise<Salvaged>;
  /** @see storedSeries */
  storedSeries(decoder: Decoder): Promise<SnapshotSeries | undefined>;
  /** The moments of a recording at which no snapshot could be taken. */
  readGaps(): Promise<readonly RecordedGap[]>;
  verify(): Promise<Verification>;
}

/** @throws SnapshotError where nothing of it can be read */
export async function openFile(
  file: FileToOpen,
  source: ByteSource,
  version: string,
  primitives: Primitives,
): Promise<OpenFile> {
  return file.tableClass === undefined
    ? snapshotFile(file.name, await openSnapshots(source, primitives))
    : dumpFile(file, file.tableClass, source, version);
}

async function snapshotFile(name: string, file: SnapshotFile): Promise<OpenFile> {
  const cutAt = (await hasRemains(file)) ? file.source.size : undefined;
  if (file.count === 0 && cutAt === undefined)
    throw file.problems[0] ?? new SnapshotError('truncated', 'the file holds no snapshot');
  return {
    name,
    count: file.count,
    cutAt,
    problems: file.problems,
    decode: (number, decoder) => decodeStored(file, number, decoder, nextTask),
    inOrder: () => file.inOrder(),
    salvage: (number) => salvageSnapshot(file, number),
    storedSeries: (decoder) => storedSeries(file, decoder),
    readGaps: () => file.readGaps(),
    verify: () => verification(file),
  };
}

/** Whether something is left of a snapshot in which the file ends. */
async function hasRemains(file: SnapshotFile): Promise<boolean> {
  if (file.scan.cutOff === undefined) return false;
  try {
    return (await salvageSnapshot(file, file.count)).snapshot.tables.length > 0;
  } catch (error) {
    if (error instanceof SnapshotError) return false;
    throw error;
  }
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
    decode: async (_number, decoder) => decodedSnapshot(snapshot, decoder),
    async *inOrder() {
      yield { snapshot };
    },
    salvage: async () => salvageDump(snapshot),
    storedSeries: async () => undefined,
    readGaps: async () => [],
    verify: async () => ({ intact: true, fileId: '', problems: [], snapshots: [] }),
  };
}

/** The rows that are there. */
function salvageDump(snapshot: Snapshot): Salvaged {
  const { table, problem } = wholeRows(snapshot.tables[0]!);
  return { snapshot: { ...snapshot, tables: [table] }, problems: problem === undefined ? [] : [problem] };
}

export function problemOf({ code, message, offset }: SnapshotError): Problem {
  return { code, message, offset };
}
