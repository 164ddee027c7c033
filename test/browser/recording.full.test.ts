import { expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import {
  CLOSE_WAIT,
  ESTABLISHED,
  fileOf,
  flipBit,
  snapshotOf,
  tcp2Table,
  TIME_WAIT,
  type Row,
} from '../cli/snapshotFiles.js';
import { createDecoder } from 'tcpscope';
import type { Snapshot, SnapshotSeries } from 'tcpscope/core';
import { RunningSeries } from '../../dist/core/timeline/runningSeries.js';
import { encodeSeriesPayload } from '../../dist/core/timeline/seriesFrame.js';
import { NODE_PRIMITIVES } from '../../dist/node/files/nodePrimitives.js';
import { makeTemporaryFolder } from '../cli/temporaryFolder.js';
import { encodeRecording } from '../reference/encodeRecording.js';
import { openFiles, settle, shownRows, useChromium, type Viewer } from './chromium.js';
import { COUNT, FIRST_SECOND, RECORDING, rowsAt, SNAPSHOTS } from './recordingFile.js';

const openViewer = useChromium();
const folder = makeTemporaryFolder();

const timeText = (number: number): string =>
  `${new Date((FIRST_SECOND + number) * 1000).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

async function openRecording(options: Parameters<typeof openViewer>[0] = {}): Promise<Viewer> {
  const viewer = await openViewer(options);
  await openFiles(viewer, { name: 'web01.tcpsnap', bytes: RECORDING });
  await viewer.page.locator('.timeline .u-over').first().waitFor();
  await settle(viewer.page);
  return viewer;
}

const slider = (page: Page) => page.getByRole('slider', { name: 'Snapshot of the recording' });
const reading = (page: Page) => page.locator('.timeline .reading').innerText();
const rowCount = async (page: Page): Promise<string> => page.locator('.total .count').innerText();

/** What the timeline says of the snapshot shown, against what is in it. */
async function expectSnapshot(page: Page, number: number): Promise<void> {
  const rows = rowsAt(number);
  const keys = (list: readonly Row[]) => new Set(list.map(([, ...ends]) => ends.slice(0, 4).join()));
  const [now, before] = [keys(rows), keys(number === 0 ? [] : rowsAt(number - 1))];
  const opened = number === 0 ? 0 : [...now].filter((key) => !before.has(key)).length;
  const closed = [...before].filter((key) => !now.has(key)).length;
  expect(await rowCount(page)).toBe(`${rows.length} connections`);
  expect(await reading(page)).toContain(
    `snapshot ${number} of ${COUNT} · ${timeText(number)} · ${rows.length} rows, ${opened} opened, ${closed} closed`,
  );
  const inState = (state: number): number => rows.filter(([own]) => own === state).length;
  const legend = Object.fromEntries(
    (await page.locator('.timeline .legend li').allInnerTexts()).map((text) => text.split(' ')),
  ) as Record<string, string>;
  expect(legend).toEqual({
    TIME_WAIT: String(inState(TIME_WAIT)),
    CLOSE_WAIT: String(inState(CLOSE_WAIT)),
    ESTABLISHED: String(inState(ESTABLISHED)),
    LISTEN: '1',
    opened: String(opened),
    closed: String(closed),
  });
}

function withRoom(bytes: Uint8Array, more: number): Uint8Array {
  const wider = new Uint8Array(bytes.length + more);
  wider.set(bytes);
  return wider;
}

test('the table follows the timeline: by keys, by a click, to the ends', async () => {
  const viewer = await openRecording();
  const { page } = viewer;
  await expectSnapshot(page, COUNT - 1);
  await page.keyboard.press('t');
  const press = async (key: string, number: number): Promise<void> => {
    await page.keyboard.press(key);
    await settle(page);
    await expectSnapshot(page, number);
    expect(await slider(page).getAttribute('aria-valuenow')).toBe(String(number));
    expect(await slider(page).getAttribute('aria-valuetext')).toContain(timeText(number));
  };
  await press('Home', 0);
  await press('PageUp', 4);
  await press('ArrowRight', 5);
  await press('ArrowRight', 6);
  await press('ArrowLeft', 5);
  await press('[', 4);
  await press(']', 5);
  expect(new URL(page.url()).hash).toBe('#snapshot=5');
  const { x, y, width, height } = (await page.locator('.timeline .u-over').first().boundingBox())!;
  await page.mouse.click(x + (width * 20) / (COUNT - 1), y + height / 2);
  await page.mouse.move(0, 0);
  await settle(page);
  await expectSnapshot(page, 20);
  await press('End', COUNT - 1);
  expect(viewer.errors).toEqual([]);
  expect(viewer.requests).toEqual([]);
});

test('dragging, or arrows with Shift, choose a range, which the address keeps', async () => {
  const viewer = await openRecording();
  const { page } = viewer;
  const { x, y, width } = (await page.locator('.timeline .u-over').first().boundingBox())!;
  const at = (number: number): number => x + (width * number) / (COUNT - 1);
  await page.mouse.move(at(8), y + 20);
  await page.mouse.down();
  await page.mouse.move(at(12), y + 20, { steps: 4 });
  await page.mouse.move(at(16), y + 20, { steps: 4 });
  await page.mouse.up();
  await settle(page);
  expect(new URL(page.url()).hash).toBe('#range=8-16');
  // A brush picks no snapshot; steps stay in the range.
  expect(await rowCount(page)).toBe(`${rowsAt(COUNT - 1).length} connections`);
  await slider(page).focus();
  await page.keyboard.press('Home');
  await settle(page);
  await expectSnapshot(page, 8);
  await page.keyboard.press('ArrowLeft');
  await settle(page);
  await expectSnapshot(page, 8);
  for (const key of ['ArrowRight', 'Shift+ArrowRight', 'Shift+ArrowRight', 'Shift+ArrowRight']) {
    await page.keyboard.press(key);
    await settle(page);
  }
  expect(await reading(page)).toContain('range 9 to 12');
  await page.keyboard.press('Enter');
  await settle(page);
  expect(new URL(page.url()).hash).toBe('#snapshot=9&range=9-12');
  await page.getByRole('button', { name: 'Compare its ends' }).click();
  await settle(page);
  expect(await page.locator('.compare .kind .count').allInnerTexts()).toEqual(['0', '1', '1', '3']);
  await page.getByRole('button', { name: 'Whole recording' }).click();
  expect(new URL(page.url()).hash).toBe('#snapshot=12');
  // The address brings both back.
  const other = await openRecording({ fragment: 'snapshot=9&range=9-12&where=TIME_WAIT+or+LISTEN' });
  expect(await reading(other.page)).toContain(`snapshot 9 of ${COUNT}`);
  expect(await reading(other.page)).toContain('range 9 to 12');
  expect(await rowCount(other.page)).toBe(`1 of ${rowsAt(9).length} connections`);
  expect([...viewer.errors, ...other.errors]).toEqual([]);
});

test('playing goes from snapshot to snapshot until the end, or until it is stopped', async () => {
  const viewer = await openRecording({ fragment: 'range=3-9' });
  const { page } = viewer;
  const seen = await page.evaluateHandle(() => {
    const numbers = new Set<string>();
    const target = document.querySelector('.timeline .slider')!;
    new MutationObserver(() => numbers.add(target.getAttribute('aria-valuenow')!)).observe(target, {
      attributes: true,
      attributeFilter: ['aria-valuenow'],
    });
    return numbers;
  });
  await page.getByRole('button', { name: 'Play' }).click();
  await page.getByRole('button', { name: 'Stop' }).waitFor();
  await page.getByRole('button', { name: 'Play' }).waitFor();
  expect(await seen.evaluate((numbers) => [...numbers])).toEqual(['3', '4', '5', '6', '7', '8', '9']);
  await settle(page);
  await expectSnapshot(page, 9);
  await page.keyboard.press('p');
  await page.waitForTimeout(300);
  await page.keyboard.press('p');
  await settle(page);
  const number = Number(await slider(page).getAttribute('aria-valuenow'));
  expect(number).toBeGreaterThanOrEqual(3);
  expect(number).toBeLessThan(9);
  await page.waitForTimeout(600);
  await expectSnapshot(page, number);
});

test('the details follow their connection, tell its history, and lead to its snapshots', async () => {
  const viewer = await openRecording({ fragment: 'snapshot=2' });
  const { page } = viewer;
  await page.locator('.body .row', { hasText: '5000' }).click();
  await settle(page);
  const details = page.locator('.details');
  const history = details.locator('.history');
  const facts = async (): Promise<string[]> => history.locator('dd').allInnerTexts();
  expect(await facts()).toEqual([timeText(0), timeText(COUNT - 1), `30 of ${COUNT} snapshots`]);
  const states = (await history.locator('.states li').allInnerTexts()).map((text) =>
    text.replaceAll('\n', ' '),
  );
  expect(states).toEqual([
    `ESTABLISHED ${timeText(0)} 10×`,
    `CLOSE_WAIT ${timeText(10)} 5×`,
    `TIME_WAIT ${timeText(15)} 5×`,
    `TIME_WAIT ${timeText(30)} 10×`,
  ]);
  await history.getByRole('button', { name: timeText(10) }).click();
  await settle(page);
  await expectSnapshot(page, 10);
  expect(await details.locator('dd').first().innerText()).toContain('CLOSE_WAIT');
  expect((await shownRows(page))[1]).toContain('5000');
  expect(await page.locator('.row.cursor').innerText()).toContain('5000');
  // Where it is not, it is waited for.
  for (const [number, isThere] of [
    [20, false],
    [25, false],
    [31, true],
  ] as const) {
    await page.getByLabel('Number of the snapshot').fill(String(number));
    await page.getByLabel('Number of the snapshot').press('Enter');
    await settle(page);
    expect(await details.isVisible()).toBe(isThere);
  }
  expect(await details.locator('dd').nth(2).innerText()).toContain('5000');
  expect(viewer.errors).toEqual([]);
});

test('selected connections have lanes', async () => {
  const viewer = await openRecording({ fragment: 'snapshot=12' });
  const { page } = viewer;
  await page.locator('.body .row', { hasText: '5000' }).click();
  await page.keyboard.press('Shift+ArrowDown');
  await settle(page);
  const lanes = page.locator('.lanes li');
  expect(await lanes.locator('.ends').allInnerTexts()).toEqual([
    'TCP 10.0.0.1:5000 → 10.0.0.2:443',
    'TCP 10.0.0.1:6000 → 10.0.0.3:22',
  ]);
  const spoken = await lanes.locator('canvas').evaluateAll((list) => list.map((one) => one.ariaLabel));
  expect(spoken).toEqual([
    [
      `ESTABLISHED from ${timeText(0)} to ${timeText(9)}`,
      `CLOSE_WAIT from ${timeText(10)} to ${timeText(14)}`,
      `TIME_WAIT from ${timeText(15)} to ${timeText(19)}`,
      `TIME_WAIT from ${timeText(30)} to ${timeText(39)}`,
    ].join(', '),
    `ESTABLISHED from ${timeText(0)} to ${timeText(39)}`,
  ]);
  // What is drawn: the colours of the states, from left to right; nothing where it was gone.
  const colours = await lanes
    .locator('canvas')
    .first()
    .evaluate((element, count) => {
      const canvas = element as HTMLCanvasElement;
      const { width, height } = canvas;
      const pixels = canvas.getContext('2d')!.getImageData(0, 0, width, height);
      return Array.from({ length: count - 1 }, (_, i) => {
        const x = Math.floor(((i + 0.5) / (count - 1)) * width);
        const at = (Math.floor(height / 2) * width + x) * 4;
        return pixels.data.subarray(at, at + 4).join();
      });
    }, COUNT);
  const [established, closeWait, timeWait, gone] = [colours[3], colours[12], colours[17], colours[25]];
  expect(new Set([established, closeWait, timeWait, gone]).size).toBe(4);
  expect(gone).toBe('0,0,0,0');
  expect(colours.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => established));
  expect(colours.slice(13, 15)).toEqual([closeWait, closeWait]);
  expect(colours.slice(30, 38)).toEqual(Array.from({ length: 8 }, () => timeWait));
  // They stay while the table follows the timeline.
  await page.keyboard.press(']');
  await settle(page);
  expect(await lanes.count()).toBe(2);
});

test('the timeline is saved as a picture', async () => {
  const viewer = await openRecording();
  const { page } = viewer;
  await page.getByRole('button', { name: 'Export' }).click();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'PNG, the timeline as it is shown' }).click(),
  ]);
  expect(download.suggestedFilename()).toBe('web01-timeline.png');
  const pieces: Buffer[] = [];
  for await (const piece of await download.createReadStream()) pieces.push(piece as Buffer);
  const png = Buffer.concat(pieces);
  expect(png.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
  const canvas = (await page.locator('.timeline canvas').first().boundingBox())!;
  expect(png.readUInt32BE(16)).toBe(Math.round(canvas.width) + 24);
  expect(png.readUInt32BE(20)).toBeGreaterThan(canvas.height + 60);
});

test('snapshots that cannot be read are marked, told, and passed over', async () => {
  const frame = await fileOf(SNAPSHOTS[0]!);
  // In the raw table of the second snapshot.
  const damaged = flipBit(RECORDING, frame.length + (frame.length - 32) - 30);
  const viewer = await openViewer();
  const { page } = viewer;
  await openFiles(viewer, { name: 'damaged.tcpsnap', bytes: damaged });
  await page.locator('.timeline .u-over').first().waitFor();
  await settle(page);
  expect(await page.locator('.timeline .missing').innerText()).toMatch(
    /^Not read: snapshot 1: .*damaged.* \(at byte \d+\)\.$/,
  );
  await expectSnapshot(page, COUNT - 1);
});

test('of a recording that is large, only what is shown is read', async () => {
  const large = snapshotOf([], [], {
    // Bytes behind the last row.
    tables: [tcp2Table(new Uint8Array(270 << 20))],
  });
  folder.write('large.tcpsnap', await fileOf(large, SNAPSHOTS[7]!));
  const viewer = await openViewer();
  const { page } = viewer;
  const worker = page.workers()[0] ?? (await page.waitForEvent('worker'));
  const read = await worker.evaluateHandle(() => {
    const total = { bytes: 0 };
    const { slice } = Blob.prototype as { slice: (this: Blob, from?: number, to?: number) => Blob };
    Blob.prototype.slice = function (from, to) {
      const piece = slice.call(this, from, to);
      total.bytes += piece.size;
      return piece;
    };
    return total;
  });
  await page.setInputFiles('#pick-files', `${folder.path}/large.tcpsnap`);
  await page.getByRole('button', { name: 'check', exact: true }).waitFor();
  await settle(page);
  expect(await rowCount(page)).toBe(`${rowsAt(7).length} connections`);
  expect(await page.locator('.timeline .unread').isVisible()).toBe(true);
  expect(await read.evaluate(({ bytes }) => bytes)).toBeLessThan(1_000_000);
});

/** With room behind the rows: the digests of few bytes are not asked of the browser. */
const ROOMY = SNAPSHOTS.map((snapshot) => ({
  ...snapshot,
  tables: snapshot.tables.map((table) => ({ ...table, bytes: withRoom(table.bytes, 20_000) })),
}));

/** As slow as snapshots of a million rows. */
async function slowDigests(page: Page): Promise<void> {
  const worker = page.workers()[0] ?? (await page.waitForEvent('worker'));
  await worker.evaluate(() => {
    const { subtle } = crypto;
    const digest = subtle.digest.bind(subtle);
    subtle.digest = (algorithm: AlgorithmIdentifier, data: BufferSource) => {
      const until = Date.now() + 60;
      while (Date.now() < until);
      return digest(algorithm, data);
    };
  });
}

/** A recording that holds series: those of its snapshots, or others. */
async function recordingWithSeries(change: (series: SnapshotSeries) => SnapshotSeries = (series) => series) {
  const running = new RunningSeries(await createDecoder());
  const series = {
    add: (snapshot: Snapshot) => running.add(snapshot),
    payload: () => encodeSeriesPayload(change(running.series()), NODE_PRIMITIVES),
    clear: () => running.clear(),
  };
  const bytes = await encodeRecording(ROOMY, { series });
  return { name: 'web01.tcpsnap', mimeType: '', buffer: Buffer.from(bytes) };
}

test('a recording that holds its series is drawn before its snapshots have been gone through', async () => {
  const viewer = await openViewer();
  const { page } = viewer;
  await slowDigests(page);
  await page.setInputFiles('#pick-files', await recordingWithSeries());
  await page.locator('.timeline .u-over').first().waitFor();
  const progress = page.locator('.progress', { hasText: 'timeline' });
  await progress.waitFor();
  await expectSnapshot(page, COUNT - 1);
  await page.getByRole('grid').focus();
  await page.keyboard.press('Control+a');
  expect(await page.locator('.lanes li').count()).toBe(0);
  // Another snapshot is shown meanwhile, and what is still going on is still told.
  await page.keyboard.press('[');
  await page.locator('.timeline .reading', { hasText: `snapshot ${COUNT - 2} of` }).waitFor();
  expect(await progress.isVisible()).toBe(true);
  // Who does not want to wait keeps what is drawn.
  await progress.getByRole('button', { name: 'Cancel' }).click();
  await page.locator('.timeline .unread', { hasText: 'counts that the recording holds' }).waitFor();
  await settle(page);
  await expectSnapshot(page, COUNT - 2);
  await page.getByRole('button', { name: 'Read it' }).click();
  await page.locator('.timeline .unread').waitFor({ state: 'hidden' });
  const canvas = page.locator('.timeline canvas').first();
  await canvas.evaluate((element) => element.setAttribute('data-before', ''));
  await page.locator('.timeline[data-stage="read"]').waitFor();
  await progress.waitFor({ state: 'hidden' });
  // All of it is as the recording says: what is drawn stays.
  expect(await canvas.getAttribute('data-before')).toBe('');
  await settle(page);
  await page.getByRole('grid').focus();
  await page.keyboard.press('Control+a');
  await page.locator('.lanes li').first().waitFor();
  expect(viewer.errors).toEqual([]);
});

test('series that say something else give way to what the snapshots have', async () => {
  const viewer = await openViewer();
  const { page } = viewer;
  await slowDigests(page);
  const wrong = (rows: Uint32Array): Uint32Array => rows.map((count) => count + 7);
  const file = await recordingWithSeries((series) => ({
    ...series,
    opened: wrong(series.opened),
    rowsByState: series.rowsByState.map(({ state, rows }) => ({ state, rows: wrong(rows) })),
  }));
  await page.setInputFiles('#pick-files', file);
  await page.locator('.timeline .legend li', { hasText: 'LISTEN 8' }).waitFor();
  await page.locator('.timeline .legend li', { hasText: 'LISTEN 1' }).waitFor();
  await settle(page);
  await expectSnapshot(page, COUNT - 1);
  expect(viewer.errors).toEqual([]);
});

test('who does not want to wait for the timeline can have it later', async () => {
  const buffer = Buffer.from(await fileOf(...ROOMY));
  const viewer = await openViewer();
  const { page } = viewer;
  await slowDigests(page);
  await page.setInputFiles('#pick-files', { name: 'web01.tcpsnap', mimeType: '', buffer });
  await page.locator('.progress', { hasText: 'timeline' }).getByRole('button', { name: 'Cancel' }).click();
  await page.locator('.timeline .unread').waitFor();
  await settle(page);
  expect(await rowCount(page)).toBe(`${rowsAt(COUNT - 1).length} connections`);
  await page.getByRole('button', { name: 'Read it' }).click();
  await page.locator('.timeline .u-over').first().waitFor();
  await settle(page);
  await expectSnapshot(page, COUNT - 1);
  expect(viewer.errors).toEqual([]);
});
