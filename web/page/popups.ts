import { FIELDS, type Field } from '../../src/core/index.js';
import { TEXT_FORMATS, type SnapshotKey, type TextFormat } from '../protocol.js';
import { COLUMNS, DEFAULT_COLUMNS, showColumn, type ShownColumn } from './columns.js';
import { button, element } from './element.js';

/** A button that opens a panel below it. The browser closes it on Escape and on a click elsewhere. */
export function popupButton(
  label: string,
  name: string,
  fill: (panel: HTMLElement, close: () => void) => void,
): HTMLElement {
  const panel = element('div', {
    id: `popup-${name}`,
    class: 'popup',
    popover: 'auto',
    role: 'dialog',
    'aria-label': label,
  });
  const opener = element('button', { type: 'button', popovertarget: panel.id, 'aria-haspopup': 'dialog' }, [
    label,
  ]);
  panel.addEventListener('beforetoggle', (event) => {
    if (event.newState === 'open') fill(panel, () => panel.hidePopover());
  });
  panel.addEventListener('toggle', (event) => {
    if (event.newState !== 'open') return;
    const { bottom, right } = opener.getBoundingClientRect();
    panel.style.top = `${bottom + 4}px`;
    panel.style.left = `${Math.max(8, Math.min(innerWidth - panel.offsetWidth - 8, right - panel.offsetWidth))}px`;
    panel.querySelector<HTMLElement>('button, input, select')?.focus();
  });
  return element('span', { class: 'popup-holder' }, [opener, panel]);
}

/** Which columns are shown, and in which order: all that can be done with the pointer, by keys. */
export function columnsPopup(
  columns: () => readonly ShownColumn[],
  onColumns: (columns: readonly ShownColumn[]) => void,
): HTMLElement {
  return popupButton('Columns', 'columns', function fill(panel) {
    const change = (changed: readonly ShownColumn[], focus: string): void => {
      if (changed.length === 0) return;
      onColumns(changed);
      fill(panel);
      panel.querySelector<HTMLElement>(focus)?.focus();
    };
    const shown = columns();
    const hidden = FIELDS.filter((field) => !shown.some((column) => column.field === field));
    const line = (field: Field, index: number): HTMLElement => {
      const isShown = index !== -1;
      const box = element('input', { type: 'checkbox', id: `column-${field}` });
      box.checked = isShown;
      box.disabled = isShown && shown.length === 1;
      box.addEventListener('change', () => {
        const others = shown.filter((column) => column.field !== field);
        change(isShown ? others : [...others, showColumn(field)], `#column-${field}`);
      });
      const move = (to: number, sign: string, word: string): HTMLElement =>
        button(
          sign,
          () => change(shown.toSpliced(index, 1).toSpliced(to, 0, shown[index]!), `#${word}-${field}`),
          {
            id: `${word}-${field}`,
            'aria-label': `Move ${COLUMNS[field].title} ${word}`,
            disabled: !isShown || to < 0 || to >= shown.length,
          },
        );
      return element('div', { class: 'column-line' }, [
        element('label', {}, [box, COLUMNS[field].title]),
        move(index - 1, '↑', 'up'),
        move(index + 1, '↓', 'down'),
      ]);
    };
    panel.replaceChildren(
      ...shown.map(({ field }, i) => line(field, i)),
      ...hidden.map((field) => line(field, -1)),
      button('Usual columns', () => change(DEFAULT_COLUMNS, 'button'), { class: 'wide' }),
    );
  });
}

const FORMAT_WORDS: Readonly<Record<TextFormat, string>> = {
  csv: 'CSV, for spreadsheets',
  json: 'JSON, with all that is known of the snapshot',
  ndjson: 'NDJSON, an object a line',
};

interface Outputs {
  readonly onExport: (format: TextFormat) => void;
  /** Without a timeline there is no picture of it. */
  readonly hasTimeline: () => boolean;
  readonly onImage: () => void;
  readonly onPrint: () => void;
  readonly onLink: () => void;
}

/** The rows shown, as files, on paper, as a link. */
export function exportPopup({ onExport, hasTimeline, onImage, onPrint, onLink }: Outputs): HTMLElement {
  return popupButton('Export', 'export', (panel, close) => {
    const item = (label: string, act: () => void): HTMLElement =>
      button(
        label,
        () => {
          close();
          act();
        },
        { class: 'wide' },
      );
    panel.replaceChildren(
      ...TEXT_FORMATS.map((format) => item(FORMAT_WORDS[format], () => onExport(format))),
      ...(hasTimeline() ? [item('PNG, the timeline as it is shown', onImage)] : []),
      item('Print the rows', onPrint),
      item('Copy a link to this filter, order, snapshot and columns', onLink),
    );
  });
}

/** A file that has snapshots to compare with. */
export interface ComparableFile {
  readonly id: number;
  readonly label: string;
  readonly snapshotCount: number;
}

/** Chooses the earlier snapshot of a comparison: a file, and where it has several the number of one. */
export function comparePopup(
  choices: () => readonly ComparableFile[],
  /** What is chosen before anybody does. */
  usual: () => SnapshotKey | undefined,
  onCompare: (before: SnapshotKey) => void,
): HTMLElement {
  return popupButton('Compare', 'compare', (panel, close) => {
    const files = choices();
    const first = usual();
    if (first === undefined) {
      panel.replaceChildren(element('p', {}, ['Open another snapshot to compare this one with.']));
      return;
    }
    const file = element(
      'select',
      { id: 'compare-before' },
      files.map(({ id, label }) => element('option', { value: id }, [label])),
    );
    const number = element('input', { id: 'compare-number', type: 'number', min: 0, required: true });
    const numberLine = element('label', { for: 'compare-number' }, ['Snapshot ', number]);
    const chosen = (): ComparableFile => files.find(({ id }) => id === Number(file.value))!;
    const showNumber = (value: number): void => {
      const last = chosen().snapshotCount - 1;
      number.max = String(last);
      number.value = String(Math.min(last, value));
      numberLine.hidden = last === 0;
    };
    file.value = String(first.file);
    showNumber(first.number);
    file.addEventListener('change', () => showNumber(Number.POSITIVE_INFINITY));
    const start = button('Compare', () => {
      if (!number.reportValidity()) return;
      close();
      onCompare({ file: chosen().id, number: Number(number.value) });
    });
    panel.replaceChildren(
      element('label', { for: 'compare-before' }, ['What changed since']),
      file,
      numberLine,
      start,
    );
  });
}
