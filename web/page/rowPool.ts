import type { Connection } from '../../src/core/index.js';
import type { Row } from '../protocol.js';
import { COLUMNS, type Column, type ShownColumn } from './columns.js';
import { element, setAttribute } from './element.js';
import { changeText } from './rowTexts.js';
import { stateKind } from '../../src/core/table/stateKind.js';
import { fitsIn } from './textWidth.js';

/** Pixels; viewer.css has the same. */
export const ROW_HEIGHT = 24;

/** Frames in which rows are written that have nothing in common with those before. */
const JUMP_FRAMES = 4;

/** What there is to show of rows that are seen. */
interface Shown {
  /** The place of the first of them. */
  readonly first: number;
  readonly rows: readonly Row[];
  readonly isSelected: (place: number) => boolean;
  readonly cursor: number;
}

/**
 * The elements of the rows that are seen. A row stays in its element as long as it is seen, so scrolling by a few rows writes only
 * these; where more than half of all are others, they are written in some frames, none of which takes long then.
 */
export class RowPool {
  readonly #rows = element('div', { class: 'rows', role: 'presentation' });
  /** In the order in which they stand. */
  #slots: RowSlot[] = [];
  #columns: readonly ShownColumn[] = [];
  /** What the elements from a number on do not show yet. */
  #rest: { readonly shown: Shown; readonly from: number } | undefined;

  constructor(body: HTMLElement) {
    body.append(this.#rows);
  }

  setColumns(columns: readonly ShownColumn[]): void {
    const isSame =
      columns.length === this.#columns.length &&
      columns.every(({ field }, i) => field === this.#columns[i]?.field);
    this.#columns = columns;
    if (isSame) for (const slot of this.#slots) slot.setWidths(columns);
    else this.#setSlots([]);
  }

  /**
   * Shows these rows, the first one `offset` pixels below the top.
   *
   * @returns whether all of them are there; if not, `goOn` has to be called in the next frame
   */
  show(shown: Shown, offset: number): boolean {
    const { first, rows } = shown;
    if (this.#slots.length < rows.length) {
      const more = rows.length - this.#slots.length;
      this.#setSlots([...this.#slots, ...Array.from({ length: more }, () => new RowSlot(this.#columns))]);
    }
    this.#turn(first);
    this.#rows.style.transform = `translateY(${offset}px)`;
    const others = rows.filter((row, i) => this.#slots[i]!.shown !== row).length;
    const isJump = others > this.#slots.length / 2;
    return this.#write(shown, 0, isJump ? Math.ceil(this.#slots.length / JUMP_FRAMES) : this.#slots.length);
  }

  /** Shows more of the rows that `show` has left for later, and tells as it does whether all are there. */
  goOn(): boolean {
    if (this.#rest === undefined) return true;
    const { shown, from } = this.#rest;
    return this.#write(shown, from, from + Math.ceil(this.#slots.length / JUMP_FRAMES));
  }

  /** The element that shows the row at a place, if one does. */
  elementAt(place: number): HTMLElement | undefined {
    return this.#slots.find((slot) => slot.place === place)?.element;
  }

  #write(shown: Shown, from: number, end: number): boolean {
    const { first, rows, isSelected, cursor } = shown;
    const to = Math.min(end, this.#slots.length);
    for (let i = from; i < to; i++) {
      const place = first + i;
      const row = rows[i];
      if (row === undefined) this.#slots[i]!.hide();
      else this.#slots[i]!.show(place, row, isSelected(place), place === cursor);
    }
    this.#rest = to < this.#slots.length ? { shown, from: to } : undefined;
    return this.#rest === undefined;
  }

  /** Moves elements whose rows are not seen any more to the other end, where others come into sight. */
  #turn(first: number): void {
    const count = this.#slots.length;
    const before = this.#slots[0]?.place ?? -1;
    const moved = first - before;
    if (before === -1 || moved === 0 || Math.abs(moved) > count / 2) return;
    if (moved > 0) {
      const gone = this.#slots.slice(0, moved);
      this.#slots = [...this.#slots.slice(moved), ...gone];
      this.#rows.append(...gone.map((slot) => slot.element));
    } else {
      const gone = this.#slots.slice(moved);
      this.#slots = [...gone, ...this.#slots.slice(0, moved)];
      this.#rows.prepend(...gone.map((slot) => slot.element));
    }
  }

  #setSlots(slots: RowSlot[]): void {
    this.#slots = slots;
    this.#rest = undefined;
    this.#rows.replaceChildren(...slots.map((slot) => slot.element));
  }
}

let lastId = 0;

class RowSlot {
  readonly element: HTMLElement;
  readonly #cells: readonly Cell[];
  readonly #mark: Text;
  #shown: Row | undefined;
  #selected = false;
  #cursor = false;
  place = -1;

  constructor(columns: readonly ShownColumn[]) {
    this.#cells = columns.map((column, i) => new Cell(column, i));
    this.#mark = document.createTextNode('');
    const mark = element('div', { role: 'gridcell', class: 'cell long mark' }, [this.#mark]);
    this.element = element('div', { role: 'row', id: `row-${++lastId}`, class: 'row', hidden: true }, [
      mark,
      ...this.#cells.map((cell) => cell.element),
    ]);
  }

  /** The row that it shows, or showed last. */
  get shown(): Row | undefined {
    return this.#shown;
  }

  setWidths(columns: readonly ShownColumn[]): void {
    this.#cells.forEach((cell, i) => cell.setWidth(columns[i]!.width));
  }

  show(place: number, row: Row, selected: boolean, cursor: boolean): void {
    if (row !== this.#shown) this.#write(row);
    if (place !== this.place) this.element.setAttribute('aria-rowindex', String(place + 2));
    if (selected !== this.#selected) this.element.setAttribute('aria-selected', String(selected));
    if (cursor !== this.#cursor) this.element.classList.toggle('cursor', cursor);
    if (this.element.hidden) this.element.hidden = false;
    this.place = place;
    this.#selected = selected;
    this.#cursor = cursor;
  }

  hide(): void {
    this.place = -1;
    if (!this.element.hidden) this.element.hidden = true;
  }

  #write(row: Row): void {
    for (const cell of this.#cells) cell.write(row.connection);
    if (row.change !== this.#shown?.change) {
      setAttribute(this.element, 'data-change', row.change === 'same' ? undefined : row.change);
    }
    this.#mark.data = changeText(row);
    this.#shown = row;
  }
}

/** Pixels beside a cell's text: its padding, and in front of a state its mark. */
const PADDING = 20;
const STATE_MARK = 15;

class Cell {
  readonly element: HTMLElement;
  readonly #column: Column;
  readonly #text: Text;
  #width: number;
  #kind = '';
  #isLong = false;

  constructor({ field, width }: ShownColumn, index: number) {
    this.#column = COLUMNS[field];
    this.#width = width;
    this.#text = document.createTextNode('');
    this.element = element('div', { role: 'gridcell', class: `cell align-${this.#column.align}` }, [
      this.#text,
    ]);
    this.element.style.width = `var(--width-${index})`;
  }

  setWidth(width: number): void {
    this.#width = width;
    this.#markLong();
  }

  write(row: Connection): void {
    const text = this.#column.text(row);
    if (text !== this.#text.data) {
      this.#text.data = text;
      this.#markLong();
    }
    if (this.#column.field !== 'state') return;
    const kind = stateKind(row.stateName);
    if (kind !== this.#kind) this.element.dataset['kind'] = this.#kind = kind;
  }

  /** Clipping is what costs most of a cell, and few need it. */
  #markLong(): void {
    const taken = PADDING + (this.#column.field === 'state' ? STATE_MARK : 0);
    const isLong = !fitsIn(this.#text.data, this.#width - taken);
    if (isLong !== this.#isLong) this.element.classList.toggle('long', (this.#isLong = isLong));
  }
}
