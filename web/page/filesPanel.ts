import { layoutOf, TABLE_CLASSES, type TableClass } from '../../src/core/index.js';
import { escapeControls } from '../../src/core/text/escapeControls.js';
import { formatUtcSeconds } from '../../src/core/text/time.js';
import type { FileSummary, SnapshotKey } from '../protocol.js';
import { button, element } from './element.js';
import { keepFocus } from './keepFocus.js';
import { allProblems, shownCount, type ViewerFile } from './files.js';

interface FilesListener {
  onShow(key: SnapshotKey): void;
  onClose(file: number): void;
  onVerify(file: number): void;
  onInformation(file: number): void;
  /** It is a bare dump of this class. */
  onOpenAs(file: number, tableClass: string): void;
}

/** What a dump without a name is most often. */
const MOST_LIKELY: TableClass = 'tcp2';

/** Of a file with more snapshots, only those around the one shown are listed. */
const LISTED = 200;

/** The open files: their snapshots, what is wrong with them, and whether they are what was captured. */
export class FilesPanel {
  readonly element = element('section', { class: 'files', 'aria-label': 'Files' });
  readonly #listener: FilesListener;

  constructor(listener: FilesListener) {
    this.#listener = listener;
  }

  update(files: readonly ViewerFile[], shown: SnapshotKey | undefined): void {
    keepFocus(this.element, () => {
      this.element.replaceChildren(...files.map((file) => this.#file(file, shown)));
    });
    // Only the list moves, not the panel that it stands in.
    const current = this.element.querySelector<HTMLElement>('.snapshot[aria-current]');
    const list = current?.closest<HTMLElement>('.snapshots');
    if (current && list) list.scrollTop = current.offsetTop - list.offsetTop - list.clientHeight / 2;
  }

  #file(file: ViewerFile, shown: SnapshotKey | undefined): HTMLElement {
    const { id, name } = file.toOpen;
    const isShown = shown?.file === id;
    const count = shownCount(file);
    const last = Math.max(0, (file.summary?.snapshotCount ?? 0) - 1);
    const label = element('bdi', { class: 'label', title: escapeControls(name) }, [escapeControls(name)]);
    const title =
      count > 0
        ? element(
            'button',
            { type: 'button', class: 'name', 'aria-current': isShown ? 'true' : undefined },
            [label],
            { click: () => this.#listener.onShow({ file: id, number: last }) },
          )
        : element('span', { class: 'name' }, [label]);
    const close = button('×', () => this.#listener.onClose(id), {
      class: 'close',
      'aria-label': `Close ${escapeControls(name)}`,
    });
    return element('article', { class: `file ${file.state}` }, [
      element('div', { class: 'head' }, [title, close]),
      this.#state(file),
      ...allProblems(file).map((text) => element('p', { class: 'problem' }, [escapeControls(text)])),
      ...(file.problem?.code === 'not-a-snapshot' && file.toOpen.source.size > 0 ? [this.#openAs(id)] : []),
      ...(count > 1 ? [this.#snapshots(file, count, isShown ? shown.number : undefined)] : []),
    ]);
  }

  #state(file: ViewerFile): HTMLElement {
    const { id } = file.toOpen;
    const line = element('p', { class: 'state' });
    if (file.state === 'opening') line.append('opening …');
    if (file.state === 'failed') line.append(badge('damaged', 'cannot be read'));
    if (file.state !== 'open') return line;
    const { verification, isUnchecked, toOpen } = file;
    if (toOpen.tableClass !== undefined) line.append(badge('unknown', `bare dump, ${toOpen.tableClass}`));
    else if (verification !== undefined) {
      line.append(verification.intact ? badge('intact', 'intact') : badge('damaged', 'damaged'));
    } else if (isUnchecked)
      line.append(button('check', () => this.#listener.onVerify(id), { class: 'link' }));
    else line.append(badge('unknown', 'checking …'));
    line.append(` ${bytesText(file.summary!.size)} `);
    line.append(button('about', () => this.#listener.onInformation(id), { class: 'link' }));
    return line;
  }

  #snapshots(file: ViewerFile, count: number, shown: number | undefined): HTMLElement {
    const { id } = file.toOpen;
    const first = Math.max(0, Math.min(count - LISTED, (shown ?? count - 1) - LISTED / 2));
    const listed = Array.from({ length: Math.min(count, LISTED) }, (_, i) => first + i);
    const number = element(
      'input',
      { type: 'number', min: 0, max: count - 1, value: shown ?? '', 'aria-label': 'Number of the snapshot' },
      [],
      {
        change: (event) => {
          const wanted = Number((event.currentTarget as HTMLInputElement).value);
          if (Number.isInteger(wanted) && wanted >= 0 && wanted < count) {
            this.#listener.onShow({ file: id, number: wanted });
          }
        },
      },
    );
    const list = element(
      'ul',
      { class: 'snapshots' },
      listed.map((index) => element('li', {}, [this.#snapshot(file, index, index === shown)])),
    );
    return element('div', { class: 'snapshot-choice' }, [
      element('label', {}, ['Snapshot ', number, countText(file.summary!)]),
      list,
    ]);
  }

  #snapshot({ toOpen, summary, verification }: ViewerFile, number: number, isShown: boolean): HTMLElement {
    const isCut = number === summary!.snapshotCount;
    const check = verification?.snapshots.find((snapshot) => snapshot.number === number);
    const time = check?.utcMicroseconds;
    const damaged = check !== undefined && check.problems.length > 0;
    const parts = [
      String(number),
      ...(time === undefined ? [] : [formatUtcSeconds(time)]),
      ...(damaged ? ['damaged'] : []),
      ...(isCut ? [`cut off at byte ${summary!.cutAt}`] : []),
    ];
    return button(parts.join('  '), () => this.#listener.onShow({ file: toOpen.id, number }), {
      class: damaged || isCut ? 'snapshot damaged' : 'snapshot',
      'aria-current': isShown ? 'true' : undefined,
    });
  }

  #openAs(id: number): HTMLElement {
    const choice = element(
      'select',
      { 'aria-label': 'What the bytes are' },
      TABLE_CLASSES.map((name) =>
        element('option', { value: name }, [`${name} (${layoutOf(name).structure})`]),
      ),
    );
    choice.value = MOST_LIKELY;
    return element('div', { class: 'open-as' }, [
      element('p', {}, ['Is it the bytes of one table, as the system gave them?']),
      choice,
      button('Open as this', () => this.#listener.onOpenAs(id, choice.value)),
    ]);
  }
}

function countText({ snapshotCount, cutAt }: FileSummary): string {
  return cutAt === undefined ? ` of ${snapshotCount}` : ` of ${snapshotCount}, and one that is cut off`;
}

function badge(kind: 'intact' | 'damaged' | 'unknown', text: string): HTMLElement {
  return element('span', { class: `badge ${kind}` }, [text]);
}

export function bytesText(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  const units = ['KB', 'MB', 'GB', 'TB'];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}
