import { escapeControls } from '../../src/core/text/escapeControls.js';
import { button, element } from './element.js';

/** Messages that stay until they are closed, and the progress of what takes longer than a blink. */
export class Notices {
  readonly element: HTMLElement;
  readonly #messages = element('div', { class: 'messages', role: 'status' });
  readonly #progress: HTMLElement;
  readonly #label = element('span', { class: 'label' });
  readonly #bar = element('progress', { max: 1, 'aria-label': 'Progress' });
  /** What is going on, the oldest first: that is shown, until it ends. */
  #running: readonly { readonly label: string }[] = [];
  #shown: { readonly label: string } | undefined;
  #delay = 0;

  constructor(onCancel: () => void) {
    this.#progress = element('div', { class: 'progress', hidden: true }, [
      this.#label,
      this.#bar,
      button('Cancel', onCancel),
    ]);
    this.element = element('div', { class: 'notices' }, [this.#progress, this.#messages]);
  }

  tell(message: string): void {
    const notice = element('div', { class: 'notice' }, [
      element('p', {}, [escapeControls(message)]),
      button('×', () => notice.remove(), { class: 'close', 'aria-label': 'Close the message' }),
    ]);
    this.#messages.append(notice);
    while (this.#messages.childElementCount > MAX_MESSAGES) this.#messages.firstElementChild?.remove();
  }

  /** Shows that something is going on, if it is still going on after a blink. */
  async during<Result>(label: string, work: Promise<Result>): Promise<Result> {
    const begun = { label };
    this.#setRunning([...this.#running, begun]);
    try {
      return await work;
    } finally {
      this.#setRunning(this.#running.filter((other) => other !== begun));
    }
  }

  /** How far it is. */
  progress(done: number, total: number): void {
    this.#bar.value = total === 0 ? 1 : done / total;
  }

  #setRunning(running: readonly { readonly label: string }[]): void {
    this.#running = running;
    const [oldest] = running;
    if (oldest === this.#shown) return;
    this.#shown = oldest;
    clearTimeout(this.#delay);
    this.#progress.hidden = true;
    if (oldest === undefined) return;
    this.#label.textContent = escapeControls(oldest.label);
    this.#bar.removeAttribute('value');
    this.#delay = window.setTimeout(() => {
      this.#progress.hidden = false;
    }, BLINK_MILLISECONDS);
  }
}

const BLINK_MILLISECONDS = 250;
const MAX_MESSAGES = 5;
