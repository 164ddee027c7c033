import { button, element } from './element.js';

/** The parts of the page, made elsewhere. */
export interface ShellParts {
  readonly title: HTMLElement;
  readonly filter: HTMLElement;
  readonly compareBar: HTMLElement;
  readonly damage: HTMLElement;
  readonly files: HTMLElement;
  readonly findings: HTMLElement;
  readonly facets: HTMLElement;
  readonly timeline: HTMLElement;
  readonly table: HTMLElement;
  readonly lanes: HTMLElement;
  readonly details: HTMLElement;
  readonly total: HTMLElement;
  readonly start: HTMLElement;
  readonly notices: HTMLElement;
  /** Buttons at the end of the first line, before "Help". */
  readonly actions: readonly HTMLElement[];
  readonly onOpen: () => void;
  readonly onHelp: () => void;
}

/** Where everything is on the page. Until a snapshot is shown, there is only the start. */
export class Shell {
  readonly #body = document.body;
  readonly #side: HTMLElement;
  readonly #sideButton: HTMLButtonElement;

  constructor(parts: ShellParts) {
    this.#side = element(
      'nav',
      { class: 'side-panel', id: 'side-panel', 'aria-label': 'Files, findings and counts', tabindex: -1 },
      [parts.files, parts.findings, parts.facets],
    );
    this.#sideButton = button('Counts', () => this.toggleSide(), {
      class: 'side-button',
      'aria-controls': 'side-panel',
      title: 'Files, findings and counts (f)',
    });
    const top = element('header', { class: 'top' }, [
      element('span', { class: 'brand' }, ['tcpscope']),
      this.#sideButton,
      button('Open', parts.onOpen, { title: 'Open files (o)' }),
      parts.title,
      element('span', { class: 'actions' }, [
        ...parts.actions,
        button('Help', parts.onHelp, { title: 'Keys and the filter (?)' }),
      ]),
    ]);
    const main = element('main', { class: 'main' }, [
      parts.start,
      element('div', { class: 'tools' }, [parts.filter, parts.compareBar, parts.damage]),
      parts.timeline,
      parts.table,
      parts.lanes,
      parts.details,
    ]);
    this.#body.append(top, parts.notices, this.#side, main, parts.total);
    this.#setSide(innerWidth >= WIDE);
    this.update(false, false, false);
  }

  update(hasFiles: boolean, isShown: boolean, isComparing: boolean): void {
    this.#body.classList.toggle('has-files', hasFiles);
    this.#body.classList.toggle('is-comparing', isComparing);
    this.#body.classList.toggle('is-shown', isShown);
  }

  toggleSide(): void {
    this.#setSide(!this.#body.classList.contains('side-open'));
  }

  #setSide(isOpen: boolean): void {
    this.#body.classList.toggle('side-open', isOpen);
    this.#sideButton.setAttribute('aria-expanded', String(isOpen));
  }
}

/** Pixels from which on there is room for panels beside the table; viewer.css has the same. */
export const WIDE = 900;
