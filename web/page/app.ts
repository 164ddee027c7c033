import version from 'embedded:version';
import { escapeControls } from '../../src/core/text/escapeControls.js';
import type { Query, QueryResult, ServedFile, Shown, SnapshotKey } from '../protocol.js';
import { CallError, WorkerClient, WorkerStopped } from './client.js';
import { keysOf, type ShownColumn } from './columns.js';
import { CompareBar, snapshotName } from './compareBar.js';
import { DamageBar } from './damageBar.js';
import { openFileInformation, openHelp } from './dialogs.js';
import { element } from './element.js';
import { FacetsPanel } from './facetsPanel.js';
import { FieldValues } from './fieldValues.js';
import { acceptDrops, pickedFiles, type Dropped } from './fileDrop.js';
import { Files, shownCount } from './files.js';
import { FilesPanel } from './filesPanel.js';
import { FilterBox } from './filterBox.js';
import { replaceTerm, toggleTerm } from './filterTerms.js';
import { FindingsPanel } from './findingsPanel.js';
import { listenForKeys, listenForPrinting } from './keyboard.js';
import { Latest } from './latest.js';
import { Notices } from './notices.js';
import { Opening, problemOf } from './opening.js';
import { columnsPopup, comparePopup, type ComparableFile } from './popups.js';
import { Shell } from './shell.js';
import { ShownDetails } from './shownDetails.js';
import { ShownOutputs } from './shownOutputs.js';
import { ShownRecording } from './shownRecording.js';
import { SnapshotShown } from './snapshotShown.js';
import { nextSort } from './sortKeys.js';
import { filePicker, startScreen } from './startScreen.js';
import type { SnapshotRange } from './snapshotRange.js';
import { TableView } from './tableView.js';
import { TotalLine } from './totalLine.js';
import { formatFragment, parseFragment, type ViewState } from './urlState.js';

/** Checking the files waits until what was asked for is on the screen. */
const VERIFY_DELAY_MILLISECONDS = 600;

/** Brings the parts together: what is shown, by which filter, in which order. */
export class App {
  readonly #client: WorkerClient = new WorkerClient({
    onProgress: ({ done, total }) => this.#notices.progress(done, total),
    onDeath: (reason) => {
      this.#recording.restart();
      void this.#snapshot.recover(reason);
    },
  });
  readonly #notices = new Notices(() => {
    this.#recording.restart();
    this.#client.restart('cancelled');
    void this.#snapshot.beginAgain();
  });
  readonly #files = new Files(() => this.#showFiles());
  readonly #opening = new Opening(this.#client, this.#files, this.#notices);
  readonly #snapshot: SnapshotShown = new SnapshotShown(
    this.#client,
    this.#files,
    this.#opening,
    this.#notices,
    {
      onShown: () => this.#onShown(),
      followed: () => this.#details.connection,
    },
  );
  readonly #values = new FieldValues(this.#client);
  readonly #filter = new FilterBox({
    onFilter: (where) => this.#change({ where }),
    valuesOf: (field) => this.#values.of(field),
    onEnter: () => this.#table.element.focus(),
  });
  readonly #facets = new FacetsPanel({
    count: (by, limit) => this.#client.call('facet', by, limit),
    onInclude: ({ include }) => this.#setFilter(toggleTerm(this.#state.where, include)),
    onExclude: ({ include, exclude }) => this.#setFilter(replaceTerm(this.#state.where, exclude, include)),
  });
  readonly #findings = new FindingsPanel({
    find: (limit) => this.#client.call('findings', limit),
    onWhere: (where) => this.#setFilter(where),
  });
  readonly #table: TableView = new TableView({
    fetchRows: (first, count) => this.#client.call('rows', first, count),
    onSort: (field, add) => this.#change({ sort: nextSort(this.#state.sort, field, add) }),
    onColumns: (columns) => this.#setColumns(columns),
    onCursor: (place) => void this.#details.follow(place, this.#table.row(place)),
    onOpen: (place) => void this.#details.open(place, true),
    onSelect: (first, end) => void this.#recording.select(first, end),
  });
  readonly #filesPanel = new FilesPanel({
    onShow: (key) => void this.#snapshot.show(key),
    onClose: (file) => this.#close(file),
    onVerify: (file) => void this.#opening.verify(file),
    onInformation: (file) => this.#showInformation(file),
    onOpenAs: (file, tableClass) => void this.#openAs(file, tableClass),
  });
  readonly #compareBar = new CompareBar({
    onChanges: (changes) => this.#change({ changes }),
    onSwap: () => void this.#compare(this.#snapshot.current!.before!.key, this.#snapshot.key!),
    onStop: () => void this.#snapshot.show(this.#snapshot.key!),
  });
  readonly #details = new ShownDetails(this.#client, this.#notices, () => this.#table.element.focus(), {
    onNarrow: (term) => this.#setFilter(toggleTerm(this.#state.where, term)),
    onSnapshot: (number) => void this.#snapshot.show({ ...this.#snapshot.key!, number }),
    series: () => this.#recording.series?.snapshots,
  });
  readonly #recording: ShownRecording = new ShownRecording(this.#client, this.#files, this.#notices, {
    onSnapshot: (key) => this.#snapshot.show(key),
    onCompare: (now, before) => void this.#compare(now, before),
    onRange: (range) => this.#setRange(range),
    onRead: () => this.#onTimeline(),
  });
  readonly #damage = new DamageBar();
  readonly #outputs = new ShownOutputs(this.#client, this.#notices, {
    files: this.#files,
    snapshot: this.#snapshot,
    table: this.#table,
    timeline: this.#recording.panel,
    panels: [this.#filesPanel.element, this.#damage.element, this.#findings.element],
    columns: () => this.#state.columns,
  });
  readonly #total = new TotalLine();
  readonly #title = element('h1', { class: 'title-line', hidden: true });
  readonly #pick = filePicker((list) => void this.#open(pickedFiles(list)));
  readonly #shell: Shell;
  readonly #querying = new Latest();
  #state: ViewState = parseFragment(location.hash);
  /** What was shown before. */
  #last: Shown | undefined;

  constructor() {
    const pickFiles = (): void => this.#pick.files.click();
    this.#shell = new Shell({
      title: this.#title,
      filter: this.#filter.element,
      compareBar: this.#compareBar.element,
      damage: this.#damage.element,
      files: this.#filesPanel.element,
      findings: this.#findings.element,
      facets: this.#facets.element,
      timeline: this.#recording.panel.element,
      table: this.#table.element,
      lanes: this.#recording.lanes.element,
      details: this.#details.panel.element,
      total: this.#total.element,
      start: startScreen(pickFiles, () => this.#pick.folder.click()),
      notices: this.#notices.element,
      actions: this.#actions(),
      onOpen: pickFiles,
      onHelp: () => openHelp(version),
    });
    document.body.append(this.#pick.files, this.#pick.folder);
    this.#showState();
    acceptDrops((dropped) => void dropped.then((files) => this.#open(files)));
    addEventListener('hashchange', () => this.#onFragment());
    listenForKeys({
      '/': () => this.#filter.focus(),
      '?': () => openHelp(version),
      o: pickFiles,
      f: () => this.#shell.toggleSide(),
      '[': () => void this.#step(-1),
      ']': () => void this.#step(1),
      p: () => this.#recording.panel.togglePlay(),
      t: () => this.#recording.panel.focus(),
      Escape: () => this.#details.close(),
    });
    listenForPrinting(
      () => !this.#title.hidden,
      () => void this.#outputs.print(),
    );
  }

  /** Opens the files that `tcpscope view` serves. */
  async openServed(files: readonly (ServedFile & { readonly name: string })[]): Promise<void> {
    await this.#openAll(files.map(({ name, url, size }) => ({ name, served: { url, size } })));
  }

  #actions(): HTMLElement[] {
    return [
      comparePopup(
        () => this.#comparable(),
        () => this.#snapshot.usualBefore(),
        (before) => void this.#compare(this.#snapshot.key!, before),
      ),
      columnsPopup(
        () => this.#state.columns,
        (columns) => this.#setColumns(columns),
      ),
      this.#outputs.popup,
    ];
  }

  // Files

  async #open({ files, passedOver }: Dropped): Promise<void> {
    if (passedOver > 0) {
      this.#notices.tell(
        `${passedOver} files of the folder were passed over: their names do not end with .tcpsnap.`,
      );
    }
    await this.#openAll(files);
  }

  async #openAll(files: Parameters<Opening['open']>[0]): Promise<void> {
    await this.#opening.open(files, (file) => this.#snapshot.showFile(file, this.#state.snapshot));
    await new Promise((resolve) => setTimeout(resolve, VERIFY_DELAY_MILLISECONDS));
    await this.#recording.settled();
    await this.#opening.verifyAll();
  }

  async #openAs(file: number, tableClass: string): Promise<void> {
    if (await this.#opening.openAs(file, tableClass)) await this.#snapshot.showFile(file);
  }

  async #compare(now: SnapshotKey, before: SnapshotKey): Promise<void> {
    await this.#snapshot.show(now, before);
  }

  #close(file: number): void {
    this.#files.remove(file);
    // Nobody waits for it.
    this.#client.call('close', file).catch(() => {});
    void this.#snapshot.leave(file);
  }

  #comparable(): ComparableFile[] {
    return this.#files.all
      .map((file) => ({ file, snapshotCount: shownCount(file) }))
      .filter(({ snapshotCount }) => snapshotCount > 0)
      .map(({ file: { toOpen }, snapshotCount }) => {
        return { id: toOpen.id, label: escapeControls(toOpen.name), snapshotCount };
      });
  }

  #showInformation(id: number): void {
    const file = this.#files.get(id);
    const { snapshot, before } = this.#snapshot.current ?? {};
    if (file === undefined) return;
    openFileInformation(
      file,
      [snapshot, before].find((summary) => summary?.key.file === id),
    );
  }

  #showFiles(): void {
    const { current, key, isCut } = this.#snapshot;
    const name = current && `${snapshotName(current.snapshot)}${isCut ? ' (cut off)' : ''}`;
    this.#filesPanel.update(this.#files.all, key);
    this.#shell.update(this.#files.all.length > 0, current !== undefined, current?.before !== undefined);
    this.#title.hidden = name === undefined;
    this.#title.textContent = name ?? '';
    document.title = name === undefined ? 'tcpscope' : `${name} – tcpscope`;
  }

  // What is shown

  async #onShown(): Promise<void> {
    const { current, number } = this.#snapshot;
    const isSameView =
      current?.snapshot.key.file === this.#last?.snapshot.key.file &&
      (current?.before === undefined) === (this.#last?.before === undefined);
    this.#last = current;
    if (isSameView) this.#details.move(current?.follow);
    else this.#details.forget();
    this.#values.forget();
    if (current !== undefined && !isSameView) this.#table.scrollToTop();
    // What stands around the rows is brought up to date while the worker gets them.
    const queried = this.#query();
    this.#showFiles();
    this.#recording.show(current?.snapshot.key, current?.before?.key);
    if (current === undefined) return this.#total.clear();
    this.#state = { ...this.#state, snapshot: number };
    this.#writeFragment();
    this.#compareBar.show(current);
    this.#damage.show(current, this.#snapshot.isCut);
    await queried;
    void this.#findings.update();
  }

  #change(change: Partial<ViewState>): void {
    this.#state = { ...this.#state, ...change };
    this.#writeFragment();
    if (change.sort !== undefined) this.#table.setColumns(this.#state.columns, change.sort);
    void this.#query();
  }

  #setFilter(where: string): void {
    this.#filter.show(where);
    this.#change({ where });
  }

  #setColumns(columns: readonly ShownColumn[]): void {
    const before = keysOf(this.#state.columns);
    this.#state = { ...this.#state, columns };
    this.#writeFragment();
    const show = (): void => this.#table.setColumns(this.#state.columns, this.#state.sort);
    // A value that is not here yet would look as if there were none.
    if (keysOf(columns).some((key) => !before.includes(key))) void this.#query().finally(show);
    else show();
  }

  async #query(): Promise<void> {
    if (this.#snapshot.current === undefined) return;
    await this.#querying.run(async () => {
      const { where, sort, changes, columns } = this.#state;
      const { first, count } = this.#table.wanted;
      const query: Query = {
        where,
        sort,
        changes,
        keys: keysOf(columns),
        follow: this.#details.row,
        first,
        count,
      };
      try {
        this.#apply(query, await this.#client.call('query', query));
      } catch (error) {
        this.#onQueryProblem(error);
      }
    });
  }

  #onQueryProblem(error: unknown): void {
    if (error instanceof CallError && error.code === 'bad-expression') {
      this.#filter.showMistake(error.message, error.offset ?? 0);
    } else if (!(error instanceof WorkerStopped)) this.#notices.tell(problemOf(error).message);
  }

  #apply({ first }: Query, result: QueryResult): void {
    this.#table.setRows(result.rowCount, result.place, { first, rows: result.rows });
    this.#total.update(result);
    this.#compareBar.update(result.changes, this.#state.changes);
    if (result.place !== undefined) void this.#details.place(result.place);
    else if (this.#details.row !== undefined) this.#details.forget();
    this.#findings.mark(this.#state.where);
    void this.#facets.update(result.rowCount, this.#state.where);
  }

  async #step(by: number): Promise<void> {
    const { panel } = this.#recording;
    await (panel.hasTimeline && !this.#snapshot.isCut ? panel.step(by) : this.#snapshot.step(by));
  }

  #setRange(range: SnapshotRange | undefined): void {
    this.#state = { ...this.#state, range };
    this.#writeFragment();
    this.#recording.setRange(range);
  }

  /** What is selected has a history now. */
  #onTimeline(): void {
    void this.#recording.select(...this.#table.selection);
    void this.#details.refresh(this.#table.cursor);
  }

  // The address

  #showState(): void {
    this.#filter.show(this.#state.where);
    this.#table.setColumns(this.#state.columns, this.#state.sort);
    this.#compareBar.update(undefined, this.#state.changes);
    this.#recording.setRange(this.#state.range);
  }

  #onFragment(): void {
    this.#state = parseFragment(location.hash);
    this.#showState();
    const { key, number } = this.#snapshot;
    if (key !== undefined && this.#state.snapshot !== number) {
      void this.#snapshot.showFile(key.file, this.#state.snapshot);
    } else void this.#query();
  }

  #writeFragment(): void {
    const fragment = formatFragment(this.#state);
    history.replaceState(null, '', fragment === '' ? location.pathname + location.search : `#${fragment}`);
  }
}
