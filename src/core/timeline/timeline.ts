import type { Decoder } from '../decoder.js';
import type { ForwardReader } from '../file/forwardReader.js';
import type { SnapshotInCheck } from '../file/storedSnapshot.js';
import type { Snapshot } from '../snapshot.js';
import { TimelineBuilder } from './timelineBuilder.js';
import type { RecordedGap, Timeline } from './timelineData.js';

/** What a timeline is made of: an open SnapshotFile, or anything that has snapshots in order. */
export type TimelineSource = {
  readonly count: number;
  readGaps?(): Promise<readonly RecordedGap[]>;
} & (
  | { at(number: number): Promise<Snapshot> }
  /** What it restores is lent, so that it takes no new memory. */
  | { forward(): Pick<ForwardReader, 'begin'> }
);

export interface TimelineOptions {
  /** Called after each snapshot with how many of how many have been read. */
  readonly onProgress?: (done: number, count: number) => void;
  /** Ends the work with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Goes through the snapshots of a recording once, in order. Takes memory for the connections and what happened to them, not for rows. What
 * cannot be read is named with its reason.
 *
 * @throws SnapshotError `out-of-memory`, `engine-failed`
 */
export async function timeline(
  file: TimelineSource,
  decoder: Decoder,
  { onProgress, signal }: TimelineOptions = {},
): Promise<Timeline> {
  const builder = new TimelineBuilder(decoder, file.count);
  try {
    const begin = beginnerOf(file);
    let next = attempt(begin(0));
    for (let number = 0; number < file.count; number++) {
      const begun = await next;
      signal?.throwIfAborted();
      // The next snapshot is restored while the digests of this one are computed.
      if (number + 1 < file.count) next = attempt(begin(number + 1));
      const found = 'error' in begun ? begun : await attempt(checked(begun));
      if ('error' in found) builder.addUnreadable(number, found.error);
      else builder.add(number, found);
      onProgress?.(number + 1, file.count);
    }
    return builder.finish(await readGaps(file, builder));
  } finally {
    builder.free();
  }
}

function beginnerOf(file: TimelineSource): ForwardReader['begin'] {
  if ('forward' in file) {
    const reader = file.forward();
    return (number) => reader.begin(number);
  }
  return async (number) => ({ snapshot: await file.at(number), checked: Promise.resolve() });
}

async function checked({ snapshot, checked: check }: SnapshotInCheck): Promise<Snapshot> {
  await check;
  return snapshot;
}

/** Why something cannot be read is told when it is its turn. */
async function attempt<Result>(work: Promise<Result>): Promise<Result | { readonly error: unknown }> {
  try {
    return await work;
  } catch (error) {
    return { error };
  }
}

async function readGaps(file: TimelineSource, builder: TimelineBuilder): Promise<readonly RecordedGap[]> {
  try {
    return (await file.readGaps?.()) ?? [];
  } catch (error) {
    builder.addUnreadable(null, error);
    return [];
  }
}
