import { FRAME_TYPES, encodeFrame } from '../../dist/core/file/frame.js';
import { encodeFileHeader } from '../../dist/core/file/header.js';
import { encodeSnapshotPayload } from '../../dist/core/file/encodeSnapshotPayload.js';
import { NO_CHAIN } from '../../dist/core/file/snapshotPayload.js';
import { EXAMPLE_SNAPSHOT } from './exampleSnapshot.js';

/** A file of several snapshots, told apart by their notes. One can be left out of the chain. */
export async function joinSnapshots(
  notes: readonly string[],
  { unchained }: { unchained?: number } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const fileId = new TextEncoder().encode('file id ');
  const parts: Uint8Array<ArrayBuffer>[] = [encodeFileHeader(fileId)];
  let chain: Uint8Array = NO_CHAIN;
  for (const [number, note] of notes.entries()) {
    const time = {
      utcMicroseconds: 1_795_000_000_000_000 + number * 1e6,
      monotonicMicroseconds: number * 1e6,
    };
    const previous = number === unchained ? NO_CHAIN : chain;
    const payload = await encodeSnapshotPayload({ ...EXAMPLE_SNAPSHOT, note, time }, previous);
    parts.push(encodeFrame(FRAME_TYPES.snapshot, fileId, number, payload));
    chain = payload.slice(32, 64);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}
