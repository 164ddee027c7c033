import type { TextFormat } from '../protocol.js';
import type { WorkerClient } from './client.js';
import type { ShownColumn } from './columns.js';
import type { Notices } from './notices.js';
import { problemOf } from './opening.js';
import { MAX_PRINTED, printRows, saveFile, tabbedText } from './outputs.js';

/** Rows that are copied at once. */
const MAX_COPIED = 100_000;

/** The rows shown, on their way out: as files, on paper, to the clipboard. */
export class RowOutputs {
  readonly #client: WorkerClient;
  readonly #notices: Notices;
  readonly #columns: () => readonly ShownColumn[];

  constructor(client: WorkerClient, notices: Notices, columns: () => readonly ShownColumn[]) {
    this.#client = client;
    this.#notices = notices;
    this.#columns = columns;
  }

  /** @param name of the file, without what tells its format */
  async save(format: TextFormat, name: string): Promise<void> {
    await this.#attempt(async () => {
      const text = await this.#notices.during('Writing the rows', this.#client.call('text', format));
      saveFile(text, `${name}.${format}`);
    });
  }

  /** @param above what stands between the title and the rows */
  async print(title: string, above: readonly Node[], rowCount: number): Promise<void> {
    await this.#attempt(async () => {
      const rows = await this.#client.call('rows', 0, MAX_PRINTED);
      printRows(rows, this.#columns(), title, above, rowCount);
    });
  }

  async copyRows(first: number, end: number): Promise<void> {
    await this.#attempt(async () => {
      const rows = await this.#client.call('rows', first, Math.min(end - first, MAX_COPIED));
      await this.copy(
        tabbedText(rows, this.#columns()),
        rows.length === 1 ? 'The row' : `${rows.length} rows`,
      );
    });
  }

  async copy(text: string, what: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      this.#notices.tell(`${what} copied.`);
    } catch {
      this.#notices.tell('The browser does not let this page copy.');
    }
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#notices.tell(problemOf(error).message);
    }
  }
}
