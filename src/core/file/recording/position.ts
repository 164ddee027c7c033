import { SnapshotError } from '../../errors.js';
import type { ByteSource } from '../byteSource.js';
import { FRAME_TRAILER_BYTES, FRAME_TYPES } from '../frame.js';
import { FILE_HEADER_BYTES } from '../header.js';
import { isSnapshotFrame, scanFile, type Frame } from '../scan.js';
import { CHAIN_AT, CHAIN_BYTES, NO_CHAIN } from '../snapshotPayload.js';
import type { RecordingPosition } from './recordingEncoder.js';

/** The start of a file that continues the chain of another, or none. */
export function startOfRecording(fileId: Uint8Array, chain: Uint8Array = NO_CHAIN): RecordingPosition {
  return {
    fileId,
    offset: FILE_HEADER_BYTES,
    frameCount: 0,
    snapshotCount: 0,
    chain,
    lastIndex: 0,
    unindexed: [],
  };
}

/**
 * Where an existing file can be continued: behind its last whole frame. What stands behind that, if anything, was never whole.
 *
 * @throws SnapshotError where it is no snapshot file, or its header is damaged
 */
export async function endOfRecording(source: ByteSource): Promise<RecordingPosition> {
  const { version, fileId, frames } = await scanFile(source);
  if (version === undefined) {
    throw new SnapshotError('damaged', 'the file header is damaged: record into a new file', { offset: 0 });
  }
  const last = frames.at(-1);
  const index = frames.findLastIndex(({ type }) => type === FRAME_TYPES.index);
  return {
    fileId,
    offset: last === undefined ? FILE_HEADER_BYTES : endOf(last),
    // Behind frames that are missing, numbers go on from what is there.
    frameCount: (last?.number ?? -1) + 1,
    snapshotCount: frames.filter(isSnapshotFrame).length,
    chain: await lastChain(source, frames),
    lastIndex: frames[index]?.offset ?? 0,
    unindexed: frames.slice(index + 1).map((frame) => ({ ...frame, utcMicroseconds: 0 })),
  };
}

/** What the last snapshot says: where it is damaged, what follows cannot be compared with it anyway. */
async function lastChain(source: ByteSource, frames: readonly Frame[]): Promise<Uint8Array> {
  const last = frames.findLast(isSnapshotFrame);
  if (last === undefined) return NO_CHAIN;
  const chain = await source.read(last.payloadOffset + CHAIN_AT, CHAIN_BYTES);
  return chain.length === CHAIN_BYTES ? chain : NO_CHAIN;
}

function endOf({ payloadOffset, payloadLength }: Frame): number {
  return payloadOffset + payloadLength + FRAME_TRAILER_BYTES;
}
