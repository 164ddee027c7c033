import type { Table } from '../../src/core/index.js';

/** More rows than any screen shows. */
const MAX_FIRST = 1000;

/** The rows of one table that match an expression, in an order. Both are remembered: most queries change one of them. */
export class RowOrder {
  readonly #table: Table;
  #sorted: { readonly sort: string; readonly rows: Uint32Array } | undefined;
  /** The first rows of another order. */
  #first: { readonly sort: string; readonly rows: Uint32Array } | undefined;
  #selected: { readonly where: string; readonly mask: Uint8Array } | undefined;

  constructor(table: Table) {
    this.#table = table;
  }

  /**
   * @param where a select expression, or nothing
   * @param sort sort keys, or none for the documented order
   * @throws SnapshotError `bad-expression`, `unknown-field`
   */
  rows(where: string, sort: readonly string[]): Uint32Array {
    // The expression first: where it is wrong, nothing else was worth the time.
    const mask = where.trim() === '' ? undefined : this.mask(where);
    const order = this.#order(sort);
    return mask === undefined ? order : keepMarked(order, mask);
  }

  /** Of all rows in order those from place `from` up to `to`: the first of a large table are there before the order of all of them. */
  piece(sort: readonly string[], from: number, to: number): Uint32Array {
    const name = nameOf(sort);
    if (this.#sorted?.sort === name || to > MAX_FIRST) return this.#order(sort).subarray(from, to);
    if (this.#first?.sort !== name || to > this.#first.rows.length)
      this.#first = { sort: name, rows: this.#table.firstRows(to, keysOf(sort)) };
    return this.#first.rows.subarray(from, to);
  }

  /** One byte for each row: 1 where it matches. */
  mask(where: string): Uint8Array {
    if (this.#selected?.where === where) return this.#selected.mask;
    const mask = maskOf(this.#table, where);
    this.#selected = { where, mask };
    return mask;
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

export function maskOf(table: Table, where: string): Uint8Array {
  const mask = new Uint8Array(table.rowCount);
  const rows = table.select(where);
  // By index, here and below: over a million rows an iterator shows, above all in code that has not been compiled yet.
  for (let i = 0; i < rows.length; i++) mask[rows[i]!] = 1;
  return mask;
}

/** The rows whose byte in the mask is set, in the same order. */
export function keepMarked(rows: Uint32Array, mask: Uint8Array): Uint32Array {
  const kept = new Uint32Array(rows.length);
  let count = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    // Written always, counted where it is kept: no branch for the processor to guess.
    kept[count] = row;
    count += mask[row]!;
  }
  return kept.slice(0, count);
}
