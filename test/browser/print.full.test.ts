import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { fileOf, RAW, ROWS, snapshotOf } from '../cli/snapshotFiles.js';
import { openFiles, settle, useChromium } from './chromium.js';
import { manyRows } from './manyRows.js';
import { RECORDING } from './recordingFile.js';

const openViewer = useChromium();

/** Opens a file and prints it; the dialog, which a test could not close, does not open. */
async function printed(
  name: string,
  bytes: Uint8Array,
  wait: string,
  colorScheme: 'light' | 'dark' = 'light',
) {
  const viewer = await openViewer({ colorScheme });
  const { page } = viewer;
  await openFiles(viewer, { name, bytes });
  await page.locator(wait).first().waitFor();
  await settle(page);
  await page.evaluate(() => (window.print = () => undefined));
  await page.getByRole('button', { name: 'Export' }).click();
  await page.locator('#popup-export').getByRole('button', { name: /Print/ }).click();
  await page.locator('.sheet').waitFor({ state: 'attached' });
  await page.emulateMedia({ media: 'print' });
  return page;
}

test('a recording is printed with its facts, findings, timeline and rows', async () => {
  const page = await printed('recording.tcpsnap', RECORDING, '.timeline .u-over');
  const sheet = page.locator('.sheet');
  for (const part of ['.files', '.findings', 'canvas', 'table'])
    expect(await sheet.locator(part).isVisible(), part).toBe(true);
  expect(await sheet.locator('.files').innerText()).toContain('recording.tcpsnap');
  expect(await sheet.locator('.findings').innerText()).toContain('Findings');
  const colours = await sheet.locator('canvas').evaluate((canvas: HTMLCanvasElement) => {
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size;
  });
  expect(colours).toBeGreaterThan(10);
  expect(await page.locator('.main').isVisible()).toBe(false);
});

test('the legend of the picture has what was opened and closed, beside the states', async () => {
  const page = await printed('recording.tcpsnap', RECORDING, '.timeline .u-over');
  const missing = await page.evaluate(() => {
    const pixelsOf = (context: CanvasRenderingContext2D, top: number): Set<string> => {
      const { width, height } = context.canvas;
      const pixels = new Uint32Array(context.getImageData(0, top, width, height - top).data.buffer);
      return new Set(Array.from(pixels, String));
    };
    const swatches = document.querySelectorAll<HTMLElement>('.timeline .legend .swatch');
    const wanted = Array.from(swatches, (swatch) => {
      const context = document.createElement('canvas').getContext('2d')!;
      context.fillStyle = getComputedStyle(swatch).backgroundColor;
      context.fillRect(0, 0, context.canvas.width, context.canvas.height);
      return [...pixelsOf(context, 0)][0]!;
    });
    const canvas = document.querySelector<HTMLCanvasElement>('.sheet canvas')!;
    // Below the charts.
    const shown = pixelsOf(canvas.getContext('2d')!, canvas.height - 52);
    return { count: wanted.length, colours: wanted.filter((colour) => !shown.has(colour)) };
  });
  expect(missing.count).toBeGreaterThan(3);
  expect(missing.colours).toEqual([]);
});

test('what is dark on the screen is printed on white', async () => {
  const pixels = async (scheme: 'light' | 'dark') => {
    const page = await printed('recording.tcpsnap', RECORDING, '.timeline .u-over', scheme);
    return page.locator('.sheet canvas').evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
  };
  expect((await pixels('dark')) === (await pixels('light'))).toBe(true);
});

test('where there are more rows than are printed, the sheet says how many', async () => {
  const bytes = await fileOf(snapshotOf(manyRows(6000)));
  const page = await printed('many.tcpsnap', bytes, '.row:not([hidden])');
  expect(await page.locator('.sheet tbody tr').count()).toBe(5000);
  expect(await page.locator('.sheet').innerText()).toContain(
    'The first 5,000 rows; 1,000 more are not printed.',
  );
});

test('the key that prints makes the same sheet; before a file is open it is the browser’s', async () => {
  const viewer = await openViewer();
  const { page } = viewer;
  await page.evaluate(() => (window.print = () => undefined));
  const isTaken = () =>
    page.evaluate(() => {
      const event = new KeyboardEvent('keydown', {
        key: 'p',
        ctrlKey: true,
        cancelable: true,
        bubbles: true,
      });
      return !document.body.dispatchEvent(event);
    });
  expect(await isTaken()).toBe(false);
  await openFiles(viewer, { name: 'recording.tcpsnap', bytes: RECORDING });
  await page.locator('.timeline .u-over').first().waitFor();
  await settle(page);
  await page.keyboard.press('Control+p');
  await page.locator('.sheet canvas').waitFor({ state: 'attached' });
  expect(await isTaken()).toBe(true);
});

/** Prints as the browser's own menu does, and returns what was on paper. */
async function printedByBrowser(page: Page) {
  await page.evaluate(() => {
    addEventListener('afterprint', () => {
      const sheet = document.querySelector<HTMLElement>('.sheet')!;
      const canvas = sheet.querySelector('canvas');
      Object.assign(window, { printed: { text: sheet.textContent, picture: canvas?.toDataURL() } });
    });
  });
  await page.pdf();
  return page.evaluate(() => (window as unknown as { printed: { text: string; picture?: string } }).printed);
}

test('the browser’s own menu prints the same, with the rows that are here', async () => {
  const viewer = await openViewer({ colorScheme: 'dark' });
  const { page } = viewer;
  await openFiles(viewer, { name: 'recording.tcpsnap', bytes: RECORDING });
  await page.locator('.timeline .u-over').first().waitFor();
  await settle(page);
  const { text, picture } = await printedByBrowser(page);
  for (const part of ['recording.tcpsnap', 'Findings', 'ESTABLISHED']) expect(text).toContain(part);
  expect(text).not.toContain('not printed');
  const sheet = (await printed('recording.tcpsnap', RECORDING, '.timeline .u-over')).locator('.sheet');
  expect(picture).toBe(
    await sheet.locator('canvas').evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL()),
  );
  expect(await page.locator('.sheet').count()).toBe(0);
  expect(viewer.errors).toEqual([]);
});

test('where not all rows are here, what the menu prints says so, and how to print more', async () => {
  const viewer = await openViewer();
  const { page } = viewer;
  await openFiles(viewer, { name: 'many.tcpsnap', bytes: await fileOf(snapshotOf(manyRows(6000))) });
  await settle(page);
  await page.locator('.table').press('End');
  await settle(page);
  const { text } = await printedByBrowser(page);
  const [, rows, from, left] = /([\d,]+) rows from row ([\d,]+) on, .*?; ([\d,]+) more are not printed/.exec(
    text,
  )!;
  const numberOf = (digits: string | undefined): number => Number(digits!.replace(',', ''));
  expect(numberOf(from) - 1 + numberOf(rows)).toBe(6000);
  expect(numberOf(rows) + numberOf(left)).toBe(6000);
  expect(text).toContain('Ctrl+P in the page, or Export, prints the first 5,000.');
});

test('of a damaged snapshot the paper says so too', async () => {
  const bytes = await fileOf(snapshotOf(ROWS));
  const page = await printed('cut.tcpsnap', bytes.subarray(0, bytes.indexOf(RAW) + 40), '.damage li');
  expect(await page.locator('.sheet .damage').innerText()).toContain('it is incomplete');
});
