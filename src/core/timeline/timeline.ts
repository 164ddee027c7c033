import type { Decoder } from '../decoder.js';
import type { ForwardReader } from '../file/forwardReader.js';
import type { Snapshot } from '../snapshot.js';
import { TimelineBuilder } from './timelineBuilder.js';
import type { RecordedGap, Timeline } from './timelineData.js';

/** What a timeline is made of: an open SnapshotFile, or anything that has snapshots in order. */
export interface TimelineSource {
  readonly count: number;
  at(number: number): Promise<Snapshot>;
  /** Where there is one, snapshots are read with it: what it restores is lent, so that it takes no new memory. */
  forward?(): Pick<ForwardReader, 'begin'>;
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
    const at = readerOf(file);
    let next = read(at, 0);
    for (let number = 0; number < file.count; number++) {
      const found = await next;
      signal?.throwIfAborted();
      if (number + 1 < file.count) next = read(at, number + 1);
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

function readerOf(file: TimelineSource): TimelineSource['at'] {
  const reader = file.forward?.();
  if (reader === undefined) return (number) => file.at(number);
  return async (number) => {
    const { snapshot, checked } = await reader.begin(number);
    await checked;
    return snapshot;
  };
}

async function read(at: TimelineSource['at'], number: number): Promise<Read> {
  try {
    return { snapshot: await at(number) };
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
