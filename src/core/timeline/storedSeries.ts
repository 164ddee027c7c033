import type { Decoder } from '../decoder.js';
import { SnapshotError } from '../errors.js';
import { FRAME_TRAILER_BYTES, FRAME_TYPES, hasRightChecksum } from '../file/frame.js';
import { isSnapshotFrame, type Frame } from '../file/frameList.js';
import type { SnapshotFile } from '../file/snapshotFile.js';
import { RunningSeries, type KnownSnapshot } from './runningSeries.js';
import { joinSeries, type SnapshotSeries } from './series.js';
import { decodeSeriesPayload, MAX_SERIES_BYTES } from './seriesFrame.js';

/** Frames that are asked for at a time: what a browser takes for one is mostly waiting. */
const READ_AT_ONCE = 16;
/** What is gone through at most: some half a second. Of a recording that was stopped in the middle, some hundred snapshots are untold. */
const MOST_BYTES = 64 << 20;
/** What any snapshot costs, however small. */
const LEAST_BYTES = 1 << 14;

/**
 * What each snapshot of a recording has, by the series that the recording holds; only the last snapshots, of which none of these tells
 * yet, are gone through. Undefined where it holds none, or they do not fit its snapshots. Nothing proves that they are right:
 * `timeline` counts anew.
 *
 * @throws errors of reading the file
 */
export async function storedSeries(
  file: SnapshotFile,
  decoder: Decoder,
): Promise<SnapshotSeries | undefined> {
  const told = await toldSeries(file);
  if (told === undefined || told.count === 0) return undefined;
  if (told.count === file.count) return told;
  const running = await continueTold(file, decoder, told);
  if (running === undefined) return undefined;
  try {
    return joinSeries([told, running.series()]);
  } finally {
    running.free();
  }
}

/** What a recording that is continued needs to go on with its series; undefined where these could not be right. */
export async function continueSeries(
  file: SnapshotFile,
  decoder: Decoder,
): Promise<RunningSeries | undefined> {
  const told = await toldSeries(file);
  return told && continueTold(file, decoder, told);
}

/** Of the first snapshots, as far as they are told of. */
async function toldSeries(file: SnapshotFile): Promise<SnapshotSeries | undefined> {
  const frames = seriesFrames(file);
  const parts: SnapshotSeries[] = [];
  let told = 0;
  for (let first = 0; first < frames.length; first += READ_AT_ONCE) {
    const some = frames.slice(first, first + READ_AT_ONCE);
    const read = await Promise.all(some.map(({ frame }) => attempt(() => readPart(file, frame))));
    for (const [i, part] of read.entries()) {
      // What is behind one that is damaged is gone through.
      if (part === undefined) return joinSeries(parts);
      told += part.count;
      // Each tells of all snapshots before it: otherwise frames are missing, and numbers mean others.
      if (told !== some[i]!.snapshotsBefore) return undefined;
      parts.push(part);
    }
  }
  return joinSeries(parts);
}

function seriesFrames({ scan }: SnapshotFile): { readonly frame: Frame; readonly snapshotsBefore: number }[] {
  const found = [];
  let snapshotsBefore = 0;
  for (const frame of scan.frames) {
    if (isSnapshotFrame(frame)) snapshotsBefore++;
    else if (frame.type === FRAME_TYPES.series) found.push({ frame, snapshotsBefore });
  }
  return found;
}

async function readPart(
  { source, primitives }: SnapshotFile,
  { payloadOffset, payloadLength }: Frame,
): Promise<SnapshotSeries | undefined> {
  if (payloadLength > MAX_SERIES_BYTES) return undefined;
  const bytes = await source.read(payloadOffset, payloadLength + FRAME_TRAILER_BYTES);
  if (!hasRightChecksum(bytes, payloadLength, primitives.crc32)) return undefined;
  return decodeSeriesPayload(bytes.subarray(0, payloadLength), payloadOffset, primitives);
}

async function continueTold(
  file: SnapshotFile,
  decoder: Decoder,
  told: SnapshotSeries,
): Promise<RunningSeries | undefined> {
  if ((1 + file.count - told.count) * largestSnapshot(file) > MOST_BYTES) return undefined;
  const last = told.count === 0 ? undefined : await attempt(() => lastTold(file, told));
  if (told.count > 0 && last === undefined) return undefined;
  const running = new RunningSeries(decoder, last);
  const added = await attempt(async () => {
    for (let number = told.count; number < file.count; number++) running.add(await file.at(number));
    return running;
  });
  if (added === undefined) running.free();
  return added;
}

/** In bytes: those of a keyframe are hardly less than those of the tables in it, or of those that are made of it. */
function largestSnapshot({ scan }: SnapshotFile): number {
  let largest = LEAST_BYTES;
  for (const frame of scan.frames)
    if (isSnapshotFrame(frame)) largest = Math.max(largest, frame.payloadLength);
  return largest;
}

/** Sockets that it lacks, because a table could not be taken, are taken for new where they are seen again. */
async function lastTold(file: SnapshotFile, told: SnapshotSeries): Promise<KnownSnapshot | undefined> {
  const elapsedMicroseconds = told.elapsedMicroseconds.at(-1)!;
  if (Number.isNaN(elapsedMicroseconds)) return undefined;
  return { snapshot: await file.at(told.count - 1), elapsedMicroseconds };
}

/** Undefined where something is damaged, or there is no memory: then there are no series. */
async function attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof SnapshotError) return undefined;
    throw error;
  }
}
