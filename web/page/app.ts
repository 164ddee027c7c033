import version from 'embedded:version';
import type { Field } from '../../src/core/index.js';
import { escapeControls } from '../../src/core/text/escapeControls.js';
import type { QueryResult, RowName, ServedFile, Shown, SnapshotKey, TextFormat } from '../protocol.js';
import { CallError, WorkerClient, WorkerStopped } from './client.js';
import type { ShownColumn } from './columns.js';
import { CompareBar, snapshotName } from './compareBar.js';
import type { Suggestion } from './completion.js';
import { DetailsPanel } from './detailsPanel.js';
import { openFileInformation, openHelp } from './dialogs.js';
import { element } from './element.js';
import { FacetsPanel } from './facetsPanel.js';
import { acceptDrops, pickedFiles, type Dropped } from './fileDrop.js';
import { Files } from './files.js';
import { bytesText, FilesPanel } from './filesPanel.js';
import { FilterBox } from './filterBox.js';
import { replaceTerm, toggleTerm, writtenValue } from './filterTerms.js';
import { listenForKeys } from './keyboard.js';
import { Notices } from './notices.js';
import { lastFirst, Opening, problemOf } from './opening.js';
import { MAX_PRINTED, printRows, saveFile, tabbedText } from './outputs.js';
import { columnsPopup, comparePopup, exportPopup } from './popups.js';
import { Shell, WIDE } from './shell.js';
import { filePicker, startScreen } from './startScreen.js';
import { TableView } from './tableView.js';
import { TotalLine } from './totalLine.js';
import { formatFragment, parseFragment, type ViewState } from './urlState.js';

/** Ways to begin again with a file before the worker is left alone. */
const MAX_DEATHS = 3;
const MAX_COPIED = 100_000;
const SUGGESTED_VALUES = 500;
/** Checking the files waits until what was asked for is on the screen. */
const VERIFY_DELAY_MILLISECONDS = 600;

/** Brings the parts together: what is shown, by which filter, in which order. */
export class App {
  readonly #client = new WorkerClient({
    onProgress: ({ done, total }) => this.#notices.progress(done, total),
    onDeath: (reason) => void this.#recover(reason),
  });
  readonly #notices = new Notices(() => this.#cancel());
  readonly #files = new Files(() => this.#onFiles());
  readonly #opening = new Opening(this.#client, this.#files, this.#notices);
  readonly #filter = new FilterBox({
    onFilter: (where) => this.#change({ where }),
    valuesOf: (field) => this.#valuesOf(field),
    onEnter: () => this.#table.element.focus(),
  });
  readonly #facets = new FacetsPanel({
    count: (by, limit) => this.#client.call('facet', by, limit),
    onInclude: ({ include }) => this.#setFilter(toggleTerm(this.#state.where, include)),
    onExclude: ({ include, exclude }) => this.#setFilter(replaceTerm(this.#state.where, exclude, include)),
  });
  readonly #table = new TableView({
    fetchRows: (first, count) => this.#client.call('rows', first, count),
    onSort: (field, add) => this.#sortBy(field, add),
    onColumns: (columns) => this.#setColumns(columns),
    onCursor: (place) => void this.#onCursor(place),
    onOpen: (place) => void this.#showDetails(place, true),
  });
  readonly #filesPanel = new FilesPanel({
    onShow: (key) => void this.#show(key),
    onClose: (file) => this.#close(file),
    onVerify: (file) => void this.#opening.verify(file),
    onInformation: (file) => this.#showInformation(file),
    onOpenAs: (file, tableClass) => void this.#openAs(file, tableClass),
  });
  readonly #compareBar = new CompareBar({
    onChanges: (changes) => this.#change({ changes }),
    onSwap: () => void this.#show(this.#shown!.before!.key, this.#shown!.snapshot.key),
    onStop: () => void this.#show(this.#shown!.snapshot.key),
  });
  readonly #details = new DetailsPanel({
    onClose: () => this.#closeDetails(),
    onNarrow: (term) => this.#setFilter(toggleTerm(this.#state.where, term)),
  });
  readonly #total = new TotalLine();
  readonly #title = element('span', { class: 'title-line' });
  readonly #shell: Shell;
  readonly #pick = filePicker((list) => void this.#open(pickedFiles(list)));
  #state: ViewState = parseFragment(location.hash);
  #shown: Shown | undefined;
  #followed: RowName | undefined;
  #values = new Map<Field, Promise<readonly Suggestion[]>>();
  #isQuerying = false;
  #queryAgain = false;
  #detailsCall = 0;
  #deaths = 0;

  constructor() {
    this.#shell = new Shell({
      title: this.#title,
      filter: this.#filter.element,
      compareBar: this.#compareBar.element,
      files: this.#filesPanel.element,
      facets: this.#facets.element,
      table: this.#table.element,
      details: this.#details.element,
      total: this.#total.element,
      start: startScreen(
        () => this.#pick.files.click(),
        () => this.#pick.folder.click(),
      ),
      notices: this.#notices.element,
      actions: [
        comparePopup(
          () => this.#comparable(),
          (before) => void this.#show(this.#shown!.snapshot.key, before),
        ),
        columnsPopup(
          () => this.#state.columns,
          (columns) => this.#setColumns(columns),
        ),
        exportPopup({
          onExport: (format) => void this.#export(format),
          onPrint: () => void this.#print(),
          onLink: () => void this.#copy(location.href, 'The link'),
        }),
      ],
      onOpen: () => this.#pick.files.click(),
      onHelp: () => openHelp(version),
    });
    document.body.append(this.#pick.files, this.#pick.folder);
    this.#showState();
    acceptDrops((dropped) => void dropped.then((files) => this.#open(files)));
    addEventListener('hashchange', () => this.#onFragment());
    document.addEventListener('copy', (event) => this.#onCopy(event));
    listenForKeys({
      '/': () => this.#filter.focus(),
      '?': () => openHelp(version),
      o: () => this.#pick.files.click(),
      f: () => this.#shell.toggleSide(),
      '[': () => this.#step(-1),
      ']': () => this.#step(1),
      Escape: () => this.#closeDetails(),
    });
  }

  /** Opens the files that `tcpscope view` serves. */
  async openServed(files: readonly (ServedFile & { readonly name: string })[]): Promise<void> {
    await this.#openAll(files.map(({ name, url, size }) => ({ name, served: { url, size } })));
  }

  async #open({ files, passedOver }: Dropped): Promise<void> {
    if (passedOver > 0) {
      this.#notices.tell(`${passedOver} files of the folder were passed over: their names do not end with .tcpsnap.`);
    }
    await this.#openAll(files);
  }

  async #openAll(files: Parameters<Opening['open']>[0]): Promise<void> {
    await this.#opening.open(files, (file) => this.#showFile(file, this.#state.snapshot));
    setTimeout(() => void this.#opening.verifyAll(), VERIFY_DELAY_MILLISECONDS);
  }

  async #openAs(file: number, tableClass: string): Promise<void> {
    if (await this.#opening.openAs(file, tableClass)) await this.#showFile(file);
  }

  /** Shows a file's last snapshot, or the one that is wanted; where that is damaged, the last that can be read. */
  async #showFile(file: number, wanted?: number): Promise<void> {
    const count = this.#files.get(file)?.summary?.snapshotCount ?? 0;
    const keys = lastFirst(file, count);
    const first = keys.find(({ number }) => number === wanted);
    for (const key of first === undefined ? keys : [first, ...keys]) {
      if (await this.#show(key)) return;
    }
  }

  /** Shows a snapshot, or what became of another one. Whatever goes wrong, what was shown before stays. */
  async #show(key: SnapshotKey, before?: SnapshotKey): Promise<boolean> {
    const file = this.#files.get(key.file);
    try {
      const label = `Reading ${file?.toOpen.name ?? 'the snapshot'}`;
      const call = before === undefined ? this.#client.call('show', key) : this.#client.call('show', key, before);
      this.#shown = await this.#notices.during(label, call);
    } catch (error) {
      if (error instanceof CallError && error.code === 'not-comparable') this.#notices.tell(error.message);
      else this.#opening.fail(key.file, error);
      return false;
    }
    this.#followed = undefined;
    this.#values = new Map();
    this.#state = { ...this.#state, snapshot: this.#snapshotInUrl(key) };
    this.#closeDetails(false);
    this.#compareBar.show(this.#shown);
    this.#onFiles();
    this.#tellWhatIsMissing(this.#shown);
    this.#table.scrollToTop();
    await this.#query();
    return true;
  }

  /** The last one is shown anyway. */
  #snapshotInUrl({ file, number }: SnapshotKey): number | undefined {
    const count = this.#files.get(file)?.summary?.snapshotCount ?? 1;
    return number === count - 1 ? undefined : number;
  }

  #tellWhatIsMissing({ snapshot }: Shown): void {
    for (const name of snapshot.undecoded) {
      this.#notices.tell(`The snapshot has a table of class "${name}", which this version cannot decode: its rows are missing.`);
    }
  }

  #close(file: number): void {
    this.#files.remove(file);
    void this.#client.call('close', file).catch(() => {});
    if (this.#shown?.snapshot.key.file !== file && this.#shown?.before?.key.file !== file) return;
    const other = this.#files.all.find(({ state }) => state === 'open');
    if (other !== undefined) void this.#showFile(other.toOpen.id);
    else this.#showNothing();
  }

  #showNothing(): void {
    this.#shown = undefined;
    this.#closeDetails(false);
    this.#total.clear();
    this.#onFiles();
  }

  #step(step: number): void {
    const key = this.#shown?.snapshot.key;
    const count = key && this.#files.get(key.file)?.summary?.snapshotCount;
    const number = (key?.number ?? 0) + step;
    if (key && count !== undefined && number >= 0 && number < count) void this.#show({ ...key, number });
  }

  // What is shown of it

  #change(change: Partial<ViewState>): void {
    this.#state = { ...this.#state, ...change };
    this.#writeFragment();
    void this.#query();
  }

  #setFilter(where: string): void {
    this.#filter.show(where);
    this.#change({ where });
  }

  /** Click: by this field, then downwards, then as documented. With `add`, the same for one more key. */
  #sortBy(field: Field, add: boolean): void {
    const { sort } = this.#state;
    const next = sort.includes(field) ? [`-${field}`] : sort.includes(`-${field}`) ? [] : [field];
    const others = sort.filter((key) => key.replace(/^-/, '') !== field);
    const isThere = others.length < sort.length;
    const changed = isThere ? sort.flatMap((key) => (others.includes(key) ? [key] : next)) : [...sort, ...next];
    this.#change({ sort: add ? changed : next });
    this.#table.setColumns(this.#state.columns, this.#state.sort);
  }

  #setColumns(columns: readonly ShownColumn[]): void {
    this.#state = { ...this.#state, columns };
    this.#writeFragment();
    this.#table.setColumns(columns, this.#state.sort);
  }

  /** One query at a time: of those that come meanwhile, only the last one counts. */
  async #query(): Promise<void> {
    if (this.#shown === undefined) return;
    if (this.#isQuerying) {
      this.#queryAgain = true;
      return;
    }
    this.#isQuerying = true;
    try {
      const { where, sort, changes } = this.#state;
      this.#apply(await this.#client.call('query', { where, sort, changes, follow: this.#followed }));
    } catch (error) {
      if (error instanceof CallError && error.code === 'bad-expression') {
        this.#filter.showMistake(error.message, error.offset ?? 0);
      } else if (!(error instanceof WorkerStopped)) this.#notices.tell(problemOf(error).message);
    } finally {
      this.#isQuerying = false;
    }
    if (!this.#queryAgain) return;
    this.#queryAgain = false;
    await this.#query();
  }

  #apply(result: QueryResult): void {
    this.#table.setRows(result.rowCount, result.place);
    this.#total.update(result);
    this.#compareBar.update(result.changes, this.#state.changes);
    if (result.place === undefined) this.#closeDetails(false);
    void this.#facets.update(result.rowCount, this.#state.where);
  }

  async #onCursor(place: number | undefined): Promise<void> {
    const row = place === undefined ? undefined : this.#table.row(place);
    this.#followed = row && { change: row.change, number: row.number };
    if (place !== undefined && (this.#details.isOpen || innerWidth >= WIDE)) await this.#showDetails(place, false);
  }

  async #showDetails(place: number, takeFocus: boolean): Promise<void> {
    const call = ++this.#detailsCall;
    try {
      const details = await this.#client.call('details', place);
      if (call !== this.#detailsCall) return;
      this.#followed = { change: details.change, number: details.number };
      this.#details.show(details);
      document.body.classList.add('details-open');
      if (takeFocus) this.#details.focus();
    } catch (error) {
      if (!(error instanceof WorkerStopped)) this.#notices.tell(problemOf(error).message);
    }
  }

  #closeDetails(takeFocus = true): void {
    this.#detailsCall++;
    const hadFocus = this.#details.element.contains(document.activeElement);
    this.#details.close();
    document.body.classList.remove('details-open');
    if (takeFocus && hadFocus) this.#table.element.focus();
  }

  async #valuesOf(field: Field): Promise<readonly Suggestion[]> {
    if (this.#shown === undefined) return [];
    let values = this.#values.get(field);
    if (values === undefined) {
      values = this.#client.call('values', field, SUGGESTED_VALUES).then(
        (counts) =>
          counts.map(({ value, count }) => ({
            text: writtenValue(field, value as string | number | null),
            kind: field,
            count,
          })),
        () => [],
      );
      this.#values.set(field, values);
    }
    return values;
  }

  #comparable(): { key: SnapshotKey; label: string }[] {
    const shown = this.#shown?.snapshot.key;
    if (shown === undefined) return [];
    return this.#files
      .snapshots()
      .filter(({ file, number }) => file !== shown.file || number !== shown.number)
      .map((key) => {
        const { toOpen, summary } = this.#files.get(key.file)!;
        const number = summary!.snapshotCount > 1 ? `, snapshot ${key.number}` : '';
        return { key, label: `${escapeControls(toOpen.name)}${number}` };
      });
  }

  #showInformation(id: number): void {
    const file = this.#files.get(id);
    const summaries = [this.#shown?.snapshot, this.#shown?.before];
    if (file !== undefined) openFileInformation(file, summaries.find((summary) => summary?.key.file === id));
  }

  #onFiles(): void {
    const shown = this.#shown?.snapshot;
    this.#filesPanel.update(this.#files.all, shown?.key);
    this.#shell?.update(this.#files.all.length > 0, shown !== undefined);
    const size = shown && this.#files.get(shown.key.file)?.summary?.size;
    this.#title.textContent = shown ? snapshotName(shown) : '';
    this.#title.title = size === undefined ? '' : bytesText(size);
    document.title = shown ? `${snapshotName(shown)} – tcpscope` : 'tcpscope';
  }

  // The address

  #showState(): void {
    this.#filter.show(this.#state.where);
    this.#table.setColumns(this.#state.columns, this.#state.sort);
    this.#compareBar.update(undefined, this.#state.changes);
  }

  #onFragment(): void {
    const { snapshot } = this.#state;
    this.#state = parseFragment(location.hash);
    this.#showState();
    const key = this.#shown?.snapshot.key;
    if (key !== undefined && this.#state.snapshot !== snapshot) void this.#showFile(key.file, this.#state.snapshot);
    else void this.#query();
  }

  #writeFragment(): void {
    const fragment = formatFragment(this.#state);
    history.replaceState(null, '', fragment === '' ? location.pathname + location.search : `#${fragment}`);
  }

  // Out

  async #export(format: TextFormat): Promise<void> {
    const key = this.#shown?.snapshot.key;
    if (key === undefined) return;
    const name = this.#files.get(key.file)!.toOpen.name.replace(/^.*\//, '').replace(/\.tcpsnap$/i, '');
    try {
      saveFile(await this.#notices.during('Writing the rows', this.#client.call('text', format)), `${name}.${format}`);
    } catch (error) {
      this.#notices.tell(problemOf(error).message);
    }
  }

  async #print(): Promise<void> {
    const rows = await this.#client.call('rows', 0, MAX_PRINTED);
    printRows(rows, this.#state.columns, document.title);
  }

  #onCopy(event: ClipboardEvent): void {
    const [first, end] = this.#table.selection;
    if (document.activeElement !== this.#table.element || first === end || !getSelection()?.isCollapsed) return;
    event.preventDefault();
    void this.#copyRows(first, Math.min(end, first + MAX_COPIED));
  }

  async #copyRows(first: number, end: number): Promise<void> {
    const rows = await this.#client.call('rows', first, end - first);
    await this.#copy(tabbedText(rows, this.#state.columns), rows.length === 1 ? 'The row' : `${rows.length} rows`);
  }

  async #copy(text: string, what: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      this.#notices.tell(`${what} copied.`);
    } catch {
      this.#notices.tell('The browser does not let this page copy.');
    }
  }

  // When something goes wrong

  #cancel(): void {
    this.#client.restart('cancelled');
    void this.#beginAgain();
  }

  async #recover(reason: string): Promise<void> {
    this.#deaths++;
    if (this.#deaths > MAX_DEATHS) {
      this.#notices.tell(`The decoder stopped again (${reason}). Reload the page to start over.`);
      return this.#showNothing();
    }
    this.#notices.tell(`The decoder stopped (${reason}) and was started again.`);
    await this.#beginAgain();
  }

  /** A new worker knows nothing: it opens the files again, and shows what was shown. */
  async #beginAgain(): Promise<void> {
    const shown = this.#shown;
    await this.#opening.reopen();
    if (shown === undefined) return;
    const isThere = await this.#show(shown.snapshot.key, shown.before?.key);
    if (!isThere) this.#showNothing();
  }
}
