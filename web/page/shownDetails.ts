import type { Row, RowName } from '../protocol.js';
import { WorkerStopped, type WorkerClient } from './client.js';
import { DetailsPanel } from './detailsPanel.js';
import type { Notices } from './notices.js';
import { problemOf } from './opening.js';
import { WIDE } from './shell.js';

/** Keeps the details at the row that the cursor is on. */
export class ShownDetails {
  readonly panel: DetailsPanel;
  readonly #client: WorkerClient;
  readonly #notices: Notices;
  readonly #giveFocusBack: () => void;
  /** Counts what was asked for: an answer that is overtaken is not shown. */
  #calls = 0;
  #row: RowName | undefined;

  constructor(
    client: WorkerClient,
    notices: Notices,
    giveFocusBack: () => void,
    onNarrow: (term: string) => void,
  ) {
    this.#client = client;
    this.#notices = notices;
    this.#giveFocusBack = giveFocusBack;
    this.panel = new DetailsPanel({ onClose: () => this.close(), onNarrow });
  }

  /** The row to find again when others are shown. */
  get row(): RowName | undefined {
    return this.#row;
  }

  /** The cursor is on another row. Where there is room, its details are shown. */
  async follow(place: number, row: Row | undefined): Promise<void> {
    this.#row = row && { change: row.change, number: row.number };
    if (this.panel.isOpen || innerWidth >= WIDE) await this.open(place, false);
  }

  async open(place: number, takeFocus: boolean): Promise<void> {
    const call = ++this.#calls;
    try {
      const details = await this.#client.call('details', place);
      if (call !== this.#calls) return;
      this.#row = { change: details.change, number: details.number };
      this.panel.show(details);
      if (takeFocus) this.panel.focus();
    } catch (error) {
      if (!(error instanceof WorkerStopped)) this.#notices.tell(problemOf(error).message);
    }
  }

  close(): void {
    const hadFocus = this.panel.element.contains(document.activeElement);
    this.hide();
    if (hadFocus) this.#giveFocusBack();
  }

  /** The row is gone. */
  forget(): void {
    this.#row = undefined;
    this.hide();
  }

  hide(): void {
    this.#calls++;
    this.panel.close();
  }
}
