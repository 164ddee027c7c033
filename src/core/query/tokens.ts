import { SnapshotError } from '../errors.js';
import type { NamePattern } from './namePattern.js';

export interface Token {
  /** What is quoted is never a keyword, a field, a state or an address. `end` stands after the last one. */
  readonly kind: 'word' | 'quoted' | 'operator' | '(' | ')' | ',' | 'end';
  /** Of something quoted, what stands between the quotes, without the backslashes. */
  readonly text: string;
  /** The text as a pattern of names: where it was quoted, `\*` is no star. */
  readonly pattern: NamePattern;
  /** Where it stands in the expression, in UTF-16 code units. */
  readonly start: number;
  readonly end: number;
}

const SPACE = /\s*/y;
const OPERATOR = /[<>!=]=|[<>=]/y;
const PUNCTUATION = /[(),]/y;
/** `UNKNOWN(57)`, which is how a number without a name is shown, is one word in spite of its parentheses. */
const WORD = /[^\s()<>=!,"]+(?:(?<=unknown)\(\d+\)[^\s()<>=!,"]*)*/iy;
/** The other quote is for shells that keep one of them for themselves. */
const QUOTE = /["']/y;
const ESCAPABLE = /["'\\*]/y;

/** @throws SnapshotError `bad-expression` */
export function tokenize(expression: string): Token[] {
  const tokens: Token[] = [];
  let position = 0;
  for (;;) {
    position += match(SPACE, expression, position)!.length;
    if (position === expression.length) break;
    const token = readToken(expression, position);
    const before = tokens.at(-1);
    if (before?.end === position && isText(before) && isText(token)) {
      throw expressionError(expression, token, 'a space, or quotes around all of it');
    }
    tokens.push(token);
    position = token.end;
  }
  tokens.push({ kind: 'end', text: '', pattern: [''], start: position, end: position });
  return tokens;
}

function readToken(expression: string, start: number): Token {
  if (match(QUOTE, expression, start)) return readQuoted(expression, start);
  const token = (kind: Token['kind'], text: string): Token => {
    return { kind, text, pattern: text.split('*'), start, end: start + text.length };
  };
  const operator = match(OPERATOR, expression, start);
  if (operator !== undefined) return token('operator', operator);
  const punctuation = match(PUNCTUATION, expression, start);
  if (punctuation !== undefined) return token(punctuation as '(' | ')' | ',', punctuation);
  const word = match(WORD, expression, start);
  if (word !== undefined) return token('word', word);
  // Nothing else is no character of a word.
  throw expressionError(expression, { start, end: start + 1 }, '!= or "not"');
}

/** Text up to the same quote. A backslash makes a quote, a `*` or a backslash an ordinary character. */
function readQuoted(expression: string, start: number): Token {
  const quote = expression[start];
  const pattern = [''];
  let text = '';
  for (let at = start + 1; at < expression.length; at++) {
    if (expression[at] === quote) return { kind: 'quoted', text, pattern, start, end: at + 1 };
    const escaped = expression[at] === '\\' ? match(ESCAPABLE, expression, at + 1) : undefined;
    const character = escaped ?? expression[at]!;
    text += character;
    if (character === '*' && escaped === undefined) pattern.push('');
    else pattern[pattern.length - 1] += character;
    if (escaped !== undefined) at++;
  }
  const message = `column ${columnOf(expression, start)}: the quote that begins here has no end`;
  throw new SnapshotError('bad-expression', message, { offset: start });
}

function match(pattern: RegExp, text: string, position: number): string | undefined {
  pattern.lastIndex = position;
  return pattern.exec(text)?.[0];
}

function isText({ kind }: Token): boolean {
  return kind === 'word' || kind === 'quoted';
}

/** The error for what stands at a place in an expression. Its offset is the place in UTF-16 code units, from 0. */
export function expressionError(
  expression: string,
  { start, end }: Pick<Token, 'start' | 'end'>,
  expected: string,
): SnapshotError {
  const column = columnOf(expression, start);
  const found = start === end ? 'but the expression ends' : `found ${shown(expression.slice(start, end))}`;
  return new SnapshotError('bad-expression', `column ${column}: expected ${expected}, ${found}`, {
    offset: start,
  });
}

/** From 1, in characters: a person counts an emoji once. */
function columnOf(expression: string, offset: number): number {
  return Array.from(expression.slice(0, offset)).length + 1;
}

const SHOWN_CHARACTERS = 40;

function shown(source: string): string {
  // Some more code units than are shown characters: what is behind those does not matter.
  const characters = Array.from(source.slice(0, 2 * SHOWN_CHARACTERS + 2));
  const text =
    characters.length > SHOWN_CHARACTERS ? `${characters.slice(0, SHOWN_CHARACTERS).join('')}…` : source;
  return /^["']/.test(source) ? text : `"${text}"`;
}
