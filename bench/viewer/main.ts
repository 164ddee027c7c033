/**
 * How fast the viewer is: the built page in Chromium, with snapshots of a million rows, and with a recording of 10,000 snapshots, or as many as
 * are asked for: `npm run bench:viewer -- [SNAPSHOTS]`
 */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';
import { createDecoder, encodeSnapshotFile, openSnapshots, type ProcessInfo } from 'tcpscope';
import { makeTable } from '../tables/kinds.js';
import { busyTime, type TraceEvent } from './busyTime.js';
import { timelineInNode, writeRecording } from './recording.js';
import { timeUntilPainted } from './timeUntilPainted.js';

const ROWS = 1_000_000;
const ROUNDS = 5;
const RECORDING_ROUNDS = 3;
const SCROLL_MILLISECONDS = 5000;
/** What a person needs at least to choose a file. Until then the page has started its worker, which has compiled the module. */
const CHOOSING_MILLISECONDS = 1500;
const SNAPSHOTS = Number(process.argv[2] ?? 10_000);
const viewer = pathToFileURL(join(import.meta.dirname, '..', '..', '..', 'dist', 'viewer.html')).href;

interface Line {
  readonly work: string;
  readonly figure: number;
  /** None where the figure is only to compare with. */
  readonly limit?: number;
  readonly unit: string;
}

const folder = mkdtempSync(join(tmpdir(), 'tcpscope-bench-'));
const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
});
try {
  for (const kind of ['client', 'random'] as const) {
    const path = join(folder, `${kind}.tcpsnap`);
    const bytes = makeTable(kind, ROWS, 1);
    const pids = new Set(
      Array.from({ length: 5000 }, (_, i) => new DataView(bytes.buffer).getUint32(24 + 28 * i, true)),
    );
    const processes: ProcessInfo[] = Array.from(pids, (pid, i) => ({ pid, name: `program${i % 200}.exe` }));
    const tables = [{ class: 'tcp2', scope: 'all', synthesized: false, bytes }];
    const tool = { name: 'tcpscope', version: 'bench', runtime: 'node' };
    writeFileSync(path, await encodeSnapshotFile({ tool, provider: 'bench', tables, processes }));
    print(`${kind}, ${ROWS} rows`, await measureViewer(path));
  }
  print(`a recording of ${SNAPSHOTS} snapshots`, await measureRecording(join(folder, 'recording.tcpsnap')));
} finally {
  await browser.close();
  rmSync(folder, { recursive: true });
}

async function measureViewer(path: string): Promise<Line[]> {
  const node = await decodeInNode(path);
  const limit = 3 * node + 300;
  const opened: number[] = [];
  const openedAtOnce: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    opened.push(await timeInNewPage(path, CHOOSING_MILLISECONDS));
    openedAtOnce.push(await timeInNewPage(path, 0));
  }
  const page = await openPage();
  await timeOpening(page, path);
  const bytes = readFileSync(path).length;
  const memory = await memoryRatio(browser, path, bytes);
  // The file is checked in the background; what comes now is measured when that is done.
  await page.locator('.badge.intact').waitFor();
  const filter = await timeFilter(page);
  const sort = await timeSort(page);
  const { busy, longest } = await timeScrolling(page);
  await page.close();
  return [
    { work: 'file chosen → first screen', figure: median(opened), limit, unit: 'ms' },
    { work: 'the same, chosen while the page starts', figure: median(openedAtOnce), unit: 'ms' },
    { work: 'key in the filter → rows, slowest', figure: Math.max(...filter), limit: 100, unit: 'ms' },
    { work: 'key in the filter → rows, median', figure: median(filter), limit: 100, unit: 'ms' },
    { work: 'sort by another column → rows, slowest', figure: Math.max(...sort), limit: 150, unit: 'ms' },
    { work: 'scrolling: work a frame, 95th percentile', figure: busy, limit: 8, unit: 'ms' },
    { work: 'scrolling: longest task', figure: longest, limit: 50, unit: 'ms' },
    { work: 'all memory of the page, over that of an empty one', figure: memory, limit: 5, unit: '× file' },
  ];
}

async function measureRecording(path: string): Promise<Line[]> {
  await writeRecording(path, SNAPSHOTS);
  const node: number[] = [];
  const drawn: number[] = [];
  const read: number[] = [];
  for (let round = 0; round < RECORDING_ROUNDS; round++) {
    node.push(await timelineInNode(path));
    drawn.push(await timeRecording(path, '.timeline .u-over'));
    read.push(await timeRecording(path, '.timeline[data-stage="read"] .u-over'));
  }
  const limit = Math.max(2000, median(node) + 500);
  return [
    { work: 'recording chosen → timeline drawn', figure: median(drawn), limit, unit: 'ms' },
    { work: 'the same, all snapshots gone through', figure: median(read), unit: 'ms' },
    { work: 'all snapshots gone through in Node', figure: median(node), unit: 'ms' },
  ];
}

async function timeRecording(path: string, selector: string): Promise<number> {
  const page = await openPage();
  const time = await timeUntilPainted(page, path, selector);
  await page.close();
  return time;
}

/** What the same module does in Node with the same file: decode and order. */
async function decodeInNode(path: string): Promise<number> {
  const file = await openSnapshots(path);
  const snapshot = await file.at(-1);
  await file.close();
  const decoder = await createDecoder();
  const times = Array.from({ length: ROUNDS }, () => {
    const start = performance.now();
    const table = decoder.decodeSnapshot(snapshot);
    table.order();
    const time = performance.now() - start;
    table.free();
    return time;
  });
  return median(times);
}

async function openPage(): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1400, height: 860 } });
  await page.goto(viewer);
  return page;
}

async function timeInNewPage(path: string, waited: number): Promise<number> {
  const page = await openPage();
  await page.waitForTimeout(waited);
  const time = await timeOpening(page, path);
  await page.close();
  return time;
}

/** From the picker's event until rows have been painted. */
function timeOpening(page: Page, path: string): Promise<number> {
  return timeUntilPainted(page, path, '.row:not([hidden])');
}

/** Text typed key by key; each key's rows are waited for. Nothing is waited for between a key's rows and the next key. */
async function timeFilter(page: Page): Promise<number[]> {
  const times: number[] = [];
  for (const text of [':443', 'program1', '10.', 'ESTABLISHED']) {
    await page.fill('#filter', '');
    await page.waitForTimeout(1500);
    // Beginnings of words are words of their own, or mistakes, which change nothing.
    for (let length = 2; length <= text.length; length++) {
      const time = await page.evaluate(
        (value) => {
          const input = document.querySelector<HTMLInputElement>('#filter')!;
          const total = document.querySelector('.total .count')!;
          const start = performance.now();
          input.focus();
          input.value = value;
          input.dispatchEvent(new Event('input'));
          return new Promise<number | undefined>((resolve) => {
            const observer = new MutationObserver(() => {
              observer.disconnect();
              requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - start)));
            });
            observer.observe(total, { childList: true, characterData: true, subtree: true });
            setTimeout(() => resolve(undefined), 1000);
          });
        },
        text.slice(0, length),
      );
      if (time !== undefined) times.push(time);
    }
  }
  return times;
}

async function timeSort(page: Page): Promise<number[]> {
  await page.fill('#filter', '');
  const times: number[] = [];
  for (const field of ['rport', 'remote', 'process', 'lport', 'state', 'local']) {
    await page.waitForTimeout(1500);
    const time = await page.evaluate((name) => {
      const title = document.querySelector<HTMLElement>(`.title[data-field="${name}"]`)!;
      title.focus();
      const start = performance.now();
      title.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
      return new Promise<number | undefined>((resolve) => {
        const observer = new MutationObserver(() => {
          observer.disconnect();
          requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - start)));
        });
        observer.observe(document.querySelector('.body')!, { characterData: true, subtree: true });
        setTimeout(() => resolve(undefined), 2000);
      });
    }, field);
    if (time !== undefined) times.push(time);
  }
  return times;
}

/** From the first row to the last in five seconds. */
async function timeScrolling(page: Page): Promise<{ busy: number; longest: number }> {
  await page.locator('.table').press('Home');
  await page.waitForTimeout(1000);
  await browser.startTracing(page, { categories: ['toplevel', 'devtools.timeline', '__metadata'] });
  await page.evaluate(
    (duration) =>
      new Promise<void>((resolve) => {
        const table = document.querySelector('.table')!;
        const start = performance.now();
        const step = (): void => {
          const share = (performance.now() - start) / duration;
          table.scrollTop = share * (table.scrollHeight - table.clientHeight);
          if (share < 1) requestAnimationFrame(step);
          else resolve();
        };
        step();
      }),
    SCROLL_MILLISECONDS,
  );
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as {
    traceEvents: TraceEvent[];
  };
  return busyTime(traceEvents);
}

/** What the page's process holds more with the file than without, garbage and compiled code included. */
async function memoryRatio(inBrowser: Browser, path: string, bytes: number): Promise<number> {
  const session = await inBrowser.newBrowserCDPSession();
  const held = async (): Promise<Map<number, number>> => {
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    const renderers = processInfo.filter(({ type }) => type === 'renderer');
    return new Map(renderers.map(({ id }) => [id, anonymousBytes(id)]));
  };
  const page = await openPage();
  await page.waitForTimeout(500);
  const before = await held();
  await timeOpening(page, path);
  await page.locator('.badge.intact').waitFor();
  await page.waitForTimeout(5000);
  const after = await held();
  await page.close();
  const grown = [...after].map(([id, size]) => size - (before.get(id) ?? 0));
  return Math.max(...grown) / bytes;
}

function anonymousBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/RssAnon:\s*(\d+)/.exec(status)![1]) * 1024;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

function print(title: string, lines: readonly Line[]): void {
  process.stdout.write(`\n${title}\n`);
  for (const { work, figure, limit, unit } of lines) {
    const verdict =
      limit === undefined ? '' : `at most ${limit.toFixed(0)}: ${figure <= limit ? 'reached' : 'MISSED'}`;
    const told = `  ${work.padEnd(50)} ${figure.toFixed(1).padStart(7)} ${unit.padEnd(7)} ${verdict}`;
    process.stdout.write(`${told.trimEnd()}\n`);
    if (limit !== undefined && figure > limit) process.exitCode = 1;
  }
}
