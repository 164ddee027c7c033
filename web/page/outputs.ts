import { escapeControls } from '../../src/core/text/escapeControls.js';
import type { Row } from '../protocol.js';
import { NONE } from './columns.js';
import { element } from './element.js';
import { textsOf, type WrittenAs } from './rowTexts.js';

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

/** Rows as lines with tabs between the columns, for spreadsheets and tickets. */
export function tabbedText(rows: readonly Row[], writtenAs: WrittenAs): string {
  return rows.map((row) => textsOf(row, writtenAs).map(pastable).join('\t')).join('\n');
}

/** A spreadsheet would run it as a formula. */
function pastable(text: string): string {
  return text !== NONE && /^[=+\-@]/.test(text) ? `'${text}` : text;
}
