import type { Decoder } from '../decoder.js';
import { SnapshotError } from '../errors.js';
import type { Snapshot } from '../snapshot.js';
import { isTableClass } from '../tableClass.js';
import { findBeacons } from './beacons.js';
import { CounterLog } from './counters.js';
import { SeriesBuilder } from './series.js';
import { SocketTrackers } from './socketTrackers.js';
import type { RecordedGap, Timeline, UnreadableSnapshot } from './timelineData.js';

/** Takes one snapshot after another, and makes a timeline of them. */
export class TimelineBuilder {
  readonly #trackers: SocketTrackers;
  readonly #counters = new CounterLog();
  readonly #series: SeriesBuilder;
  readonly #unreadable: UnreadableSnapshot[] = [];
  readonly #undecoded = new Set<string>();
  #host: string | null = null;

  constructor(decoder: Decoder, count: number) {
    this.#trackers = new SocketTrackers(decoder);
    this.#series = new SeriesBuilder(count);
  }

  add(number: number, snapshot: Snapshot): void {
    this.#series.begin(number, snapshot);
    this.#host ??= snapshot.host?.name ?? null;
    this.#counters.add(number, snapshot);
    for (const table of snapshot.tables) if (!isTableClass(table.class)) this.#undecoded.add(table.class);
    this.#trackers.look(number, snapshot, {
      onChanges: (changes, rowsByState) => this.#series.add(number, changes, rowsByState),
      onError: (error) => this.addUnreadable(number, error),
    });
  }

  /** @throws what is no fault of the snapshot */
  addUnreadable(snapshot: number | null, error: unknown): void {
    if (!isFaultOfSnapshot(error)) throw error;
    this.#unreadable.push({
      snapshot,
      code: error.code,
      reason: error.message,
      offset: error.offset ?? null,
    });
  }

  finish(gaps: readonly RecordedGap[]): Timeline {
    const coverages = this.#trackers.finish();
    const snapshots = this.#series.finish();
    const connections = this.#trackers.log.toHistory();
    const owners = this.#trackers.owners.list;
    return {
      host: this.#host,
      snapshots,
      coverages,
      connections,
      owners,
      beacons: findBeacons({ snapshots, coverages, connections, owners }),
      counters: this.#counters.toSeries(),
      unreadable: this.#unreadable,
      undecoded: [...this.#undecoded],
      gaps,
    };
  }

  free(): void {
    this.#trackers.free();
  }
}

/** Whether an error tells of the snapshot, and not of the machine that reads it. */
export function isFaultOfSnapshot(error: unknown): error is SnapshotError {
  return error instanceof SnapshotError && error.code !== 'out-of-memory' && error.code !== 'engine-failed';
}
