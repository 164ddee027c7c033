import { equalBytes, toHex } from '../bytes.js';
import { SnapshotError } from '../errors.js';
import type { ByteSource } from './byteSource.js';
import { crc32 } from './crc32.js';
import { FRAME_TRAILER_BYTES, FRAME_TYPES } from './frame.js';
import type { SnapshotMetadata } from './metadata.js';
import type { Frame } from './scan.js';
import type { SnapshotFile } from './snapshotFile.js';
import { chainMatches, parseSnapshotPayload, restoreTable, type SnapshotPayload } from './snapshotPayload.js';

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
  /** Problems of the file and of frames that hold no snapshot. */
  readonly problems: readonly SnapshotError[];
  /** True where nothing at all is wrong. */
  readonly intact: boolean;
}

/** Reads the whole file and compares every checksum, digest and chain value with what it covers. */
export async function verifySnapshots(file: SnapshotFile): Promise<VerifyReport> {
  const { source, scan } = file;
  const snapshots: SnapshotCheck[] = [];
  const problems = [...scan.problems];
  let previousChain: Uint8Array | undefined;
  for (const frame of scan.frames) {
    const { payload, damage } = await readPayload(source, frame);
    if (frame.type !== FRAME_TYPES.snapshot) {
      problems.push(...damage);
      continue;
    }
    const { check, parsed } = await checkSnapshot(frame, snapshots.length, payload, damage, previousChain);
    snapshots.push(check);
    previousChain = parsed?.chain;
  }
  return {
    size: source.size,
    ...(scan.version && { version: scan.version }),
    fileId: toHex(scan.fileId),
    frameCount: scan.frames.length,
    snapshots,
    problems,
    intact: problems.length === 0 && snapshots.every((snapshot) => snapshot.problems.length === 0),
  };
}

async function readPayload(
  source: ByteSource,
  { number, payloadOffset, payloadLength }: Frame,
): Promise<{ payload: Uint8Array<ArrayBuffer>; damage: SnapshotError[] }> {
  const bytes = await source.read(payloadOffset, payloadLength + FRAME_TRAILER_BYTES);
  const payload = bytes.subarray(0, payloadLength);
  if (bytes.length < payloadLength + FRAME_TRAILER_BYTES) {
    const message = `frame ${number} is cut off: somebody has shortened the file while it was being read`;
    return { payload, damage: [new SnapshotError('truncated', message, { offset: payloadOffset })] };
  }
  const stored = new DataView(bytes.buffer).getUint32(payloadLength, true);
  if (crc32(payload) === stored) return { payload, damage: [] };
  const message = `frame ${number} is damaged: the checksum of its ${payloadLength} bytes is wrong`;
  return { payload, damage: [new SnapshotError('damaged', message, { offset: payloadOffset })] };
}

async function checkSnapshot(
  frame: Frame,
  number: number,
  payload: Uint8Array<ArrayBuffer>,
  damage: readonly SnapshotError[],
  previousChain: Uint8Array | undefined,
): Promise<{ check: SnapshotCheck; parsed?: SnapshotPayload }> {
  const problems = [...damage];
  const base = { number, offset: frame.offset, problems };
  const parsed = tryParse(payload, frame.payloadOffset, problems);
  if (parsed === undefined) return { check: { ...base, tables: [] } };
  if (!(await chainMatches(parsed))) {
    problems.push(chainProblem(frame, `the chain value of snapshot ${number} is not that of its metadata`));
    return { check: { ...base, tables: [] } };
  }
  // A first snapshot may continue another file's chain; after a damaged one there is nothing to compare with.
  if (previousChain !== undefined && !equalBytes(parsed.previousChain, previousChain)) {
    problems.push(chainProblem(frame, `snapshot ${number} does not continue the chain of the one before it`));
  }
  if (parsed.stray !== undefined) {
    const message = `snapshot ${number} has bytes that belong to nothing in it, or lacks its last padding`;
    problems.push(new SnapshotError('damaged', message, { offset: frame.payloadOffset + parsed.stray }));
  }
  const tables = await checkTables(parsed, frame.payloadOffset, problems);
  const chain = toHex(parsed.chain);
  return { check: { ...base, metadata: parsed.metadata, chain, tables }, parsed };
}

async function checkTables(
  parsed: SnapshotPayload,
  payloadOffset: number,
  problems: SnapshotError[],
): Promise<TableCheck[]> {
  const checks: TableCheck[] = [];
  for (const [index, table] of parsed.metadata.tables.entries()) {
    const problem = await problemOf(() => restoreTable(parsed, index, payloadOffset));
    if (problem !== undefined) problems.push(problem);
    const { class: tableClass, length, sha256 } = table;
    checks.push({ class: tableClass, length, sha256: toHex(sha256), intact: problem === undefined });
  }
  return checks;
}

function tryParse(
  payload: Uint8Array<ArrayBuffer>,
  offset: number,
  problems: SnapshotError[],
): SnapshotPayload | undefined {
  try {
    return parseSnapshotPayload(payload, offset);
  } catch (error) {
    if (!(error instanceof SnapshotError)) throw error;
    problems.push(error);
    return undefined;
  }
}

async function problemOf(check: () => Promise<unknown>): Promise<SnapshotError | undefined> {
  try {
    await check();
    return undefined;
  } catch (error) {
    if (error instanceof SnapshotError) return error;
    throw error;
  }
}

function chainProblem(frame: Frame, message: string): SnapshotError {
  return new SnapshotError('damaged', message, { offset: frame.payloadOffset });
}
