import type { SnapshotError } from '../errors.js';
import { FIELDS, isField, type Field } from '../table/fields.js';
import { STATE_SPELLINGS } from '../table/names.js';
import { unite, type Expression, type Interval, type NumberField } from './expression.js';
import { expressionError, tokenize, type Token } from './tokens.js';
import { foldName, NOTATIONS, parseAddresses, parseInterval } from './values.js';

/** Parentheses and `not` inside each other. Deeper is no expression that a person wrote. */
const MAX_DEPTH = 100;

/**
 * Parses a select expression (docs/select.md).
 *
 * @throws SnapshotError `bad-expression`, whose offset is the place in the text
 */
export function parseExpression(text: string): Expression {
  return new Parser(text).whole();
}

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
    if (++this.#depth > MAX_DEPTH) throw this.#expected(`no more than ${MAX_DEPTH} levels`);
    try {
      if (this.#takeKeyword('not')) return { kind: 'not', term: this.#negation() };
      if (this.#peek.kind !== '(') return this.#test();
      this.#next++;
      const inner = this.#alternatives();
      this.#take(')', 'a closing parenthesis');
      return inner;
    } finally {
      this.#depth--;
    }
  }

  #test(): Expression {
    const subject = this.#peek;
    if (subject.kind !== 'word' && subject.kind !== 'text') {
      throw this.#expected('a field, a port like :443, an address, a state, or the name of a process');
    }
    this.#next++;
    const relation = subject.kind === 'word' ? this.#relation() : undefined;
    if (relation === undefined) return this.#bareWord(subject);
    const field = subject.text.toLowerCase();
    if (!isField(field)) throw this.#error(subject, `no field has that name; there are ${FIELDS.join(', ')}`);
    return this.#comparison(field, relation);
  }

  /** `=`, `<`, … , `in`, `not in`: what makes the word before it a field. */
  #relation(): string | undefined {
    const token = this.#peek;
    if (token.kind === 'operator') {
      this.#next++;
      return token.text === '==' ? '=' : token.text;
    }
    if (this.#takeKeyword('in')) return 'in';
    const [not, after] = [token, this.#tokens[this.#next + 1]];
    if (!isKeyword(not, 'not') || after === undefined || !isKeyword(after, 'in')) return undefined;
    this.#next += 2;
    return 'not in';
  }

  #comparison(field: Field, relation: string): Expression {
    const negated = relation === '!=' || relation === 'not in';
    const positive = this.#positive(field, negated ? (relation === '!=' ? '=' : 'in') : relation);
    return negated ? { kind: 'not', term: positive } : positive;
  }

  #positive(field: Field, relation: string): Expression {
    const values = relation === 'in' ? this.#list() : [this.#value(field)];
    if (field === 'process') {
      if (relation !== '=' && relation !== 'in') {
        throw this.#error(values[0]!, 'names of processes are compared with =, != and in only');
      }
      return { kind: 'process', patterns: values.map((value) => value.text) };
    }
    const intervals = values.map((value) => this.#interval(field, value, relation));
    return { kind: 'values', field, intervals: unite(intervals.filter(([low, high]) => low <= high)) };
  }

  #interval(field: NumberField, value: Token, relation: string): Interval {
    const { max, description } = NOTATIONS[field];
    const interval = parseInterval(field, value.text);
    if (interval === undefined) throw this.#error(value, `expected ${description}`);
    const [low, high] = interval;
    switch (relation) {
      case '<':
        return [0, low - 1];
      case '<=':
        return [0, high];
      case '>':
        return [high + 1, max];
      case '>=':
        return [low, max];
      default:
        return interval;
    }
  }

  /** Values with commas between them, in parentheses or not. */
  #list(): Token[] {
    const isEnclosed = this.#peek.kind === '(';
    if (isEnclosed) this.#next++;
    const values = [this.#value()];
    while (this.#peek.kind === ',') {
      this.#next++;
      values.push(this.#value());
    }
    if (isEnclosed) this.#take(')', 'a comma or a closing parenthesis');
    return values;
  }

  #value(field?: Field): Token {
    const token = this.#peek;
    if (token.kind !== 'word' && token.kind !== 'text') {
      const what = field === undefined || field === 'process' ? 'a value' : NOTATIONS[field].description;
      throw this.#expected(what);
    }
    this.#next++;
    return token;
  }

  /** A word that stands alone: a port, an address, an endpoint, a state, or a part of a process's name. */
  #bareWord(word: Token): Expression {
    const { text, kind } = word;
    if (kind === 'word') {
      const endpoint = /^([\d./]*):([\d.]+)$/.exec(text);
      if (endpoint) return this.#endpoint(word, endpoint[1]!, endpoint[2]!);
      const addresses = parseAddresses(text);
      if (addresses !== undefined && text.includes('.')) return eitherEnd(addresses, undefined);
      const state = STATE_SPELLINGS.get(foldName(text));
      if (state !== undefined) return { kind: 'values', field: 'state', intervals: [[state, state]] };
      if (/^[\d./]+$/.test(text)) {
        throw this.#error(word, `write :${text} for a port, pid = ${text} for a process, or a whole address`);
      }
      if (isField(text.toLowerCase())) {
        throw this.#expected('=, !=, <, <=, >, >= or in after the field');
      }
      if (isKeyword(word, 'and') || isKeyword(word, 'or') || isKeyword(word, 'in')) {
        throw this.#error(word, 'expected something to select by');
      }
    }
    return { kind: 'process', patterns: [text.includes('*') ? text : `*${text}*`] };
  }

  #endpoint(word: Token, address: string, port: string): Expression {
    const ports = parseInterval('lport', port);
    if (ports === undefined)
      throw this.#error(word, `expected ${NOTATIONS.lport.description}, after a colon`);
    const addresses = address === '' ? undefined : parseAddresses(address);
    if (address !== '' && addresses === undefined) {
      throw this.#error(word, `expected ${NOTATIONS.local.description}, before the colon`);
    }
    return eitherEnd(addresses, ports);
  }

  get #peek(): Token {
    return this.#tokens[this.#next]!;
  }

  get #atTerm(): boolean {
    const token = this.#peek;
    if (token.kind === '(' || token.kind === 'text') return true;
    return token.kind === 'word' && !isKeyword(token, 'or');
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
    return this.#error(this.#peek, `expected ${what}`);
  }

  #error(token: Token, message: string): SnapshotError {
    return expressionError(this.#text, token.position, message);
  }
}

function isKeyword(token: Token, keyword: string): boolean {
  return token.kind === 'word' && token.text.toLowerCase() === keyword;
}

/** Either end of the connection is as told. */
function eitherEnd(addresses: Interval | undefined, ports: Interval | undefined): Expression {
  const end = (address: 'local' | 'remote', port: 'lport' | 'rport'): Expression => {
    const terms: Expression[] = [];
    if (addresses) terms.push({ kind: 'values', field: address, intervals: [addresses] });
    if (ports) terms.push({ kind: 'values', field: port, intervals: [ports] });
    return terms.length === 1 ? terms[0]! : { kind: 'and', terms };
  };
  return { kind: 'or', terms: [end('local', 'lport'), end('remote', 'rport')] };
}
