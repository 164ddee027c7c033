import { open, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import {
  openSnapshots,
  type ByteSource,
  type CaptureTime,
  type Decoder,
  type Snapshot,
} from '../../core/index.js';
import { encodeFileHeader, FILE_ID_BYTES } from '../../core/file/header.js';
import type { Gap } from '../../core/file/noteFrames.js';
import {
  endOfRecording,
  startOfRecording,
  type RecordingPosition,
} from '../../core/file/recording/position.js';
import { RecordingEncoder, type EncodedSnapshot } from '../../core/file/recording/recordingEncoder.js';
import { RunningSeries } from '../../core/timeline/runningSeries.js';
import { SeriesWriter } from '../../core/timeline/seriesWriter.js';
import { continueSeries } from '../../core/timeline/storedSeries.js';
import { captureTime } from '../capture/captureSnapshot.js';
import { createDecoder } from '../createDecoder.js';
import { describeTool } from '../describeTool.js';
import { lockFile, type Unlock } from '../capture/lockFile.js';
import { fileSource } from './fileSource.js';
import { NODE_PRIMITIVES } from './nodePrimitives.js';
import { OWNER_ONLY, syncFolder } from './newFile.js';
import { isSystemError } from './systemError.js';

export interface RecordingOptions {
  /** Continue the file where it exists: what was torn at its end is cut off, and kept in a note. Default: false, an error of the file system. */
  readonly append?: boolean;
  /** Delete an existing file first, unless it is being recorded. Default: false. */
  readonly replace?: boolean;
  /** For a new file: the recording that it continues. Its chain goes on, and so do the last owners of its connections. */
  readonly previous?: Recording;
}

/** Another process is writing the recording. */
export class RecordingLockedError extends Error {
  override readonly name = 'RecordingLockedError';
}

/** What became of the connections between two snapshots of a recording. */
export type RecordedChange = Pick<EncodedSnapshot, 'rows' | 'opened' | 'closed'>;

/**
 * A snapshot file that is being written, one frame at a time, each synced before `append` resolves: whatever happens, what was
 * appended before can be read. Use createRecording.
 */
export class Recording {
  readonly path: string;
  readonly #handle: FileHandle;
  readonly #encoder: RecordingEncoder;
  readonly #series: SeriesWriter;
  readonly #unlock: Unlock;
  /** Frames are written one after the other, however many are asked for at once. */
  #last: Promise<unknown> = Promise.resolve();

  /** Use createRecording. */
  constructor(
    path: string,
    handle: FileHandle,
    unlock: Unlock,
    position: RecordingPosition,
    series: RunningSeries | undefined,
  ) {
    this.path = path;
    this.#handle = handle;
    this.#unlock = unlock;
    this.#series = new SeriesWriter(series, NODE_PRIMITIVES);
    this.#encoder = new RecordingEncoder(NODE_PRIMITIVES, position, this.#series);
  }

  /** Bytes of the file. */
  get size(): number {
    return this.#encoder.position.offset;
  }

  /** Snapshots in the file. */
  get count(): number {
    return this.#encoder.position.snapshotCount;
  }

  /** Of a file that was continued, when its first snapshot was taken (µs UTC). */
  get begunUtcMicroseconds(): number | undefined {
    return this.#encoder.position.begunUtcMicroseconds;
  }

  /** Where a file begins that continues this one. */
  startOfNext(fileId: Uint8Array): RecordingPosition {
    return startOfRecording(fileId, this.#encoder.position);
  }

  /**
   * Adds a snapshot. Its bytes must not be changed afterwards: the next one is written as differences to it. Where it cannot be
   * written, the file stays as it was.
   *
   * @throws errors of the file system
   */
  append(snapshot: Snapshot): Promise<RecordedChange> {
    return this.#inTurn(async () => {
      const { bytes, ...change } = await this.#encoder.snapshot(snapshot);
      await this.#write(bytes);
      return change;
    });
  }

  /** Notes a moment at which no snapshot could be taken. */
  appendGap(gap: Gap): Promise<void> {
    return this.#inTurn(async () => this.#write(await this.#encoder.gap(gap)));
  }

  /** Notes that the file was continued, and keeps what was cut off its end. */
  noteRepair(time: CaptureTime, cut: Uint8Array): Promise<void> {
    const { offset } = this.#encoder.position;
    const repair = { time, tool: describeTool(), offset, cutBytes: cut.length };
    const kept = cut.length > 0 && cut.length <= MAX_KEPT_BYTES ? { cut } : {};
    return this.#inTurn(async () => this.#write(await this.#encoder.repair({ ...repair, ...kept })));
  }

  /** Writes the index, so that the file need not be scanned, and closes it. */
  close(): Promise<void> {
    return this.#inTurn(async () => {
      try {
        await this.#write(await this.#encoder.close());
      } finally {
        await this.release();
      }
    });
  }

  /** Closes the file as it is. */
  async release(): Promise<void> {
    this.#series.free();
    try {
      await this.#handle.close();
    } finally {
      await this.#unlock();
    }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => {});
    return done;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    const { offset } = this.#encoder.position;
    try {
      for (let written = 0; written < bytes.length;) {
        const { bytesWritten } = await this.#handle.write(bytes, written, undefined, offset + written);
        written += bytesWritten;
      }
      await this.#handle.datasync();
    } catch (error) {
      // Part of a frame is read as what it is; where it can be taken back, the file is as it was.
      await this.#handle.truncate(offset).catch(() => {});
      throw error;
    }
    this.#encoder.commit();
  }
}

/** More than any torn frame; less than what metadata may have. */
const MAX_KEPT_BYTES = 32 << 20;

/**
 * Begins a recording, or continues one.
 *
 * @throws RecordingLockedError; SnapshotError where an existing file is no snapshot file; errors of the file system (EEXIST);
 *   CaptureError `native-library` where koffi, which locks the file, is missing
 */
export async function createRecording(path: string, options: RecordingOptions = {}): Promise<Recording> {
  if (options.replace) {
    await checkNotRecorded(path);
    await rm(path, { force: true });
  }
  try {
    return await createNew(path, options.previous);
  } catch (error) {
    if (!options.append || !isSystemError(error) || error.code !== 'EEXIST') throw error;
  }
  return continueExisting(path);
}

async function createNew(path: string, previous: Recording | undefined): Promise<Recording> {
  const handle = await open(path, 'wx+', OWNER_ONLY);
  try {
    const unlock = await lock(path, handle);
    const fileId = crypto.getRandomValues(new Uint8Array(FILE_ID_BYTES));
    await handle.writeFile(encodeFileHeader(fileId));
    await handle.sync();
    await syncFolder(dirname(path));
    const position = previous?.startOfNext(fileId) ?? startOfRecording(fileId);
    const decoder = await decoderIfAny();
    return new Recording(path, handle, unlock, position, decoder && new RunningSeries(decoder));
  } catch (error) {
    await handle.close();
    await rm(path, { force: true });
    throw error;
  }
}

async function continueExisting(path: string): Promise<Recording> {
  const handle = await open(path, 'r+');
  try {
    const unlock = await lock(path, handle);
    const { size } = await handle.stat();
    const source = { ...fileSource(handle.fd, size), close: async () => {} };
    const position = await endOfRecording(source, NODE_PRIMITIVES);
    const cut = await source.read(position.offset, size - position.offset);
    await handle.truncate(position.offset);
    const series = await seriesSoFar({ ...source, size: position.offset });
    const recording = new Recording(path, handle, unlock, position, series);
    await recording.noteRepair(captureTime(), cut);
    return recording;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** undefined where they cannot be continued: the recording goes on without. */
async function seriesSoFar(source: ByteSource): Promise<RunningSeries | undefined> {
  const decoder = await decoderIfAny();
  return decoder && continueSeries(await openSnapshots(source, NODE_PRIMITIVES), decoder);
}

/** What is recorded needs none: on a machine that cannot run the engine, a recording only lacks its series. */
async function decoderIfAny(): Promise<Decoder | undefined> {
  try {
    return await createDecoder();
  } catch {
    return undefined;
  }
}

/**
 * For those who would replace a file: it must not be one that is being recorded.
 *
 * @throws RecordingLockedError; of what else keeps the file from being opened, replacing it will tell
 */
export async function checkNotRecorded(path: string): Promise<void> {
  try {
    const handle = await open(path, 'r+');
    try {
      await (
        await lock(path, handle)
      )();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}

async function lock(path: string, handle: FileHandle): Promise<Unlock> {
  const unlock = await lockFile(path, handle);
  if (unlock === undefined) {
    throw new RecordingLockedError(`${path} is being recorded by another process`);
  }
  return unlock;
}
