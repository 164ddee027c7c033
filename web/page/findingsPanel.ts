import { escapeControls } from '../../src/core/text/escapeControls.js';
import type { Findings, ShownFinding } from '../protocol.js';
import { button, element } from './element.js';
import { keepFocus } from './keepFocus.js';

interface FindingsListener {
  find(limit: number): Promise<Findings>;
  /** Show the rows that match this, and no others; all of them where it is empty. */
  onWhere(where: string): void;
}

/** A damaged table can have any number of odd values. */
const MAX_LISTED = 100;

/** What an expert would point at, beside the table. Each finding leads to its rows. */
export class FindingsPanel {
  readonly element: HTMLDetailsElement;
  readonly #listener: FindingsListener;
  readonly #count = element('span', { class: 'count' });
  readonly #list = element('div', { class: 'list' });
  #buttons: readonly { readonly button: HTMLButtonElement; readonly where: string }[] = [];
  #where = '';
  /** Counts the snapshots: what is found in one that is not shown any more is not shown. */
  #snapshots = 0;

  constructor(listener: FindingsListener) {
    this.#listener = listener;
    this.element = element('details', { class: 'findings', open: true }, [
      element('summary', {}, ['Findings ', this.#count]),
      this.#list,
    ]);
  }

  /** Looks at the snapshot that is shown now. */
  async update(): Promise<void> {
    const snapshot = ++this.#snapshots;
    this.#buttons = [];
    this.#count.textContent = '';
    this.#list.replaceChildren(element('p', { class: 'none' }, ['looking …']));
    let findings: Findings;
    try {
      findings = await this.#listener.find(MAX_LISTED);
    } catch {
      // Another snapshot is shown, or the worker was stopped: an update follows.
      return;
    }
    if (snapshot === this.#snapshots) this.#show(findings);
  }

  /** Marks the finding whose rows are shown. */
  mark(where: string): void {
    this.#where = where;
    for (const { button: made, where: own } of this.#buttons) {
      made.setAttribute('aria-pressed', String(own === where));
    }
  }

  #show({ shown, total }: Findings): void {
    this.#buttons = [];
    this.#count.textContent = total.toLocaleString('en');
    keepFocus(this.#list, () => {
      this.#list.replaceChildren(...shown.map((finding) => this.#finding(finding)));
    });
    const more = total - shown.length;
    const rest = total === 0 ? 'none' : more > 0 ? `and ${more.toLocaleString('en')} more` : '';
    if (rest !== '') this.#list.append(element('p', { class: 'none' }, [rest]));
    this.mark(this.#where);
  }

  #finding({ severity, title, explanation, where, rowCount }: ShownFinding): HTMLElement {
    const parts: (Node | string)[] = [
      element('p', { class: 'finding-title' }, [
        element('span', { class: 'severity', 'data-severity': severity }, [severity]),
        ' ',
        element('bdi', {}, [escapeControls(title)]),
      ]),
    ];
    if (where !== undefined && rowCount !== undefined) {
      const label = `show ${rowCount.toLocaleString('en')} ${rowCount === 1 ? 'row' : 'rows'}`;
      const show = button(label, () => this.#listener.onWhere(this.#where === where ? '' : where), {
        class: 'link',
        title: where,
        'aria-label': `${label}: ${escapeControls(title)}`,
      });
      this.#buttons = [...this.#buttons, { button: show, where }];
      parts.push(show);
    }
    parts.push(
      element('details', { class: 'meaning' }, [
        element('summary', {}, ['what it means']),
        element('p', {}, [explanation]),
      ]),
    );
    return element('article', { class: 'finding' }, parts);
  }
}
