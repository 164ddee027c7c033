import { expect, test } from 'vitest';
import type { Finding, ProcessInfo } from 'tcpscope/core';
import { runCli } from '../cli/runCli.js';
import {
  CLOSE_WAIT,
  ESTABLISHED,
  fileOf,
  LISTEN,
  row,
  snapshotOf,
  TIME_WAIT,
  type Row,
} from '../cli/snapshotFiles.js';
import { makeTemporaryFolder } from '../cli/temporaryFolder.js';
import { exportText, openFiles, settle, useChromium } from './chromium.js';

const openViewer = useChromium();
const folder = makeTemporaryFolder();

/** A name that wants to be markup, and one that turns the text around. */
const PROCESSES: readonly ProcessInfo[] = [
  { pid: 77, name: '<img src=x onerror=alert(1)>' },
  { pid: 78, name: 'leak\u202egpj.exe' },
];
const leaky: Row[] = [
  row(LISTEN, '0.0.0.0:80', '0.0.0.0:0', 77),
  ...Array.from({ length: 60 }, (_, i) => row(CLOSE_WAIT, `10.0.0.1:${2000 + i}`, '10.0.0.2:443', 77)),
  ...Array.from({ length: 70 }, (_, i) => row(CLOSE_WAIT, `10.0.0.1:${3000 + i}`, '10.0.0.3:443', 78)),
  ...Array.from({ length: 9 }, (_, i) => row(ESTABLISHED, `10.0.0.1:${4000 + i}`, '10.0.0.4:22', 78)),
  row(99, '10.0.0.1:5000', '10.0.0.4:22', 78),
];
const LEAKY = await fileOf(
  snapshotOf([row(TIME_WAIT, '10.0.0.1:1', '10.0.0.2:2')]),
  snapshotOf(leaky, PROCESSES),
);
folder.write('leaky.tcpsnap', LEAKY);

test('findings are those of the command line, and each leads to its rows', async () => {
  const { stdout } = await runCli(['findings', '--json', 'leaky.tcpsnap'], { cwd: folder.path });
  const { findings } = JSON.parse(stdout) as { findings: Finding[] };
  expect(findings.map(({ rule }) => rule)).toEqual([
    'close-wait-pile-up',
    'close-wait-pile-up',
    'listeners-on-all-addresses',
    'unknown-state',
  ]);
  const viewer = await openViewer();
  const { page } = viewer;
  await openFiles(viewer, { name: 'leaky.tcpsnap', bytes: LEAKY });
  await settle(page);
  const shown = page.locator('.finding');
  expect(await page.locator('.findings > summary').innerText()).toBe('Findings 4');
  for (const [i, { severity, title, explanation, where }] of findings.entries()) {
    const finding = shown.nth(i);
    const expected = title.replace('\u202e', '\\u202e');
    expect(await finding.locator('.finding-title').innerText()).toBe(`${severity} ${expected}`);
    await finding.locator('summary').click();
    expect(await finding.locator('.meaning p').innerText()).toBe(explanation);
    const show = finding.getByRole('button');
    await show.click();
    await settle(page);
    expect(await page.inputValue('#filter')).toBe(where);
    expect(await show.getAttribute('aria-pressed')).toBe('true');
    const args = ['show', '--where', where!, '--format', 'csv', 'leaky.tcpsnap'];
    const rows = (await runCli(args, { cwd: folder.path })).stdout;
    expect(await exportText(viewer, 'CSV')).toBe(rows);
    expect(await show.innerText()).toMatch(new RegExp(`^show ${rows.split('\n').length - 2} rows?$`));
    // The same again shows all.
    await show.click();
    await settle(page);
    expect(await page.inputValue('#filter')).toBe('');
    expect(await show.getAttribute('aria-pressed')).toBe('false');
  }
  // Those of another snapshot are others.
  await page.locator('.table').press('[');
  await settle(page);
  expect(await page.locator('.findings .list').innerText()).toBe('none');
  expect(viewer.errors).toEqual([]);
});
