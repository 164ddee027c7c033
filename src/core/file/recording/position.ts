import { SnapshotError } from '../../errors.js';
import type { ByteSource } from '../byteSource.js';
import type { Base } from '../deltaPayload.js';
import { FRAME_TRAILER_BYTES, FRAME_TYPES } from '../frame.js';
import type { Frame } from '../frameList.js';
import { FILE_HEADER_BYTES } from '../header.js';
import { scanFile } from '../scan.js';
import type { IndexEntry } from '../indexFrame.js';
import type { Primitives } from '../primitives.js';
import { SnapshotReader } from '../snapshotReader.js';
import { CHAIN_AT, CHAIN_BYTES, NO_CHAIN } from '../snapshotPayload.js';
import { IN_ANOTHER_FILE, type EarlierSnapshot } from './lastOwners.js';

/** Where in its file a recording goes on. */
export interface RecordingPosition {
  readonly fileId: Uint8Array;
  /** Offset of the next frame, which is where the file ends. */
  readonly offset: number;
  readonly frameCount: number;
  readonly snapshotCount: number;
  /** The last chain value: of this file, or of the one that it continues. */
  readonly chain: Uint8Array;
  /** Offset of the last index frame; 0 where there is none. */
  readonly lastIndex: number;
  /** The frames behind it. */
  readonly unindexed: readonly IndexEntry[];
  /** When the file's first snapshot was taken (µs UTC): of a file that is continued, where that can be read. */
  readonly begunUtcMicroseconds?: number;
  /** The snapshot before, where it can be read: the last owners of its connections are those of the next one's too. */
  readonly before?: EarlierSnapshot;
}

/** The start of a file that continues another one, or none. */
export function startOfRecording(
  fileId: Uint8Array,
  { chain, before }: Pick<RecordingPosition, 'chain' | 'before'> = { chain: NO_CHAIN },
): RecordingPosition {
  return {
    fileId,
    offset: FILE_HEADER_BYTES,
    frameCount: 0,
    snapshotCount: 0,
    chain,
    lastIndex: 0,
    unindexed: [],
    ...(before && { before: { base: before.base, number: IN_ANOTHER_FILE } }),
  };
}

/**
 * Where an existing file can be continued: behind its last whole frame. What stands behind that, if anything, was never whole.
 *
 * @throws SnapshotError where it is no snapshot file, or its header is damaged
 */
export async function endOfRecording(source: ByteSource, primitives: Primitives): Promise<RecordingPosition> {
  const { version, fileId, frames } = await scanFile(source, primitives);
  if (version === undefined) {
    throw new SnapshotError('damaged', 'the file header is damaged: record into a new file', { offset: 0 });
  }
  const last = frames.at(-1);
  const unindexed: IndexEntry[] = [];
  let lastIndex = 0;
  for (const frame of frames) {
    if (frame.type === FRAME_TYPES.index) {
      lastIndex = frame.offset;
      unindexed.length = 0;
    } else unindexed.push({ ...frame, utcMicroseconds: 0 });
  }
  const lastSnapshot = frames.snapshot(-1);
  const reader = new SnapshotReader(source, frames, primitives);
  const first = await readBase(reader, frames.snapshot(0));
  const base = await readBase(reader, lastSnapshot);
  return {
    fileId,
    offset: last === undefined ? FILE_HEADER_BYTES : endOf(last),
    // Behind frames that are missing, numbers go on from what is there.
    frameCount: (last?.number ?? -1) + 1,
    snapshotCount: frames.snapshotCount,
    chain: await lastChain(source, lastSnapshot),
    lastIndex,
    unindexed,
    ...(first?.metadata.time && { begunUtcMicroseconds: first.metadata.time.utcMicroseconds }),
    ...(base && { before: { base, number: frames.snapshotCount - 1 } }),
  };
}

/** What the last snapshot says: where it is damaged, what follows cannot be compared with it anyway. */
async function lastChain(source: ByteSource, last: Frame | undefined): Promise<Uint8Array> {
  if (last === undefined) return NO_CHAIN;
  const chain = await source.read(last.payloadOffset + CHAIN_AT, CHAIN_BYTES);
  return chain.length === CHAIN_BYTES ? chain : NO_CHAIN;
}

/** undefined where it cannot be read, or nobody vouches for it. */
async function readBase(reader: SnapshotReader, last: Frame | undefined): Promise<Base | undefined> {
  if (last === undefined) return undefined;
  try {
    const stored = await reader.read(last);
    const tables = stored.metadata.tables.map((_, i) => stored.table(i).bytes);
    return stored.isChained ? { metadata: stored.metadata, tables } : undefined;
  } catch (error) {
    if (error instanceof SnapshotError) return undefined;
    throw error;
  }
}

function endOf({ payloadOffset, payloadLength }: Frame): number {
  return payloadOffset + payloadLength + FRAME_TRAILER_BYTES;
}
