import type { Snapshot } from '../snapshot.js';
import { hasBooted } from './counters.js';
import { median } from './median.js';
import { SLOT_NAMES, STATE_SLOTS } from './stateSlots.js';
import type { Changes } from './tracker.js';

/** What each snapshot has, in arrays with a value for every one of them, from number 0 on. */
export interface SnapshotSeries {
  readonly count: number;
  /** 0: it could not be read, and everything else of it is 0 or NaN. */
  readonly isReadable: Uint8Array;
  /** When it was taken, microseconds since 1970; NaN where it does not tell. */
  readonly utcMicroseconds: Float64Array;
  /** On a clock that is never set; NaN where it does not tell. */
  readonly monotonicMicroseconds: Float64Array;
  /** Time since the first snapshot that tells, whatever was done to the wall clock meanwhile; NaN where it does not tell. */
  readonly elapsedMicroseconds: Float64Array;
  /** Number of the tick, and how late it came; NaN where the snapshot is not one of a recording at an interval. */
  readonly tick: Float64Array;
  readonly lateMicroseconds: Float64Array;
  readonly rows: Uint32Array;
  /** Rows by state, without states that no snapshot has; `UDP` has none, `UNKNOWN` is all that have no name. */
  readonly rowsByState: readonly { readonly state: string; readonly rows: Uint32Array }[];
  /** Connections that were not there in the snapshot before that could be read, or are not there any more, or have changed. */
  readonly opened: Uint32Array;
  readonly closed: Uint32Array;
  readonly stateChanged: Uint32Array;
  readonly ownerChanged: Uint32Array;
}

/** The columns of a series that have a value for each snapshot, but for those of states. */
export const SERIES_COLUMNS = [
  'isReadable',
  'utcMicroseconds',
  'monotonicMicroseconds',
  'elapsedMicroseconds',
  'tick',
  'lateMicroseconds',
  'rows',
  'opened',
  'closed',
  'stateChanged',
  'ownerChanged',
] as const satisfies readonly (keyof SnapshotSeries)[];

type Series = Omit<SnapshotSeries, 'rowsByState'>;

function emptySeries(count: number): Series {
  const counts = (): Uint32Array => new Uint32Array(count);
  const times = (): Float64Array => new Float64Array(count).fill(Number.NaN);
  return {
    count,
    isReadable: new Uint8Array(count),
    utcMicroseconds: times(),
    monotonicMicroseconds: times(),
    elapsedMicroseconds: times(),
    tick: times(),
    lateMicroseconds: times(),
    rows: counts(),
    opened: counts(),
    closed: counts(),
    stateChanged: counts(),
    ownerChanged: counts(),
  };
}

/** What tells the time of a snapshot. */
type Moment = Pick<Snapshot, 'host' | 'time'>;

/** Time since the first of several snapshots, whatever was done to the wall clock meanwhile. */
export class ElapsedTime {
  #before: Moment | undefined;
  #microseconds: number;

  /** @param microseconds at the snapshot before, where there was one */
  constructor(before?: Moment, microseconds = 0) {
    this.#before = before;
    this.#microseconds = microseconds;
  }

  /** Microseconds at a snapshot that has a time. */
  at({ time, host }: Moment): number {
    const now = { ...(time && { time }), ...(host && { host }) };
    if (this.#before !== undefined) this.#microseconds += elapsedBetween(this.#before, now);
    this.#before = now;
    return this.#microseconds;
  }
}

export class SeriesBuilder {
  readonly #series: Series;
  readonly #slots: (Uint32Array | undefined)[] = Array.from({ length: STATE_SLOTS });
  readonly #elapsed: ElapsedTime;

  constructor(count: number, elapsed = new ElapsedTime()) {
    this.#elapsed = elapsed;
    this.#series = emptySeries(count);
  }

  begin(number: number, { time, host, tick }: Snapshot): void {
    this.#series.isReadable[number] = 1;
    if (tick !== undefined) {
      this.#series.tick[number] = tick.number;
      this.#series.lateMicroseconds[number] = tick.lateMicroseconds;
    }
    if (time === undefined) return;
    this.#series.utcMicroseconds[number] = time.utcMicroseconds;
    this.#series.monotonicMicroseconds[number] = time.monotonicMicroseconds;
    this.#series.elapsedMicroseconds[number] = this.#elapsed.at({ time, ...(host && { host }) });
  }

  /** Adds what one of a snapshot's tables tells. */
  add(number: number, changes: Changes, rowsByState: Uint32Array): void {
    const { count, rows, opened, closed, stateChanged, ownerChanged } = this.#series;
    opened[number]! += changes.opened;
    closed[number]! += changes.closed;
    stateChanged[number]! += changes.stateChanged;
    ownerChanged[number]! += changes.ownerChanged;
    for (let slot = 0; slot < STATE_SLOTS; slot++) {
      const inState = rowsByState[slot]!;
      if (inState === 0) continue;
      rows[number]! += inState;
      const series = (this.#slots[slot] ??= new Uint32Array(count));
      series[number]! += inState;
    }
  }

  finish(): SnapshotSeries {
    const rowsByState = this.#slots.flatMap((rows, slot) =>
      rows === undefined ? [] : [{ state: SLOT_NAMES[slot]!, rows }],
    );
    return { ...this.#series, rowsByState };
  }
}

/** The first `count` snapshots of these series, one behind the other. */
export function joinSeries(
  parts: readonly SnapshotSeries[],
  count = parts.reduce((sum, part) => sum + part.count, 0),
): SnapshotSeries {
  const joined = emptySeries(count);
  const inStates = new Map<string, Uint32Array>();
  let at = 0;
  for (const part of parts) {
    const taken = Math.min(part.count, count - at);
    for (const column of SERIES_COLUMNS) joined[column].set(part[column].subarray(0, taken), at);
    for (const { state, rows } of part.rowsByState) {
      let all = inStates.get(state);
      if (all === undefined) inStates.set(state, (all = new Uint32Array(count)));
      all.set(rows.subarray(0, taken), at);
    }
    at += taken;
  }
  const rowsByState = SLOT_NAMES.flatMap((state) => {
    const rows = inStates.get(state);
    return rows === undefined ? [] : [{ state, rows }];
  });
  return { ...joined, rowsByState };
}

/** By the clock that is never set, unless the machine has booted in between and it began anew. */
function elapsedBetween(before: Moment, after: Moment): number {
  const clock = hasBooted(before, after) ? 'utcMicroseconds' : 'monotonicMicroseconds';
  return Math.max(0, after.time![clock] - before.time![clock]);
}

/** Lowest, middle and highest of the values of all snapshots that could be read; undefined where there is none. */
export interface Range {
  readonly lowest: number;
  readonly median: number;
  readonly highest: number;
}

/** @param values one for each snapshot; NaN stands for none */
export function rangeOf(
  { isReadable }: SnapshotSeries,
  values: Uint32Array | Float64Array,
): Range | undefined {
  const known = Float64Array.from(values).filter(
    (value, number) => isReadable[number] === 1 && !Number.isNaN(value),
  );
  if (known.length === 0) return undefined;
  known.sort();
  return { lowest: known[0]!, median: median(known), highest: known.at(-1)! };
}
