import type { Snapshot, Tick } from '../../core/index.js';
import { CaptureError } from '../capture/captureError.js';
import { captureTime } from '../capture/captureSnapshot.js';
import type { RecordedChange } from '../files/recording.js';
import { RecordingSeries, type SeriesOptions } from './recordingSeries.js';
import { ticks, type TickOptions } from './ticks.js';

export interface RecordOptions extends SeriesOptions, TickOptions {
  readonly path: string;
  readonly capture: () => Promise<Snapshot>;
  /** After every tick: what has been recorded so far. */
  readonly onTick: (progress: RecordProgress) => void;
}

export interface RecordProgress {
  /** The file that is being written, and its size. */
  readonly path: string;
  readonly bytes: number;
  readonly snapshots: number;
  readonly gaps: number;
  /** The snapshot of this tick, and what changed; absent where none could be taken. */
  readonly snapshot?: Snapshot;
  readonly change?: RecordedChange;
  /** Why none could be taken. */
  readonly failure?: CaptureError;
}

/**
 * Records until the ticks end. The file is made after the first snapshot has been taken, so none is left behind where nothing can be
 * captured. Later, a tick whose capture fails becomes a gap, and recording goes on.
 *
 * @returns what had been recorded at the end; undefined where the signal came before the first snapshot
 * @throws CaptureError of the first tick; errors of the file system, after what was recorded is safe
 */
export async function record(options: RecordOptions): Promise<RecordProgress | undefined> {
  let series: RecordingSeries | undefined;
  let progress: RecordProgress | undefined;
  let gaps = 0;
  try {
    for await (const tick of ticks(options)) {
      const taken = await attempt(options.capture);
      if (taken instanceof CaptureError && series === undefined) throw taken;
      series ??= await RecordingSeries.start(options.path, options);
      const result = await write(series, tick, taken);
      if (taken instanceof CaptureError) gaps++;
      progress = { path: series.path, bytes: series.size, snapshots: series.count, gaps, ...result };
      options.onTick(progress);
    }
    await series?.close();
  } catch (error) {
    await series?.release().catch(() => {});
    throw error;
  }
  return progress && series && { ...progress, bytes: series.size };
}

async function attempt(capture: () => Promise<Snapshot>): Promise<Snapshot | CaptureError> {
  try {
    return await capture();
  } catch (error) {
    if (error instanceof CaptureError) return error;
    throw error;
  }
}

async function write(
  series: RecordingSeries,
  tick: Tick,
  taken: Snapshot | CaptureError,
): Promise<Pick<RecordProgress, 'snapshot' | 'change' | 'failure'>> {
  if (taken instanceof CaptureError) {
    await series.appendGap({ time: captureTime(), reason: taken.message, tick });
    return { failure: taken };
  }
  const snapshot = { ...taken, tick };
  return { snapshot, change: await series.append(snapshot) };
}
