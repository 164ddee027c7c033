import { equalBytes, toHex } from '../bytes.js';
import { SnapshotError } from '../errors.js';
import { decodeSeriesPayload } from '../timeline/seriesFrame.js';
import type { ByteSource } from './byteSource.js';
import {
  FRAME_HEADER_BYTES,
  FRAME_TRAILER_BYTES,
  FRAME_TYPES,
  hasRightChecksum,
  parseFrameHeader,
} from './frame.js';
import type { SnapshotMetadata } from './metadata.js';
import { decodeGap, decodeRepair, type Gap, type Repair } from './noteFrames.js';
import { isSnapshotFrame, type Frame } from './frameList.js';
import type { Primitives } from './primitives.js';
import type { SnapshotFile } from './snapshotFile.js';
import type { SnapshotReader } from './snapshotReader.js';
import { checkTable, type StoredSnapshot } from './storedSnapshot.js';

export interface TableCheck {
  readonly class: string;
  /** Bytes of the raw table. */
  readonly length: number;
  /** SHA-256 that was stored with the table, in hexadecimal. */
  readonly sha256: string;
  /** Whether the bytes have that digest. */
  readonly intact: boolean;
}

export interface SnapshotCheck {
  /** Number of the snapshot in the file, from 0. */
  readonly number: number;
  /** Offset of its frame in the file. */
  readonly offset: number;
  readonly problems: readonly SnapshotError[];
  /** Present where the metadata is as it was written, as its chain value confirms. */
  readonly metadata?: SnapshotMetadata;
  /** The chain value in hexadecimal, where it is confirmed. Kept elsewhere, it proves later that nothing was rewritten. */
  readonly chain?: string;
  /** The tables, where the metadata is intact. */
  readonly tables: readonly TableCheck[];
}

export interface VerifyReport {
  readonly size: number;
  /** Format version; absent where the file header is damaged. */
  readonly version?: { readonly major: number; readonly minor: number };
  /** In hexadecimal. */
  readonly fileId: string;
  readonly frameCount: number;
  readonly snapshots: readonly SnapshotCheck[];
  /** Moments of a recording at which no snapshot could be taken. */
  readonly gaps: readonly Gap[];
  /** Each time that the recording was continued, and what was cut off before that. */
  readonly repairs: readonly Repair[];
  /** Problems of the file and of frames that hold no snapshot. */
  readonly problems: readonly SnapshotError[];
  /** True where nothing at all is wrong. */
  readonly intact: boolean;
}

/** Reads the whole file and compares every checksum, digest and chain value with what it covers. */
export async function verifySnapshots(file: SnapshotFile): Promise<VerifyReport> {
  const { source, scan, reader } = file;
  const snapshots: SnapshotCheck[] = [];
  const problems = [...scan.problems];
  const notes: Notes = { gaps: [], repairs: [] };
  let previousChain: Uint8Array | undefined;
  for (const frame of scan.frames) {
    const { payload, damage } = await readFrame(source, frame, scan.fileId);
    if (!isSnapshotFrame(frame)) {
      problems.push(...damage);
      await readNote(frame, payload, notes, problems, file.primitives);
      continue;
    }
    const { check, stored } = await checkSnapshot(
      reader,
      frame,
      snapshots.length,
      payload,
      damage,
      previousChain,
    );
    snapshots.push(check);
    previousChain = stored?.chain;
  }
  return {
    size: source.size,
    ...(scan.version && { version: scan.version }),
    fileId: toHex(scan.fileId),
    frameCount: scan.frames.length,
    snapshots,
    ...notes,
    problems,
    intact: problems.length === 0 && snapshots.every((snapshot) => snapshot.problems.length === 0),
  };
}

/** Its header too: that of a frame which was found by an index has not been looked at. */
async function readFrame(
  source: ByteSource,
  frame: Frame,
  fileId: Uint8Array,
): Promise<{ payload: Uint8Array<ArrayBuffer>; damage: SnapshotError[] }> {
  const { number, type, offset, payloadOffset, payloadLength } = frame;
  const length = FRAME_HEADER_BYTES + payloadLength + FRAME_TRAILER_BYTES;
  const bytes = await source.read(offset, length);
  const payload = bytes.subarray(FRAME_HEADER_BYTES, FRAME_HEADER_BYTES + payloadLength);
  if (bytes.length < length) {
    const message = `frame ${number} is cut off: somebody has shortened the file while it was being read`;
    return { payload, damage: [new SnapshotError('truncated', message, { offset: payloadOffset })] };
  }
  const damage: SnapshotError[] = [];
  const header = parseFrameHeader(bytes);
  const isRight =
    header?.type === type &&
    header.number === number &&
    header.length === payloadLength &&
    equalBytes(header.fileId, fileId);
  if (!isRight) {
    const message = `the header of frame ${number} is damaged; the frame was found by an index`;
    damage.push(new SnapshotError('damaged', message, { offset }));
  }
  if (!hasRightChecksum(bytes.subarray(FRAME_HEADER_BYTES), payloadLength)) {
    const message = `frame ${number} is damaged: the checksum of its ${payloadLength} bytes is wrong`;
    damage.push(new SnapshotError('damaged', message, { offset: payloadOffset }));
  }
  return { payload, damage };
}

/** What a frame that holds no snapshot says. */
interface Notes {
  readonly gaps: Gap[];
  readonly repairs: Repair[];
}

async function readNote(
  { type, payloadOffset }: Frame,
  payload: Uint8Array<ArrayBuffer>,
  { gaps, repairs }: Notes,
  problems: SnapshotError[],
  primitives: Primitives,
): Promise<void> {
  try {
    if (type === FRAME_TYPES.gap) gaps.push(decodeGap(payload, payloadOffset));
    if (type === FRAME_TYPES.repair) repairs.push(decodeRepair(payload, payloadOffset));
    if (type === FRAME_TYPES.series) await decodeSeriesPayload(payload, payloadOffset, primitives);
  } catch (error) {
    problems.push(snapshotError(error));
  }
}

async function checkSnapshot(
  reader: SnapshotReader,
  frame: Frame,
  number: number,
  payload: Uint8Array<ArrayBuffer>,
  damage: readonly SnapshotError[],
  previousChain: Uint8Array | undefined,
): Promise<{ check: SnapshotCheck; stored?: StoredSnapshot }> {
  const problems = [...damage];
  const base = { number, offset: frame.offset, problems };
  const stored = await reader.read(frame, payload).catch((error: unknown) => {
    problems.push(snapshotError(error));
  });
  if (!stored) return { check: { ...base, tables: [] } };
  if (!stored.isChained) {
    problems.push(chainProblem(frame, `the chain value of snapshot ${number} is not that of its metadata`));
    return { check: { ...base, tables: [] } };
  }
  // A first snapshot may continue another file's chain; after a damaged one there is nothing to compare with.
  if (previousChain !== undefined && !equalBytes(stored.previousChain, previousChain)) {
    problems.push(chainProblem(frame, `snapshot ${number} does not continue the chain of the one before it`));
  }
  if (stored.stray !== undefined) {
    const message = `snapshot ${number} has bytes that belong to nothing in it, or lacks its last padding`;
    problems.push(new SnapshotError('damaged', message, { offset: stored.stray }));
  }
  const tables = await checkTables(reader, stored, problems);
  return { check: { ...base, metadata: stored.metadata, chain: toHex(stored.chain), tables }, stored };
}

async function checkTables(
  reader: SnapshotReader,
  stored: StoredSnapshot,
  problems: SnapshotError[],
): Promise<TableCheck[]> {
  const checks: TableCheck[] = [];
  for (const [index, table] of stored.metadata.tables.entries()) {
    const problem = await checkTable(stored, index, reader).then(() => undefined, snapshotError);
    if (problem !== undefined) problems.push(problem);
    const { class: tableClass, length, sha256 } = table;
    checks.push({ class: tableClass, length, sha256: toHex(sha256), intact: problem === undefined });
  }
  return checks;
}

/** Other errors are bugs, or the file system's. */
function snapshotError(error: unknown): SnapshotError {
  if (error instanceof SnapshotError) return error;
  throw error;
}

function chainProblem(frame: Frame, message: string): SnapshotError {
  return new SnapshotError('damaged', message, { offset: frame.payloadOffset });
}
