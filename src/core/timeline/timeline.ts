import type { Decoder } from '../decoder.js';
import type { Snapshot } from '../snapshot.js';
import { TimelineBuilder } from './timelineBuilder.js';
import type { RecordedGap, Timeline } from './timelineData.js';

/** What a timeline is made of: an open SnapshotFile, or anything that has snapshots in order. */
export interface TimelineSource {
  readonly count: number;
  at(number: number): Promise<Snapshot>;
  readGaps?(): Promise<readonly RecordedGap[]>;
}

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
    // The next snapshot is read while this one is looked at.
    let next = read(file, 0);
    for (let number = 0; number < file.count; number++) {
      const found = await next;
      signal?.throwIfAborted();
      if (number + 1 < file.count) next = read(file, number + 1);
      if ('error' in found) builder.addUnreadable(number, found.error);
      else builder.add(number, found.snapshot);
      onProgress?.(number + 1, file.count);
    }
    return builder.finish(await readGaps(file, builder));
  } finally {
    builder.free();
  }
}

type Read = { readonly snapshot: Snapshot } | { readonly error: unknown };

async function read(file: TimelineSource, number: number): Promise<Read> {
  try {
    return { snapshot: await file.at(number) };
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
