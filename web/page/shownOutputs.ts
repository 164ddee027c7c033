import type { TextFormat } from '../protocol.js';
import type { WorkerClient } from './client.js';
import type { ShownColumn } from './columns.js';
import type { Files } from './files.js';
import type { Notices } from './notices.js';
import { problemOf } from './opening.js';
import { saveFile, tabbedText } from './outputs.js';
import { exportPopup } from './popups.js';
import type { WrittenAs } from './rowTexts.js';
import { isOnPaper, makeSheet, MAX_PRINTED, putOnPaper } from './sheet.js';
import type { SnapshotShown } from './snapshotShown.js';
import type { Fetched, TableView } from './tableView.js';
import { imageOf, timelineCanvas } from './timelineImage.js';
import type { TimelinePanel } from './timelinePanel.js';

/** Rows that are copied at once. */
const MAX_COPIED = 100_000;

/** What is on the screen, as far as it can leave the page. */
interface Sources {
  readonly files: Files;
  readonly snapshot: SnapshotShown;
  readonly table: TableView;
  readonly timeline: TimelinePanel;
  /** What stands above the rows on paper. */
  readonly panels: readonly HTMLElement[];
  readonly columns: () => readonly ShownColumn[];
}

/** What is shown, on its way out: as files, as a picture, on paper, to the clipboard. */
export class ShownOutputs {
  /** The button that offers all of them. */
  readonly popup: HTMLElement;
  readonly #client: WorkerClient;
  readonly #notices: Notices;
  readonly #sources: Sources;

  constructor(client: WorkerClient, notices: Notices, sources: Sources) {
    this.#client = client;
    this.#notices = notices;
    this.#sources = sources;
    this.popup = exportPopup({
      onExport: (format) => void this.#saveRows(format),
      hasTimeline: () => sources.timeline.hasTimeline,
      onImage: () => void this.#saveImage(),
      onPrint: () => void this.print(),
      onLink: () => void this.#copy(location.href, 'the link'),
    });
    addEventListener('beforeprint', () => this.#beforePrint());
    document.addEventListener('copy', (event) => this.#onCopy(event));
  }

  async print(): Promise<void> {
    await this.#attempt(async () => {
      this.#putOnPaper({ first: 0, rows: await this.#client.call('rows', 0, MAX_PRINTED) });
      print();
    });
  }

  /** The browser prints, and waits for nobody: the sheet has the rows that are here. */
  #beforePrint(): void {
    if (isOnPaper() || this.#sources.snapshot.key === undefined) return;
    this.#putOnPaper(this.#sources.table.fetched);
  }

  #putOnPaper({ first, rows }: Fetched): void {
    const { table, timeline, panels } = this.#sources;
    const above: Node[] = panels.filter(({ hidden }) => !hidden).map((panel) => panel.cloneNode(true));
    if (timeline.hasTimeline) above.push(timeline.onPaper(() => this.#timelineCanvas()));
    const printed = { first, rows, total: table.rowCount };
    putOnPaper(makeSheet(document.title, above, printed, this.#writtenAs));
  }

  get #writtenAs(): WrittenAs {
    const { columns, snapshot } = this.#sources;
    return { columns: columns(), isComparison: snapshot.current?.before !== undefined };
  }

  async #saveRows(format: TextFormat): Promise<void> {
    const { current } = this.#sources.snapshot;
    if (current === undefined) return;
    // Rows that are not all there say so wherever they go.
    const name = this.#fileName() + (current.problems.length > 0 ? '-incomplete' : '');
    await this.#attempt(async () => {
      const text = await this.#notices.during('Writing the rows', this.#client.call('text', format));
      saveFile(text, `${name}.${format}`);
    });
  }

  async #saveImage(): Promise<void> {
    await this.#attempt(async () =>
      saveFile(await imageOf(this.#timelineCanvas()), `${this.#fileName()}-timeline.png`),
    );
  }

  /** Of the file shown, without its folder and what tells its format. */
  #fileName(): string {
    const { files, snapshot } = this.#sources;
    const file = files.get(snapshot.key!.file)!;
    return file.toOpen.name.replace(/^.*\//, '').replace(/\.tcpsnap$/i, '');
  }

  #timelineCanvas(): HTMLCanvasElement {
    const { charts, canvases, legend } = this.#sources.timeline;
    return timelineCanvas(charts, canvases, legend, document.title);
  }

  #onCopy(event: ClipboardEvent): void {
    const { table } = this.#sources;
    const [first, end] = table.selection;
    if (document.activeElement !== table.element || first === end || !getSelection()?.isCollapsed) return;
    event.preventDefault();
    void this.#copyRows(first, end);
  }

  async #copyRows(first: number, end: number): Promise<void> {
    await this.#attempt(async () => {
      const rows = await this.#client.call('rows', first, Math.min(end - first, MAX_COPIED));
      const what = rows.length === 1 ? 'the row' : `${rows.length} rows`;
      await this.#copy(tabbedText(rows, this.#writtenAs), what);
    });
  }

  async #copy(text: string, what: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      this.#notices.tell(`Copied ${what}.`);
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
