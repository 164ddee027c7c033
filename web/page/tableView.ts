import type { Field } from '../../src/core/index.js';
import type { Row } from '../protocol.js';
import { COLUMNS, type ShownColumn } from './columns.js';
import { element, setAttribute } from './element.js';
import { ROW_HEIGHT, RowPool } from './rowPool.js';
import { ScrollRange } from './scrollRange.js';
import { TableHeader } from './tableHeader.js';

interface TableListener {
  fetchRows(first: number, count: number): Promise<Row[]>;
  onSort(field: Field, add: boolean): void;
  onColumns(columns: readonly ShownColumn[]): void;
  /** Another row is the current one. */
  onCursor(place: number): void;
  /** Somebody selected other rows. */
  onSelect(first: number, end: number): void;
  /** Somebody wants to see all of it. */
  onOpen(place: number): void;
}

/** Rows that are here, from a place on. */
export interface Fetched {
  readonly first: number;
  readonly rows: readonly Row[];
}

/** Pixels; viewer.css has the same. */
const HEADER_HEIGHT = 28;
/** Rows fetched above and below what is seen; far from the last ones only some, since they will not be seen long. */
const MARGIN_ROWS = 40;
const JUMP_MARGIN_ROWS = 2;
/** What a wheel's "line" and "page" are. */
const LINE_PIXELS = 3 * ROW_HEIGHT;

/**
 * The table: any number of rows, of which only those exist that are seen. The body stays where it is while the bar scrolls, and
 * is written anew when the rows are there, so it is never empty.
 */
export class TableView {
  readonly element: HTMLElement;
  readonly #listener: TableListener;
  readonly #header: TableHeader;
  readonly #body = element('div', { role: 'rowgroup', class: 'body' });
  readonly #canvas: HTMLElement;
  readonly #pool = new RowPool(this.#body);
  #range = new ScrollRange(0, 0);
  #rowCount = 0;
  #columns: readonly ShownColumn[] = [];
  /** Pixel of all rows at the top of the view. */
  #position = 0;
  /** What `scrollTop` was set to, so that its event is not taken for the user's. */
  #ownScrollTop = -1;
  #fetched: Fetched = { first: 0, rows: [] };
  /** The position that rows were fetched for and not shown at yet: while the view moves fast, it is elsewhere when they come. */
  #fetchedFor: number | undefined;
  #isFetching = false;
  /** Counts what was shown: rows that were asked for before do not belong to it. */
  #generation = 0;
  #frame = 0;
  /** Whether all rows are written that the last frame began with. */
  #isWhole = true;
  #cursor: number | undefined;
  /** What the grid names as its active row: naming it again would tell the browser of a change. */
  #activeId: string | undefined;
  #anchor = 0;

  constructor(listener: TableListener) {
    this.#listener = listener;
    this.#header = new TableHeader({
      onSort: (field, add) => listener.onSort(field, add),
      onColumns: (columns) => listener.onColumns(columns),
      onFit: (field) => this.#fit(field),
    });
    const head = element('div', { role: 'rowgroup', class: 'head' }, [this.#header.element]);
    this.#canvas = element('div', { class: 'canvas', role: 'presentation' }, [head, this.#body]);
    this.element = element(
      'div',
      {
        role: 'grid',
        class: 'table',
        tabindex: 0,
        'aria-label': 'Connections',
        'aria-multiselectable': 'true',
      },
      [this.#canvas],
    );
    this.element.addEventListener('scroll', () => this.#onScroll(), { passive: true });
    this.element.addEventListener('wheel', (event) => this.#onWheel(event), { passive: false });
    this.element.addEventListener('keydown', (event) => this.#onKey(event));
    this.#body.addEventListener('click', (event) => this.#onClick(event));
    this.#body.addEventListener('dblclick', () => this.#open());
    new ResizeObserver(() => this.#onResize()).observe(this.element);
  }

  /** The places whose rows are wanted now: those that are seen, and some around them. */
  get wanted(): { readonly first: number; readonly count: number } {
    const top = Math.floor(this.#position / ROW_HEIGHT);
    const seen = Math.ceil(this.#range.view / ROW_HEIGHT) + 1;
    const { first, rows } = this.#fetched;
    const isNear = top + seen >= first && top <= first + rows.length;
    const margin = isNear ? MARGIN_ROWS : JUMP_MARGIN_ROWS;
    return { first: Math.max(0, top - margin), count: seen + 2 * margin };
  }

  /**
   * Other rows than before. The view stays where it is where it can, or goes to the cursor.
   *
   * @param fetched some of them, which are probably those that will be seen
   */
  setRows(rowCount: number, cursor: number | undefined, fetched: Fetched): void {
    this.#generation++;
    this.#rowCount = rowCount;
    this.#fetched = fetched;
    this.#fetchedFor = undefined;
    this.#isFetching = false;
    this.#cursor = cursor;
    this.#anchor = cursor ?? 0;
    setAttribute(this.element, 'aria-rowcount', rowCount + 1);
    this.#layOut();
    if (cursor !== undefined) this.#reveal(cursor);
    this.#syncScrollTop();
    this.#update();
  }

  setColumns(columns: readonly ShownColumn[], sort: readonly string[]): void {
    this.#columns = columns;
    this.#header.update(columns, sort);
    this.#pool.setColumns(columns);
    setAttribute(this.element, 'aria-colcount', columns.length);
    const { style } = this.#canvas;
    let end = 0;
    for (const [i, { width }] of columns.entries()) {
      style.setProperty(`--width-${i}`, `${width}px`);
      end += width;
    }
    style.setProperty('--columns', columns.map(({ width }) => `${width}px`).join(' '));
    style.setProperty('--width', `calc(var(--mark) + ${end}px)`);
    this.#update();
  }

  scrollToTop(): void {
    this.#scrollTo(0);
  }

  /** The rows that are here: those that are seen, and some around them. */
  get fetched(): Fetched {
    return this.#fetched;
  }

  /** The row at a place, if it is near those that are seen. */
  row(place: number): Row | undefined {
    return this.#fetched.rows[place - this.#fetched.first];
  }

  /** The places that are selected: from the first to before the end. */
  get selection(): readonly [first: number, end: number] {
    if (this.#cursor === undefined) return [0, 0];
    return [Math.min(this.#anchor, this.#cursor), Math.max(this.#anchor, this.#cursor) + 1];
  }

  get rowCount(): number {
    return this.#rowCount;
  }

  get cursor(): number | undefined {
    return this.#cursor;
  }

  moveCursor(place: number, extend = false): void {
    if (this.#rowCount === 0) return;
    const cursor = Math.min(this.#rowCount - 1, Math.max(0, place));
    if (!extend) this.#anchor = cursor;
    this.#cursor = cursor;
    this.#reveal(cursor);
    this.#syncScrollTop();
    this.#update();
    this.#listener.onCursor(cursor);
    this.#listener.onSelect(...this.selection);
  }

  #layOut(): void {
    const view = Math.max(ROW_HEIGHT, this.element.clientHeight - HEADER_HEIGHT);
    this.#range = new ScrollRange(this.#rowCount * ROW_HEIGHT, view);
    this.#canvas.style.height = `${this.#range.height + HEADER_HEIGHT}px`;
    this.#body.style.height = `${view}px`;
    this.#position = this.#range.clamp(this.#position);
    this.#update();
  }

  /** Something else takes room, or gives it back: the cursor stays in sight, and the last row where it was reached. */
  #onResize(): void {
    const cursor = this.#cursor;
    const isSeen = cursor !== undefined && this.#pool.elementAt(cursor) !== undefined;
    const isAtEnd = this.#position > 0 && this.#position === this.#range.end;
    this.#layOut();
    if (isAtEnd) this.#position = this.#range.end;
    if (isSeen) this.#reveal(cursor);
    this.#syncScrollTop();
  }

  #onScroll(): void {
    const { scrollTop } = this.element;
    if (Math.abs(scrollTop - this.#ownScrollTop) < 1) return;
    this.#ownScrollTop = -1;
    this.#position = this.#range.position(scrollTop);
    this.#update();
  }

  /** Where the bar's range is stretched, a turn of the wheel would pass over rows. */
  #onWheel(event: WheelEvent): void {
    if (!this.#range.isScaled || event.ctrlKey || event.deltaY === 0) return;
    event.preventDefault();
    const unit = [1, LINE_PIXELS, this.#range.view][event.deltaMode] ?? 1;
    this.element.scrollLeft += event.deltaX;
    this.#scrollTo(this.#position + event.deltaY * unit);
  }

  #scrollTo(position: number): void {
    this.#position = this.#range.clamp(position);
    this.#syncScrollTop();
    this.#update();
  }

  #syncScrollTop(): void {
    const scrollTop = this.#range.scrollTop(this.#position);
    if (Math.abs(this.element.scrollTop - scrollTop) < 1) return;
    this.element.scrollTop = scrollTop;
    this.#ownScrollTop = this.element.scrollTop;
  }

  /** Scrolls as little as shows the whole row. */
  #reveal(place: number): void {
    const top = place * ROW_HEIGHT;
    const lowest = top + ROW_HEIGHT - this.#range.view;
    this.#position = this.#range.clamp(Math.max(lowest, Math.min(top, this.#position)));
  }

  #update(): void {
    if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.#paint());
  }

  /** Each frame does one part of what there is to do, so that none takes long. */
  #paint(): void {
    this.#frame = 0;
    if (!this.#isWhole) {
      // What has been begun is seen whole, wherever the view is by now.
      this.#isWhole = this.#pool.goOn();
      this.#update();
      // The next rows come while the browser paints these.
      if (this.#isWhole && !this.#isThere(this.#position)) void this.#fetch();
      return;
    }
    const position = this.#isThere(this.#position) ? this.#position : this.#fetchedFor;
    this.#fetchedFor = undefined;
    if (position === undefined) void this.#fetch();
    else this.#show(position);
  }

  #isThere(position: number): boolean {
    const { first, rows } = this.#fetched;
    const { place, count } = this.#seenAt(position);
    return place >= first && place + count <= first + rows.length;
  }

  #seenAt(position: number): { readonly place: number; readonly count: number } {
    const place = Math.floor(position / ROW_HEIGHT);
    return { place, count: Math.min(Math.ceil(this.#range.view / ROW_HEIGHT) + 1, this.#rowCount - place) };
  }

  #show(position: number): void {
    const { place, count } = this.#seenAt(position);
    const start = place - this.#fetched.first;
    const rows = this.#fetched.rows.slice(start, start + count);
    const [from, to] = this.selection;
    const isSelected = (at: number): boolean => at >= from && at < to;
    const shown = { first: place, rows, isSelected, cursor: this.#cursor ?? -1 };
    this.#isWhole = this.#pool.show(shown, place * ROW_HEIGHT - position);
    if (!this.#isWhole || !this.#isThere(this.#position)) this.#update();
    const current = this.#cursor === undefined ? undefined : this.#pool.elementAt(this.#cursor);
    if (current?.id !== this.#activeId) {
      this.#activeId = current?.id;
      setAttribute(this.element, 'aria-activedescendant', current?.id);
    }
  }

  /** Asks for the rows around those that are seen; one request at a time, so that none is asked for in vain. */
  async #fetch(): Promise<void> {
    if (this.#isFetching) return;
    this.#isFetching = true;
    const generation = this.#generation;
    const position = this.#position;
    const { first, count } = this.wanted;
    let rows: readonly Row[] | undefined;
    try {
      rows = await this.#listener.fetchRows(first, count);
    } catch {
      // The worker died, or another snapshot is being shown: setRows follows.
    }
    if (generation !== this.#generation) return;
    this.#isFetching = false;
    if (rows === undefined) return;
    this.#fetched = { first, rows };
    this.#fetchedFor = position;
    this.#update();
  }

  #onClick(event: MouseEvent): void {
    const { top } = this.#body.getBoundingClientRect();
    const place = Math.floor((this.#position + event.clientY - top) / ROW_HEIGHT);
    if (place < this.#rowCount) this.moveCursor(place, event.shiftKey);
  }

  #onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey) return this.#onControlKey(event);
    if (event.altKey) return;
    const page = Math.max(1, Math.floor(this.#range.view / ROW_HEIGHT) - 1);
    const cursor = this.#cursor ?? -1;
    const target = {
      ArrowDown: cursor + 1,
      ArrowUp: cursor - 1,
      PageDown: cursor + page,
      PageUp: cursor - page,
      Home: 0,
      End: this.#rowCount - 1,
    }[event.key];
    if (target !== undefined) this.moveCursor(target, event.shiftKey);
    else if (event.key === 'Enter') this.#open();
    else return;
    event.preventDefault();
  }

  #onControlKey(event: KeyboardEvent): void {
    if (event.key !== 'a' || this.#rowCount === 0) return;
    event.preventDefault();
    this.#anchor = 0;
    this.#cursor = this.#rowCount - 1;
    this.#update();
    this.#listener.onCursor(this.#cursor);
    this.#listener.onSelect(...this.selection);
  }

  #open(): void {
    if (this.#cursor !== undefined) this.#listener.onOpen(this.#cursor);
  }

  #fit(field: Field): void {
    const longest = Math.max(
      ...this.#fetched.rows.map(({ connection }) => COLUMNS[field].text(connection).length),
      COLUMNS[field].title.length + 2,
    );
    const width = Math.ceil(longest * CHARACTER_PIXELS) + CELL_PADDING;
    this.#listener.onColumns(
      this.#columns.map((column) => (column.field === field ? { field, width } : column)),
    );
  }
}

/** Somewhat more than an average character of the table's font takes. */
const CHARACTER_PIXELS = 7.6;
const CELL_PADDING = 32;
