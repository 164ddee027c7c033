import { eastAsianWidth } from 'get-east-asian-width';
import { escapeControls } from '../../core/text/escapeControls.js';

const ELLIPSIS = '…';
const NO_WIDTH = /^[\p{Mn}\p{Me}\p{Cf}]$/u;
const ASCII = /^[\x20-\x7e]*$/;

/** Text from a file as it may stand in a terminal: nothing in it moves the cursor, colours, or turns the direction. */
export function printable(text: string): string {
  return ASCII.test(text) ? text : escapeControls(text);
}

/** Columns that a printable text takes in a terminal: two for an East Asian wide character, none for a combining mark. */
export function cellWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

/** The text in at most `width` columns, with an ellipsis where something was cut off. */
export function truncate(text: string, width: number): string {
  if (cellWidth(text) <= width) return text;
  let kept = '';
  let used = ELLIPSIS.length;
  for (const character of text) {
    used += characterWidth(character);
    if (used > width) break;
    kept += character;
  }
  return width < 1 ? '' : kept + ELLIPSIS;
}

/** As `truncate`, but keeps the end of the text. */
export function truncateStart(text: string, width: number): string {
  if (cellWidth(text) <= width) return text;
  let kept = '';
  let used = ELLIPSIS.length;
  for (const character of Array.from(text).reverse()) {
    used += characterWidth(character);
    if (used > width) break;
    kept = character + kept;
  }
  return width < 1 ? '' : ELLIPSIS + kept;
}

function characterWidth(character: string): number {
  return NO_WIDTH.test(character) ? 0 : eastAsianWidth(character.codePointAt(0)!);
}
