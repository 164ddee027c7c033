import type { FieldValue } from '../../src/core/index.js';
import { familyName, offloadName, protocolName, stateName } from '../../src/core/table/names.js';
import { tokenize, type Token } from '../../src/core/query/tokens.js';
import { escapeControls } from '../../src/core/text/escapeControls.js';

/** A value to count by, as the select language writes it: `state = ESTABLISHED`, with the words people see. */
export interface FacetTerm {
  readonly label: string;
  /** A test of one field, or two with "and" between them. */
  readonly include: string;
  readonly exclude: string;
}

/** The term that selects the rows of one value, or of a pair of values. `by`: as in `countBy`. */
export function facetTerm(by: string, value: FieldValue | readonly [FieldValue, FieldValue]): FacetTerm {
  const values = Array.isArray(value) ? (value as readonly FieldValue[]) : [value as FieldValue];
  const tests = by.split(',').map((key, i) => {
    const field = key.split('/')[0]!;
    return { field, label: labelOf(field, values[i]!), written: writtenValue(field, values[i]!) };
  });
  const include = tests.map(({ field, written }) => `${field} = ${written}`).join(' and ');
  return {
    label: tests.map(({ label }) => label).join(' '),
    include,
    exclude: tests.length === 1 ? `${tests[0]!.field} != ${tests[0]!.written}` : `not (${include})`,
  };
}

function labelOf(field: string, value: FieldValue): string {
  if (value === null) return '(not known)';
  switch (field) {
    case 'state':
      return stateName(Number(value));
    case 'offload':
      return offloadName(Number(value));
    case 'protocol':
      return protocolName(Number(value));
    case 'family':
      return familyName(Number(value));
    default:
      return escapeControls(String(value));
  }
}

/** A value as it stands in an expression. */
export function writtenValue(field: string, value: FieldValue): string {
  if (field !== 'process') return labelOf(field, value);
  return writtenName(value === null ? '' : String(value));
}

/** A plain word needs no quotes. */
const WORD = /^(?!(?:and|or|not|in)$)[^\s()<>=!,"'*]+$/iu;

/** The name of a process as the select language writes it. What cannot stand in a line of text becomes a `*`: any text. */
export function writtenName(name: string): string {
  const visible = Array.from(name, (character) =>
    escapeControls(character) === character ? character : undefined,
  );
  if (!visible.includes(undefined) && WORD.test(name)) return name;
  const quoted = visible.map((character) => character?.replace(/["*\\]/, '\\$&') ?? '*').join('');
  return `"${quoted.replaceAll(/(?<!\\)\*+/g, '*')}"`;
}

/** Adds a term that every row has to meet, or takes it away where it is there already. */
export function toggleTerm(expression: string, term: string): string {
  const parts = conjuncts(expression);
  const own = conjuncts(term);
  const others = parts.filter((part) => !own.includes(part));
  return (hasTerm(expression, term) ? others : [...others, ...own]).join(' and ');
}

/** Adds a term, in place of its opposite where that is there. */
export function replaceTerm(expression: string, term: string, opposite: string): string {
  const gone = [...conjuncts(term), ...conjuncts(opposite)];
  const others = conjuncts(expression).filter((part) => !gone.includes(part));
  return [...others, term].join(' and ');
}

export function hasTerm(expression: string, term: string): boolean {
  const parts = conjuncts(expression);
  return conjuncts(term).every((part) => parts.includes(part));
}

/** The parts of an expression that all have to hold, as they are written: those with "and" between them, outside of parentheses. */
function conjuncts(expression: string): string[] {
  let tokens: readonly Token[];
  try {
    tokens = tokenize(expression);
  } catch {
    // It cannot be understood, so it selects nothing that could be kept.
    return [];
  }
  const parts: string[] = [];
  let depth = 0;
  let start: number | undefined;
  let end = 0;
  let hasOr = false;
  const finish = (): void => {
    if (start !== undefined) parts.push(expression.slice(start, end));
    start = undefined;
  };
  for (const token of tokens) {
    if (token.kind === '(') depth++;
    if (token.kind === ')') depth--;
    const keyword = token.kind === 'word' && depth === 0 ? token.text.toLowerCase() : '';
    if (keyword === 'or') hasOr = true;
    if (keyword === 'and' || token.kind === 'end') finish();
    else {
      start ??= token.start;
      end = token.end;
    }
  }
  // "or" binds less than "and": the whole is one part.
  return hasOr ? [`(${expression.trim()})`] : parts;
}
