import fc from 'fast-check';
import { expect, test } from 'vitest';
import { escapeControls } from '../../dist/core/text/escapeControls.js';

test('what JSON escapes, it escapes the same way: the text can be read back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(JSON.parse(escapeControls(JSON.stringify(text)))).toBe(text);
    }),
    { numRuns: 1000 },
  );
});

test.each([
  ['escape', '\u001b'],
  ['line feed', '\n'],
  ['delete', '\u007f'],
  ['C1 control (CSI)', '\u009b'],
  ['line separator', '\u2028'],
  ['right-to-left override', '\u202e'],
  ['isolate', '\u2066'],
  ['zero width space', '\u200b'],
  ['byte order mark', '\ufeff'],
  ['lone surrogate', '\ud800'],
])('%s is escaped', (_name, character) => {
  const escaped = escapeControls(`a${character}b`);
  expect(escaped).toMatch(/^a\\u[0-9a-f]{4}b$/);
});

test('a tag character, which needs two code units, is escaped as both', () => {
  expect(escapeControls('\u{e0041}')).toBe('\\udb40\\udc41');
});

test('letters of all scripts, emoji and spaces stay', () => {
  const text = 'svchost.exe プロセス عملية 🦊 é';
  expect(escapeControls(text)).toBe(text);
});
