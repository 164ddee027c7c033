import type { SnapshotError } from '../errors.js';
import { FIELDS, isAddressField, isField, type AddressField, type Field } from '../table/fields.js';
import {
  ADDRESS_DESCRIPTION,
  addressTest,
  highestAddress,
  parseAddresses,
  type AddressRange,
} from './addresses.js';
import { bareWord } from './bareWord.js';
import {
  isNameField,
  unite,
  type Expression,
  type Interval,
  type NameField,
  type NumberField,
} from './expression.js';
import { expressionError, tokenize, type Token } from './tokens.js';
import { splitRange } from './range.js';
import { NOTATIONS, parseValues } from './values.js';

/** Parentheses and `not` inside each other. Deeper is no expression that a person wrote. */
const MAX_DEPTH = 100;

const KEYWORDS = ['and', 'or', 'not', 'in'];
const TERM = 'a field, a port like :443, an address, a state, or the name of a process';
const RELATION = '=, !=, <, <=, >, >=, in or not in after the field';
const NAMES: Readonly<Record<NameField, { plural: string; description: string }>> = {
  process: {
    plural: 'names of processes',
    description: 'the name of a process, in quotes where it has spaces or is a keyword',
  },
  module: {
    plural: 'names of modules',
    description: 'the name of a module, in quotes where it has spaces or is a keyword',
  },
  lastprocess: {
    plural: 'names of processes',
    description: 'the name of a process, in quotes where it has spaces or is a keyword',
  },
};

type Relation = '=' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | 'not in';

/**
 * Parses a select expression (docs/select.md).
 *
 * @throws SnapshotError `bad-expression`, whose offset is the place in the text
 */
export function parseExpression(text: string): Expression {
  return new Parser(text).whole();
}

/** One method for each rule of the grammar. */
class Parser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokenize(text);
  }

  whole(): Expression {
    const expression = this.#alternatives();
    if (this.#peek.kind !== 'end') throw this.#expected('"and", "or", or the end');
    return expression;
  }

  #alternatives(): Expression {
    const terms = [this.#conjunction()];
    while (this.#takeKeyword('or')) terms.push(this.#conjunction());
    return terms.length === 1 ? terms[0]! : { kind: 'or', terms };
  }

  /** `and` can be left out between terms: `:443 chrome`. */
  #conjunction(): Expression {
    const terms = [this.#negation()];
    while (this.#takeKeyword('and') || this.#atTerm) terms.push(this.#negation());
    return terms.length === 1 ? terms[0]! : { kind: 'and', terms };
  }

  #negation(): Expression {
    if (++this.#depth > MAX_DEPTH) {
      throw this.#expected(`no more than ${MAX_DEPTH} parentheses and "not" inside each other`);
    }
    const expression = this.#takeKeyword('not') ? negate(this.#negation()) : this.#enclosed();
    this.#depth--;
    return expression;
  }

  #enclosed(): Expression {
    if (this.#peek.kind !== '(') return this.#test();
    this.#next++;
    const inner = this.#alternatives();
    this.#take(')', '"and", "or", or a closing parenthesis');
    return inner;
  }

  #test(): Expression {
    const subject = this.#peek;
    if (!isText(subject) || isKeyword(subject)) throw this.#expected(TERM);
    this.#next++;
    const operator = this.#peek;
    const relation = this.#relation();
    const field = subject.kind === 'word' ? subject.text.toLowerCase() : '';
    if (relation === undefined) {
      if (isField(field)) throw this.#expected(RELATION);
      return this.#meaning(subject);
    }
    if (!isField(field)) throw this.#error(subject, `one of the fields ${FIELDS.join(', ')}`);
    const positive = POSITIVE[relation];
    const expression = this.#comparison(field, positive, operator);
    return positive === relation ? expression : negate(expression);
  }

  #comparison(field: Field, relation: Relation, operator: Token): Expression {
    if (isNameField(field)) return this.#names(field, relation, operator);
    if (isAddressField(field)) return this.#addresses(field, relation, operator);
    return this.#values(field, relation, operator);
  }

  /** `=`, `<`, … , `in`, `not in`: what makes the word before it a field. */
  #relation(): Relation | undefined {
    const token = this.#peek;
    if (token.kind === 'operator') {
      this.#next++;
      return token.text === '==' ? '=' : (token.text as Relation);
    }
    if (this.#takeKeyword('in')) return 'in';
    const after = this.#tokens[this.#next + 1];
    if (!isKeyword(token, 'not') || after === undefined || !isKeyword(after, 'in')) return undefined;
    this.#next += 2;
    return 'not in';
  }

  #names(field: NameField, relation: Relation, operator: Token): Expression {
    const { plural, description } = NAMES[field];
    if (relation !== '=' && relation !== 'in') {
      throw this.#error(operator, `=, !=, in or not in, since ${plural} are not compared otherwise`);
    }
    const names = this.#operands(relation, description);
    if (this.#tokens[this.#next - 1]!.kind === 'word') this.#refuseSecondWord();
    return { kind: 'names', field, patterns: names.map((name) => name.pattern) };
  }

  /** `process = Google Chrome`: taken as two terms it would silently select something else. */
  #refuseSecondWord(): void {
    const token = this.#peek;
    const following = this.#tokens[this.#next + 1];
    if (token.kind !== 'word' || isKeyword(token)) return;
    const isComparison = isField(token.text.toLowerCase()) || following?.kind === 'operator';
    const meaning = isComparison ? undefined : bareWord(token);
    if (typeof meaning === 'object' && meaning.kind === 'names') {
      throw this.#expected('"and", "or", or quotes around a name with spaces');
    }
  }

  #addresses(field: AddressField, relation: Relation, operator: Token): Expression {
    const values = this.#operands(relation, ADDRESS_DESCRIPTION);
    const ranges = values.map((value) => this.#addressRange(relation, value, operator));
    return addressTest(
      field,
      ranges.filter(({ low, high }) => low <= high),
    );
  }

  /** What is below or above an address, is so among those of its family. */
  #addressRange(relation: Relation, value: Token, operator: Token): AddressRange {
    const range = parseAddresses(value.text);
    if (typeof range === 'string') throw this.#error(value, range);
    if (relation === '=' || relation === 'in') return range;
    this.#refuseRange(value, operator);
    switch (relation) {
      case '<':
        return { ...range, low: 0n, high: range.low - 1n };
      case '<=':
        return { ...range, low: 0n };
      case '>':
        return { ...range, low: range.high + 1n, high: highestAddress(range.family) };
      default:
        return { ...range, high: highestAddress(range.family) };
    }
  }

  #refuseRange(value: Token, operator: Token): void {
    if (splitRange(value.text)) throw this.#error(operator, '=, !=, in or not in before a range');
  }

  #values(field: NumberField, relation: Relation, operator: Token): Expression {
    const values = this.#operands(relation, NOTATIONS[field].description);
    const intervals = values.map((value) => this.#interval(field, relation, value, operator));
    return { kind: 'values', field, intervals: unite(intervals.filter(([low, high]) => low <= high)) };
  }

  #interval(field: NumberField, relation: Relation, value: Token, operator: Token): Interval {
    const values = parseValues(field, value.text);
    if (typeof values === 'string') throw this.#error(value, values);
    const [low, high] = values;
    if (relation === '=' || relation === 'in') return values;
    this.#refuseRange(value, operator);
    const { min = 0, max } = NOTATIONS[field];
    switch (relation) {
      case '<':
        return [min, low - 1];
      case '<=':
        return [min, high];
      case '>':
        return [high + 1, max];
      default:
        return [low, max];
    }
  }

  /** One value, or after `in` several with commas between them, in parentheses or not. */
  #operands(relation: Relation, description: string): Token[] {
    const isEnclosed = relation === 'in' && this.#peek.kind === '(';
    if (isEnclosed) this.#next++;
    const values = [this.#operand(description)];
    while (this.#peek.kind === ',') {
      if (relation !== 'in') throw this.#expected('one value, since only "in" takes several');
      this.#next++;
      values.push(this.#operand(description));
    }
    if (isEnclosed) this.#take(')', 'a comma or a closing parenthesis');
    return values;
  }

  #operand(description: string): Token {
    const token = this.#peek;
    if (!isText(token) || isKeyword(token)) throw this.#expected(description);
    this.#next++;
    return token;
  }

  #meaning(word: Token): Expression {
    const meaning = bareWord(word);
    if (typeof meaning === 'string') throw this.#error(word, meaning);
    return meaning;
  }

  get #peek(): Token {
    return this.#tokens[this.#next]!;
  }

  get #atTerm(): boolean {
    const token = this.#peek;
    return token.kind === '(' || isKeyword(token, 'not') || (isText(token) && !isKeyword(token));
  }

  #takeKeyword(keyword: string): boolean {
    if (!isKeyword(this.#peek, keyword)) return false;
    this.#next++;
    return true;
  }

  #take(kind: Token['kind'], what: string): void {
    if (this.#peek.kind !== kind) throw this.#expected(what);
    this.#next++;
  }

  #expected(what: string): SnapshotError {
    return this.#error(this.#peek, what);
  }

  #error(token: Token, expected: string): SnapshotError {
    return expressionError(this.#text, token, expected);
  }
}

/** The relation of which each is itself, or the negation. */
const POSITIVE: Readonly<Record<Relation, Relation>> = {
  '=': '=',
  '!=': '=',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
  in: 'in',
  'not in': 'in',
};

function negate(term: Expression): Expression {
  return { kind: 'not', term };
}

function isText({ kind }: Token): boolean {
  return kind === 'word' || kind === 'quoted';
}

/** Whether it is this keyword, or any. */
function isKeyword(token: Token, keyword?: string): boolean {
  if (token.kind !== 'word') return false;
  const text = token.text.toLowerCase();
  return keyword === undefined ? KEYWORDS.includes(text) : text === keyword;
}
