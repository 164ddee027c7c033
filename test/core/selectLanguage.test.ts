import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDecoder, FIELDS, type Table } from 'tcpscope/core';
import { encodeRows } from '../reference/arbitraryTable.js';
import { EXAMPLE_SNAPSHOT } from '../reference/exampleSnapshot.js';

let table: Table;
let names: Table;

const STATES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 57, 100];
/** Rows as people see them: state, local end, remote end. The listener has junk for a remote end. */
const ENDS: readonly (readonly [state: number, local: string, remote: string])[] = [
  [2, '0.0.0.0:443', '10.0.0.1:443'],
  [5, '10.0.0.1:443', '203.0.113.9:51514'],
  [5, '192.168.1.2:50000', '10.0.0.1:443'],
  [5, '10.1.0.7:50001', '10.200.0.1:80'],
  [11, '10.1.0.7:443', '10.0.0.1:8080'],
];
const NAMES = [
  '',
  'and',
  'chrome.exe',
  'Google Chrome',
  'svchost.exe',
  'SvcHost2.exe',
  'in',
  'a*b',
  "it's",
  'プロセス',
  'x\n"y"',
];

beforeAll(async () => {
  const decoder = await createDecoder(readFileSync(new URL('../../dist/tcpscope.wasm', import.meta.url)));
  const [example] = EXAMPLE_SNAPSHOT.tables;
  const end = (text: string): number[] => {
    const [address, port] = text.split(':') as [string, string];
    const [a, b, c, d] = address.split('.').map(Number) as [number, number, number, number];
    return [((d << 24) | (c << 16) | (b << 8) | a) >>> 0, ((Number(port) & 255) << 8) | (Number(port) >>> 8)];
  };
  const rows = ENDS.map(([state, local, remote]) => [state, ...end(local), ...end(remote), 0, 0]);
  table = decoder.decode(encodeRows(rows), 'tcp2');
  names = decoder.decodeSnapshot({
    ...EXAMPLE_SNAPSHOT,
    processes: NAMES.map((name, i) => ({ pid: i, name })),
    tables: [{ ...example!, bytes: encodeRows(NAMES.map((_, i) => [STATES[i]!, 0, 0, 0, 0, i, 0])) }],
  });
});
afterAll(() => {
  table.free();
  names.free();
});

describe('every spelling of a state', () => {
  const SPELLINGS: readonly (readonly [state: number, spellings: string])[] = [
    [1, 'CLOSED closed Closed CLOSE UNCONN MIB_TCP_STATE_CLOSED 1'],
    [2, 'LISTEN LISTENING Listen listening MIB_TCP_STATE_LISTEN'],
    [3, 'SYN_SENT SYN-SENT SynSent syn-sent MIB_TCP_STATE_SYN_SENT "SYN SENT"'],
    [4, 'SYN_RECEIVED SYN-RECEIVED SynReceived SYN_RECV SYN-RECV SYN_RCVD MIB_TCP_STATE_SYN_RCVD'],
    [5, 'ESTABLISHED Established ESTAB estab MIB_TCP_STATE_ESTAB'],
    [6, 'FIN_WAIT_1 FIN-WAIT-1 FIN_WAIT1 FinWait1 MIB_TCP_STATE_FIN_WAIT1'],
    [7, 'FIN_WAIT_2 FIN-WAIT-2 FIN_WAIT2 FinWait2 MIB_TCP_STATE_FIN_WAIT2 "FIN-WAIT-2 "'],
    [8, 'CLOSE_WAIT CLOSE-WAIT CloseWait MIB_TCP_STATE_CLOSE_WAIT'],
    [9, 'CLOSING Closing MIB_TCP_STATE_CLOSING'],
    [10, 'LAST_ACK LAST-ACK LastAck MIB_TCP_STATE_LAST_ACK'],
    [11, 'TIME_WAIT TIME-WAIT TimeWait MIB_TCP_STATE_TIME_WAIT'],
    [12, 'DELETE_TCB DELETE-TCB DeleteTCB DeleteTcb MIB_TCP_STATE_DELETE_TCB'],
    [57, 'UNKNOWN(57) unknown(57) "UNKNOWN(57)" 57'],
    [100, 'BOUND Bound MIB_TCP_STATE_RESERVED UNKNOWN(100)'],
  ];
  const each = SPELLINGS.flatMap(([state, spellings]) =>
    Array.from(spellings.matchAll(/"[^"]+"|\S+/g), ([spelling]) => [spelling, state] as const),
  );
  test.each(each)('%s is %i', async (spelling, state) => {
    const decoder = await createDecoder(readFileSync(new URL('../../dist/tcpscope.wasm', import.meta.url)));
    using states = decoder.decode(encodeRows(STATES.map((number) => [number, 0, 0, 0, 0, 0, 0])), 'tcp2');
    const selected = (text: string): (number | undefined)[] =>
      Array.from(states.select(text), (i) => STATES[i]);
    expect(selected(`state = ${spelling}`)).toEqual([state]);
    expect(selected(`state not in (${spelling})`)).toEqual(STATES.filter((other) => other !== state));
    if (!/^["\d]/.test(spelling)) expect(selected(spelling)).toEqual([state]);
  });
});

describe('the end that an expression means', () => {
  test.each([
    // Either end; of listeners the local one.
    [':443', [0, 1, 2, 4]],
    ['*:443', [0, 1, 2, 4]],
    [':443..8080', [0, 1, 2, 4]],
    [':50000..', [1, 2, 3]],
    ['10.0.0.1', [1, 2, 4]],
    ['10.0.0.1:443', [1, 2]],
    ['10.0.0.1:..500', [1, 2]],
    ['10.0.0.0/8:443', [1, 2, 4]],
    ['10.1.', [3, 4]],
    ['10.', [1, 2, 3, 4]],
    ['10.0.0.0/8', [1, 2, 3, 4]],
    ['10.9.9.9/8', [1, 2, 3, 4]],
    ['0.0.0.0/0', [0, 1, 2, 3, 4]],
    ['203.0.113.9/32', [1]],
    ['10.1...10.200.', [3, 4]],
    ['192.168.0.0..', [1, 2]],
    // One end
    ['local in 10.1.', [3, 4]],
    ['remote in 10.0.0.0/8', [2, 3, 4]],
    ['remote = 10.0.0.1', [2, 4]],
    ['remote > 10.0.0.0/8', [1]],
    ['local < 10.0.0.0/8', [0]],
    ['local <= 10.0.0.0/8', [0, 1, 3, 4]],
    ['local >= 10.0.0.0/8', [1, 2, 3, 4]],
    // The remote end of a listener
    ['rport = 443', [2]],
    ['rport in 0..65535', [1, 2, 3, 4]],
    ['rport != 443', [0, 1, 3, 4]],
    ['not rport = 443', [0, 1, 3, 4]],
    ['not remote in 0.0.0.0/0', [0]],
    ['rport not in 0..65535', [0]],
    ['rport < 443 or rport >= 443', [1, 2, 3, 4]],
    ['not (rport < 443) and not (rport >= 443)', [0]],
    ['not not rport = 443', [2]],
    // Of all rows
    ['tcp', [0, 1, 2, 3, 4]],
    ['protocol = 6 and family = ipv4', [0, 1, 2, 3, 4]],
    ['udp or ipv6 or family = 6', []],
    // Binding
    ['LISTEN or :8080 and :80', [0]],
    ['(LISTEN or :8080) and :443', [0, 4]],
    ['LISTEN or :8080 :443', [0, 4]],
    ['not LISTEN :443', [1, 2, 4]],
    ['not (LISTEN or TIME_WAIT)', [1, 2, 3]],
    ['not lport not in 443', [0, 1, 4]],
    ['state=LISTEN(lport=443)', [0]],
    ['lport in(443)and(not(state=2))', [1, 4]],
    ['LPORT IN 443 AND NOT STATE == listen', [1, 4]],
  ])('%s', (text, rows) => {
    expect(Array.from(table.select(text))).toEqual(rows);
  });
});

describe('names of processes', () => {
  test.each([
    // A part, in any letter case
    ['chrome', ['chrome.exe', 'Google Chrome']],
    ['CHROME', ['chrome.exe', 'Google Chrome']],
    ['.exe', ['chrome.exe', 'svchost.exe', 'SvcHost2.exe']],
    ['"google chrome"', ['Google Chrome']],
    ["'google chrome'", ['Google Chrome']],
    ['google chrome', ['Google Chrome']],
    ['ロセ', ['プロセス']],
    ["it's", ["it's"]],
    // Quoted, a word is nothing but a name
    ['"and"', ['and']],
    ['"in"', ['in']],
    ['"LISTEN"', []],
    ['"443"', []],
    // A star makes it the whole name
    ['svc*', ['svchost.exe', 'SvcHost2.exe']],
    ['*host.exe', ['svchost.exe']],
    ['svc*t*.exe', ['svchost.exe', 'SvcHost2.exe']],
    ['s*st*st*', []],
    ['*', NAMES],
    ['**', NAMES],
    // Compared
    ['process = chrome', []],
    ['process = CHROME.EXE', ['chrome.exe']],
    ['process = "Google Chrome"', ['Google Chrome']],
    ['process = "*chrome*"', ['chrome.exe', 'Google Chrome']],
    ['process = *.exe*.exe', []],
    ['process = "in"', ['in']],
    ['process in "in", \'and\'', ['and', 'in']],
    ['process in (svc*, "Google Chrome")', ['Google Chrome', 'svchost.exe', 'SvcHost2.exe']],
    ['process = a*b', ['a*b']],
    ['process = "a\\*b"', ['a*b']],
    ['process = "*\\**"', ['a*b']],
    ['process = a\\*b', []],
    ['process = "\\""', []],
    ['process = \'x\n"Y"\'', ['x\n"y"']],
    ['process = "x\n\\"y\\""', ['x\n"y"']],
    // Rows without a known owner have the empty name
    ['process = ""', ['']],
    ["process != ''", NAMES.filter((name) => name !== '')],
    ['process = *', NAMES],
    ['process != *', []],
    ['process != chrome.exe', NAMES.filter((name) => name !== 'chrome.exe')],
    ['process not in *e*', NAMES.filter((name) => !/e/i.test(name))],
    ['process = in*n', []],
    // Many names that are not neighbours
    [
      'process in "", SvcHost2.exe, "and", "in", svchost.exe, プロセス',
      ['', 'and', 'svchost.exe', 'SvcHost2.exe', 'in', 'プロセス'],
    ],
    [
      'process in "", chrome.exe, svchost.exe, "in", \'プロセス\', a*',
      ['', 'and', 'chrome.exe', 'svchost.exe', 'in', 'a*b', 'プロセス'],
    ],
    [
      'not process in a*, "", chrome*, it*, プ*',
      ['Google Chrome', 'svchost.exe', 'SvcHost2.exe', 'in', 'x\n"y"'],
    ],
  ] as const)('%s', (text, selected) => {
    expect(Array.from(names.select(text), (row) => NAMES[row])).toEqual(selected);
  });
});

describe('what docs/select.md shows', () => {
  const page = readFileSync(new URL('../../docs/select.md', import.meta.url), 'utf8');

  /** What the first column of a section's table shows as code. */
  const firstColumn = (heading: string): string[] => {
    const [section = ''] = page.slice(page.indexOf(heading) + heading.length).split('\n## ');
    const cells = Array.from(section.matchAll(/^\| (`.*?`) \|/gm), ([, cell]) => cell!);
    return cells.flatMap((cell) => Array.from(cell.matchAll(/`([^`]+)`/g), ([, text]) => text!));
  };

  test('expressions can be understood', () => {
    const commands = Array.from(page.matchAll(/--where "(.*)"/g), ([, text]) => text!);
    const alone = firstColumn('## Words without a field');
    expect([commands.length, alone.length]).toEqual([4, 23]);
    for (const text of [...commands, ...alone]) expect(() => table.select(text), text).not.toThrow();
  });

  test('rows can be counted by what it says', () => {
    const written = firstColumn('## Counting rows');
    expect(written).toEqual(['pid', 'process,rport', 'remote/24', 'remote/24/64']);
    for (const by of written) expect(() => table.countBy(by), by).not.toThrow();
  });

  test('fields are those there are', () => {
    const [, list] = /^field +=([^;]*);$/m.exec(page)!;
    expect(Array.from(list!.matchAll(/"(\w+)"/g), ([, field]) => field)).toEqual(FIELDS);
  });
});
