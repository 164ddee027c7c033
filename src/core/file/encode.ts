import { concatBytes } from '../bytes.js';
import type { Snapshot } from '../snapshot.js';
import { encodeFrame, FRAME_TYPES } from './frame.js';
import { encodeFileHeader, FILE_ID_BYTES } from './header.js';
import { encodeSnapshotPayload } from './encodeSnapshotPayload.js';

/** The bytes of a snapshot file that holds this one snapshot. */
export async function encodeSnapshotFile(snapshot: Snapshot): Promise<Uint8Array<ArrayBuffer>> {
  const fileId = crypto.getRandomValues(new Uint8Array(FILE_ID_BYTES));
  const payload = await encodeSnapshotPayload(snapshot);
  return concatBytes([encodeFileHeader(fileId), encodeFrame(FRAME_TYPES.snapshot, fileId, 0, payload)]);
}
