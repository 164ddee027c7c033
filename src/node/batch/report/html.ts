import { escapeControls } from '../../../core/text/escapeControls.js';

/** Markup that was written here, as opposed to text. */
export class Html {
  readonly markup: string;

  constructor(markup: string) {
    this.markup = markup;
  }
}

type Content = Html | string | number | readonly Content[] | undefined;

/** What a name from a file may take; a longer one says nothing more. */
const MOST_CHARACTERS = 200;

/** Markup with texts in it. Whatever is not Html is text, and shown as it is: the names in files are other people's. */
export function html(pieces: TemplateStringsArray, ...contents: readonly Content[]): Html {
  return new Html(
    pieces.map((piece, i) => piece + (i < contents.length ? markupOf(contents[i]) : '')).join(''),
  );
}

function markupOf(content: Content): string {
  if (content === undefined) return '';
  if (typeof content === 'string') return escapeText(content);
  if (typeof content === 'number') return String(content);
  return content instanceof Html ? content.markup : content.map(markupOf).join('');
}

function escapeText(text: string): string {
  const cut = text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
  return escapeControls(cut).replaceAll(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}
