import type { Connection, SnapshotSeries } from '../../src/core/index.js';
import type { Row, RowName } from '../protocol.js';
import { WorkerStopped, type WorkerClient } from './client.js';
import { DetailsPanel } from './detailsPanel.js';
import type { Notices } from './notices.js';
import { problemOf } from './opening.js';
import { WIDE } from './shell.js';

/** What can be done from the details. */
interface DetailsActions {
  onNarrow(term: string): void;
  onSnapshot(number: number): void;
  series(): SnapshotSeries | undefined;
}

/** Keeps the details at the row that the cursor is on. */
export class ShownDetails {
  readonly panel: DetailsPanel;
  readonly #client: WorkerClient;
  readonly #notices: Notices;
  readonly #giveFocusBack: () => void;
  /** Counts what was asked for: an answer that is overtaken is not shown. */
  #calls = 0;
  #row: RowName | undefined;
  /** What is looked for in other snapshots of the recording, also after one that does not have it. */
  #connection: Connection | undefined;
  /** The panel shows what the connection was in another snapshot, or would, if that had it. */
  #isStale = false;

  constructor(client: WorkerClient, notices: Notices, giveFocusBack: () => void, listener: DetailsActions) {
    this.#client = client;
    this.#notices = notices;
    this.#giveFocusBack = giveFocusBack;
    this.panel = new DetailsPanel({ onClose: () => this.close(), ...listener });
  }

  /** The row to find again when others are shown. */
  get row(): RowName | undefined {
    return this.#row;
  }

  get connection(): Connection | undefined {
    return this.#connection;
  }

  /** Another snapshot is shown, in which the connection is this row, or is not. */
  move(row: RowName | undefined): void {
    this.#row = row;
    this.#isStale ||= this.panel.isOpen;
    if (row === undefined) this.hide();
  }

  /** The row stands at this place now. */
  async place(place: number): Promise<void> {
    if (!this.#isStale) return;
    this.#isStale = false;
    await this.open(place, false);
  }

  /** More is known of the connection than is shown. */
  async refresh(place: number | undefined): Promise<void> {
    if (place !== undefined && this.panel.isOpen) await this.open(place, false);
  }

  /** The cursor is on another row. Where there is room, its details are shown. */
  async follow(place: number, row: Row | undefined): Promise<void> {
    this.#row = row && { change: row.change, number: row.number };
    this.#connection = row?.connection;
    this.#isStale = false;
    if (this.panel.isOpen || innerWidth >= WIDE) await this.open(place, false);
  }

  async open(place: number, takeFocus: boolean): Promise<void> {
    const call = ++this.#calls;
    try {
      const details = await this.#client.call('details', place);
      if (call !== this.#calls) return;
      this.#row = { change: details.change, number: details.number };
      this.#connection = details.now.connection;
      this.panel.show(details);
      if (takeFocus) this.panel.focus();
    } catch (error) {
      if (!(error instanceof WorkerStopped)) this.#notices.tell(problemOf(error).message);
    }
  }

  close(): void {
    this.#isStale = false;
    const hadFocus = this.panel.element.contains(document.activeElement);
    this.hide();
    if (hadFocus) this.#giveFocusBack();
  }

  /** The row is gone. */
  forget(): void {
    this.#row = undefined;
    this.#connection = undefined;
    this.#isStale = false;
    this.hide();
  }

  hide(): void {
    this.#calls++;
    this.panel.close();
  }
}
