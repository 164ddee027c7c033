import type { Connection } from '../../src/core/index.js';
import type { Row } from '../protocol.js';
import { COLUMNS, type Column, type ShownColumn } from './columns.js';
import { element, setAttribute } from './element.js';
import { stateKind } from '../../src/core/table/stateKind.js';

/** Pixels; viewer.css has the same. */
export const ROW_HEIGHT = 24;

/** What became of a row; of a changed one, what it was. */
function changeText({ change, connection, before }: Row): string {
  if (change === 'same') return '';
  if (before === undefined) return change;
  if (before.state !== connection.state) return `was ${COLUMNS.state.text(before)}`;
  return `was ${COLUMNS.process.text(before)} (${before.pid})`;
}

/**
 * The elements of the rows that are seen. Each is used for any row: the one at a place stays as long as it is seen, so scrolling by
 * a few rows writes only these.
 */
export class RowPool {
  readonly #rows = element('div', { class: 'rows', role: 'presentation' });
  #slots: RowSlot[] = [];
  #columns: readonly Column[] = [];
  /** The place of the row that the first slot shows 0 pixels from the top. A jump moves it, so that no other row has to move. */
  #base = 0;
  /** The place of the first row that was shown last. */
  #first = 0;

  constructor(body: HTMLElement) {
    body.append(this.#rows);
  }

  setColumns(columns: readonly ShownColumn[]): void {
    const fields = columns.map(({ field }) => COLUMNS[field]);
    if (fields.length === this.#columns.length && fields.every((field, i) => field === this.#columns[i]))
      return;
    this.#columns = fields;
    this.#resize(0);
  }

  /** Shows these rows, the first of which has the place `first`, `offset` pixels below the top. */
  show(
    first: number,
    rows: readonly Row[],
    offset: number,
    isSelected: (place: number) => boolean,
    cursor: number,
  ): void {
    this.#resize(Math.max(this.#slots.length, rows.length));
    const count = this.#slots.length;
    if (first < this.#base || Math.abs(first - this.#first) >= count) this.#base = first;
    this.#first = first;
    this.#rows.style.transform = `translateY(${offset - (first - this.#base) * ROW_HEIGHT}px)`;
    for (let i = 0; i < count; i++) {
      const place = first + i;
      const slot = this.#slots[(place - this.#base) % count]!;
      const row = rows[i];
      if (row === undefined) slot.hide();
      else slot.show(place, row, (place - this.#base) * ROW_HEIGHT, isSelected(place), place === cursor);
    }
  }

  /** The element that shows the row at a place, if one does. */
  elementAt(place: number): HTMLElement | undefined {
    return this.#slots.find((slot) => slot.place === place)?.element;
  }

  #resize(count: number): void {
    if (count === this.#slots.length) return;
    // Which slot a place has depends on how many there are.
    this.#slots = Array.from({ length: count }, (_, i) => new RowSlot(i, this.#columns));
    this.#rows.replaceChildren(...this.#slots.map((slot) => slot.element));
  }
}

class RowSlot {
  readonly element: HTMLElement;
  readonly #cells: readonly Cell[];
  readonly #mark: Text;
  #shown: Row | undefined;
  #top = Number.NaN;
  #selected = false;
  #cursor = false;
  place = -1;

  constructor(number: number, columns: readonly Column[]) {
    this.#cells = columns.map((column, i) => new Cell(column, i));
    this.#mark = document.createTextNode('');
    const mark = element('div', { role: 'gridcell', class: 'cell mark' }, [this.#mark]);
    this.element = element('div', { role: 'row', id: `row-${number}`, class: 'row', hidden: true }, [
      mark,
      ...this.#cells.map((cell) => cell.element),
    ]);
  }

  show(place: number, row: Row, top: number, selected: boolean, cursor: boolean): void {
    if (row !== this.#shown) this.#write(row);
    if (place !== this.place) this.element.setAttribute('aria-rowindex', String(place + 2));
    if (top !== this.#top) this.element.style.transform = `translateY(${top}px)`;
    if (selected !== this.#selected) this.element.setAttribute('aria-selected', String(selected));
    if (cursor !== this.#cursor) this.element.classList.toggle('cursor', cursor);
    if (this.element.hidden) this.element.hidden = false;
    this.place = place;
    this.#top = top;
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

class Cell {
  readonly element: HTMLElement;
  readonly #column: Column;
  readonly #text: Text;
  #kind = '';

  constructor(column: Column, index: number) {
    this.#column = column;
    this.#text = document.createTextNode('');
    this.element = element('div', { role: 'gridcell', class: `cell align-${column.align}` }, [this.#text]);
    this.element.style.width = `var(--width-${index})`;
  }

  write(row: Connection): void {
    const text = this.#column.text(row);
    if (text !== this.#text.data) this.#text.data = text;
    if (this.#column.field !== 'state') return;
    const kind = stateKind(row.stateName);
    if (kind !== this.#kind) this.element.dataset['kind'] = this.#kind = kind;
  }
}
