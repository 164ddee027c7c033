import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { ProcessInfo } from 'tcpscope/core';
import { runCli } from '../cli/runCli.js';
import { ESTABLISHED, fileOf, row, snapshotOf } from '../cli/snapshotFiles.js';
import { makeTemporaryFolder } from '../cli/temporaryFolder.js';
import { exportText, filter, openFiles, settle, shownRows, useChromium, type Viewer } from './chromium.js';
import { busySnapshot, laterSnapshot } from './manyRows.js';

const openViewer = useChromium();

const BUSY = await fileOf(busySnapshot());
const LATER = await fileOf(laterSnapshot());
const folder = makeTemporaryFolder();
folder.write('before.tcpsnap', BUSY);
folder.write('later.tcpsnap', LATER);

async function openBusy(): Promise<Viewer> {
  const viewer = await openViewer();
  await openFiles(viewer, { name: 'busy.tcpsnap', bytes: BUSY });
  await settle(viewer.page);
  return viewer;
}

/** The bytes of the row whose details are shown, and where its table has them. */
function shownBytes(page: Viewer['page']): Promise<{ offset: number; hex: string }> {
  return page.evaluate(() => ({
    offset: Number(document.querySelector('.hex .offset')!.textContent),
    hex: [...document.querySelectorAll('.hex .bytes')].map((cell) => cell.textContent).join(' '),
  }));
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}

test('details tell all of a row, and mark the bytes of the field that is pointed at', async () => {
  const viewer = await openBusy();
  const { page } = viewer;
  await filter(viewer, 'nginx and ESTABLISHED');
  const [first] = await shownRows(page);
  await page.locator('.body .row').first().click();
  await settle(page);
  const details = await page.locator('.details').innerText();
  for (const text of [...first!, 'C:\\nginx\\nginx.exe', '2026-11-18', 'MIB_TCPROW2', 'From GetTcpTable2.']) {
    expect(details).toContain(text);
  }
  // The bytes are those of the raw table at the offset that is told.
  const { offset, hex } = await shownBytes(page);
  expect(hex).toBe(hexOf(busySnapshot().tables[0]!.bytes.subarray(offset, offset + 28)));

  await page.locator('.details dd[data-field="rport"]').hover();
  expect(await page.locator('.hex .marked .name').allInnerTexts()).toEqual(['dwRemotePort']);
  await page.locator('.hex tr[data-field="state"]').focus();
  expect(await page.locator('.hex .marked .name').allInnerTexts()).toEqual(['dwState']);
  expect(await page.locator('.details dd.marked').allInnerTexts()).toEqual([
    expect.stringContaining('ESTABLISHED'),
  ]);
  await page.keyboard.press('Escape');
  expect(await page.locator('.details').isVisible()).toBe(false);
});

test('the bytes of a row are those of the file, where the table was decoded while it was read', async () => {
  const snapshot = busySnapshot(160_000);
  const viewer = await openViewer();
  const { page } = viewer;
  await openFiles(viewer, { name: 'large.tcpsnap', bytes: await fileOf(snapshot) });
  await page.locator('.badge.intact').waitFor();
  await filter(viewer, 'LISTEN');
  for (const rank of [0, 2]) {
    await page.locator('.body .row').nth(rank).click();
    await settle(page);
    const { offset, hex } = await shownBytes(page);
    expect(hex).toBe(hexOf(snapshot.tables[0]!.bytes.subarray(offset, offset + 28)));
  }
});

test('the details stay with their row when the order changes, and close when it is gone', async () => {
  const viewer = await openBusy();
  const { page } = viewer;
  await page.locator('.body .row').nth(20).click();
  await settle(page);
  const before = await page.locator('.details').innerText();
  await page.getByRole('columnheader', { name: 'Remote port' }).click();
  await settle(page);
  expect(await page.locator('.details').innerText()).toBe(before);
  const [current] = await page.locator('.row[aria-selected="true"]').allInnerTexts();
  expect(before).toContain(current!.split('\n')[5]);
  await filter(viewer, 'LISTEN');
  expect(await page.locator('.details').isVisible()).toBe(false);
});

/** The later table, compared with the one before. */
async function openComparison() {
  const viewer = await openViewer();
  const { page } = viewer;
  await openFiles(viewer, { name: 'before.tcpsnap', bytes: BUSY }, { name: 'later.tcpsnap', bytes: LATER });
  await page.getByRole('button', { name: 'later.tcpsnap', exact: true }).click();
  // What is compared is what is shown. Beside other work, to read it takes longer than a page is watched for changes.
  await page.locator('.name[aria-current="true"]', { hasText: 'later.tcpsnap' }).waitFor();
  await page.getByRole('button', { name: 'Compare' }).click();
  await page.locator('.popup').getByRole('button', { name: 'Compare' }).click();
  await page.getByRole('button', { name: 'End comparison' }).waitFor();
  await settle(page);
  return viewer;
}

test('a comparison shows what diff tells', async () => {
  const viewer = await openComparison();
  const { page } = viewer;

  const { stdout } = await runCli(['diff', '--format', 'ndjson', 'before.tcpsnap', 'later.tcpsnap'], {
    cwd: folder.path,
  });
  const told = stdout.trimEnd().split('\n').sort();
  expect((await exportText(viewer, 'NDJSON')).trimEnd().split('\n').sort()).toEqual(told);

  const count = (kind: string): number => told.filter((line) => line.startsWith(`{"change":"${kind}`)).length;
  const button = (name: string) => page.getByRole('button', { name: new RegExp(`^${name}`) });
  expect(await button('Opened').innerText()).toBe(`Opened ${count('opened')}`);
  expect(await button('Closed').innerText()).toBe(`Closed ${count('closed')}`);
  expect(await button('Changed').innerText()).toBe(`Changed ${count('stateChanged')}`);
  expect(count('stateChanged')).toBeGreaterThan(3);

  await button('Closed').click();
  await button('Opened').click();
  await settle(page);
  const changed = await shownRows(page);
  expect(changed).toHaveLength(count('stateChanged'));
  for (const cells of changed) {
    expect(cells[0]).toMatch(/^was [A-Z_]+$/);
    expect(cells[1]).toBe('LAST_ACK');
  }
  expect(new URL(page.url()).hash).toBe('#changes=changed');
  const [color] = await page
    .locator('.row[data-change="changed"]')
    .evaluateAll((rows) => rows.map((element) => getComputedStyle(element).backgroundColor));
  expect(color).toBe('rgb(253, 243, 207)');

  await button('Opened').click();
  await page.getByRole('button', { name: 'Swap' }).click();
  await settle(page);
  expect(await button('Opened').innerText()).toBe(`Opened ${count('closed')}`);
  await page.getByRole('button', { name: 'End comparison' }).click();
  await settle(page);
  expect(await page.locator('.total .count').innerText()).toBe('400 connections');
  expect(viewer.errors).toEqual([]);
});

test('rows of a comparison leave the page with what became of each', async () => {
  const viewer = await openComparison();
  const { page } = viewer;
  const [shown] = await shownRows(page);
  expect(shown![0]).toBe('closed');

  await page.locator('.table').press('Home');
  await page.keyboard.press('Shift+ArrowDown');
  await page.keyboard.press('Control+c');
  await page.locator('.notice').waitFor();
  const [copied] = (await page.evaluate(() => navigator.clipboard.readText())).split('\n');
  expect(copied!.split('\t')).toEqual(shown);

  await page.evaluate(() => (window.print = () => undefined));
  await page.getByRole('button', { name: 'Export' }).click();
  await page.locator('#popup-export').getByRole('button', { name: /Print/ }).click();
  const sheet = page.locator('.sheet > table');
  await sheet.waitFor({ state: 'attached' });
  const cellsOf = (row: string): Promise<(string | null)[]> =>
    sheet.locator(`${row} > *`).evaluateAll((cells) => cells.map(({ textContent }) => textContent));
  expect((await cellsOf('thead > tr'))[0]).toBe('Change');
  expect(await cellsOf('tbody > tr:first-child')).toEqual(shown);
  const changes = await sheet
    .locator('tbody > tr > td:first-child')
    .evaluateAll((cells) => cells.map(({ textContent }) => textContent));
  expect(new Set(changes)).toContain('was ESTABLISHED');
});

test('what is known of a file and its digests is told', async () => {
  const viewer = await openBusy();
  const { page } = viewer;
  await page.locator('.badge.intact').waitFor();
  await page.getByRole('button', { name: 'about' }).click();
  const text = await page.locator('dialog').innerText();
  expect(text).toContain('every checksum, digest and chain value is right');
  expect(text).toContain('"provider": "iphlpapi"');
  expect(text).toContain(createHash('sha256').update(busySnapshot().tables[0]!.bytes).digest('hex'));
});

const EVIL = [
  '<script>window.hacked=1</script>',
  '<img src=x onerror="window.hacked=1">',
  '\u001b[31mred',
  'gpj.\u202eexe.evil',
  'a\nb\tc',
  '=cmd|calc',
  'sv\u200bchost',
  `say "hi" \\ * 'x'`,
  'שלום',
  'x'.repeat(20_000),
];

test('names that want to be something else are shown as the command line shows them', async () => {
  const processes: ProcessInfo[] = EVIL.map((name, i) => ({ pid: i + 1, name, path: name }));
  const rows = processes.map(({ pid }) => row(ESTABLISHED, `10.0.0.1:${pid}`, '10.0.0.2:443', pid));
  const [evil] = EVIL;
  const bytes = await fileOf(
    snapshotOf(rows, processes, {
      note: evil!,
      host: { name: `${evil}\u202e`, os: evil!, osRelease: evil!, osVersion: evil!, architecture: evil! },
    }),
  );
  const { stdout } = await runCli(['show', '--columns', 'process', '--no-header', '-'], { stdin: bytes });
  const shown = stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.trim());

  const viewer = await openViewer();
  const { page } = viewer;
  await openFiles(viewer, { name: `${evil}\u202e.tcpsnap`, bytes });
  await settle(page);
  expect((await shownRows(page)).map((cells) => cells[1])).toEqual(shown);
  for (let i = 0; i < EVIL.length; i++) {
    await page.locator('.body .row').nth(i).click();
    await settle(page);
    expect(await page.locator('.details').textContent()).toContain(shown[i]);
  }
  await page.getByRole('button', { name: 'about' }).click();
  expect(await page.locator('dialog').textContent()).toContain('\\u202e');
  await page.keyboard.press('Escape');
  // Each name can be clicked: its term selects its row again.
  await page.locator('[data-facet="process"] .more').click();
  await settle(page);
  for (const label of await page.locator('[data-facet="process"] .label').allTextContents()) {
    await filter(viewer, '');
    await page.locator('[data-facet="process"] .value').filter({ hasText: label }).first().click();
    await settle(page);
    expect((await shownRows(page)).map((cells) => cells[1])).toContain(label);
  }
  const everything = await page.evaluate(() =>
    document.documentElement.outerHTML.replace(/<script[^]*?<\/script>/, ''),
  );
  expect(everything).not.toMatch(/[\u001b\u202e\u200b]|<img|<script>window/);
  expect(await page.evaluate(() => 'hacked' in window)).toBe(false);
  expect(viewer.requests).toEqual([]);
  expect(viewer.errors).toEqual([]);
});
