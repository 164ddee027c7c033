import { diffTables, type AddedKey, type Connection } from '../../src/core/index.js';
import { STATE_LISTEN, stateName } from '../../src/core/table/names.js';
import {
  CHANGE_KINDS,
  type ChangeCounts,
  type Query,
  type QueryResult,
  type Row,
  type RowName,
} from '../protocol.js';
import { Comparison } from './comparison.js';
import { AllRows, ListedRows, MatchingRows, type Segment } from './segment.js';
import type { Loaded } from './session.js';

/**
 * The rows that the page shows: those of one snapshot that match, in order; of a comparison, the closed ones of the earlier snapshot
 * first, then the opened, changed and unchanged ones of the later.
 */
export class View {
  readonly now: Loaded;
  readonly before: Loaded | undefined;
  readonly comparison: Comparison | undefined;
  #segments: readonly Segment[] = [];
  #keys: readonly AddedKey[] = [];
  #sort: readonly string[] = [];

  constructor(now: Loaded, before: Loaded | undefined) {
    this.now = now;
    this.before = before;
    if (before === undefined) return;
    this.comparison = new Comparison(diffTables(before.table, now.table), now.table, before.table);
  }

  get segments(): readonly Segment[] {
    return this.#segments;
  }

  /** The snapshots that its rows are of. */
  get sides(): readonly Loaded[] {
    return this.before === undefined ? [this.now] : [this.now, this.before];
  }

  /** How many rows there are of each kind. */
  changeCounts(): ChangeCounts {
    return this.comparison!.counts;
  }

  query({ where, sort, changes, keys, follow, first, count }: Query): QueryResult {
    this.#keys = keys;
    this.#sort = sort;
    const matching = this.#matching(where, sort);
    this.#segments = matching.filter(
      ({ change }) => this.comparison === undefined || changes.includes(change),
    );
    return {
      rowCount: lengthOf(this.#segments),
      total: this.#total(),
      states: countStates(this.#segments),
      ...(this.comparison && { changes: countsOf(matching) }),
      place: follow && this.#placeOf(follow),
      rows: this.rows(first, count),
    };
  }

  /** The rows at these places; fewer where there are no more. */
  rows(first: number, count: number): Row[] {
    const rows: Row[] = [];
    let start = 0;
    for (const segment of this.#segments) {
      const { change, side, rowCount } = segment;
      const from = Math.max(0, first - start);
      const to = Math.min(rowCount, first + count - start);
      start += rowCount;
      if (from >= to) continue;
      const piece = segment.piece(from, to);
      const connections = side.table.rows(piece, this.#keys);
      connections.forEach((connection, i) => {
        const number = piece[i]!;
        const before = change === 'changed' ? this.#rowBefore(number) : undefined;
        rows.push({ change, number, connection, ...(before && { before }) });
      });
    }
    return rows;
  }

  /** Has all rows put in order, of which only the first may be so far. Which of them match is listed when somebody asks: who is typing does not. */
  finishOrder(): void {
    for (const { order } of this.sides) void order.rows('', this.#sort);
  }

  /** The snapshot that a row is of. */
  loadedOf({ change }: Pick<RowName, 'change'>): Loaded {
    return change === 'closed' ? this.before! : this.now;
  }

  /** The row of a connection in the later snapshot, by its key. */
  find(connection: Connection): RowName | undefined {
    const [number] = this.now.table.select(keyExpression(connection));
    if (number === undefined) return undefined;
    return { change: this.comparison?.kindOf(number) ?? 'same', number };
  }

  free(): void {
    for (const { table } of this.sides) table.free();
  }

  /** The rows that match, by kind. */
  #matching(where: string, sort: readonly string[]): Segment[] {
    if (this.comparison === undefined)
      return [where.trim() === '' ? new AllRows(this.now, sort) : new MatchingRows(this.now, where, sort)];
    const now = this.now.order.rows(where, sort);
    const before = this.before!;
    const kinds = this.comparison.split(now);
    const closed = this.comparison.onlyClosed(before.order.rows(where, sort));
    return CHANGE_KINDS.map((change) =>
      change === 'closed'
        ? new ListedRows(change, before, closed)
        : new ListedRows(change, this.now, kinds[change]),
    );
  }

  #total(): number {
    const { rowCount } = this.now.table;
    return this.comparison === undefined ? rowCount : rowCount + this.comparison.counts.closed;
  }

  #rowBefore(number: number): Connection {
    return this.before!.table.row(this.comparison!.before(number)!);
  }

  #placeOf({ change, number }: RowName): number | undefined {
    let start = 0;
    for (const segment of this.#segments) {
      const at = segment.change === change ? segment.rows.indexOf(number) : -1;
      if (at !== -1) return start + at;
      start += segment.rowCount;
    }
    return undefined;
  }
}

/** Selects the rows of a connection. Listeners are one by their local end. */
function keyExpression(row: Connection): string {
  const tests = [
    `protocol = ${row.protocol}`,
    `family = ${row.family}`,
    `local = ${row.localAddress}`,
    `lport = ${row.localPort}`,
  ];
  if (row.state === STATE_LISTEN) tests.push('LISTEN');
  else if (row.remoteAddress !== null) {
    tests.push(`remote = ${row.remoteAddress}`, `rport = ${row.remotePort}`);
  }
  return tests.join(' and ');
}

function lengthOf(segments: readonly Segment[]): number {
  return segments.reduce((sum, { rowCount }) => sum + rowCount, 0);
}

function countsOf(segments: readonly Segment[]): ChangeCounts {
  const counts = { closed: 0, opened: 0, changed: 0, same: 0 };
  for (const { change, rowCount } of segments) counts[change] = rowCount;
  return counts;
}

/** The states of all rows, the most frequent first. */
function countStates(segments: readonly Segment[]): QueryResult['states'] {
  const counts = new Map<number | null, number>();
  for (const segment of segments) {
    for (const { value, count } of segment.states()) {
      const state = value as number | null;
      counts.set(state, (counts.get(state) ?? 0) + count);
    }
  }
  return [...counts]
    .sort(([a, m], [b, n]) => n - m || Number(a) - Number(b))
    .map(([state, count]) => ({ stateName: state === null ? null : stateName(state), count }));
}
