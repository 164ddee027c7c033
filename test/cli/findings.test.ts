import { beforeAll, expect, test } from 'vitest';
import { runCli } from './runCli.js';
import { CLOSE_WAIT, ESTABLISHED, fileOf, LISTEN, row, snapshotOf } from './snapshotFiles.js';
import { makeTemporaryFolder } from './temporaryFolder.js';

const folder = makeTemporaryFolder();

beforeAll(async () => {
  const leaking = Array.from({ length: 50 }, (_, i) =>
    row(CLOSE_WAIT, `10.0.0.1:${50_000 + i}`, '10.1.2.3:443', 7),
  );
  const rows = [row(LISTEN, '0.0.0.0:80', '0.0.0.0:0', 4), ...leaking];
  folder.write('a.tcpsnap', await fileOf(snapshotOf(rows, [{ pid: 7, name: 'web\u001b[31m' }])));
  folder.write(
    'quiet.tcpsnap',
    await fileOf(snapshotOf([row(ESTABLISHED, '10.0.0.1:1', '10.0.0.2:2', 7)], [])),
  );
});

const findings = (...args: string[]) => runCli(['findings', ...args], { cwd: folder.path });

test('each with what it means and the expression for its rows', async () => {
  const { stdout, stderr, exitCode } = await findings('a.tcpsnap', 'quiet.tcpsnap');
  expect(stdout).toBe(
    `a.tcpsnap
warning  50 connections of web\\u001b[31m (7) are in CLOSE_WAIT
         The other end has closed these connections, and the process has not: it forgets to close, or hangs. They stay until it does or ends, and each takes memory and a handle.
         --where "state = CLOSE_WAIT and pid = 7"
notice   1 TCP port open on all addresses: 80
         Whoever reaches this machine reaches these ports, where no firewall stands before them. What serves only this machine can listen on 127.0.0.1 or ::1.
         --where "TCP and LISTEN and local in 0.0.0.0, ::"

quiet.tcpsnap
  nothing found
`,
  );
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
});

test('the expression selects the rows', async () => {
  const { stdout } = await runCli(
    ['show', 'a.tcpsnap', '--where', 'state = CLOSE_WAIT and pid = 7', '--no-header'],
    { cwd: folder.path },
  );
  expect(stdout.trimEnd().split('\n')).toHaveLength(50);
});

test('as JSON, one object for each snapshot', async () => {
  const { stdout } = await findings('--json', 'a.tcpsnap');
  const object = JSON.parse(stdout) as { findings: { rule: string; severity: string }[] };
  expect(object).toMatchObject({ file: 'a.tcpsnap', snapshot: 0 });
  expect(object.findings.map(({ rule, severity }) => [rule, severity])).toEqual([
    ['close-wait-pile-up', 'warning'],
    ['listeners-on-all-addresses', 'notice'],
  ]);
});

test('a file that is none is reported, and the others are looked at', async () => {
  folder.write('no.tcpsnap', new TextEncoder().encode('no snapshot'));
  const { stdout, stderr, exitCode } = await findings('no.tcpsnap', 'quiet.tcpsnap');
  expect(stdout).toBe('quiet.tcpsnap\n  nothing found\n');
  expect(stderr).toContain('no.tcpsnap');
  expect(exitCode).toBe(1);
});
