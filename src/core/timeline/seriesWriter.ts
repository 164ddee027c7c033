import { SnapshotError } from '../errors.js';
import type { Primitives } from '../file/primitives.js';
import type { RecordedSeries } from '../file/recording/recordingEncoder.js';
import type { Snapshot } from '../snapshot.js';
import type { RunningSeries } from './runningSeries.js';
import { encodeSeriesPayload } from './seriesFrame.js';

/**
 * Series frames of a recording that is being written. They save time to who reads it, and nothing else: where counting fails, the recording
 * goes on without them.
 */
export class SeriesWriter implements RecordedSeries {
  readonly #primitives: Pick<Primitives, 'deflate'>;
  #running: RunningSeries | undefined;

  /** @param running which is freed with this */
  constructor(running: RunningSeries | undefined, primitives: Pick<Primitives, 'deflate'>) {
    this.#running = running;
    this.#primitives = primitives;
  }

  add(snapshot: Snapshot): void {
    try {
      this.#running?.add(snapshot);
    } catch (error) {
      if (!(error instanceof SnapshotError)) throw error;
      this.free();
    }
  }

  async payload(): Promise<Uint8Array | undefined> {
    const series = this.#running?.series();
    if (series === undefined || series.count === 0) return undefined;
    const payload = await encodeSeriesPayload(series, this.#primitives);
    if (payload === undefined) this.free();
    return payload;
  }

  clear(): void {
    this.#running?.clear();
  }

  free(): void {
    this.#running?.free();
    this.#running = undefined;
  }
}
