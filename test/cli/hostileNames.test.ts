import { describe, expect, test } from 'vitest';
import type { ProcessInfo } from 'tcpscope/core';
import { runCli } from './runCli.js';
import { ESTABLISHED, fileOf, row, snapshotOf } from './snapshotFiles.js';
import { makeTemporaryFolder } from './temporaryFolder.js';

// Whoever names a process on the captured machine writes into the terminal and the spreadsheet of the one who looks.

const folder = makeTemporaryFolder();

/** Names and how text shows them: the same in a table and, quoted, in JSON. */
const NAMES: readonly (readonly [what: string, name: string, shown: string])[] = [
  ['an escape sequence', '\u001b[31mred\u001b[0m', '\\u001b[31mred\\u001b[0m'],
  ['a terminal title', '\u001b]0;title\u0007', '\\u001b]0;title\\u0007'],
  ['a C1 control', 'a\u009b31m', 'a\\u009b31m'],
  ['a bidirectional override', 'gpj.\u202eexe.evil', 'gpj.\\u202eexe.evil'],
  ['bidirectional isolates', '\u2066a\u2069', '\\u2066a\\u2069'],
  ['line separators', 'a\u2028b\u2029c\u0085d', 'a\\u2028b\\u2029c\\u0085d'],
  ['zero width characters', 'sv\u200bchost\ufeff', 'sv\\u200bchost\\ufeff'],
  ['tags', 'a\u{e0041}', 'a\\udb40\\udc41'],
  ['markup', '<script>alert(1)</script>&amp;', '<script>alert(1)</script>&amp;'],
  ['wide characters', '東京サーバー', '東京サーバー'],
  ['right-to-left script', 'שלום', 'שלום'],
  ['an emoji', 'a😀b', 'a😀b'],
  ['a combining mark', 'e\u0301', 'e\u0301'],
];

const LINE_BREAKS = ['\n', '\r', '\t', '\0'] as const;

const names = [...NAMES.map(([, name]) => name), ...LINE_BREAKS.map((c) => `a${c}b`), 'x'.repeat(10_000)];
const processes: ProcessInfo[] = names.map((name, i) => ({ pid: i + 1, name }));
const rows = processes.map(({ pid }) => row(ESTABLISHED, `10.0.0.1:${pid}`, '10.0.0.2:443', pid));
folder.write('hostile.tcpsnap', await fileOf(snapshotOf(rows, processes)));

async function show(...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await runCli(['show', ...args, 'hostile.tcpsnap'], {
    cwd: folder.path,
  });
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
  return stdout;
}

const OBEYED =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\u{e0000}-\u{e007f}]/u;

describe.each(['table', 'json', 'ndjson', 'csv'])('--format %s', (format) => {
  test('prints no character that a terminal obeys', async () => {
    expect(await show('--format', format)).not.toMatch(OBEYED);
  });
});

test('table: one line a row, whatever the name holds', async () => {
  const lines = (await show('--columns', 'pid,process', '--no-header')).split('\n');
  expect(lines).toHaveLength(rows.length + 1);
  for (const [i, [, , shown]] of NAMES.entries()) {
    expect(lines[i]).toBe(`${String(i + 1).padStart(2)}  ${shown}`);
  }
  expect(lines[NAMES.length]).toMatch(/ {2}a\\u000ab$/);
  expect(lines.at(-2)).toMatch(/ {2}x{10000}$/);
});

test('json and ndjson bring every name back as it was', async () => {
  const { connections } = JSON.parse(await show('--format', 'json')) as {
    connections: { process: string }[];
  };
  expect(connections.map(({ process }) => process)).toEqual(names);
  const lines = (await show('--format', 'ndjson')).trimEnd().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as { process: string }).process)).toEqual(names);
});

describe('csv', () => {
  test.each([
    ['=cmd|calc', "'=cmd|calc"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['a=1', 'a=1'],
    ['a,b', '"a,b"'],
    ['say "hi"', '"say ""hi"""'],
    ['=HYPERLINK("http://x","y")', `"'=HYPERLINK(""http://x"",""y"")"`],
    ['a\nb', 'a\\u000ab'],
    ['\t=1', '\\u0009=1'],
    ['\r=1', '\\u000d=1'],
    ["'quoted'", "'quoted'"],
    [' =1', ' =1'],
  ])('%j is written as %s', async (name, field) => {
    const bytes = await fileOf(
      snapshotOf([row(ESTABLISHED, '10.0.0.1:1', '10.0.0.2:2', 7)], [{ pid: 7, name }]),
    );
    const args = ['show', '--format', 'csv', '--columns', 'pid,process', '-'];
    const { stdout } = await runCli(args, { stdin: bytes });
    expect(stdout).toBe(`pid,process\n7,${field}\n`);
  });
});

test('info and show print nothing that a terminal obeys from other metadata either', async () => {
  const evil = '\u001b[2J\u202e\nroot';
  const bytes = await fileOf(
    snapshotOf(rows, processes, {
      note: evil,
      provider: evil,
      tool: { name: evil, version: evil, runtime: evil, arguments: [evil] },
      host: { name: evil, os: evil, osRelease: evil, osVersion: evil, architecture: evil },
      unreadable: [{ what: evil, reason: evil }],
      imported: { fileName: evil, utcMicroseconds: Number.MAX_SAFE_INTEGER },
      tables: [{ class: evil, function: evil, scope: 'all', synthesized: true, bytes: new Uint8Array(3) }],
    }),
  );
  for (const command of [
    'info',
    'info --json',
    'timeline',
    'timeline --format json',
    'show',
    'show --format json',
    'verify',
    'raw --table x',
  ]) {
    const { stdout, stderr } = await runCli([...command.split(' '), '-'], { stdin: bytes });
    expect(stdout + stderr, command).not.toMatch(OBEYED);
    expect(stdout + stderr, command).not.toMatch(/^root/m);
    expect(stdout + stderr, command).toContain('\\u001b[2J');
  }
});
