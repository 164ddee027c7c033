import { equalBytes } from '../bytes.js';
import { SnapshotError } from '../errors.js';
import type { RawTable, Snapshot } from '../snapshot.js';
import { wholeRows } from '../wholeRows.js';
import { FRAME_TYPES } from './frame.js';
import type { Frame } from './frameList.js';
import { TABLE_ENCODINGS, type StoredTable } from './metadata.js';
import { sha256 } from './sha256.js';
import type { SnapshotFile } from './snapshotFile.js';
import { chainMatches, parseSnapshotPayload, type SnapshotPayload } from './snapshotPayload.js';
import { describedTable } from './storedSnapshot.js';

/** As much of a damaged snapshot as can be read. Nobody vouches for it. */
export interface Salvaged {
  readonly snapshot: Snapshot;
  /** What is wrong with it, or missing. */
  readonly problems: readonly SnapshotError[];
}

/**
 * Reads what SnapshotFile.at refuses: a snapshot that is damaged, or the one in which the file ends (its number follows those of all whole snapshots).
 * For people who want to see what is left, and are told what is wrong with it.
 *
 * @throws SnapshotError where nothing of it can be read
 */
export async function salvageSnapshot(file: SnapshotFile, number: number): Promise<Salvaged> {
  const frame = frameOf(file, number);
  if (frame?.type === FRAME_TYPES.delta && frame !== file.scan.cutOff)
    return salvageDelta(file, frame, number);
  if (frame?.type !== FRAME_TYPES.snapshot) return { snapshot: await file.at(number), problems: [] };
  const bytes = await file.source.read(frame.payloadOffset, frame.payloadLength);
  const payload = parseSnapshotPayload(bytes, frame.payloadOffset, true);
  const problems: SnapshotError[] = [];
  if (frame === file.scan.cutOff) {
    const message = `the file ends inside snapshot ${number}: ${bytes.length} of its ${frame.payloadLength} bytes are there`;
    problems.push(new SnapshotError('truncated', message, { offset: frame.payloadOffset + bytes.length }));
  }
  if (!(await chainMatches(payload))) {
    const message = `what snapshot ${number} says of itself is damaged: its chain value does not match`;
    problems.push(new SnapshotError('damaged', message, { offset: frame.payloadOffset }));
  }
  const tables: RawTable[] = [];
  for (const index of payload.metadata.tables.keys()) {
    const table = await salvageTable(payload, index, frame.payloadOffset, problems);
    if (table !== undefined) tables.push(table);
  }
  return { snapshot: { ...payload.metadata, tables }, problems };
}

function frameOf({ scan }: SnapshotFile, number: number): Frame | undefined {
  return number === scan.frames.snapshotCount ? scan.cutOff : scan.frames.snapshot(number);
}

/** Of a delta the tables as they come out, where it can be told what they are made of: else SnapshotFile.at says why not. */
async function salvageDelta(file: SnapshotFile, frame: Frame, number: number): Promise<Salvaged> {
  const stored = await file.reader.read(frame);
  const problems: SnapshotError[] = [];
  if (!stored.isChained) return { snapshot: await file.at(number), problems };
  const tables: RawTable[] = [];
  for (const [index, table] of stored.metadata.tables.entries()) {
    try {
      const { bytes, offset } = stored.table(index);
      tables.push(await tableAsItStands(table, index, bytes, offset, problems));
    } catch (error) {
      if (!(error instanceof SnapshotError)) throw error;
      problems.push(error);
    }
  }
  return { snapshot: { ...stored.metadata, tables }, problems };
}

/** undefined where the table cannot be restored. */
async function salvageTable(
  { metadata, stored }: SnapshotPayload,
  index: number,
  fileOffset: number,
  problems: SnapshotError[],
): Promise<RawTable | undefined> {
  const table = metadata.tables[index]!;
  const { bytes, offset: at } = stored[index]!;
  const offset = fileOffset + at;
  if (table.encoding !== TABLE_ENCODINGS.verbatim || table.length !== table.storedLength) {
    problems.push(tableProblem(table, index, 'cannot be restored', offset));
    return undefined;
  }
  return tableAsItStands(table, index, bytes, offset, problems);
}

/** A table with its whole rows, whether they are right or not. */
async function tableAsItStands(
  table: StoredTable,
  index: number,
  bytes: Uint8Array,
  offset: number,
  problems: SnapshotError[],
): Promise<RawTable> {
  const isCut = bytes.length < table.length;
  if (!isCut && !equalBytes(await sha256(bytes), table.sha256)) {
    const message =
      'is damaged: its bytes do not have the SHA-256 that was stored with them, so any of its rows may be wrong';
    problems.push(tableProblem(table, index, message, offset));
  }
  const { table: whole, problem: missing } = wholeRows(describedTable(table, bytes.slice()));
  if (missing !== undefined) problems.push(tableProblem(table, index, `is ${missing.message}`, offset));
  return whole;
}

function tableProblem(table: StoredTable, index: number, message: string, offset: number): SnapshotError {
  return new SnapshotError('damaged', `table ${index} (${table.class}) ${message}`, { offset });
}
