import type { Table } from '../../src/core/index.js';

/** The rows of one table that match an expression, in an order. Both are remembered: most queries change one of them. */
export class RowOrder {
  readonly #table: Table;
  #sorted: { readonly sort: string; readonly rows: Uint32Array } | undefined;
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

  /** One byte for each row: 1 where it matches. */
  mask(where: string): Uint8Array {
    if (this.#selected?.where === where) return this.#selected.mask;
    const mask = maskOf(this.#table, where);
    this.#selected = { where, mask };
    return mask;
  }

  #order(sort: readonly string[]): Uint32Array {
    const name = sort.join(',');
    if (this.#sorted?.sort !== name) {
      const rows = this.#table.order(sort.length === 0 ? undefined : sort);
      this.#sorted = { sort: name, rows };
    }
    return this.#sorted.rows;
  }
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
