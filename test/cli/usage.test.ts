import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { runCli } from './runCli.js';

const COMMANDS = [
  'capture',
  'show',
  'info',
  'raw',
  'import',
  'diff',
  'timeline',
  'findings',
  'verify',
  'view',
] as const;

const CLASSES =
  'tcp, tcp2, tcp-owner-pid, tcp-owner-module, tcp6, tcp6-2, tcp6-owner-pid, tcp6-owner-module, tcp2-bound, ' +
  'tcp6-2-bound, udp, udp-owner-pid, udp-owner-module, udp6, udp6-owner-pid, udp6-owner-module';

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

describe('wrong usage says what is wrong, and where help is', () => {
  const wrong: readonly (readonly [args: string, message: string])[] = [
    ...[
      'capture',
      'show',
      'info',
      'raw',
      'import --table tcp2 -o y',
      'diff y',
      'findings',
      'verify',
      'view',
    ].map((command) => [`${command} --bogus x`, "unknown option '--bogus'"] as const),
    ['show', "missing required argument 'file'"],
    ['info', "missing required argument 'file'"],
    ['raw', "missing required argument 'file'"],
    ['import --table tcp2 -o x', "missing required argument 'raw'"],
    ['verify', "missing required argument 'file'"],
    ['view', "missing required argument 'file'"],
    ['diff', "missing required argument 'before'"],
    ['diff a', "missing required argument 'after'"],
    ['diff a b c', "too many arguments for 'diff'. Expected 2 arguments but got 3."],
    [
      'diff --format csv a b',
      "option '--format <format>' argument 'csv' is invalid. Allowed choices are table, json, ndjson.",
    ],
    ['import x -o y', "required option '--table <class>' not specified"],
    ['import x --table tcp2', "required option '-o, --output <file>' not specified"],
    ['import x --table', "option '--table <class>' argument missing"],
    [
      'import x --table tcp9 -o y',
      `option '--table <class>' argument 'tcp9' is invalid. Allowed choices are ${CLASSES}.`,
    ],
    [
      'show x --table tcp9',
      `option '--table <class>' argument 'tcp9' is invalid. Allowed choices are ${CLASSES}.`,
    ],
    [
      'capture --table tcp9',
      `option '--table <class...>' argument 'tcp9' is invalid. No table class "tcp9"; there are ${CLASSES}.`,
    ],
    [
      'capture --table tcp2 tcp-owner-pid:closed',
      "option '--table <class...>' argument 'tcp-owner-pid:closed' is invalid. " +
        'No scope "closed"; there are all, listeners, connections.',
    ],
    ...['tcp2', 'tcp6', 'udp-owner-pid'].map(
      (name) =>
        [
          `capture --table ${name}:all`,
          `option '--table <class...>' argument '${name}:all' is invalid. No scope can be chosen for "${name}", ` +
            'only for tcp, tcp-owner-pid, tcp-owner-module, tcp6-owner-pid, tcp6-owner-module.',
        ] as const,
    ),
    [
      'capture --table web01.tcpsnap',
      `option '--table <class...>' argument 'web01.tcpsnap' is invalid. No table class "web01.tcpsnap"; there are ${CLASSES}.`,
    ],
    [
      'capture --table tcp2 tcp9',
      `option '--table <class...>' argument 'tcp9' is invalid. No table class "tcp9"; there are ${CLASSES}.`,
    ],
    [
      'capture --table tcp2 a.tcpsnap b.tcpsnap',
      "option '--table <class...>' argument 'b.tcpsnap' is invalid. " +
        '"b.tcpsnap" follows the file "a.tcpsnap", which comes last.',
    ],
    [
      'capture --table tcp2-bound',
      "option '--table <class...>' argument 'tcp2-bound' is invalid. \"tcp2-bound\" is taken with --bound.",
    ],
    [
      'capture --provider x',
      "option '--provider <name>' argument 'x' is invalid. Allowed choices are auto, iphlpapi, netlink.",
    ],
    ['capture a b', "too many arguments for 'capture'. Expected 1 argument but got 2."],
    ['raw a b', "too many arguments for 'raw'. Expected 1 argument but got 2."],
    ['import a b --table tcp2 -o c', "too many arguments for 'import'. Expected 1 argument but got 2."],
    [
      'show --format xml x',
      "option '--format <format>' argument 'xml' is invalid. Allowed choices are table, json, ndjson, csv, sample.",
    ],
    [
      'show --sort lport,port x',
      "option '--sort <keys>' argument 'lport,port' is invalid. " +
        'No field "port" to sort by; there are protocol, family, state, local, lport, remote, rport, pid, process, offload, owner, created, module, uid, inode, interface, lastpid, lastprocess, lastsnapshot, lporthigh, rporthigh.',
    ],
    ['show --limit -1 x', "option '--limit <n>' argument '-1' is invalid. Give a whole number."],
    ['show --limit 1.5 x', "option '--limit <n>' argument '1.5' is invalid. Give a whole number."],
    ...['1.5', 'first', '2026-13-45', '2026-02-30', '2026-02-03T00:00:00+01:00'].map(
      (which) =>
        [
          `show --snapshot ${which} x`,
          `option '--snapshot <which>' argument '${which}' is invalid. ` +
            'Give a number from 0, -1 for the last, a time like 2026-11-23T19:01:35Z (UTC), or all.',
        ] as const,
    ),
  ];
  test.each(wrong)('tcpscope %s', async (args, message) => {
    const words = args.split(' ');
    const result = await runCli(words);
    expect(result.stderr).toBe(`tcpscope: ${message}\nTry "tcpscope ${words[0]} --help".\n`);
    expect(result).toMatchObject({ exitCode: 2, stdout: '' });
  });

  test.each([
    ['--bogus', "unknown option '--bogus'"],
    ['dump', "unknown command 'dump'"],
    ['shwo x', "unknown command 'shwo'\n(Did you mean show?)"],
  ])('tcpscope %s', async (args, message) => {
    const result = await runCli(args.split(' '));
    expect(result.stderr).toBe(`tcpscope: ${message}\nTry "tcpscope --help".\n`);
    expect(result).toMatchObject({ exitCode: 2, stdout: '' });
  });

  test.each([
    [
      ['show', '--columns', 'pid,port', 'x'],
      'no column "port"; there are local, remote, protocol, family, state, stateName, localAddress, localPort, ' +
        'remoteAddress, remotePort, pid, process, offload, offloadName, owner, created, module, uid, inode, interface, lastPid, lastProcess, lastSnapshot, localPortHigh, remotePortHigh',
    ],
    [
      ['capture', 'a.tcpsnap', '--table', 'tcp2', 'b.tcpsnap'],
      'two files are named: a.tcpsnap and b.tcpsnap',
    ],
    [
      ['show', '--format', 'csv', '--columns', 'pid,local', 'x'],
      'no column "local"; there are protocol, family, state, stateName, localAddress, localPort, ' +
        'remoteAddress, remotePort, pid, process, offload, offloadName, owner, created, module, uid, inode, interface, lastPid, lastProcess, lastSnapshot, localPortHigh, remotePortHigh',
    ],
    [
      ['show', '--format', 'sample', '--columns', 'pid', 'x'],
      '--columns has no meaning with --format sample',
    ],
    [['capture', '-', '--show'], '--show needs a file: the snapshot itself goes to standard output'],
  ])('%s', async (args, message) => {
    const result = await runCli(args);
    expect(result.stderr).toBe(`tcpscope: ${message}\n`);
    expect(result).toMatchObject({ exitCode: 2, stdout: '' });
  });
});

describe('help', () => {
  test.each(COMMANDS)('tcpscope %s --help has examples', async (command) => {
    const { exitCode, stdout, stderr } = await runCli([command, '--help']);
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(new RegExp(`^Usage: tcpscope ${command} `));
    expect(stdout).toMatch(new RegExp(`\\nExamples?:\\n  tcpscope ${command}\\b`));
    expect(await runCli(['help', command])).toMatchObject({ exitCode: 0, stdout, stderr: '' });
  });

  test('tcpscope --help names every command and the exit codes', async () => {
    const { exitCode, stdout, stderr } = await runCli(['--help']);
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
    for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
    expect(stdout).toContain(
      'Exit codes: 0 done; 1 done, but some input failed or is damaged; 2 wrong usage',
    );
    expect(stdout).toContain('\nExamples:\n  tcpscope capture --show\n');
  });

  test('tcpscope alone prints the same, as wrong usage', async () => {
    const { stdout: help } = await runCli(['--help']);
    expect(await runCli([])).toMatchObject({ exitCode: 2, stdout: '', stderr: help });
  });
});

test.each(['--version', '-V'])('tcpscope %s', async (option) => {
  const result = await runCli([option]);
  expect(result).toMatchObject({ exitCode: 0, stdout: `${manifest.version}\n`, stderr: '' });
});
