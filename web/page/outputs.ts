import { escapeControls } from '../../src/core/text/escapeControls.js';
import type { Row } from '../protocol.js';
import { COLUMNS, NONE, type ShownColumn } from './columns.js';
import { element } from './element.js';

/** Hands a file to the browser, which keeps it where the user wants. */
export function saveFile(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  element('a', { href: url, download: safeName(name) }).click();
  // The browser has taken it by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** The name of a file comes from whoever sent it. */
function safeName(name: string): string {
  return escapeControls(name)
    .replaceAll(/[\\/:*?"<>|]/g, '_')
    .replace(/^\.+/, '_');
}

/** Rows as lines with tabs between the columns shown, for spreadsheets and tickets. */
export function tabbedText(rows: readonly Row[], columns: readonly ShownColumn[]): string {
  return rows
    .map(({ connection }) => columns.map(({ field }) => pastable(COLUMNS[field].text(connection))).join('\t'))
    .join('\n');
}

/** A spreadsheet would run it as a formula. */
function pastable(text: string): string {
  return text !== NONE && /^[=+\-@]/.test(text) ? `'${text}` : text;
}

/** Rows on paper. */
export const MAX_PRINTED = 5000;

/** Prints rows as a plain table: the one on the screen holds only those that are seen. */
export function printRows(
  rows: readonly Row[],
  columns: readonly ShownColumn[],
  title: string,
  above: readonly Node[],
  rowCount: number,
): void {
  const left = rowCount - rows.length;
  const rest = `The first ${rows.length.toLocaleString('en')} rows; ${left.toLocaleString('en')} more are not printed.`;
  const sheet = element('section', { class: 'sheet' }, [
    element('h1', {}, [title]),
    ...above,
    ...(left > 0 ? [element('p', {}, [rest])] : []),
    element('table', {}, [
      element('thead', {}, [
        element(
          'tr',
          {},
          columns.map(({ field }) => element('th', { scope: 'col' }, [COLUMNS[field].title])),
        ),
      ]),
      element(
        'tbody',
        {},
        rows.map(({ connection }) =>
          element(
            'tr',
            {},
            columns.map(({ field }) => element('td', {}, [COLUMNS[field].text(connection)])),
          ),
        ),
      ),
    ]),
  ]);
  document.body.append(sheet);
  document.body.classList.add('printing');
  const clear = (): void => {
    sheet.remove();
    document.body.classList.remove('printing');
  };
  addEventListener('afterprint', clear, { once: true });
  print();
}
