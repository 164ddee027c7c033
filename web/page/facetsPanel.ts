import type { FacetValue } from '../protocol.js';
import { button, element, setAttribute } from './element.js';
import { facetTerm, hasTerm, type FacetTerm } from './filterTerms.js';
import { fitsIn } from './textWidth.js';
import { stateKind } from '../../src/core/table/stateKind.js';

interface FacetsListener {
  count(by: string, limit: number): Promise<readonly FacetValue[]>;
  onInclude(term: FacetTerm): void;
  onExclude(term: FacetTerm): void;
}

/** What rows are counted by, beside the table. */
const FACETS: readonly (readonly [title: string, by: string])[] = [
  ['State', 'state'],
  ['Process', 'process'],
  ['Local port', 'lport'],
  ['Remote port', 'rport'],
  ['Remote address', 'remote'],
  ['Remote network', 'remote/24/64'],
  ['Protocol', 'protocol,family'],
];

const PAUSE_MILLISECONDS = 120;
const FEW = 6;
const MANY = 100;
/** The room of a value's label and count at least, beside a mark and the panel's bar. Clipping costs in every frame, wherever it is, and few labels need it. */
const TEXT_PIXELS = 150;

/** Counts of the rows shown, by what people look for. A click narrows the filter to a value, an Alt-click leaves it out. */
export class FacetsPanel {
  readonly element = element('div', { class: 'facets' });
  readonly #listener: FacetsListener;
  readonly #facets: readonly Facet[];
  /** Counts the updates: one that is overtaken stops. */
  #updates = 0;

  constructor(listener: FacetsListener) {
    this.#listener = listener;
    this.#facets = FACETS.map(([title, by]) => new Facet(title, by, listener, () => void this.#count()));
    this.element.append(...this.#facets.map((facet) => facet.element));
  }

  /** Counts again, one facet after another, for `total` rows. */
  async update(total: number, where: string): Promise<void> {
    for (const facet of this.#facets) facet.setScope(total, where);
    // Who is typing waits for rows, not for counts.
    const update = ++this.#updates;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MILLISECONDS));
    if (update === this.#updates) await this.#count();
  }

  async #count(): Promise<void> {
    const update = ++this.#updates;
    for (const facet of this.#facets) {
      if (!facet.isOpen) continue;
      try {
        const values = await this.#listener.count(facet.by, facet.limit + 1);
        if (update !== this.#updates) return;
        facet.show(values);
      } catch {
        // Another snapshot is shown, or the worker was stopped: an update follows.
        return;
      }
    }
  }
}

class Facet {
  readonly element: HTMLDetailsElement;
  readonly by: string;
  readonly #listener: FacetsListener;
  readonly #list: HTMLElement;
  readonly #more: HTMLButtonElement;
  #total = 0;
  #where = '';
  #showsMany = false;

  constructor(title: string, by: string, listener: FacetsListener, onChange: () => void) {
    this.by = by;
    this.#listener = listener;
    this.#list = element('div', { class: 'values', role: 'group', 'aria-label': title });
    this.#more = button('more', () => this.#toggleMany(onChange), { class: 'more', hidden: true });
    this.element = element('details', { open: true, 'data-facet': by }, [
      element('summary', {}, [title]),
      this.#list,
      this.#more,
    ]);
    this.element.addEventListener('toggle', onChange);
    this.#list.addEventListener('keydown', (event) => this.#onKey(event));
  }

  get isOpen(): boolean {
    return this.element.open;
  }

  get limit(): number {
    return this.#showsMany ? MANY : FEW;
  }

  setScope(total: number, where: string): void {
    this.#total = total;
    this.#where = where;
  }

  show(values: readonly FacetValue[]): void {
    const focused = [...this.#list.children].indexOf(document.activeElement!);
    const shown = values.slice(0, this.limit);
    this.#list.replaceChildren(...shown.map((value, i) => this.#value(value, i)));
    if (shown.length === 0) this.#list.append(element('p', { class: 'none' }, ['none']));
    this.#more.hidden = values.length <= FEW;
    this.#more.textContent = this.#showsMany ? 'fewer' : 'more';
    const again = this.#list.children[Math.min(focused, shown.length - 1)];
    if (focused !== -1 && again instanceof HTMLElement) again.focus();
  }

  #value({ value, count }: FacetValue, index: number): HTMLElement {
    const term = facetTerm(this.by, value);
    const isIncluded = hasTerm(this.#where, term.include);
    const bar = element('span', { class: 'bar', 'aria-hidden': 'true' });
    bar.style.setProperty('--share', String(this.#total === 0 ? 0 : count / this.#total));
    const written = count.toLocaleString('en');
    // What is pressed is bold.
    const isLong = isIncluded || !fitsIn(term.label + written, TEXT_PIXELS);
    const label = element('bdi', { class: isLong ? 'label long' : 'label' }, [term.label]);
    const made = element(
      'button',
      {
        type: 'button',
        class: 'value',
        title: `${term.label}: click to show only these, Alt-click to leave them out`,
        'aria-pressed': String(isIncluded),
        tabindex: index === 0 ? 0 : -1,
      },
      [bar, label, element('span', { class: 'count' }, [written])],
      {
        click: (event) => {
          if (event.altKey) this.#listener.onExclude(term);
          else this.#listener.onInclude(term);
        },
        keydown: (event) => {
          if (event.key !== 'Delete' && !(event.key === 'Enter' && event.altKey)) return;
          event.preventDefault();
          this.#listener.onExclude(term);
        },
      },
    );
    setAttribute(made, 'data-kind', this.by === 'state' ? stateKind(term.label) : undefined);
    return made;
  }

  #toggleMany(onChange: () => void): void {
    this.#showsMany = !this.#showsMany;
    onChange();
  }

  /** Tab reaches one value of a list, arrows the others. */
  #onKey(event: KeyboardEvent): void {
    const values = [...this.#list.children].filter((child) => child instanceof HTMLElement);
    const at = values.indexOf(document.activeElement as HTMLElement);
    const target = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: values.length - 1 }[event.key];
    const next = target === undefined ? undefined : values[target];
    if (next === undefined) return;
    event.preventDefault();
    for (const value of values) value.tabIndex = value === next ? 0 : -1;
    next.focus();
  }
}
