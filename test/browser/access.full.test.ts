import { describe, expect, test } from 'vitest';
import { fileOf } from '../cli/snapshotFiles.js';
import { violations } from './axe.js';
import { openFiles, settle, shownRows, useChromium } from './chromium.js';
import { busySnapshot, laterSnapshot } from './manyRows.js';
import { RECORDING } from './recordingFile.js';

const openViewer = useChromium();

const BUSY = await fileOf(busySnapshot());
const LATER = await fileOf(laterSnapshot());

describe.each(['light', 'dark'] as const)('axe-core, %s', (colorScheme) => {
  test.each([400, 1400, 2560, 3840])('%d pixels wide: no violations in any view', async (width) => {
    const viewer = await openViewer({ colorScheme, viewport: { width, height: 800 } });
    const { page } = viewer;
    expect(await violations(page), 'start').toEqual([]);
    await openFiles(viewer, { name: 'before.tcpsnap', bytes: BUSY }, { name: 'later.tcpsnap', bytes: LATER });
    await openFiles(viewer, { name: 'bad.tcpsnap', bytes: BUSY.subarray(5) });
    await settle(page);
    expect(await violations(page), 'table').toEqual([]);
    await page.locator('.body .row').nth(2).click();
    await page.locator('.table').press('Enter');
    await settle(page);
    expect(await violations(page), 'details').toEqual([]);
    await page.fill('#filter', 'state = x');
    await settle(page);
    expect(await violations(page), 'mistake').toEqual([]);
    await page.fill('#filter', 'pro');
    await settle(page);
    expect(await violations(page), 'suggestions').toEqual([]);
    await page.fill('#filter', '');
    await page.getByRole('button', { name: 'Compare' }).click();
    expect(await violations(page), 'popup').toEqual([]);
    await page.locator('.popup').getByRole('button', { name: 'Compare' }).click();
    await settle(page);
    expect(await violations(page), 'comparison').toEqual([]);
    await page.keyboard.press('?');
    await settle(page);
    expect(await violations(page), 'help').toEqual([]);
  });
});

describe.each(['light', 'dark'] as const)('axe-core, a recording, %s', (colorScheme) => {
  test.each([400, 1400, 2560, 3840])('%d pixels wide: no violations', async (width) => {
    const viewer = await openViewer({ colorScheme, viewport: { width, height: 900 } });
    const { page } = viewer;
    await openFiles(viewer, { name: 'recording.tcpsnap', bytes: RECORDING });
    await page.locator('.timeline .u-over').first().waitFor();
    await settle(page);
    expect(await violations(page), 'timeline').toEqual([]);
    await page.locator('.body .row').nth(1).click();
    await page.keyboard.press('Shift+ArrowDown');
    await page.keyboard.press('Enter');
    await page.locator('.history').waitFor();
    await settle(page);
    expect(await violations(page), 'lanes and history').toEqual([]);
    await page.keyboard.press('t');
    for (const key of ['Home', 'Shift+ArrowRight', 'Shift+ArrowRight', 'Enter'])
      await page.keyboard.press(key);
    await settle(page);
    expect(await violations(page), 'range').toEqual([]);
    await openFiles(viewer, { name: 'cut.tcpsnap', bytes: BUSY.subarray(0, BUSY.length - 100) });
    // On a narrow screen it is behind a button.
    await page
      .locator('.file button.name', { hasText: 'cut.tcpsnap' })
      .evaluate((name) => (name as HTMLElement).click());
    await page.locator('.damage').waitFor();
    await settle(page);
    expect(await violations(page), 'damage').toEqual([]);
  });
});

test('everything can be done with keys alone', async () => {
  const viewer = await openViewer();
  const { page } = viewer;
  const { keyboard } = page;
  const asked = page.waitForEvent('filechooser');
  // Catching choosers is turned on beside the keys, and takes a moment.
  await page.waitForTimeout(500);
  await keyboard.press('o');
  const chooser = await asked;
  await chooser.setFiles({ name: 'busy.tcpsnap', mimeType: '', buffer: BUSY });
  await page.locator('.total .count', { hasText: '400' }).waitFor();
  await settle(page);

  await keyboard.press('/');
  await keyboard.type('svchost.exe');
  await keyboard.press('Enter');
  await settle(page);
  expect(await page.evaluate(() => document.activeElement?.className)).toBe('table');

  await keyboard.press('End');
  await settle(page);
  const total = Number((await page.locator('.total .count').innerText()).split(' ')[0]);
  const active = () =>
    page.evaluate(() => {
      const id = document.activeElement?.getAttribute('aria-activedescendant');
      return Number(id ? document.getElementById(id)?.ariaRowIndex : NaN);
    });
  expect(await active()).toBe(total + 1);
  await keyboard.press('ArrowUp');
  await settle(page);
  expect(await active()).toBe(total);
  await keyboard.press('Home');
  await keyboard.press('Shift+ArrowDown');
  await settle(page);
  expect(await page.locator('.row[aria-selected="true"]').count()).toBe(2);
  await keyboard.press('Control+c');
  await page.locator('.notice').waitFor();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied.split('\n').map((line) => line.split('\t'))).toEqual((await shownRows(page)).slice(0, 2));

  await keyboard.press('Enter');
  await settle(page);
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Connection');
  await keyboard.press('Escape');
  expect(await page.evaluate(() => document.activeElement?.className)).toBe('table');

  // Titles: one stop of Tab, arrows between them.
  await keyboard.press('Tab');
  await keyboard.press('ArrowRight');
  await keyboard.press('Enter');
  await settle(page);
  expect(new URL(page.url()).hash).toContain('sort=process');
  await keyboard.press('Shift+ArrowRight');
  await keyboard.press('Control+ArrowLeft');
  expect(new URL(page.url()).hash).toContain('columns=process:150,state');

  // A facet: one stop of Tab, arrows between its values, Delete leaves one out.
  await page.locator('[data-facet="state"] .value').first().focus();
  await keyboard.press('ArrowDown');
  await keyboard.press('Delete');
  await settle(page);
  expect(await page.inputValue('#filter')).toMatch(/^svchost\.exe and state != \w+$/);
  await keyboard.press('?');
  await page.locator('dialog').waitFor();
  await keyboard.press('Escape');
  await keyboard.press('f');
  expect(await page.locator('.side-panel').isVisible()).toBe(false);
  expect(viewer.errors).toEqual([]);
});

test('the focus stays where it is when the panel of files is made anew', async () => {
  const viewer = await openViewer();
  const { page } = viewer;
  await openFiles(viewer, { name: 'busy.tcpsnap', bytes: BUSY });
  await settle(page);
  const about = page.locator('.files button', { hasText: 'about' }).first();
  await about.focus();
  // As when the check ends, or another snapshot is shown: the panel is made anew.
  await page.evaluate(() => {
    document.querySelector('.files button.link')!.setAttribute('data-old', '');
  });
  await openFiles(viewer, { name: 'other.tcpsnap', bytes: BUSY });
  await settle(page);
  const focused = await page.evaluate(() => ({
    text: document.activeElement!.textContent,
    isOld: document.activeElement!.hasAttribute('data-old'),
  }));
  expect(focused).toEqual({ text: 'about', isOld: false });
});

test('what has the focus shows it', async () => {
  const viewer = await openViewer();
  const { page } = viewer;
  await openFiles(viewer, { name: 'busy.tcpsnap', bytes: BUSY });
  await settle(page);
  await page.locator('body').press('Tab');
  for (let i = 0; i < 25; i++) {
    const outline = await page.evaluate(() => {
      const focused = document.activeElement!;
      const style = getComputedStyle(focused.matches('#filter') ? focused.parentElement! : focused);
      return `${focused.outerHTML.slice(0, 80)} ${style.outlineStyle}`;
    });
    expect(outline).toMatch(/ (solid|auto)$/);
    await page.keyboard.press('Tab');
  }
});
