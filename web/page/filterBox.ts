import { SnapshotError, type Field } from '../../src/core/index.js';
import { parseExpression } from '../../src/core/query/parse.js';
import { escapeControls } from '../../src/core/text/escapeControls.js';
import { button, element, setAttribute } from './element.js';
import {
  beginsName,
  complete,
  contains,
  placeAt,
  suggest,
  type Place,
  type Suggestion,
} from './completion.js';

interface FilterListener {
  /** An expression that can be understood, or nothing. */
  onFilter(where: string): void;
  /** Values of a field that the snapshot has. */
  valuesOf(field: Field): Promise<readonly Suggestion[]>;
  /** Enter, where no suggestion is chosen. */
  onEnter(): void;
}

/** The filter: the select language of the command line, checked as it is typed, with suggestions. */
export class FilterBox {
  readonly element: HTMLElement;
  readonly #listener: FilterListener;
  readonly #input: HTMLInputElement;
  readonly #mirror = element('div', { class: 'mirror', 'aria-hidden': 'true' });
  readonly #error = element('p', { class: 'mistake', id: 'filter-mistake', role: 'status' });
  readonly #list = element('ul', {
    class: 'suggestions',
    id: 'filter-suggestions',
    role: 'listbox',
    'aria-label': 'Suggestions',
    hidden: true,
  });
  readonly #clear: HTMLElement;
  #place: Place | undefined;
  #suggestions: readonly Suggestion[] = [];
  #chosen = -1;
  /** Counts what was typed: suggestions that come later than the next character are not shown. */
  #typed = 0;

  constructor(listener: FilterListener) {
    this.#listener = listener;
    this.#input = element('input', {
      type: 'text',
      id: 'filter',
      role: 'combobox',
      spellcheck: 'false',
      autocomplete: 'off',
      autocapitalize: 'off',
      placeholder: 'Filter: state = ESTABLISHED and remote in 10.0.0.0/8, :443 chrome, not TIME_WAIT',
      'aria-label': 'Filter',
      'aria-autocomplete': 'list',
      'aria-controls': 'filter-suggestions',
      'aria-describedby': 'filter-mistake',
      'aria-expanded': 'false',
    });
    this.#clear = button('×', () => this.#set(''), {
      class: 'clear',
      'aria-label': 'Clear the filter',
      hidden: true,
    });
    const field = element('div', { class: 'field' }, [this.#mirror, this.#input, this.#clear]);
    const below = element('div', { class: 'below' }, [this.#error, this.#list]);
    this.element = element('div', { class: 'filter' }, [field, below]);
    this.#input.addEventListener('input', () => this.#onInput());
    this.#input.addEventListener('scroll', () => this.#syncMirror());
    this.#input.addEventListener('keydown', (event) => this.#onKey(event));
    this.#input.addEventListener('blur', () => this.#close());
    this.#input.addEventListener('click', () => void this.#suggest());
    this.#list.addEventListener('pointerdown', (event) => this.#onPointer(event));
  }

  get value(): string {
    return this.#input.value;
  }

  /** Shows an expression that came from elsewhere. */
  show(where: string): void {
    this.#input.value = where;
    this.#check();
  }

  focus(): void {
    this.#input.focus();
    this.#input.select();
  }

  /** The worker has another opinion of the expression. */
  showMistake(message: string, offset: number): void {
    this.#markMistake(message, offset);
  }

  #set(where: string): void {
    this.#input.value = where;
    this.#input.focus();
    this.#onInput();
  }

  #onInput(): void {
    const isClear = this.#check();
    void this.#suggest();
    if (isClear) void this.#filter();
  }

  /** While somebody types the name of a field, it is not taken for a process that nobody has. */
  async #filter(): Promise<void> {
    const { value } = this.#input;
    const place = this.#placeAtCaret();
    if (place !== undefined && beginsName(place)) {
      const processes = await this.#listener.valuesOf('process');
      if (value !== this.#input.value || !processes.some(({ text }) => contains(text, place.prefix))) return;
    }
    this.#listener.onFilter(value.trim());
  }

  #placeAtCaret(): Place | undefined {
    const { value, selectionStart, selectionEnd } = this.#input;
    return selectionStart === selectionEnd ? placeAt(value, selectionStart ?? value.length) : undefined;
  }

  /** Whether the expression can be understood. Marks the place where it cannot. */
  #check(): boolean {
    const { value } = this.#input;
    this.#clear.hidden = value === '';
    try {
      if (value.trim() !== '') parseExpression(value);
    } catch (error) {
      if (!(error instanceof SnapshotError)) throw error;
      this.#markMistake(error.message, error.offset ?? 0);
      return false;
    }
    this.#mirror.replaceChildren();
    this.#error.textContent = '';
    setAttribute(this.#input, 'aria-invalid', undefined);
    return true;
  }

  #markMistake(message: string, offset: number): void {
    const { value } = this.#input;
    const end = Math.max(offset + 1, offset + /^[^\s()]*/.exec(value.slice(offset))![0].length);
    // Behind the end there is nothing to mark but a space.
    const marked = value.slice(offset, end) || '\u00a0';
    this.#mirror.replaceChildren(value.slice(0, offset), element('mark', {}, [marked]));
    this.#error.textContent = escapeControls(message);
    // Who is still typing has made no mistake yet.
    this.#error.classList.toggle('unfinished', offset >= value.trimEnd().length);
    setAttribute(this.#input, 'aria-invalid', 'true');
    this.#syncMirror();
  }

  #syncMirror(): void {
    this.#mirror.scrollLeft = this.#input.scrollLeft;
  }

  /** Shows what can stand at the caret. */
  async #suggest(): Promise<void> {
    const typed = ++this.#typed;
    const place = this.#placeAtCaret();
    if (place === undefined) return this.#close();
    const field = place.expects === 'term' && place.prefix !== '' ? 'process' : place.field;
    const needsValues = field !== undefined && (place.expects === 'value' || place.expects === 'term');
    const values = needsValues ? await this.#listener.valuesOf(field) : [];
    if (typed !== this.#typed || document.activeElement !== this.#input) return;
    this.#place = place;
    this.#suggestions = suggest(place, values);
    this.#chosen = -1;
    this.#showList();
  }

  #showList(): void {
    const isOpen = this.#suggestions.length > 0;
    this.#list.hidden = !isOpen;
    this.#input.setAttribute('aria-expanded', String(isOpen));
    this.#list.replaceChildren(
      ...this.#suggestions.map(({ text, kind, count }, i) =>
        element(
          'li',
          { role: 'option', id: `suggestion-${i}`, 'aria-selected': String(i === this.#chosen) },
          [
            element('span', { class: 'text' }, [escapeControls(text)]),
            element('span', { class: 'kind' }, [count === undefined ? kind : count.toLocaleString('en')]),
          ],
        ),
      ),
    );
    const chosen = this.#chosen === -1 ? undefined : `suggestion-${this.#chosen}`;
    setAttribute(this.#input, 'aria-activedescendant', chosen);
  }

  #close(): void {
    this.#typed++;
    this.#suggestions = [];
    this.#chosen = -1;
    this.#showList();
  }

  #onKey(event: KeyboardEvent): void {
    const isOpen = this.#suggestions.length > 0;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && isOpen) this.#choose(step);
    else if (event.key === 'Tab' && isOpen && this.#chosen !== -1) this.#take(this.#chosen);
    else if (event.key === 'Enter' && isOpen && this.#chosen !== -1) this.#take(this.#chosen);
    else if (event.key === 'Enter') this.#onEnter();
    else if (event.key === 'Escape' && isOpen) this.#close();
    else if (event.key === 'Escape' && this.#input.value !== '') this.#set('');
    else if (event.key === 'ArrowDown') void this.#suggest();
    else if (event.key === ' ' && event.ctrlKey) void this.#suggest();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Whatever it is, it is meant. */
  #onEnter(): void {
    if (!this.#check()) return;
    this.#close();
    this.#listener.onFilter(this.#input.value.trim());
    this.#listener.onEnter();
  }

  #choose(step: number): void {
    const count = this.#suggestions.length;
    // One place more than there are suggestions: none of them.
    this.#chosen = ((this.#chosen + 1 + step + count + 1) % (count + 1)) - 1;
    this.#showList();
  }

  #onPointer(event: PointerEvent): void {
    // The input keeps the focus.
    event.preventDefault();
    const option = event.target instanceof Element ? event.target.closest('li') : null;
    if (option !== null) this.#take([...this.#list.children].indexOf(option));
  }

  #take(index: number): void {
    const suggestion = this.#suggestions[index];
    if (suggestion === undefined || this.#place === undefined) return;
    const { text, caret } = complete(this.#input.value, this.#place, suggestion);
    this.#input.value = text;
    this.#input.setSelectionRange(caret, caret);
    this.#onInput();
  }
}
