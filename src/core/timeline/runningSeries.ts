import type { Decoder } from '../decoder.js';
import type { Snapshot } from '../snapshot.js';
import { ElapsedTime, joinSeries, SeriesBuilder, type SnapshotSeries } from './series.js';
import { SocketTrackers } from './socketTrackers.js';
import { isFaultOfSnapshot } from './timelineBuilder.js';

/** Snapshots whose values are kept together. */
const PIECE = 256;
/** Connections that are remembered at least; above that, as many that are gone as are there. */
const LEAST_REMEMBERED = 1 << 14;

/** A snapshot that is known already, and the time since the first one: those that are added follow it. */
export interface KnownSnapshot {
  readonly snapshot: Snapshot;
  readonly elapsedMicroseconds: number;
}

/**
 * The series of a recording that goes on (SnapshotSeries), as a timeline of all its snapshots would have it, in bounded memory: what is
 * told can be taken out.
 */
export class RunningSeries {
  readonly #decoder: Decoder;
  /** Where more are remembered, those that are there are looked at anew. */
  #mostRemembered: number;
  readonly #elapsed: ElapsedTime;
  #trackers: SocketTrackers;
  #pieces: SeriesBuilder[] = [];
  /** Snapshots in these pieces. */
  #count = 0;
  /** By which the trackers know the next one. */
  #number = 0;

  /** @param leastRemembered for tests */
  constructor(decoder: Decoder, after?: KnownSnapshot, leastRemembered = LEAST_REMEMBERED) {
    this.#decoder = decoder;
    this.#mostRemembered = leastRemembered;
    this.#elapsed = new ElapsedTime(after?.snapshot, after?.elapsedMicroseconds);
    this.#trackers = new SocketTrackers(decoder);
    if (after !== undefined) this.#look(after.snapshot, () => {});
  }

  /** @throws SnapshotError `out-of-memory`, `engine-failed`: nothing may be added after that */
  add(snapshot: Snapshot): void {
    const place = this.#count % PIECE;
    if (place === 0) this.#pieces.push(new SeriesBuilder(PIECE, this.#elapsed));
    const piece = this.#pieces.at(-1)!;
    piece.begin(place, snapshot);
    this.#count++;
    const number = this.#look(snapshot, (changes, rowsByState) => piece.add(place, changes, rowsByState));
    const { count } = this.#trackers.log.keys;
    if (count > this.#mostRemembered && this.#trackers.haveAllLookedAt(number))
      this.#forgetWhatIsGone(snapshot);
  }

  /** Of the snapshots added since the last `clear`. */
  series(): SnapshotSeries {
    return joinSeries(
      this.#pieces.map((piece) => piece.finish()),
      this.#count,
    );
  }

  clear(): void {
    this.#pieces = [];
    this.#count = 0;
  }

  free(): void {
    this.#trackers.free();
  }

  /** Returns the number by which trackers know the snapshot. */
  #look(snapshot: Snapshot, onChanges: Parameters<SocketTrackers['look']>[2]['onChanges']): number {
    const number = this.#number++;
    this.#trackers.look(number, snapshot, {
      onChanges,
      onError: (error) => {
        if (!isFaultOfSnapshot(error)) throw error;
      },
    });
    return number;
  }

  #forgetWhatIsGone(last: Snapshot): void {
    this.#trackers.free();
    this.#trackers = new SocketTrackers(this.#decoder);
    this.#look(last, () => {});
    this.#mostRemembered = Math.max(this.#mostRemembered, 2 * this.#trackers.log.keys.count);
  }
}
