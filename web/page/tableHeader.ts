import type { Field } from '../../src/core/index.js';
import { COLUMNS, MIN_WIDTH, showColumn, type ShownColumn } from './columns.js';
import { element, setAttribute } from './element.js';
import { sortField } from './sortKeys.js';

interface HeaderListener {
  /** Sort by this field; `add` keeps the keys that are there. */
  onSort(field: Field, add: boolean): void;
  onColumns(columns: readonly ShownColumn[]): void;
  /** As wide as what is seen in it. */
  onFit(field: Field): void;
}

const KEY_STEP = 16;
/** Pixels that a pointer moves before it drags. */
const DRAG_THRESHOLD = 5;

/** The titles: click sorts, Shift-click adds a key, dragging moves a column, dragging its edge resizes it; the same by keys. */
export class TableHeader {
  readonly element = element('div', { role: 'row', class: 'header', 'aria-rowindex': 1 });
  readonly #listener: HeaderListener;
  #columns: readonly ShownColumn[] = [];
  #sort: readonly string[] = [];
  /** The title that Tab reaches. */
  #active = 0;
  #titles: readonly HTMLElement[] = [];

  constructor(listener: HeaderListener) {
    this.#listener = listener;
    this.element.addEventListener('keydown', (event) => this.#onKey(event));
  }

  update(columns: readonly ShownColumn[], sort: readonly string[]): void {
    const focused = this.element.contains(document.activeElement);
    this.#columns = columns;
    this.#sort = sort;
    this.#active = Math.min(this.#active, columns.length - 1);
    this.#titles = columns.map((column, i) => this.#title(column, i));
    // Only shown while two snapshots are compared; their rows stand in the order of what became of them.
    const mark = element('div', { role: 'columnheader', class: 'title mark' }, ['Change']);
    this.element.replaceChildren(mark, ...this.#titles);
    if (focused) this.#focus(this.#active);
  }

  #title({ field }: ShownColumn, index: number): HTMLElement {
    const { title, align } = COLUMNS[field];
    const key = this.#sort.findIndex((name) => sortField(name) === field);
    const descending = this.#sort[key]?.startsWith('-') ?? false;
    const arrow = key === -1 ? '' : descending ? '▼' : '▲';
    const number = key !== -1 && this.#sort.length > 1 ? String(key + 1) : '';
    const edge = element('span', { class: 'edge', title: 'Drag to resize; double-click to fit' });
    const made = element(
      'div',
      {
        role: 'columnheader',
        class: `title align-${align}`,
        tabindex: index === this.#active ? 0 : -1,
        title: `${title}: "${field}" in the filter. Click to sort, Shift-click to add to the sort, drag to move`,
        'aria-sort': key === -1 ? 'none' : descending ? 'descending' : 'ascending',
        'data-field': field,
      },
      [
        element('span', { class: 'name' }, [title]),
        element('span', { class: 'arrow', 'aria-hidden': 'true' }, [arrow + number]),
        edge,
      ],
    );
    edge.addEventListener('pointerdown', (event) => this.#resize(event, index));
    edge.addEventListener('dblclick', () => this.#listener.onFit(field));
    edge.addEventListener('click', (event) => event.stopPropagation());
    made.addEventListener('pointerdown', (event) => this.#drag(event, made, index));
    made.addEventListener('focus', () => this.#activate(index));
    return made;
  }

  #onKey(event: KeyboardEvent): void {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const column = this.#columns[this.#active];
    if (column === undefined) return;
    if (event.key === 'Enter' || event.key === ' ') this.#listener.onSort(column.field, event.shiftKey);
    else if (step === undefined) return;
    else if (event.altKey || event.ctrlKey) this.#move(this.#active, this.#active + step);
    else if (event.shiftKey) this.#setWidth(this.#active, column.width + step * KEY_STEP);
    else this.#focus(this.#active + step);
    event.preventDefault();
    event.stopPropagation();
  }

  #activate(index: number): void {
    this.#active = index;
    this.#titles.forEach((title, i) => setAttribute(title, 'tabindex', i === index ? 0 : -1));
  }

  #focus(index: number): void {
    this.#titles[index]?.focus();
  }

  #setWidth(index: number, width: number): void {
    this.#listener.onColumns(
      this.#columns.map((column, i) => (i === index ? showColumn(column.field, width) : column)),
    );
  }

  #move(from: number, to: number): void {
    const moved = this.#columns[from];
    if (moved === undefined || to < 0 || to >= this.#columns.length) return;
    this.#active = to;
    this.#listener.onColumns(this.#columns.toSpliced(from, 1).toSpliced(to, 0, moved));
  }

  #resize(event: PointerEvent, index: number): void {
    event.preventDefault();
    event.stopPropagation();
    const { width } = this.#columns[index]!;
    followPointer(event, (moved) => this.#setWidth(index, Math.max(MIN_WIDTH, width + moved)));
  }

  /** A press that stays where it is sorts; one that moves takes the column along. */
  #drag(event: PointerEvent, title: HTMLElement, index: number): void {
    if (event.button !== 0) return;
    const bounds = this.#titles.map((other) => other.getBoundingClientRect());
    let target = index;
    let isDragging = false;
    followPointer(
      event,
      (moved, x) => {
        isDragging ||= Math.abs(moved) > DRAG_THRESHOLD;
        if (!isDragging) return;
        title.classList.add('dragged');
        title.style.transform = `translateX(${moved}px)`;
        const under = bounds.findIndex(({ left, right }) => x >= left && x < right);
        if (under !== -1) target = under;
      },
      () => {
        title.classList.remove('dragged');
        title.style.transform = '';
        if (!isDragging) this.#listener.onSort(this.#columns[index]!.field, event.shiftKey);
        else if (target !== index) this.#move(index, target);
      },
    );
  }
}

/** Calls `onMove` with how far the pointer has moved, and where it is, until it is let go. */
function followPointer(
  start: PointerEvent,
  onMove: (moved: number, x: number) => void,
  onEnd: () => void = () => {},
): void {
  const done = new AbortController();
  const { signal } = done;
  const end = (): void => {
    done.abort();
    onEnd();
  };
  addEventListener('pointermove', ({ clientX }) => onMove(clientX - start.clientX, clientX), { signal });
  addEventListener('pointerup', end, { signal });
  addEventListener('pointercancel', end, { signal });
}
