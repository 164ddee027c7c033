import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fileOf, snapshotOf } from '../cli/snapshotFiles.js';
import { makeTemporaryFolder } from '../cli/temporaryFolder.js';
import { VIEWER } from './chromium.js';
import { startFirefox, type Firefox } from './firefox.js';
import { busySnapshot, laterSnapshot, manyRows } from './manyRows.js';
import { COUNT as SNAPSHOTS, RECORDING, rowsAt } from './recordingFile.js';

const folder = makeTemporaryFolder();
folder.write('busy.tcpsnap', await fileOf(busySnapshot()));
folder.write('later.tcpsnap', await fileOf(laterSnapshot()));
folder.write('recording.tcpsnap', RECORDING);
const COUNT = 800_000;
folder.write('large.tcpsnap', await fileOf(snapshotOf(manyRows(COUNT))));

let firefox: Firefox;
beforeAll(async () => {
  firefox = await startFirefox();
});
afterAll(() => firefox.close());

/** Loads the viewer and chooses these files. What its policy forbids is noted. */
async function open(...names: readonly string[]): Promise<void> {
  await firefox.command('WebDriver:Navigate', { url: 'about:blank' });
  await firefox.command('WebDriver:Navigate', { url: pathToFileURL(VIEWER).href });
  await firefox.run(`window.forbidden = [];
    document.addEventListener('securitypolicyviolation', ({ violatedDirective }) => window.forbidden.push(violatedDirective));
    document.querySelector('#pick-files').hidden = false;`);
  const found = await firefox.command('WebDriver:FindElement', {
    using: 'css selector',
    value: '#pick-files',
  });
  const [id] = Object.values((found as { value: object }).value) as [string];
  const text = names.map((name) => join(folder.path, name)).join('\n');
  await firefox.run(`document.querySelector('#pick-files').style.cssText = 'display: block !important'`);
  await firefox.command('WebDriver:ElementSendKeys', { id, text });
}

const total = (): Promise<string> =>
  firefox.run(`return document.querySelector('.total .count').textContent`);

test('opens from a file, decodes, filters and compares, and its policy forbids nothing that it does', async () => {
  await open('busy.tcpsnap', 'later.tcpsnap');
  await expect.poll(total, { timeout: 20_000 }).toBe('400 connections');
  await firefox.run(`const input = document.querySelector('#filter');
    input.value = 'state = LISTEN'; input.dispatchEvent(new Event('input'));`);
  await expect.poll(total).toBe('3 of 400 connections');
  await expect
    .poll(() =>
      firefox.run(
        `return [...document.querySelectorAll('.row:not([hidden]) .cell:nth-child(2)')].map((cell) => cell.textContent)`,
      ),
    )
    .toEqual(['LISTEN', 'LISTEN', 'LISTEN']);
  await firefox.run(`document.querySelector('.popup-holder button').click();`);
  await firefox.run(`document.querySelector('#popup-compare button').click();`);
  await expect
    .poll(() => firefox.run(`return document.querySelector('.kind[data-change="opened"]')?.textContent`))
    .toBe('Opened 0');
  await expect.poll(() => firefox.run(`return document.querySelectorAll('.badge.intact').length`)).toBe(2);
  expect(await firefox.run('return window.forbidden')).toEqual([]);
});

test('reaches the last of many rows, though elements cannot be so high', async () => {
  await open('large.tcpsnap');
  await expect.poll(total, { timeout: 60_000 }).toBe('800,000 connections');
  await firefox.run(`const table = document.querySelector('.table'); table.scrollTop = table.scrollHeight;`);
  const last = (): Promise<[number, number]> =>
    firefox.run(`const rows = [...document.querySelectorAll('.body .row:not([hidden])')];
      const at = (row) => Number(row.getAttribute('aria-rowindex'));
      const last = rows.reduce((a, b) => (at(a) > at(b) ? a : b));
      const below = last.getBoundingClientRect().bottom - document.querySelector('.body').getBoundingClientRect().bottom;
      return [at(last), Math.round(below)];`);
  await expect.poll(last, { timeout: 10_000 }).toEqual([COUNT + 1, 0]);
});

test('draws the timeline of a recording, which the table follows', async () => {
  await open('recording.tcpsnap');
  await expect.poll(total, { timeout: 20_000 }).toBe(`${rowsAt(SNAPSHOTS - 1).length} connections`);
  const painted = (): Promise<number> =>
    firefox.run(`const canvas = document.querySelector('.timeline canvas');
      if (canvas === null) return 0;
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      return new Set(new Uint32Array(data.buffer)).size;`);
  // Three states, axes, and the snapshot shown.
  await expect.poll(painted, { timeout: 20_000 }).toBeGreaterThan(5);
  await firefox.run(`const slider = document.querySelector('.timeline .slider');
    slider.dispatchEvent(new KeyboardEvent('keydown', { key: 'Home', bubbles: true }));`);
  await expect.poll(total).toBe(`${rowsAt(0).length} connections`);
  expect(await firefox.run('return window.forbidden')).toEqual([]);
});
