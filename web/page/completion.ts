import { FIELDS, type Field } from '../../src/core/index.js';
import { tokenize, type Token } from '../../src/core/query/tokens.js';
import { stateName, STATES } from '../../src/core/table/names.js';

/** Something that can stand at the caret. */
export interface Suggestion {
  readonly text: string;
  /** What it is, in a word. */
  readonly kind: string;
  /** Rows that have this value, where it is one. */
  readonly count?: number | undefined;
}

/** What can stand at the caret: `field` where values of that field can, and what of it is written already. */
export interface Place {
  readonly start: number;
  readonly end: number;
  readonly prefix: string;
  readonly expects: 'term' | 'relation' | 'value' | 'connective';
  readonly field?: Field | undefined;
}

const RELATIONS = ['=', '!=', 'in', 'not in', '<', '<=', '>', '>='];
const NAME_RELATIONS = ['=', '!=', 'in', 'not in'];

/** What the expression asks for at the caret, or undefined inside of something that has no suggestions. */
export function placeAt(expression: string, caret: number): Place | undefined {
  let tokens: Token[];
  try {
    tokens = tokenize(expression.slice(0, caret)).slice(0, -1);
  } catch {
    return undefined;
  }
  const last = tokens.at(-1);
  const isInWord = last !== undefined && last.kind === 'word' && last.end === caret;
  const before = isInWord ? tokens.slice(0, -1) : tokens;
  const rest = /^[^\s()<>=!,"]*/.exec(expression.slice(caret))![0];
  return {
    start: isInWord ? last.start : caret,
    end: isInWord ? caret + rest.length : caret,
    prefix: isInWord ? last.text : '',
    ...expectation(before),
  };
}

function expectation(before: readonly Token[]): Pick<Place, 'expects' | 'field'> {
  const last = before.at(-1);
  if (last === undefined || last.kind === '(' || isWord(last, 'and', 'or', 'not')) {
    return isValueList(before) ? { expects: 'value', field: fieldBefore(before) } : { expects: 'term' };
  }
  if (last.kind === 'operator' || last.kind === ',' || isWord(last, 'in')) {
    return { expects: 'value', field: fieldBefore(before) };
  }
  const field = fieldNamed(last);
  const comesAfterRelation = before.at(-2)?.kind === 'operator' || before.at(-2)?.kind === ',';
  return field !== undefined && !comesAfterRelation
    ? { expects: 'relation', field }
    : { expects: 'connective' };
}

function isValueList(before: readonly Token[]): boolean {
  return before.at(-1)?.kind === '(' && before.length > 1 && isWord(before.at(-2)!, 'in');
}

/** The field of the test that is being written: the last one that a relation follows. */
function fieldBefore(before: readonly Token[]): Field | undefined {
  for (let i = before.length - 2; i >= 0; i--) {
    const field = fieldNamed(before[i]!);
    const next = before[i + 1]!;
    if (field !== undefined && (next.kind === 'operator' || isWord(next, 'in', 'not'))) return field;
  }
  return undefined;
}

function fieldNamed(token: Token): Field | undefined {
  return token.kind === 'word' ? FIELDS.find((field) => field === token.text.toLowerCase()) : undefined;
}

function isWord(token: Token, ...words: readonly string[]): boolean {
  return token.kind === 'word' && words.includes(token.text.toLowerCase());
}

/** What fits the place; `values` are those of its field that the snapshot has, as the language writes them. */
export function suggest(place: Place, values: readonly Suggestion[]): Suggestion[] {
  const prefix = place.prefix.toLowerCase().replace(/^["']/, '');
  const fits = ({ text }: Suggestion): boolean => {
    const plain = text.toLowerCase().replace(/^["']/, '');
    return plain.startsWith(prefix) && plain !== prefix;
  };
  return candidates(place, values).filter(fits).slice(0, MAX_SUGGESTIONS);
}

const MAX_SUGGESTIONS = 20;

/** Whether the word at the caret is the beginning of a field or keyword. */
export function beginsName({ expects, prefix }: Place): boolean {
  if (expects !== 'term' || prefix === '') return false;
  return [...FIELDS, 'not'].some((name) => name.startsWith(prefix.toLowerCase()));
}

export function contains(text: string, part: string): boolean {
  return text.toLowerCase().includes(part.toLowerCase());
}

function candidates({ expects, field, prefix }: Place, values: readonly Suggestion[]): readonly Suggestion[] {
  const keyword = (text: string): Suggestion => ({ text, kind: 'keyword' });
  switch (expects) {
    case 'term':
      return [
        ...FIELDS.map((name): Suggestion => ({ text: name, kind: 'field' })),
        ...(prefix === ''
          ? []
          : STATES.map((state): Suggestion => ({ text: stateName(state), kind: 'state' }))),
        ...(prefix === '' ? [] : values),
        keyword('not'),
      ];
    case 'relation':
      return (
        field === 'process' || field === 'module' || field === 'lastprocess' ? NAME_RELATIONS : RELATIONS
      ).map((text) => ({
        text,
        kind: 'relation',
      }));
    case 'value':
      return values;
    case 'connective':
      return prefix === '' ? [] : [keyword('and'), keyword('or')];
  }
}

/** The expression with a suggestion in its place, and where the caret is then. */
export function complete(
  expression: string,
  { start, end }: Place,
  { text }: Suggestion,
): { text: string; caret: number } {
  const head = `${expression.slice(0, start)}${text} `;
  return { text: head + expression.slice(end).trimStart(), caret: head.length };
}
