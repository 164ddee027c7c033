import { equalBytes } from '../bytes.js';
import { SnapshotError } from '../errors.js';
import type { RawTable, Snapshot } from '../snapshot.js';
import { wholeRows } from '../wholeRows.js';
import { FRAME_TYPES } from './frame.js';
import { TABLE_ENCODINGS } from './metadata.js';
import type { Frame } from './frameList.js';
import { sha256 } from './sha256.js';
import type { SnapshotFile } from './snapshotFile.js';
import { chainMatches, parseSnapshotPayload, type SnapshotPayload } from './snapshotPayload.js';

/** As much of a damaged snapshot as can be read. Nobody vouches for it. */
export interface Salvaged {
  readonly snapshot: Snapshot;
  /** What is wrong with it, or missing. */
  readonly problems: readonly SnapshotError[];
}

/**
 * Reads what SnapshotFile.at refuses: a snapshot that is damaged, or the one in which the file ends, where it holds no other (number 0).
 * For people who want to see what is left, and are told what is wrong with it.
 *
 * @throws SnapshotError where nothing of it can be read
 */
export async function salvageSnapshot(file: SnapshotFile, number: number): Promise<Salvaged> {
  const frame = frameOf(file, number);
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
  return scan.frames.snapshotCount === 0 && number === 0 ? scan.cutOff : scan.frames.snapshot(number);
}

/** A table as it stands, with its whole rows; undefined where it cannot be restored. */
async function salvageTable(
  { metadata, stored }: SnapshotPayload,
  index: number,
  fileOffset: number,
  problems: SnapshotError[],
): Promise<RawTable | undefined> {
  const {
    encoding,
    length,
    storedLength,
    sha256: digest,
    baseTable: _,
    ...description
  } = metadata.tables[index]!;
  const { bytes, offset } = stored[index]!;
  const problem = (message: string): void => {
    const text = `table ${index} (${description.class}) ${message}`;
    problems.push(new SnapshotError('damaged', text, { offset: fileOffset + offset }));
  };
  if (encoding !== TABLE_ENCODINGS.verbatim || length !== storedLength) {
    problem('cannot be restored');
    return undefined;
  }
  const isCut = bytes.length < length;
  if (!isCut && !equalBytes(await sha256(bytes), digest)) {
    problem(
      'is damaged: its bytes do not have the SHA-256 that was stored with them, so any of its rows may be wrong',
    );
  }
  const { table, problem: missing } = wholeRows({ ...description, bytes: bytes.slice() });
  if (missing !== undefined) problem(`is ${missing.message}`);
  return table;
}
