import { afterEach, expect, test, vi } from 'vitest';
import { CaptureError } from '../../dist/node/capture/captureError.js';
import { selectProvider } from '../../dist/node/capture/selectProvider.js';
import { runCli } from './runCli.js';
import { fileOf, ROWS, snapshotOf } from './snapshotFiles.js';

afterEach(() => vi.unstubAllGlobals());

/** `process` as on another system. */
function onPlatform(platform: string): void {
  vi.stubGlobal('process', Object.create(process, { platform: { value: platform } }));
}

const MESSAGE =
  'capture is not supported on darwin: it works on Windows (GetTcpTable2) and on Linux (netlink). ' +
  'Snapshot files of other machines can be read here.';

function failure(work: () => unknown): CaptureError {
  try {
    work();
  } catch (error) {
    if (error instanceof CaptureError) return error;
  }
  throw new Error('no CaptureError was thrown');
}

test('elsewhere than on Windows and Linux, capture says that it is not supported', () => {
  onPlatform('darwin');
  expect(failure(() => selectProvider('auto'))).toMatchObject({ code: 'not-supported', message: MESSAGE });
});

test.each([
  ['iphlpapi', 'darwin', 'the provider iphlpapi works on win32, this is darwin; leave out --provider'],
  ['iphlpapi', 'linux', 'the provider iphlpapi works on win32, this is linux; leave out --provider'],
  ['netlink', 'win32', 'the provider netlink works on linux, this is win32; leave out --provider'],
] as const)('the provider %s on %s', (name, platform, message) => {
  onPlatform(platform);
  expect(failure(() => selectProvider(name))).toMatchObject({ code: 'not-supported', message });
});

test.each([
  ['win32', 'iphlpapi'],
  ['linux', 'netlink'],
])('on %s the provider is %s', (platform, name) => {
  onPlatform(platform);
  expect(selectProvider('auto').name).toBe(name);
});

test('the command line there: capture ends with 2, and reading works', async () => {
  const elsewhere = `Object.defineProperty(process, 'platform', { value: 'darwin' });`;
  const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(elsewhere)}` };
  expect(await runCli(['capture', '-'], { env })).toMatchObject({
    exitCode: 2,
    stdout: '',
    stderr: `tcpscope: ${MESSAGE}\n`,
  });
  const shown = await runCli(['show', '-'], { env, stdin: await fileOf(snapshotOf(ROWS)) });
  expect(shown).toMatchObject({ exitCode: 0, stderr: '' });
  expect(shown.stdout).toContain('3 connections on WEB01');
});
