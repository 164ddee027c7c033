import type { Table, TableDiff } from '../../src/core/index.js';
import type { ChangeCounts, ChangeKind } from '../protocol.js';
import { keepMarked } from './rowOrder.js';

const SAME = 0;
const OPENED = 1;
const CHANGED = 2;

/** What became of the rows of two tables. A row whose state and owner both changed is one changed row. */
export class Comparison {
  readonly diff: TableDiff;
  readonly counts: ChangeCounts;
  /** For each row of the later table: SAME, OPENED or CHANGED. */
  readonly #kinds: Uint8Array;
  /** A bit for each row of the earlier table: set where it is gone. */
  readonly #closed: Uint32Array;
  /** The earlier row of a changed one. */
  readonly #before: ReadonlyMap<number, number>;

  constructor(diff: TableDiff, now: Table, before: Table) {
    this.diff = diff;
    this.#kinds = new Uint8Array(now.rowCount);
    this.#closed = new Uint32Array(Math.ceil(before.rowCount / 32));
    this.#before = new Map([...diff.stateChanged, ...diff.ownerChanged].map(([a, b]) => [b, a]));
    for (const row of diff.opened) this.#kinds[row] = OPENED;
    for (const row of this.#before.keys()) this.#kinds[row] = CHANGED;
    for (const row of diff.closed) this.#closed[row >>> 5]! |= 1 << (row & 31);
    const [opened, closed, changed] = [diff.opened.length, diff.closed.length, this.#before.size];
    this.counts = { closed, opened, changed, same: now.rowCount - opened - changed };
  }

  /** What became of a row of the later table. */
  kindOf(row: number): ChangeKind {
    return (['same', 'opened', 'changed'] as const)[this.#kinds[row]!]!;
  }

  /** The number that a changed row had in the earlier table. */
  before(row: number): number | undefined {
    return this.#before.get(row);
  }

  onlyClosed(rows: Uint32Array): Uint32Array {
    return keepMarked(rows, this.#closed);
  }

  /** Rows of the later table by what became of them, each kind in the order given. */
  split(rows: Uint32Array): Readonly<Record<Exclude<ChangeKind, 'closed'>, Uint32Array>> {
    const kindOf = (kind: number): Uint32Array => rows.filter((row) => this.#kinds[row] === kind);
    return { opened: kindOf(OPENED), changed: kindOf(CHANGED), same: kindOf(SAME) };
  }
}
