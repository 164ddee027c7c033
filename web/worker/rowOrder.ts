import type { Table } from '../../src/core/index.js';
import { markRows, type MarkedRows } from '../../src/core/table/markedRows.js';

/** More rows than any screen shows. */
const MAX_FIRST = 1000;

/** The rows of one table that match an expression, in an order. Both are remembered: most queries change one of them. */
export class RowOrder {
  readonly #table: Table;
  #sorted: { readonly sort: string; readonly rows: Uint32Array } | undefined;
  /** The first rows of another order. */
  #first: { readonly sort: string; readonly rows: Uint32Array } | undefined;
  #marked: { readonly where: string; readonly rows: MarkedRows } | undefined;

  constructor(table: Table) {
    this.#table = table;
  }

  /**
   * @param where a select expression, or nothing
   * @param sort sort keys, or none for the documented order
   * @throws SnapshotError `bad-expression`, `unknown-field`
   */
  rows(where: string, sort: readonly string[]): Uint32Array {
    if (where.trim() === '') return this.#order(sort);
    // The expression first: where it is wrong, nothing else was worth the time.
    const { marks, count } = this.marked(where);
    return keepMarked(this.#order(sort), marks, count);
  }

  /** Of all rows in order those from place `from` up to `to`: the first of a large table are there before the order of all of them. */
  piece(sort: readonly string[], from: number, to: number): Uint32Array {
    const name = nameOf(sort);
    if (this.#sorted?.sort === name || to > MAX_FIRST) return this.#order(sort).subarray(from, to);
    if (this.#first?.sort !== name || to > this.#first.rows.length)
      this.#first = { sort: name, rows: this.#table.firstRows(to, keysOf(sort)) };
    return this.#first.rows.subarray(from, to);
  }

  /** The same of the rows that match; undefined where it takes as long to list them all. */
  markedPiece(where: string, sort: readonly string[], from: number, to: number): Uint32Array | undefined {
    if (to > MAX_FIRST) return undefined;
    return keepMarked(this.#order(sort), this.marked(where).marks, to).subarray(from);
  }

  /** The rows that match. */
  marked(where: string): MarkedRows {
    if (this.#marked?.where !== where) this.#marked = { where, rows: markRows(this.#table, where) };
    return this.#marked.rows;
  }

  #order(sort: readonly string[]): Uint32Array {
    const name = nameOf(sort);
    if (this.#sorted?.sort !== name) this.#sorted = { sort: name, rows: this.#table.order(keysOf(sort)) };
    return this.#sorted.rows;
  }
}

function nameOf(sort: readonly string[]): string {
  return sort.join(',');
}

/** undefined for the documented order. */
function keysOf(sort: readonly string[]): readonly string[] | undefined {
  return sort.length === 0 ? undefined : sort;
}

/** Those of the rows whose bit is set (MarkedRows), in the same order, and no more than `most`. */
export function keepMarked(rows: Uint32Array, marks: Uint32Array, most = rows.length): Uint32Array {
  const kept = new Uint32Array(most);
  let count = 0;
  // By index: over a million rows an iterator shows, above all in code that has not been compiled yet.
  for (let i = 0; i < rows.length && count < most; i++) {
    const row = rows[i]!;
    // Written always, counted where it is kept: no branch for the processor to guess.
    kept[count] = row;
    count += (marks[row >>> 5]! >>> (row & 31)) & 1;
  }
  return kept.subarray(0, count);
}
