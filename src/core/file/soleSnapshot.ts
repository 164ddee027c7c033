import type { Engine } from '../engine/engine.js';
import { equalBytes } from '../bytes.js';
import { SnapshotError } from '../errors.js';
import type { RawTable, Snapshot } from '../snapshot.js';
import { FRAME_HEADER_BYTES, FRAME_TRAILER_BYTES, FRAME_TYPES, parseFrameHeader } from './frame.js';
import { FILE_HEADER_BYTES, parseFileHeader } from './header.js';
import { TRAILER_FRAME_BYTES } from './indexFrame.js';
import { chainParts, parseSnapshotPayload, verbatimTable } from './snapshotPayload.js';
import { setStoredProcesses, takeOutProcesses } from './storedProcesses.js';
import { describedTable } from './storedSnapshot.js';

/** Whether parts, one after another, have this SHA-256. */
type HasSha256 = (digest: Uint8Array, ...parts: readonly Uint8Array[]) => boolean;

/** The snapshot of a file that holds one. */
export interface SoleSnapshot {
  /** The bytes of its tables are the file's. */
  readonly snapshot: Snapshot;
  /** SHA-256 of each table. */
  readonly digests: readonly Uint8Array[];
}

/**
 * The snapshot of a file that holds a single one, with everything about it checked, without waiting: what most files are, and for a small one
 * waiting takes longer than reading. Undefined where the file is anything else, or damaged in any way: `openSnapshots` tells what then.
 *
 * @param engine has its processes checked, and left as they are until somebody asks for them
 */
export function readSoleSnapshot(
  bytes: Uint8Array<ArrayBuffer>,
  hasSha256: HasSha256,
  engine?: Engine,
): SoleSnapshot | undefined {
  try {
    const payload = solePayload(bytes);
    return payload && checkedSnapshot(payload, hasSha256, engine);
  } catch (error) {
    if (error instanceof SnapshotError) return undefined;
    throw error;
  }
}

const PAYLOAD_OFFSET = FILE_HEADER_BYTES + FRAME_HEADER_BYTES;

/** The payload of the frame that fills the file, where that is a snapshot. */
function solePayload(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | undefined {
  const header = parseFileHeader(bytes.subarray(0, FILE_HEADER_BYTES));
  const frame = parseFrameHeader(bytes.subarray(FILE_HEADER_BYTES, PAYLOAD_OFFSET));
  if (header === undefined || frame === undefined || !equalBytes(header.fileId, frame.fileId))
    return undefined;
  const { type, number, length } = frame;
  if (type !== FRAME_TYPES.snapshot || number !== 0) return undefined;
  if (bytes.length !== PAYLOAD_OFFSET + length + FRAME_TRAILER_BYTES) return undefined;
  // What looks like the end of a recording is for whoever reads recordings.
  const trailer = parseFrameHeader(bytes.subarray(bytes.length - TRAILER_FRAME_BYTES));
  return trailer === undefined ? bytes.subarray(PAYLOAD_OFFSET, PAYLOAD_OFFSET + length) : undefined;
}

function checkedSnapshot(
  bytes: Uint8Array<ArrayBuffer>,
  hasSha256: HasSha256,
  engine: Engine | undefined,
): SoleSnapshot | undefined {
  const takeOut = engine && takeOutProcesses(engine);
  const payload = parseSnapshotPayload(bytes, PAYLOAD_OFFSET, false, takeOut);
  if (!hasSha256(payload.chain, ...chainParts(payload))) return undefined;
  const tables: RawTable[] = [];
  for (const [i, stored] of payload.metadata.tables.entries()) {
    const table = verbatimTable(payload, i, PAYLOAD_OFFSET);
    if (!hasSha256(stored.sha256, table.bytes)) return undefined;
    tables.push(describedTable(stored, table.bytes));
  }
  const { metadata } = payload;
  const digests = metadata.tables.map((table) => table.sha256);
  // In its place: the map was made for this snapshot alone.
  const snapshot: Snapshot = Object.assign(metadata, { tables });
  if (takeOut?.taken !== undefined) setStoredProcesses(snapshot, takeOut.taken);
  return { snapshot, digests };
}
