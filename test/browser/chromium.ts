import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, delimiter } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, onTestFinished } from 'vitest';

export const VIEWER = join(import.meta.dirname, '..', '..', 'dist', 'viewer.html');
const VIEWER_URL = pathToFileURL(VIEWER).href;

export function programInPath(...names: readonly string[]): string {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    for (const name of names) {
      const path = join(folder, name);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        // Not here.
      }
    }
  }
  throw new Error(`no ${names.join(' or ')} in PATH; .ci/run installs it`);
}

/** A page with the built viewer, opened from the file as a user would. */
export interface Viewer {
  readonly page: Page;
  /** Addresses that the page asked for, besides its own and those of things that it made itself. */
  readonly requests: readonly string[];
  /** Errors of its scripts, and what its policy forbade. */
  readonly errors: readonly string[];
}

interface ViewerOptions extends BrowserContextOptions {
  /** Behind the `#` of the address. */
  readonly fragment?: string;
  /** Instead of the file's. */
  readonly url?: string;
}

/** One browser for a test file, closed when it has ended. Each viewer has a context of its own. */
export function useChromium(): (options?: ViewerOptions) => Promise<Viewer> {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: programInPath('chromium', 'chromium-browser', 'google-chrome'),
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    });
  });
  afterAll(() => browser.close());
  return async ({ fragment = '', url = VIEWER_URL, ...options } = {}) => {
    const context = await browser.newContext({ viewport: { width: 1400, height: 860 }, ...options });
    onTestFinished(() => context.close());
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    const requests: string[] = [];
    const errors: string[] = [];
    page.on('request', (request) => {
      if (request.url().split('#')[0] !== url && !/^(blob|data):/.test(request.url()))
        requests.push(request.url());
    });
    page.on('pageerror', (error) => errors.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text());
    });
    await page.goto(fragment === '' ? url : `${url}#${fragment}`);
    return { page, requests, errors };
  };
}

export interface GivenFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What is larger goes by its path: as bytes it would take the browser's protocol seconds, on a busy machine too many. */
const MAX_SENT_BYTES = 1 << 20;

/** Chooses files in the picker, and waits until they have been opened. */
export async function openFiles({ page }: Viewer, ...files: readonly GivenFile[]): Promise<void> {
  const areSmall = files.every(({ bytes }) => bytes.length <= MAX_SENT_BYTES);
  await page.setInputFiles('#pick-files', areSmall ? files.map(payloadOf) : writeFiles(files));
  await page.waitForFunction(() => document.querySelector('.file.opening') === null);
}

function payloadOf({ name, bytes }: GivenFile): { name: string; mimeType: string; buffer: Buffer } {
  return { name, mimeType: 'application/octet-stream', buffer: Buffer.from(bytes) };
}

/** Paths of files that are gone when the test has ended. */
function writeFiles(files: readonly GivenFile[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'tcpscope-browser-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return files.map(({ name, bytes }) => {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    return path;
  });
}

/** Fills the filter as if it were typed, and waits until the rows that match are shown. */
export async function filter({ page }: Viewer, expression: string): Promise<void> {
  await page.fill('#filter', expression);
  await page.press('#filter', 'Enter');
  await settle(page);
}

/** Waits until the worker has answered everything, and that is on the screen. */
export async function settle(page: Page): Promise<void> {
  let before = '';
  for (let same = 0; same < 5;) {
    await page.waitForTimeout(40);
    // A machine with other work may draw no frame for long: what is due in the next one is not done yet.
    const now = await page.evaluate(async () => {
      await new Promise((resolve) => requestAnimationFrame(resolve));
      return document.body.innerText;
    });
    same = now === before ? same + 1 : 0;
    before = now;
  }
}

/** The texts of the rows that are seen, cell by cell, from the top. */
export async function shownRows(page: Page): Promise<string[][]> {
  return page.evaluate(() => {
    const rows = [...document.querySelectorAll<HTMLElement>('.body .row:not([hidden])')];
    return rows
      .sort((a, b) => Number(a.ariaRowIndex) - Number(b.ariaRowIndex))
      .map((row) =>
        [...row.querySelectorAll<HTMLElement>('.cell')]
          .filter((cell) => cell.offsetParent !== null || getComputedStyle(cell).display !== 'none')
          .map((cell) => cell.textContent),
      );
  });
}

type TextFormat = 'CSV' | 'JSON' | 'NDJSON';

/** Saves the rows in a format, and returns the text. */
export async function exportText(viewer: Viewer, format: TextFormat): Promise<string> {
  return (await exportFile(viewer, format)).text;
}

/** The same, and the name that the file would have. */
export async function exportFile(
  { page }: Viewer,
  format: TextFormat,
): Promise<{ readonly name: string; readonly text: string }> {
  await page.getByRole('button', { name: 'Export' }).click();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page
      .locator('#popup-export')
      .getByRole('button', { name: new RegExp(`^${format},`) })
      .click(),
  ]);
  const stream = await download.createReadStream();
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece as Buffer);
  return { name: download.suggestedFilename(), text: Buffer.concat(pieces).toString() };
}
