import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Gap, Snapshot } from '../../core/index.js';
import { captureTime } from '../capture/captureSnapshot.js';
import { monotonicMicroseconds } from '../capture/monotonicClock.js';
import { createRecording, type RecordedChange, type Recording } from '../files/recording.js';

export interface SeriesOptions {
  readonly append: boolean;
  /** Delete an existing file first. */
  readonly replace: boolean;
  /** Begin a new file where the present one has so many bytes, or is so old. */
  readonly maxBytes?: number;
  readonly maxAgeMicroseconds?: number;
  /** Delete the oldest files of the series where there are more than so many. */
  readonly keep?: number;
}

/**
 * A recording that goes on in one file after another: `web01.tcpsnap`, `web01.0002.tcpsnap`, … Each begins with a keyframe and
 * continues the chain of the one before.
 */
export class RecordingSeries {
  readonly #path: string;
  readonly #options: SeriesOptions;
  #recording: Recording;
  /** When the file was begun, in this process or in one before it, on this process's monotonic clock. */
  #begun: number;
  /** Snapshots in this process, over all files. */
  count = 0;

  private constructor(path: string, options: SeriesOptions, recording: Recording) {
    this.#path = path;
    this.#options = options;
    this.#recording = recording;
    const now = captureTime();
    // A clock that was put back since then does not make the file younger than it is in this process.
    const age = Math.max(0, now.utcMicroseconds - (recording.begunUtcMicroseconds ?? now.utcMicroseconds));
    this.#begun = now.monotonicMicroseconds - age;
  }

  /** Begins with the named file; where an existing series is continued, with its last one. Throws as createRecording does. */
  static async start(path: string, options: SeriesOptions): Promise<RecordingSeries> {
    const last = options.append ? (await listSeries(path)).at(-1) : undefined;
    const recording = await createRecording(last ?? path, options);
    return new RecordingSeries(path, options, recording);
  }

  /** The file that is being written. */
  get path(): string {
    return this.#recording.path;
  }

  /** Bytes of that file. */
  get size(): number {
    return this.#recording.size;
  }

  async append(snapshot: Snapshot): Promise<RecordedChange> {
    await this.#rotate();
    const change = await this.#recording.append(snapshot);
    this.count++;
    return change;
  }

  async appendGap(gap: Gap): Promise<void> {
    await this.#recording.appendGap(gap);
  }

  close(): Promise<void> {
    return this.#recording.close();
  }

  /** After an error of the file system: closes the file as it is. */
  release(): Promise<void> {
    return this.#recording.release();
  }

  async #rotate(): Promise<void> {
    const { maxBytes = Infinity, maxAgeMicroseconds = Infinity, keep = Infinity } = this.#options;
    const age = monotonicMicroseconds() - this.#begun;
    const isFull = this.size >= maxBytes || age >= maxAgeMicroseconds;
    if (this.#recording.count === 0 || !isFull) return;
    const series = await listSeries(this.#path);
    const next = await createRecording(nextName(this.#path, series), { previous: this.#recording });
    await this.#recording.close();
    this.#recording = next;
    this.#begun = monotonicMicroseconds();
    for (const old of [...series, next.path].slice(0, -keep)) await rm(old, { force: true });
  }
}

const EXTENSION = '.tcpsnap';

/** `web01` and `.tcpsnap` */
function splitName(path: string): { stem: string; extension: string } {
  return path.endsWith(EXTENSION)
    ? { stem: path.slice(0, -EXTENSION.length), extension: EXTENSION }
    : { stem: path, extension: '' };
}

/** The files of a series that exist, the oldest first. */
async function listSeries(path: string): Promise<string[]> {
  const { stem, extension } = splitName(basename(path));
  const numbered: [number, string][] = [];
  for (const name of await readdir(dirname(path))) {
    if (name === basename(path)) numbered.push([1, name]);
    if (!name.startsWith(`${stem}.`) || !name.endsWith(extension)) continue;
    const number = name.slice(stem.length + 1, name.length - extension.length);
    if (/^\d{4,9}$/.test(number)) numbered.push([Number(number), name]);
  }
  return numbered.sort(([a], [b]) => a - b).map(([, name]) => join(dirname(path), name));
}

function nextName(path: string, series: readonly string[]): string {
  const { stem, extension } = splitName(path);
  const last = series.at(-1) ?? path;
  const number = last === path ? 1 : Number(last.slice(stem.length + 1, last.length - extension.length));
  return `${stem}.${String(number + 1).padStart(4, '0')}${extension}`;
}
