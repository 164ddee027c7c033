import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { createDecoder, SnapshotError, type Decoder } from 'tcpscope/core';
import { parseExpression } from '../../dist/core/query/parse.js';
import { encodeRows } from '../reference/arbitraryTable.js';

const TERM = 'a field, a port like :443, an address, a state, or the name of a process';
const FIELDS =
  'one of the fields protocol, family, state, local, lport, remote, rport, pid, process, offload, owner, created, module, uid, inode, interface, lastpid, lastprocess, lastsnapshot, lporthigh, rporthigh';
const RELATION = '=, !=, <, <=, >, >=, in or not in after the field';
const ADDRESS = 'an address, a prefix like 10.0.0.0/8, 10.1. or 2001:db8::/32, or a range of addresses';
const PORT = 'a port number from 0 to 65535, or a range like 49152..65535';
const STATE = 'a state like ESTABLISHED or TIME_WAIT, or its number';
const NAME = 'the name of a process, in quotes where it has spaces or is a keyword';
const NESTED = 'no more than 100 parentheses and "not" inside each other';
const ENDS = 'but the expression ends';

/** The expression, the column of the error, what was expected there, and what was found. */
const MISTAKES: readonly (readonly [text: string, column: number, expected: string, found: string])[] = [
  // Nothing there
  ['', 1, TERM, ENDS],
  ['   ', 4, TERM, ENDS],
  ['not', 4, TERM, ENDS],
  [':443 and ', 10, TERM, ENDS],
  ['chrome or', 10, TERM, ENDS],
  ['(', 2, TERM, ENDS],
  ['()', 2, TERM, 'found ")"'],
  // Keywords and signs where a term belongs
  ['and', 1, TERM, 'found "and"'],
  ['OR :80', 1, TERM, 'found "OR"'],
  ['in :80', 1, TERM, 'found "in"'],
  [':80 or and :443', 8, TERM, 'found "and"'],
  ['= 80', 1, TERM, 'found "="'],
  ['<', 1, TERM, 'found "<"'],
  [', chrome', 1, TERM, 'found ","'],
  [')', 1, TERM, 'found ")"'],
  ['!chrome', 1, '!= or "not"', 'found "!"'],
  ['lport ! 80', 7, '!= or "not"', 'found "!"'],
  ['LISTEN && :80', 8, '"and"', 'found "&&"'],
  ['LISTEN | :80', 8, '"or"', 'found "|"'],
  // What follows a term
  [':80 )', 5, '"and", "or", or the end', 'found ")"'],
  [':80, :443', 4, '"and", "or", or the end', 'found ","'],
  [':80 = 5', 1, FIELDS, 'found ":80"'],
  ['process = a = b', 13, '"and", "or", or the end', 'found "="'],
  ['(:80', 5, '"and", "or", or a closing parenthesis', ENDS],
  ['(:80 or (:443)', 15, '"and", "or", or a closing parenthesis', ENDS],
  ['(lport = 80, 443)', 12, 'one value, since only "in" takes several', 'found ","'],
  ['(:80, :443)', 5, '"and", "or", or a closing parenthesis', 'found ","'],
  // Fields
  ['port = 80', 1, FIELDS, 'found "port"'],
  ['LISTEN and localPort >= 80', 12, FIELDS, 'found "localPort"'],
  ['80 < lport', 1, FIELDS, 'found "80"'],
  ['chrome not in 80', 1, FIELDS, 'found "chrome"'],
  ['"lport" = 80', 1, FIELDS, 'found "lport"'],
  ['lport', 6, RELATION, ENDS],
  ['state LISTEN', 7, RELATION, 'found "LISTEN"'],
  ['lport not 80', 7, RELATION, 'found "not"'],
  ['pid and :80', 5, RELATION, 'found "and"'],
  ['not (process)', 13, RELATION, 'found ")"'],
  // Values
  ['lport =', 8, PORT, ENDS],
  ['lport = http', 9, PORT, 'found "http"'],
  ['lport = 65536', 9, PORT, 'found "65536"'],
  ['lport = 65536)', 9, PORT, 'found "65536"'],
  ['rport in 80,-1', 13, PORT, 'found "-1"'],
  ['rport = (80)', 9, PORT, 'found "("'],
  ['rport = = 80', 9, PORT, 'found "="'],
  ['rport <> 80', 8, PORT, 'found ">"'],
  ['rport = 8_0', 9, PORT, 'found "8_0"'],
  ['rport = "80 "', 9, PORT, 'found "80 "'],
  ['pid = 4294967296', 7, 'a process id from 0 to 4294967295', 'found "4294967296"'],
  ['pid = 1.5', 7, 'a process id from 0 to 4294967295', 'found "1.5"'],
  ['pid = 0x10', 7, 'a process id from 0 to 4294967295', 'found "0x10"'],
  ['state = OPEN', 9, STATE, 'found "OPEN"'],
  ['state = UNKNOWN(4294967296)', 9, STATE, 'found "UNKNOWN(4294967296)"'],
  ['state = UNKNOWN', 9, STATE, 'found "UNKNOWN"'],
  ['protocol = sctp', 12, 'TCP, UDP, or a number from 0 to 255', 'found "sctp"'],
  ['family = 256', 10, 'IPv4 or IPv6', 'found "256"'],
  ['offload = on', 11, 'InHost, Offloading, Offloaded, Uploading, or a number', 'found "on"'],
  ['local = localhost', 9, ADDRESS, 'found "localhost"'],
  ['local = 10.0.0.256', 9, ADDRESS, 'found "10.0.0.256"'],
  ['local = 10.0.0.01', 9, ADDRESS, 'found "10.0.0.01"'],
  ['local = 1.2.3.4.', 9, ADDRESS, 'found "1.2.3.4."'],
  ['local = 1.2.3.4.5', 9, ADDRESS, 'found "1.2.3.4.5"'],
  ['local in 10.0.0.0/33', 10, ADDRESS, 'found "10.0.0.0/33"'],
  ['local in 10.0.0.0/', 10, ADDRESS, 'found "10.0.0.0/"'],
  ['local in 10./8', 10, ADDRESS, 'found "10./8"'],
  ['local in ::1::', 10, ADDRESS, 'found "::1::"'],
  ['local in 1:2:3:4:5:6:7', 10, ADDRESS, 'found "1:2:3:4:5:6:7"'],
  ['local in 1:2:3:4:5:6:7::8', 10, ADDRESS, 'found "1:2:3:4:5:6:7::8"'],
  ['local in 2001:db8::/129', 10, ADDRESS, 'found "2001:db8::/129"'],
  ['local in ::12345', 10, ADDRESS, 'found "::12345"'],
  ['local in ::1.2.3.256', 10, ADDRESS, 'found "::1.2.3.256"'],
  ['local in fe80::1%4294967296', 10, ADDRESS, 'found "fe80::1%4294967296"'],
  ['local in 10.0.0.1..::1', 10, 'two addresses of the same family', 'found "10.0.0.1..::1"'],
  ['local in ::2..::1', 10, 'a range that goes from the lower end to the higher', 'found "::2..::1"'],
  ['remote = 10', 10, 'a whole address, or 10. for all that begin so', 'found "10"'],
  ['remote = 10.1.2', 10, 'a whole address, or 10.1.2. for all that begin so', 'found "10.1.2"'],
  // Lists
  ['lport in', 9, PORT, ENDS],
  ['lport in ()', 11, PORT, 'found ")"'],
  ['lport in 80,', 13, PORT, ENDS],
  ['lport in (80,)', 14, PORT, 'found ")"'],
  ['lport in 80,,443', 13, PORT, 'found ","'],
  ['lport in 80, and pid = 4', 14, PORT, 'found "and"'],
  ['lport in (80 443)', 14, 'a comma or a closing parenthesis', 'found "443"'],
  ['lport in (80', 13, 'a comma or a closing parenthesis', ENDS],
  ['lport in (80, (443))', 15, PORT, 'found "("'],
  ['lport in 80 443', 13, ':443 for a port, pid = 443, or an address', 'found "443"'],
  ['process in', 11, NAME, ENDS],
  // Ranges
  ['lport in ..', 10, PORT, 'found ".."'],
  ['lport in 1..x', 10, PORT, 'found "1..x"'],
  ['lport in 1...5', 10, PORT, 'found "1...5"'],
  ['lport in 0..65536', 10, PORT, 'found "0..65536"'],
  ['lport in 5..1', 10, 'a range that goes from the lower end to the higher', 'found "5..1"'],
  ['10.2...10.1.', 1, 'a range that goes from the lower end to the higher', 'found "10.2...10.1."'],
  ['lport < 1..5', 7, '=, !=, in or not in before a range', 'found "<"'],
  ['lport >= ..5', 7, '=, !=, in or not in before a range', 'found ">="'],
  // Names
  ['process =', 10, NAME, ENDS],
  ['process = and', 11, NAME, 'found "and"'],
  ['process in chrome, not pid = 4', 20, NAME, 'found "not"'],
  ['process < a', 9, '=, !=, in or not in, since names of processes are not compared otherwise', 'found "<"'],
  ['process = Google Chrome', 18, '"and", "or", or quotes around a name with spaces', 'found "Chrome"'],
  ['process in x, Google Chrome', 22, '"and", "or", or quotes around a name with spaces', 'found "Chrome"'],
  ['process = a port = 80', 13, FIELDS, 'found "port"'],
  ['""', 1, 'text between the quotes, or process = "" for rows without a known process', 'found ""'],
  ['"a"b', 4, 'a space, or quotes around all of it', 'found "b"'],
  ['svc"host"', 4, 'a space, or quotes around all of it', 'found "host"'],
  [`"a"'b'`, 4, 'a space, or quotes around all of it', "found 'b'"],
  // Words that stand alone
  ['443', 1, ':443 for a port, pid = 443, or an address', 'found "443"'],
  ['80..443', 1, ':80..443 for a port, pid = 80..443, or an address', 'found "80..443"'],
  ['65536', 1, 'pid = 65536, or an address', 'found "65536"'],
  ['4294967296', 1, ADDRESS, 'found "4294967296"'],
  ['10.1', 1, 'a whole address, or 10.1. for all that begin so', 'found "10.1"'],
  ['10.1.*', 1, ADDRESS, 'found "10.1.*"'],
  ['1.2.3.4/33', 1, ADDRESS, 'found "1.2.3.4/33"'],
  [':http', 1, `${PORT}, after the colon`, 'found ":http"'],
  [':', 1, `${PORT}, after the colon`, 'found ":"'],
  ['10.0.0.1:', 1, `${PORT}, after the colon`, 'found "10.0.0.1:"'],
  ['localhost:80', 1, `${ADDRESS}, before the colon`, 'found "localhost:80"'],
  ['10.1:80', 1, 'a whole address, or 10.1. for all that begin so, before the colon', 'found "10.1:80"'],
  ['::x', 1, ADDRESS, 'found "::x"'],
  ['[::1]:99999', 1, `${PORT}, after the colon`, 'found "[::1]:99999"'],
  ['Unknown(99999999999)', 1, STATE, 'found "Unknown(99999999999)"'],
  // Depth
  [`${'('.repeat(101)}:80`, 101, NESTED, 'found "("'],
  [`${'not '.repeat(101)}:80`, 401, NESTED, 'found "not"'],
  // What is found is shown in part, by characters
  [`pid = ${'9'.repeat(41)}`, 7, 'a process id from 0 to 4294967295', `found "${'9'.repeat(40)}…"`],
  [`pid = ${'😀'.repeat(40)}`, 7, 'a process id from 0 to 4294967295', `found "${'😀'.repeat(40)}"`],
  [`pid = ${'😀'.repeat(99)}`, 7, 'a process id from 0 to 4294967295', `found "${'😀'.repeat(40)}…"`],
  ['😀 e\u0301 lport = é', 14, PORT, 'found "é"'],
  ['lport =\n\tx', 10, PORT, 'found "x"'],
  ['lport = \u001b[2J', 9, PORT, 'found "\u001b[2J"'],
];

function errorOf(text: string): SnapshotError {
  try {
    parseExpression(text);
  } catch (error) {
    if (error instanceof SnapshotError) return error;
    throw error;
  }
  throw new Error(`no error in ${text}`);
}

test.each(MISTAKES)('%j', (text, column, expected, found) => {
  const error = errorOf(text);
  expect(error.message).toBe(`column ${column}: expected ${expected}, ${found}`);
  expect(error.code).toBe('bad-expression');
  // The column counts characters, the offset code units, so that a program can cut the text there.
  expect(Array.from(text.slice(0, error.offset))).toHaveLength(column - 1);
});

test.each([
  ['process = "Google Chrome', 11],
  [`:80 'x"`, 5],
  ['process = "a\\"', 11],
  ['"', 1],
])('%s has a quote without an end', (text, column) => {
  expect(errorOf(text)).toMatchObject({
    message: `column ${column}: the quote that begins here has no end`,
    offset: column - 1,
  });
});

describe('no length is too much', () => {
  const MANY = 100_000;
  const wrong: readonly (readonly [what: string, text: string, message: string])[] = [
    ['opening parentheses', '('.repeat(MANY), `column 101: expected ${NESTED}, found "("`],
    ['closing parentheses', ')'.repeat(MANY), `column 1: expected ${TERM}, found ")"`],
    ['not', 'not '.repeat(MANY), `column 401: expected ${NESTED}, found "not"`],
    ['an open quote', `"${'a\\"'.repeat(MANY)}`, 'column 1: the quote that begins here has no end'],
    ['backslashes', `"${'\\'.repeat(2 * MANY)}`, 'column 1: the quote that begins here has no end'],
    [
      'digits',
      `pid = ${'1'.repeat(MANY)}`,
      `column 7: expected a process id from 0 to 4294967295, found "${'1'.repeat(40)}…"`,
    ],
    ['octets', '1.'.repeat(MANY), `column 1: expected ${ADDRESS}, found "${'1.'.repeat(20)}…"`],
    ['spaces', ' '.repeat(MANY), `column ${MANY + 1}: expected ${TERM}, ${ENDS}`],
    ['what follows', `lport = x ${'and :80 '.repeat(MANY)}`, `column 9: expected ${PORT}, found "x"`],
  ];
  test.each(wrong)('of %s: an error', (_what, text, message) => {
    expect(errorOf(text).message).toBe(message);
  });

  let decoder: Decoder;
  beforeAll(async () => {
    decoder = await createDecoder(readFileSync(new URL('../../dist/tcpscope.wasm', import.meta.url)));
  });

  const numbers = Array.from({ length: MANY }, (_, i) => 3 * i);
  const right: readonly (readonly [what: string, text: string, pids: readonly number[]])[] = [
    ['terms with or', numbers.map((pid) => `pid = ${pid}`).join(' or '), [0, 3, 299_997]],
    ['terms with and', numbers.map((pid) => `pid != ${pid}`).join(' and '), [1, 300_000]],
    ['terms in a row', 'pid > 1 '.repeat(MANY), [3, 299_997, 300_000]],
    ['pairs of parentheses', '(pid = 3)'.repeat(MANY), [3]],
    ['values', `pid in ${numbers.join()}`, [0, 3, 299_997]],
    ['names', `not process in (${numbers.map((pid) => `p${pid}*`).join(', ')})`, [0, 1, 3, 299_997, 300_000]],
    ['stars', `process = ${'*'.repeat(MANY)}`, [0, 1, 3, 299_997, 300_000]],
    ['100 parentheses', `${'('.repeat(99)}pid = 3${')'.repeat(99)}`, [3]],
    ['99 not', `${'not '.repeat(99)}pid = 3`, [0, 1, 299_997, 300_000]],
    ['nested terms', `${'pid = 1 or ('.repeat(99)}pid = 3${')'.repeat(99)}`, [1, 3]],
  ];
  test.each(right)('of %s: a selection', (_what, text, pids) => {
    const all = [0, 1, 3, 299_997, 300_000];
    using table = decoder.decode(encodeRows(all.map((pid) => [5, 0, 0, 0, 0, pid, 0])), 'tcp2');
    expect(Array.from(table.select(text), (row) => all[row])).toEqual(pids);
  });
});

test('an expression that is wrong costs nothing: the table stays usable', async () => {
  const decoder = await createDecoder(readFileSync(new URL('../../dist/tcpscope.wasm', import.meta.url)));
  const table = decoder.decode(encodeRows([[5, 0, 0, 0, 0, 7, 0]]), 'tcp2');
  for (let i = 0; i < 100; i++) expect(() => table.select('pid = x')).toThrow(SnapshotError);
  expect(Array.from(table.select('pid = 7'))).toEqual([0]);
  table.free();
  expect(() => table.select('pid = 7')).toThrow('this table has been freed');
});
