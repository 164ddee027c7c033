import type { Count } from '../../src/core/index.js';
import type { ChangeKind } from '../protocol.js';
import type { Loaded } from './session.js';

/** Rows of one table that stand one after another in a view. */
export interface Segment {
  readonly change: ChangeKind;
  readonly side: Loaded;
  readonly rowCount: number;
  /** Their numbers, in order. */
  readonly rows: Uint32Array;
  /** The same rows for who counts them, in any order; undefined where they are all of the table. */
  readonly rowsToCount: Uint32Array | undefined;
  /** How many have which state. */
  states(): readonly Count[];
  /** Of their numbers those from place `from` on, up to place `to`, which is no more than there are. */
  piece(from: number, to: number): Uint32Array;
}

/** Rows that have been listed. */
export class ListedRows implements Segment {
  readonly change: ChangeKind;
  readonly side: Loaded;
  readonly rows: Uint32Array;

  constructor(change: ChangeKind, side: Loaded, rows: Uint32Array) {
    this.change = change;
    this.side = side;
    this.rows = rows;
  }

  get rowCount(): number {
    return this.rows.length;
  }

  get rowsToCount(): Uint32Array | undefined {
    return this.rows.length === this.side.table.rowCount ? undefined : this.rows;
  }

  states(): readonly Count[] {
    return this.side.table.countBy('state', this.rowsToCount);
  }

  piece(from: number, to: number): Uint32Array {
    return this.rows.subarray(from, to);
  }
}

/** Rows of a table that match an expression, of which the first are known before the others have been listed. */
export class MatchingRows implements Segment {
  readonly change = 'same';
  readonly side: Loaded;
  readonly rowCount: number;
  readonly #where: string;
  readonly #sort: readonly string[];
  readonly #states: readonly Count[];
  #rows: Uint32Array | undefined;

  constructor(side: Loaded, where: string, sort: readonly string[]) {
    const { count, states } = side.order.marked(where);
    this.side = side;
    this.rowCount = count;
    this.#where = where;
    this.#sort = sort;
    this.#states = states;
  }

  get rows(): Uint32Array {
    return (this.#rows ??= this.side.order.rows(this.#where, this.#sort));
  }

  get rowsToCount(): Uint32Array | undefined {
    return this.rowCount === this.side.table.rowCount ? undefined : this.rows;
  }

  states(): readonly Count[] {
    return this.#states;
  }

  piece(from: number, to: number): Uint32Array {
    const isListed = this.#rows !== undefined;
    const first = isListed ? undefined : this.side.order.markedPiece(this.#where, this.#sort, from, to);
    return first ?? this.rows.subarray(from, to);
  }
}

/** All rows of a table, of which the first are known before the others have been put in order. */
export class AllRows implements Segment {
  readonly change = 'same';
  readonly side: Loaded;
  readonly rowsToCount = undefined;
  readonly #sort: readonly string[];

  constructor(side: Loaded, sort: readonly string[]) {
    this.side = side;
    this.#sort = sort;
  }

  get rowCount(): number {
    return this.side.table.rowCount;
  }

  get rows(): Uint32Array {
    return this.side.order.rows('', this.#sort);
  }

  states(): readonly Count[] {
    return this.side.table.countBy('state');
  }

  piece(from: number, to: number): Uint32Array {
    return this.side.order.piece(this.#sort, from, to);
  }
}
