import { SnapshotError } from '../errors.js';

export interface Token {
  /** `text` is a quoted string: never a keyword or a field. `end` stands after the last one. */
  readonly kind: 'word' | 'text' | 'operator' | '(' | ')' | ',' | 'end';
  readonly text: string;
  /** Where it begins in the expression, from 0. */
  readonly position: number;
}

const SPACE = /\s+/y;
const OPERATOR = /[<>!=]=|[<>=]/y;
const PUNCTUATION = /[(),]/y;
const QUOTED = /"((?:[^"\\]|\\.)*)"/y;
const WORD = /[^\s()<>=!,"]+/y;

/** @throws SnapshotError `bad-expression` */
export function tokenize(expression: string): Token[] {
  const tokens: Token[] = [];
  let position = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = position;
    return pattern.exec(expression);
  };
  for (;;) {
    position += take(SPACE)?.[0].length ?? 0;
    if (position === expression.length) break;
    const operator = take(OPERATOR);
    const punctuation = take(PUNCTUATION);
    const quoted = take(QUOTED);
    const found = operator ?? punctuation ?? quoted ?? take(WORD);
    if (found === null) {
      const what = expression[position] === '"' ? 'a closing quote' : 'a field, a value, or an operator';
      throw expressionError(expression, position, `expected ${what}`);
    }
    if (quoted) tokens.push({ kind: 'text', text: quoted[1]!.replace(/\\(.)/g, '$1'), position });
    else if (punctuation) tokens.push({ kind: found[0] as '(' | ')' | ',', text: found[0], position });
    else tokens.push({ kind: operator ? 'operator' : 'word', text: found[0], position });
    position += found[0].length;
  }
  tokens.push({ kind: 'end', text: '', position });
  return tokens;
}

/** The error for a place in an expression; the offset is the place, from 0. */
export function expressionError(expression: string, position: number, expected: string): SnapshotError {
  const rest = expression.slice(position).trim();
  const found = rest === '' ? 'the expression ends' : `found "${rest.split(/\s/)[0]}"`;
  return new SnapshotError('bad-expression', `column ${position + 1}: ${expected}, ${found}`, {
    offset: position,
  });
}
