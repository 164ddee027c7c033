import type { Decoder } from '../decoder.js';
import { inOrder, type ReadSnapshot } from '../file/inOrder.js';
import type { Snapshot } from '../snapshot.js';
import { TimelineBuilder } from './timelineBuilder.js';
import type { RecordedGap, Timeline } from './timelineData.js';

/** What a timeline is made of: an open SnapshotFile, or anything that has snapshots in order. */
export type TimelineSource = {
  readonly count: number;
  readGaps?(): Promise<readonly RecordedGap[]>;
} & (
  | { at(number: number): Promise<Snapshot> }
  /** Each is lent until the next one is asked for, so that it takes no new memory. */
  | { inOrder(): AsyncIterable<ReadSnapshot> }
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
    let number = 0;
    for await (const read of snapshotsOf(file)) {
      signal?.throwIfAborted();
      if ('error' in read) builder.addUnreadable(number, read.error);
      else builder.add(number, read.snapshot);
      number++;
      onProgress?.(number, file.count);
    }
    return builder.finish(await readGaps(file, builder));
  } finally {
    builder.free();
  }
}

function snapshotsOf(file: TimelineSource): AsyncIterable<ReadSnapshot> {
  if ('inOrder' in file) return file.inOrder();
  return inOrder(file.count, async (number) => ({
    snapshot: await file.at(number),
    checked: Promise.resolve(),
  }));
}

async function readGaps(file: TimelineSource, builder: TimelineBuilder): Promise<readonly RecordedGap[]> {
  try {
    return (await file.readGaps?.()) ?? [];
  } catch (error) {
    builder.addUnreadable(null, error);
    return [];
  }
}
