import type { Page } from 'playwright-core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runCli } from '../cli/runCli.js';
import { ESTABLISHED, fileOf, row, snapshotOf } from '../cli/snapshotFiles.js';
import { makeTemporaryFolder } from '../cli/temporaryFolder.js';
import { snapshotOf as twoFamilies, type Socket } from '../reference/recordings.js';
import { exportText, filter, openFiles, settle, shownRows, useChromium, type Viewer } from './chromium.js';
import { busySnapshot, manyRows } from './manyRows.js';

const openViewer = useChromium();
const folder = makeTemporaryFolder();

const BUSY = await fileOf(busySnapshot());
folder.write('busy.tcpsnap', BUSY);

async function openBusy(fragment = ''): Promise<Viewer> {
  const viewer = await openViewer({ fragment });
  await openFiles(viewer, { name: 'busy.tcpsnap', bytes: BUSY });
  await settle(viewer.page);
  return viewer;
}

async function show(...args: string[]): Promise<string> {
  const { stdout, stderr } = await runCli(['show', ...args, 'busy.tcpsnap'], { cwd: folder.path });
  expect(stderr).toBe('');
  return stdout;
}

const totalLine = (viewer: Viewer): Promise<string> => viewer.page.locator('.total .count').innerText();

test('the filter selects the rows that the command line selects, in all formats', async () => {
  const viewer = await openBusy();
  const word = fc.constantFrom(
    'ESTABLISHED',
    'TIME_WAIT',
    ':443',
    '10.1.',
    'chrome',
    'svc*',
    '192.168.0.2',
    'rport in 80, 5432',
    'remote in 10.0.0.0/16',
    'lport > 30000',
    'process = ""',
    'pid != 4120',
    'process != "Google Chrome"',
    'local <= 192.168.0.1',
  );
  const expression = fc.letrec<{ any: string; leaf: string; both: string; not: string }>((tie) => ({
    any: fc.oneof({ maxDepth: 3 }, tie('leaf'), tie('both'), tie('not')),
    leaf: word,
    both: fc
      .tuple(tie('any'), fc.constantFrom('and', 'or'), tie('any'))
      .map(([a, joint, b]) => `(${a} ${joint} ${b})`),
    not: tie('any').map((inner) => `not (${inner})`),
  })).any;
  const sort = fc.uniqueArray(fc.constantFrom('state', '-rport', 'process', '-remote', 'lport', '-pid'), {
    maxLength: 3,
  });
  await fc.assert(
    fc.asyncProperty(expression, sort, async (where, keys) => {
      await viewer.page.evaluate(
        ([w, s]) => {
          location.hash = new URLSearchParams({ where: w!, sort: s! }).toString();
        },
        [where, keys.join(',')],
      );
      await settle(viewer.page);
      const args = ['--where', where, ...(keys.length > 0 ? ['--sort', keys.join(',')] : [])];
      expect(await exportText(viewer, 'CSV')).toBe(await show('--format', 'csv', ...args));
    }),
    { numRuns: 12 },
  );
  await filter(viewer, 'chrome');
  expect(await exportText(viewer, 'NDJSON')).toBe(
    await show(
      '--format',
      'ndjson',
      '--where',
      'chrome',
      '--sort',
      new URLSearchParams(new URL(viewer.page.url()).hash.slice(1)).get('sort') || 'local,lport,remote,rport',
    ),
  );
  const json = JSON.parse(await exportText(viewer, 'JSON')) as { connections: unknown[]; file: string };
  expect(json.file).toBe('busy.tcpsnap');
  expect(json.connections.length).toBeGreaterThan(10);
  expect(viewer.requests).toEqual([]);
});

test('titles sort: upwards, downwards, not; with Shift by several', async () => {
  const viewer = await openBusy();
  const { page } = viewer;
  const title = (name: string) => page.getByRole('columnheader', { name });
  const column = async (index: number): Promise<string[]> =>
    (await shownRows(page)).map((cells) => cells[index]!);
  await title('Remote port').click();
  await settle(page);
  expect((await column(6)).slice(3, 8)).toEqual(['80', '80', '80', '80', '80']);
  expect(await title('Remote port').getAttribute('aria-sort')).toBe('ascending');
  await title('Remote port').click();
  await settle(page);
  expect((await column(6))[0]).toBe('8443');
  await title('Local port').click({ modifiers: ['Shift'] });
  await settle(page);
  const ports = (await column(4)).map(Number);
  expect(ports).toEqual([...ports].sort((a, b) => a - b));
  expect(new URL(page.url()).hash).toBe('#sort=-rport,lport');
  await title('Remote port').click();
  await settle(page);
  expect(new URL(page.url()).hash).toBe('');
});

test('a mistake is told with its column and marked; the rows stay', async () => {
  const viewer = await openBusy();
  const { page } = viewer;
  await filter(viewer, 'chrome');
  const before = await shownRows(page);
  await page.fill('#filter', 'state = ESTABLISHED and lport < x');
  await settle(page);
  expect(await page.locator('.mistake').innerText()).toMatch(/^column 33: expected a port number/);
  expect(await page.locator('.mirror mark').textContent()).toBe('x');
  expect(await page.locator('#filter').getAttribute('aria-invalid')).toBe('true');
  expect(await shownRows(page)).toEqual(before);
});

test('the filter completes fields, relations, and values of the snapshot', async () => {
  const viewer = await openBusy();
  const { page } = viewer;
  const suggestions = (): Promise<string[]> => page.locator('.suggestions .text').allInnerTexts();
  await page.focus('#filter');
  await page.keyboard.type('proc');
  await settle(page);
  expect(await suggestions()).toContain('process');
  // Nobody has a process of that name, and it is no name yet.
  expect(await totalLine(viewer)).toBe('400 connections');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await settle(page);
  expect(await suggestions()).toEqual(['=', '!=', 'in', 'not in']);
  await page.keyboard.type('= g');
  await settle(page);
  expect(await suggestions()).toEqual(['"Google Chrome"']);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Tab');
  await settle(page);
  expect(await page.inputValue('#filter')).toBe('process = "Google Chrome" ');
  expect(await totalLine(viewer)).toMatch(/^\d+ of 400 connections$/);
});

test('counts follow the filter; a click narrows, an Alt-click leaves out, and each shows as many rows as it said', async () => {
  const viewer = await openBusy();
  const { page } = viewer;
  const value = (facet: string, label: string) =>
    page.locator(`[data-facet="${facet}"] .value`, { hasText: label }).first();
  for (const facet of ['state', 'process', 'lport', 'rport', 'remote', 'remote/24/64', 'protocol,family']) {
    const first = page.locator(`[data-facet="${facet}"] .value`).first();
    const count = (await first.locator('.count').innerText()).replaceAll(',', '');
    await first.click();
    await settle(page);
    expect(await totalLine(viewer), facet).toMatch(
      new RegExp(`^${count === '400' ? '' : `${count} of `}400 connections$`),
    );
    expect(await first.getAttribute('aria-pressed'), facet).toBe('true');
    await first.click();
    await settle(page);
    expect(await totalLine(viewer)).toBe('400 connections');
  }
  // Listeners have bytes there, which mean nothing.
  expect((await page.locator('[data-facet="rport"] .label').allInnerTexts()).toSorted()).toEqual([
    '443',
    '5432',
    '80',
    '8443',
  ]);
  await value('state', 'TIME_WAIT').click({ modifiers: ['Alt'] });
  await value('process', 'Google Chrome').click();
  await settle(page);
  expect(await page.inputValue('#filter')).toBe('state != TIME_WAIT and process = "Google Chrome"');
  expect(await page.locator('[data-facet="state"] .label').allInnerTexts()).toEqual([
    'ESTABLISHED',
    'CLOSE_WAIT',
  ]);
  expect(
    (await show('--where', 'state != TIME_WAIT and process = "Google Chrome"', '--format', 'ndjson'))
      .trimEnd()
      .split('\n'),
  ).toHaveLength(Number((await totalLine(viewer)).split(' ')[0]));
});

test('networks are of 24 bits in IPv4 and of 64 in IPv6', async () => {
  const socket = (remote: number): Socket => {
    return { state: ESTABLISHED, local: 1, lport: 443, remote, rport: 5000, pid: 4 };
  };
  const content = { tcp2: [socket(7), socket(8)], 'tcp6-2': [socket(7), socket(8), socket(9)] };
  const viewer = await openViewer();
  await openFiles(viewer, { name: 'both.tcpsnap', bytes: await fileOf(twoFamilies(content, 0)) });
  await settle(viewer.page);
  const values = viewer.page.locator('[data-facet="remote/24/64"] .value');
  expect(await values.locator('.label').allInnerTexts()).toEqual(['::/64', '0.0.0.0/24']);
  await values.first().click();
  await settle(viewer.page);
  expect(await totalLine(viewer)).toBe('3 of 5 connections');
});

test('counts beside the table stay in sight, however long their labels are', async () => {
  const names = [
    'a',
    'chrome.exe',
    'MMMMMMMMMMMM',
    'iiiiiiiiiiiiiiiiiiiiiiiiiiii',
    'program of many words.exe',
    '瀏覽器瀏覽器瀏覽器瀏覽器瀏覽器瀏覽器',
  ];
  const processes = names.map((name, i) => ({ pid: i + 1, name }));
  const rows = Array.from({ length: 30_000 }, (_, i) =>
    row(ESTABLISHED, `192.168.0.1:${1024 + i}`, `10.0.0.1:${i % 7}`, 1 + (i % names.length)),
  );
  const viewer = await openViewer();
  await openFiles(viewer, { name: 'names.tcpsnap', bytes: await fileOf(snapshotOf(rows, processes)) });
  await settle(viewer.page);
  for (const name of ['', '"iiiiiiiiiiiiiiiiiiiiiiiiiiii"']) {
    await filter(viewer, name);
    // A label that takes more room than there is pushes its count out of its line.
    const outside = await viewer.page.evaluate(() =>
      [...document.querySelectorAll('.facets .value')].flatMap((value) => {
        const end = value.getBoundingClientRect().right;
        const countEnd = value.querySelector('.count')!.getBoundingClientRect().right;
        return countEnd <= end ? [] : [value.textContent];
      }),
    );
    expect(outside).toEqual([]);
  }
  expect(await viewer.page.locator('[data-facet="process"] .label').count()).toBe(1);
});

test('columns are hidden, moved and made wider, which the address keeps', async () => {
  const viewer = await openBusy('columns=process:300,nonsense,lport&sort=-lport,nonsense&where=chrome');
  const { page } = viewer;
  const titles = (): Promise<string[]> => page.locator('.header .title:not(.mark) .name').allInnerTexts();
  expect(await titles()).toEqual(['Process', 'Local port']);
  expect(await page.inputValue('#filter')).toBe('chrome');
  expect(Math.round((await page.getByRole('columnheader', { name: 'Process' }).boundingBox())!.width)).toBe(
    300,
  );
  await page.getByRole('button', { name: 'Columns' }).click();
  await page.locator('#column-offload').check();
  await page.getByRole('button', { name: 'Move Offload up' }).click();
  expect(await titles()).toEqual(['Process', 'Offload', 'Local port']);
  await page.locator('#column-process').uncheck();
  expect(await titles()).toEqual(['Offload', 'Local port']);
  expect(new URL(page.url()).hash).toBe('#where=chrome&sort=-lport&columns=offload,lport');
  await page.keyboard.press('Escape');
  await page
    .getByRole('columnheader', { name: 'Offload' })
    .dragTo(page.getByRole('columnheader', { name: 'Local port' }));
  expect(await titles()).toEqual(['Local port', 'Offload']);
  const edge = page.getByRole('columnheader', { name: 'Offload' }).locator('.edge');
  const box = (await edge.boundingBox())!;
  await page.mouse.move(box.x + 4, box.y + 4);
  await page.mouse.down();
  await page.mouse.move(box.x + 64, box.y + 4);
  await page.mouse.up();
  expect(new URL(page.url()).hash).toBe('#where=chrome&sort=-lport&columns=lport,offload:152');
});

test('a column whose values were not here is shown with them, as the command line prints them', async () => {
  const viewer = await openBusy('columns=lport,pid');
  const { page } = viewer;
  await page.getByRole('button', { name: 'Columns' }).click();
  await page.locator('#column-owner').check();
  await page.locator('#column-rporthigh').check();
  await settle(page);
  const shown = await shownRows(page);
  expect(shown.length).toBeGreaterThan(20);
  const csv = (await show('--format', 'csv', '--columns', 'localPort,pid,owner,remotePortHigh'))
    .split('\n')
    .slice(1);
  const expected = csv.map((line) => line.replace(',0,', ',-,').split(','));
  expect(shown).toEqual(expected.slice(0, shown.length));
});

/** Whether the last of the rows that are seen ends where the table ends. */
function isLastWhole(page: Page): Promise<boolean> {
  return page.evaluate(() => {
    const ends = [...document.querySelectorAll('.body .row:not([hidden])')].map(
      (row) => row.getBoundingClientRect().bottom,
    );
    const { bottom } = document.querySelector('.body')!.getBoundingClientRect();
    return Math.abs(Math.max(...ends) - bottom) < 0.5;
  });
}

test('many rows: every one can be reached, the last one too', async () => {
  const count = 600_000;
  const viewer = await openViewer();
  const { page } = viewer;
  // More pixels than the bar scrolls over.
  await openFiles(viewer, { name: 'large.tcpsnap', bytes: await fileOf(snapshotOf(manyRows(count))) });
  await page.locator('.total .count', { hasText: '600,000 connections' }).waitFor();
  await settle(page);
  const top = await shownRows(page);
  await page.evaluate(() => {
    const table = document.querySelector('.table')!;
    table.scrollTop = table.scrollHeight;
  });
  await settle(page);
  const numbers = await page.evaluate(() =>
    [...document.querySelectorAll('.body .row:not([hidden])')].map((row) => Number(row.ariaRowIndex)),
  );
  expect(Math.max(...numbers)).toBe(count + 1);
  expect(await isLastWhole(page)).toBe(true);
  // It stays in sight where something takes room from the table, or gives it back.
  const size = page.viewportSize()!;
  for (const less of [-61, -140, 0]) {
    await page.setViewportSize({ ...size, height: size.height + less });
    await settle(page);
    expect(await isLastWhole(page), `${less}`).toBe(true);
  }
  // A turn of the wheel passes over no row.
  await page.hover('.body');
  await page.mouse.wheel(0, -240);
  await settle(page);
  const up = await page.evaluate(() =>
    [...document.querySelectorAll('.body .row:not([hidden])')].map((row) => Number(row.ariaRowIndex)),
  );
  expect(Math.min(...numbers) - Math.min(...up)).toBe(10);
  await page.locator('.table').press('Home');
  await settle(page);
  expect(await shownRows(page)).toEqual(top);
});

test('wherever the bar is moved to, each row is the one of its number', async () => {
  const viewer = await openBusy();
  const { page } = viewer;
  const csv = (await show('--format', 'csv', '--columns', 'localAddress,localPort,pid')).split('\n').slice(1);
  const expected = csv.map((line) => line.replace(/,0$/, ',-'));
  const moves = fc.array(
    fc.oneof(fc.integer({ min: -120, max: 120 }), fc.integer({ min: -9600, max: 9600 })),
    {
      minLength: 1,
      maxLength: 8,
    },
  );
  await fc.assert(
    fc.asyncProperty(moves, async (list) => {
      for (const move of list) {
        await page.evaluate(async (by) => {
          document.querySelector('.table')!.scrollTop += by;
          await new Promise((resolve) => requestAnimationFrame(resolve));
        }, move);
      }
      await settle(page);
      const shown = await page.evaluate(() =>
        [...document.querySelectorAll('.body .row:not([hidden])')].map((row) => ({
          number: Number(row.ariaRowIndex) - 2,
          cells: [...row.querySelectorAll('.cell')].map((cell) => cell.textContent),
        })),
      );
      expect(shown.length).toBeGreaterThan(20);
      // They stand in the order of their numbers.
      expect(shown.map(({ number }) => number)).toEqual(shown.map((_, i) => shown[0]!.number + i));
      for (const { number, cells } of shown) {
        expect(`${cells[4]},${cells[5]},${cells[3]}`).toBe(expected[number]);
      }
    }),
    { numRuns: 15 },
  );
});

test('rows that match stand in their order at the top, and wherever the bar is moved to', async () => {
  const viewer = await openViewer({ fragment: 'sort=-rport' });
  const { page } = viewer;
  const bytes = await fileOf(snapshotOf(manyRows(6000)));
  folder.write('large.tcpsnap', bytes);
  await openFiles(viewer, { name: 'large.tcpsnap', bytes });
  await filter(viewer, 'ESTABLISHED');
  const args = [
    '--where',
    'ESTABLISHED',
    '--sort=-rport',
    '--format',
    'csv',
    '--columns',
    'localPort,remotePort',
  ];
  const { stdout } = await runCli(['show', ...args, 'large.tcpsnap'], { cwd: folder.path });
  const expected = stdout.trimEnd().split('\n').slice(1);
  for (const share of [0, 0.1, 0.4, 1, 0.2, 0]) {
    await page.evaluate((at) => {
      const table = document.querySelector('.table')!;
      table.scrollTop = at * table.scrollHeight;
    }, share);
    await settle(page);
    const shown = await page.evaluate(() =>
      [...document.querySelectorAll('.body .row:not([hidden])')].map((row) => {
        const cells = [...row.querySelectorAll('.cell')].map((cell) => cell.textContent);
        return { place: Number(row.ariaRowIndex) - 2, text: `${cells[5]},${cells[7]}` };
      }),
    );
    expect(shown.length).toBeGreaterThan(20);
    expect(shown.map(({ text }) => text)).toEqual(shown.map(({ place }) => expected[place]));
  }
  expect(expected.length).toBeGreaterThan(3000);
});

test('rows follow a bar that does not stop', async () => {
  const viewer = await openViewer();
  const { page } = viewer;
  const count = 100_000;
  await openFiles(viewer, { name: 'large.tcpsnap', bytes: await fileOf(snapshotOf(manyRows(count))) });
  await page.locator('.total .count', { hasText: '100,000 connections' }).waitFor();
  await settle(page);
  const firstRows = await page.evaluate(async () => {
    const table = document.querySelector('.table')!;
    const seen = new Set<number>();
    const start = performance.now();
    for (let share = 0; share < 1; share = (performance.now() - start) / 1000) {
      table.scrollTop = share * (table.scrollHeight - table.clientHeight);
      await new Promise((resolve) => requestAnimationFrame(resolve));
      seen.add(Number(document.querySelector('.body .row:not([hidden])')!.ariaRowIndex));
    }
    return [...seen];
  });
  expect(firstRows.length).toBeGreaterThan(4);
  expect(Math.max(...firstRows)).toBeGreaterThan(count / 2);
});

test('where all rows are others, a frame writes a part of them, so that none takes long', async () => {
  const viewer = await openViewer();
  const { page } = viewer;
  await openFiles(viewer, { name: 'large.tcpsnap', bytes: await fileOf(snapshotOf(manyRows(20_000))) });
  await settle(page);
  const { written, rows } = await page.evaluate(async () => {
    const table = document.querySelector('.table')!;
    let changed = new Set<Node>();
    const observer = new MutationObserver((records) => {
      for (const { target } of records) changed.add(target);
    });
    observer.observe(document.querySelector('.rows')!, { attributeFilter: ['aria-rowindex'], subtree: true });
    const counts: number[] = [];
    for (let frame = 0; frame < 120; frame++) {
      if (frame % 2 === 0 && frame < 90) table.scrollTop = (frame / 90) * table.scrollHeight;
      await new Promise((resolve) => requestAnimationFrame(resolve));
      counts.push(changed.size);
      changed = new Set();
    }
    return { written: counts, rows: document.querySelectorAll('.body .row').length };
  });
  expect(rows).toBeGreaterThan(20);
  expect(Math.max(...written)).toBeLessThanOrEqual(Math.ceil(rows / 4));
  expect(written.reduce((sum, count) => sum + count)).toBeGreaterThan(3 * rows);
  await settle(page);
  const places = await page.evaluate(() =>
    [...document.querySelectorAll('.body .row:not([hidden])')].map((row) => Number(row.ariaRowIndex)),
  );
  expect(places).toEqual(places.map((_, i) => places[0]! + i));
});
