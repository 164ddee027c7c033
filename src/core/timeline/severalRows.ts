import { STATE_TIME_WAIT } from '../table/names.js';

interface Row {
  readonly state: number;
  readonly pid: number;
}

/** The rows of connections that have more than one: listeners that share a port, mostly. Equal rows are counted. */
export class SeveralRows {
  readonly #rows = new Map<string, Row & { count: number }>();

  add(state: number, pid: number): void {
    const key = `${state} ${pid}`;
    const row = this.#rows.get(key);
    if (row === undefined) this.#rows.set(key, { state, pid, count: 1 });
    else row.count++;
  }

  remove(state: number, pid: number): void {
    const key = `${state} ${pid}`;
    const row = this.#rows.get(key);
    if (row !== undefined && --row.count === 0) this.#rows.delete(key);
  }

  /** One of the rows: the only one, where there is only one. */
  get any(): Row {
    const [row] = this.#rows.values();
    return row!;
  }

  get lowestState(): number {
    let lowest = this.any.state;
    for (const { state } of this.#rows.values()) lowest = Math.min(lowest, state);
    return lowest;
  }

  /** The distinct pids but 0, ascending. */
  get pids(): number[] {
    const pids = new Set(Array.from(this.#rows.values(), ({ pid }) => pid));
    pids.delete(0);
    return [...pids].sort((a, b) => a - b);
  }

  /** Who owns the rows, to be compared: pids with repetitions. TIME_WAIT has no owner any more. */
  get ownership(): string {
    return ownershipOf(this.#rows.values());
  }
}

/** Pids of rows that are not in TIME_WAIT, ascending, with how often each stands there. */
export function ownershipOf(rows: Iterable<Row & { readonly count: number }>): string {
  const counts = new Map<number, number>();
  for (const { state, pid, count } of rows) {
    if (state !== STATE_TIME_WAIT) counts.set(pid, (counts.get(pid) ?? 0) + count);
  }
  return [...counts]
    .sort(([a], [b]) => a - b)
    .map(([pid, count]) => `${pid}×${count}`)
    .join(' ');
}
