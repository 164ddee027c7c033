import type { Row } from '../protocol.js';
import { element } from './element.js';
import { textsOf, titlesOf, type WrittenAs } from './rowTexts.js';

/** Rows on paper. */
export const MAX_PRINTED = 5000;

/** Rows that are there, of all that there are to print. */
export interface PrintedRows {
  readonly first: number;
  readonly rows: readonly Row[];
  readonly total: number;
}

/** What goes to paper: the table on the screen holds only the rows that are seen, and nothing of what stands beside it. */
export function makeSheet(
  title: string,
  above: readonly Node[],
  printed: PrintedRows,
  writtenAs: WrittenAs,
): HTMLElement {
  const missing = missingText(printed);
  const titles = titlesOf(writtenAs).map((text) => element('th', { scope: 'col' }, [text]));
  const lines = printed.rows.map((row) =>
    element(
      'tr',
      {},
      textsOf(row, writtenAs).map((text) => element('td', {}, [text])),
    ),
  );
  return element('section', { class: 'sheet' }, [
    element('h1', {}, [title]),
    ...above,
    ...(missing === undefined ? [] : [element('p', {}, [missing])]),
    element('table', {}, [element('thead', {}, [element('tr', {}, titles)]), element('tbody', {}, lines)]),
  ]);
}

/** Puts the sheet in the place of the page until it has been printed. */
export function putOnPaper(sheet: HTMLElement): void {
  document.body.append(sheet);
  document.body.classList.add('printing');
  const clear = (): void => {
    sheet.remove();
    document.body.classList.remove('printing');
  };
  addEventListener('afterprint', clear, { once: true });
}

export function isOnPaper(): boolean {
  return document.body.classList.contains('printing');
}

function missingText({ first, rows, total }: PrintedRows): string | undefined {
  const left = total - rows.length;
  if (left === 0) return undefined;
  const [count, rest] = [rows.length, left].map((number) => number.toLocaleString('en'));
  const from = (first + 1).toLocaleString('en');
  if (rows.length === MAX_PRINTED) return `The first ${count} rows; ${rest} more are not printed.`;
  const most = Math.min(total, MAX_PRINTED).toLocaleString('en');
  return (
    `${count} rows from row ${from} on, which were near the screen; ${rest} more are not printed. ` +
    `Ctrl+P in the page, or Export, prints ${total > MAX_PRINTED ? `the first ${most}` : `all ${most}`}.`
  );
}
