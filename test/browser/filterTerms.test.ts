import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseExpression } from '../../src/core/query/parse.js';
import { nameMatcher, type NamePattern } from '../../src/core/query/namePattern.js';
import { facetTerm, hasTerm, replaceTerm, toggleTerm, writtenName } from '../../web/page/filterTerms.js';

describe('the name of a process, as the filter takes it', () => {
  test.each([
    ['chrome.exe', 'chrome.exe'],
    ['Google Chrome', '"Google Chrome"'],
    ['', '""'],
    ['or', '"or"'],
    ['a*b', '"a\\*b"'],
    ['say "hi"', '"say \\"hi\\""'],
    ['C:\\x', 'C:\\x'],
    ['C:\\x y', '"C:\\\\x y"'],
    ['a\nb', '"a*b"'],
    ['a\u202e\u202db', '"a*b"'],
    ["it's", '"it\'s"'],
  ])('%j is written %s', (name, written) => {
    expect(writtenName(name)).toBe(written);
  });

  test('selects that name, whatever it is, and fits in one line', () => {
    const name = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('*', '\\', '"', "'", 'a', ' ', '\n', '(') }),
    );
    fc.assert(
      fc.property(name, (text) => {
        const written = writtenName(text);
        expect(written).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u);
        const expression = parseExpression(`process = ${written}`);
        const { patterns } = expression as { patterns: readonly NamePattern[] };
        expect(nameMatcher(patterns)(text)).toBe(true);
        // Only what cannot be shown stands for other text too.
        if (/^[\x20-\x7e]*$/.test(text)) expect(nameMatcher(patterns)(`${text}x`)).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('terms of counts', () => {
  test('say what they select, and what people see', () => {
    expect(facetTerm('state', 5)).toEqual({
      label: 'ESTABLISHED',
      include: 'state = ESTABLISHED',
      exclude: 'state != ESTABLISHED',
    });
    expect(facetTerm('state', 57).include).toBe('state = UNKNOWN(57)');
    expect(facetTerm('remote/24/64', '10.0.0.0/24').include).toBe('remote = 10.0.0.0/24');
    expect(facetTerm('process', null)).toEqual({
      label: '(not known)',
      include: 'process = ""',
      exclude: 'process != ""',
    });
    expect(facetTerm('protocol,family', [6, 4])).toEqual({
      label: 'TCP IPv4',
      include: 'protocol = TCP and family = IPv4',
      exclude: 'not (protocol = TCP and family = IPv4)',
    });
  });

  test('are put into an expression and taken out of it', () => {
    const state = 'state = ESTABLISHED';
    expect(toggleTerm('', state)).toBe(state);
    expect(toggleTerm(':443 chrome', state)).toBe(`:443 chrome and ${state}`);
    expect(toggleTerm(`:443 and ${state} and chrome`, state)).toBe(':443 and chrome');
    expect(toggleTerm('a or b', state)).toBe(`(a or b) and ${state}`);
    expect(toggleTerm(`(a or b) and ${state}`, state)).toBe('(a or b)');
    expect(replaceTerm(`a and ${state}`, 'state != ESTABLISHED', state)).toBe('a and state != ESTABLISHED');
    // Nothing of what cannot be understood is kept.
    expect(toggleTerm('"open', state)).toBe(state);
  });

  test('added to any expression narrow it, and taken away again leave its meaning', () => {
    const leaf = fc.constantFrom(
      'chrome',
      ':443',
      'state = LISTEN',
      'pid in 1, 2',
      '"a and b"',
      'not svc*',
      'UNKNOWN(57)',
    );
    const { any } = fc.letrec<{ any: string }>((tie) => ({
      any: fc.oneof(
        { maxDepth: 3 },
        leaf,
        fc
          .tuple(tie('any'), fc.constantFrom(' and ', ' or ', ' '), tie('any'))
          .map((parts) => parts.join('')),
        tie('any').map((inner) => `(${inner})`),
      ),
    }));
    fc.assert(
      fc.property(any, (expression) => {
        const term = 'rport = 443';
        const narrowed = toggleTerm(expression, term);
        expect(hasTerm(narrowed, term)).toBe(true);
        const { kind, terms } = parseExpression(narrowed) as { kind: string; terms: readonly unknown[] };
        expect(kind).toBe('and');
        expect(terms.at(-1)).toEqual(parseExpression(term));
        const back = toggleTerm(narrowed, term);
        expect(hasTerm(back, term)).toBe(false);
        expect(parseExpression(back)).toEqual(parseExpression(expression));
      }),
    );
  });
});
