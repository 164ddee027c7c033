import type { StateCounts } from './summary.js';

/** More points than this are put together: hours to days, days to months, months to years. */
const MOST_POINTS = 1500;
/** Lengths of `2026-11-23T19` and what it begins with. */
const PRECISIONS = ['2026-11-23T19', '2026-11-23', '2026-11', '2026'].map((example) => example.length);
/** States beyond these, which only damaged or hostile tables have, are counted together. */
const MOST_STATES = 64;
const OTHER_STATES = 'other';

interface Point {
  snapshots: number;
  readonly states: Map<string, number>;
}

/** Rows by state over time, in bounded memory whatever the times and states are. */
export class StateTimeline {
  #precision = 0;
  #points = new Map<string | null, Point>();
  readonly #states = new Set<string>();

  addSnapshots(hour: string | null, count: number): void {
    this.#point(hour).snapshots += count;
  }

  addRows(hour: string | null, state: string, count: number): void {
    const known = this.#states.has(state) || this.#states.size < MOST_STATES;
    if (known) this.#states.add(state);
    const { states } = this.#point(hour);
    const name = known ? state : OTHER_STATES;
    states.set(name, (states.get(name) ?? 0) + count);
  }

  /** In order of time. */
  build(): StateCounts[] {
    return [...this.#points]
      .sort(([a], [b]) => ((a ?? '') < (b ?? '') ? -1 : 1))
      .map(([time, { snapshots, states }]) => ({
        time,
        snapshots,
        states: Object.fromEntries([...states].sort(([a], [b]) => (a < b ? -1 : 1))),
      }));
  }

  #point(hour: string | null): Point {
    let point = this.#points.get(this.#timeOf(hour));
    if (point !== undefined) return point;
    while (this.#points.size >= MOST_POINTS && this.#precision < PRECISIONS.length - 1) this.#coarsen();
    const time = this.#timeOf(hour);
    point = this.#points.get(time);
    if (point === undefined) this.#points.set(time, (point = { snapshots: 0, states: new Map() }));
    return point;
  }

  #timeOf(hour: string | null): string | null {
    return hour === null ? null : hour.slice(0, PRECISIONS[this.#precision]);
  }

  #coarsen(): void {
    const finer = this.#points;
    this.#precision++;
    this.#points = new Map();
    for (const [time, { snapshots, states }] of finer) {
      const coarse = this.#timeOf(time);
      let point = this.#points.get(coarse);
      if (point === undefined) this.#points.set(coarse, (point = { snapshots: 0, states: new Map() }));
      point.snapshots += snapshots;
      for (const [state, count] of states) point.states.set(state, (point.states.get(state) ?? 0) + count);
    }
  }
}
