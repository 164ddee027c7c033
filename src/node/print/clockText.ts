import type { Timeline } from '../../core/index.js';
import { formatUtc, formatUtcSeconds } from '../../core/text/time.js';

const DAY = 86_400_000_000;

/** Moments of a recording as short as they are clear: the time of day, with the date where the recording is of several days. */
export class ClockText {
  readonly #times: Float64Array;
  readonly #isOfOneDay: boolean;
  readonly #isFine: boolean;

  constructor({ snapshots: { utcMicroseconds } }: Pick<Timeline, 'snapshots'>) {
    this.#times = utcMicroseconds;
    const known = utcMicroseconds.filter((time) => !Number.isNaN(time));
    const days = new Set(known.map((time) => Math.floor(time / DAY)));
    this.#isOfOneDay = days.size <= 1;
    const span = (known.at(-1) ?? 0) - (known[0] ?? 0);
    this.#isFine = known.length > 1 && span / (known.length - 1) < 900_000;
  }

  /** When a snapshot was taken; its number where it does not tell. */
  at(snapshot: number): string {
    const time = this.#times[snapshot]!;
    return Number.isNaN(time) ? `snapshot ${snapshot}` : this.of(time);
  }

  of(utcMicroseconds: number): string {
    const match = /^(\S+) (\S+) UTC$/.exec(formatUtcSeconds(utcMicroseconds));
    if (match === null) return formatUtcSeconds(utcMicroseconds);
    const [, date, clock] = match;
    const time = this.#isFine ? `${clock}.${formatUtc(utcMicroseconds).slice(20, 23)}` : clock!;
    return this.#isOfOneDay ? time : `${date} ${time}`;
  }
}
