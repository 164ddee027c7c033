import type { CaptureTime, Tick, ToolInfo } from '../snapshot.js';
import { decodeMessagePack } from './messagePack/decode.js';
import { checkGap, checkRepair } from './metadata.js';

/** A tick of a recording at which no snapshot could be taken. */
export interface Gap {
  readonly time: CaptureTime;
  /** Why, in words for a person. */
  readonly reason: string;
  readonly tick?: Tick;
}

/** A recording was continued. */
export interface Repair {
  readonly time: CaptureTime;
  readonly tool: ToolInfo;
  /** Where the file had ended before, and how many bytes behind that were no whole frame and were cut off. */
  readonly offset: number;
  readonly cutBytes: number;
  /** These bytes, unless they were very many. */
  readonly cut?: Uint8Array;
}

/** @throws SnapshotError `bad-metadata` */
export function decodeGap(payload: Uint8Array, fileOffset: number): Gap {
  return checkGap(decodeMessagePack(payload, fileOffset), fileOffset);
}

/** @throws SnapshotError `bad-metadata` */
export function decodeRepair(payload: Uint8Array, fileOffset: number): Repair {
  return checkRepair(decodeMessagePack(payload, fileOffset), fileOffset);
}
