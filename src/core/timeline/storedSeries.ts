import type { Decoder } from '../decoder.js';
import { SnapshotError } from '../errors.js';
import { FRAME_TRAILER_BYTES, FRAME_TYPES, hasRightChecksum } from '../file/frame.js';
import { isSnapshotFrame } from '../file/frameList.js';
import type { SnapshotFile } from '../file/snapshotFile.js';
import { RunningSeries, type KnownSnapshot } from './runningSeries.js';
import { joinSeries, type SnapshotSeries } from './series.js';
import { decodeSeriesPayload } from './seriesFrame.js';

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
async function toldSeries({ scan, source, primitives }: SnapshotFile): Promise<SnapshotSeries | undefined> {
  const parts: SnapshotSeries[] = [];
  let [seen, told] = [0, 0];
  for (const frame of scan.frames) {
    if (isSnapshotFrame(frame)) seen++;
    if (frame.type !== FRAME_TYPES.series) continue;
    const { payloadOffset, payloadLength } = frame;
    const bytes = await source.read(payloadOffset, payloadLength + FRAME_TRAILER_BYTES);
    if (!hasRightChecksum(bytes, payloadLength, primitives.crc32)) return undefined;
    const part = await attempt(() =>
      decodeSeriesPayload(bytes.subarray(0, payloadLength), payloadOffset, primitives),
    );
    if (part === undefined) return undefined;
    parts.push(part);
    told += part.count;
    // Each tells of all snapshots before it: otherwise frames are missing, and numbers mean others.
    if (told !== seen) return undefined;
  }
  return joinSeries(parts);
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
