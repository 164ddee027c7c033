import { expect, test } from 'vitest';
import {
  AT,
  ESTABLISHED,
  fileOf,
  flipBit,
  RAW,
  row,
  ROWS,
  snapshotOf,
  tcp2Table,
} from '../cli/snapshotFiles.js';
import { makeTemporaryFolder } from '../cli/temporaryFolder.js';
import { exportFile, openFiles, settle, shownRows, useChromium } from './chromium.js';
import { manyRows } from './manyRows.js';

const openViewer = useChromium();
const folder = makeTemporaryFolder();

const SNAPSHOT = await fileOf(snapshotOf(ROWS, [{ pid: 300, name: 'chrome.exe' }]));
const fileText = (name: string): string => `.file:has-text("${name}")`;

test('a snapshot that is chosen is shown in the documented order, and nothing is asked for', async () => {
  const viewer = await openViewer();
  const { page } = viewer;
  await expect(page.getByRole('heading', { name: 'Open a snapshot' }).isVisible()).resolves.toBe(true);
  await openFiles(viewer, { name: 'web01.tcpsnap', bytes: SNAPSHOT });
  await settle(page);
  expect(await shownRows(page)).toEqual([
    ['LISTEN', '-', '4', '0.0.0.0', '80', '*', '*', 'TCP'],
    ['TIME_WAIT', '-', '-', '127.0.0.1', '50001', '127.0.0.1', '80', 'TCP'],
    ['ESTABLISHED', 'chrome.exe', '300', '192.168.0.2', '50000', '10.0.0.1', '443', 'TCP'],
  ]);
  expect(await page.locator('.total .count').innerText()).toBe('3 connections');
  expect(await page.title()).toBe('WEB01, 2026-11-23 19:01:35 UTC – tcpscope');
  await page.locator('.badge.intact').waitFor();
  expect(viewer.requests).toEqual([]);
  expect(viewer.errors).toEqual([]);
});

test('files can be dropped', async () => {
  const viewer = await openViewer();
  const { page } = viewer;
  await page.evaluate(
    (bytes) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([Uint8Array.from(bytes)], 'dropped.tcpsnap'));
      const event = (type: string) =>
        new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true });
      for (const type of ['dragenter', 'dragover', 'drop']) document.body.dispatchEvent(event(type));
    },
    [...SNAPSHOT],
  );
  await page.locator(fileText('dropped.tcpsnap')).waitFor();
  await settle(page);
  expect(await shownRows(page)).toHaveLength(3);
  expect(viewer.errors).toEqual([]);
});

test('of a folder the snapshots are opened, and what is passed over is told', async () => {
  const viewer = await openViewer();
  const { page } = viewer;
  folder.makeFolder('deep');
  folder.write('b.tcpsnap', SNAPSHOT);
  folder.write('deep/a.TCPSNAP', SNAPSHOT);
  folder.write('readme.txt', RAW);
  await page.setInputFiles('#pick-folder', folder.path);
  await page.locator('.file').nth(1).waitFor();
  await settle(page);
  const names = await page.locator('.file .label').allInnerTexts();
  expect(names.map((name) => name.replace(/^[^/]*\//, ''))).toEqual(['b.tcpsnap', 'deep/a.TCPSNAP']);
  expect(await page.locator('.notice').innerText()).toContain('1 files of the folder were passed over');
});

test('what takes long can be cancelled; what was shown before stays', async () => {
  const viewer = await openViewer();
  const { page } = viewer;
  await openFiles(viewer, { name: 'web01.tcpsnap', bytes: SNAPSHOT });
  await settle(page);
  const [worker] = page.workers();
  // It does nothing else for a minute, unless somebody ends it.
  worker!
    .evaluate(() => {
      const end = Date.now() + 60_000;
      while (Date.now() < end);
    })
    .catch(() => {});
  await page.setInputFiles('#pick-files', { name: 'slow.tcpsnap', mimeType: '', buffer: SNAPSHOT });
  await page.getByRole('button', { name: 'Cancel' }).click();
  await settle(page);
  expect(await page.locator(fileText('slow.tcpsnap')).innerText()).toContain('cancelled');
  expect(await page.locator('.progress').isVisible()).toBe(false);
  await page.fill('#filter', 'chrome');
  await settle(page);
  expect(await shownRows(page)).toHaveLength(1);
});

test('a bare dump asks for its class, and is shown', async () => {
  const viewer = await openViewer();
  const { page } = viewer;
  await openFiles(viewer, { name: 'table.bin', bytes: RAW });
  expect(await page.locator(fileText('table.bin')).innerText()).toContain('not a snapshot file');
  await page.getByRole('button', { name: 'Open as this' }).click();
  await settle(page);
  expect(await shownRows(page)).toHaveLength(3);
  expect(await page.locator('.badge').innerText()).toBe('bare dump, tcp2');
});

test('of a dump that is too short the whole rows are shown, and how many are missing', async () => {
  const viewer = await openViewer();
  const { page } = viewer;
  await openFiles(viewer, { name: 'short.bin', bytes: RAW.subarray(0, 66) });
  await page.getByRole('button', { name: 'Open as this' }).click();
  await settle(page);
  expect(await page.locator('.file .problem').innerText()).toBe(
    'not a whole MIB_TCPTABLE2: 3 rows need 84 bytes, 62 remain at offset 4 (at byte 4)',
  );
  expect(await page.locator('.damage li').innerText()).toBe(
    'not a whole MIB_TCPTABLE2: of 3 rows, 2 are there (at byte 60)',
  );
  expect((await shownRows(page)).map((cells) => cells[4])).toEqual(['80', '50000']);
});

test('of a snapshot that was cut off inside its table the whole rows are shown, marked as damaged', async () => {
  const viewer = await openViewer();
  const { page } = viewer;
  const end = SNAPSHOT.indexOf(RAW) + 4 + 2 * 28 + 13;
  await openFiles(viewer, { name: 'cut.tcpsnap', bytes: SNAPSHOT.subarray(0, end) });
  await settle(page);
  expect((await shownRows(page)).map((cells) => cells[4])).toEqual(['80', '50000']);
  expect(await page.locator('.damage li').allInnerTexts()).toEqual([
    expect.stringMatching(
      /^the file ends inside snapshot 0: \d+ of its \d+ bytes are there \(at byte \d+\)$/,
    ),
    expect.stringMatching(
      /^table 0 \(tcp2\) is not a whole MIB_TCPTABLE2: of 3 rows, 2 are there \(at byte \d+\)$/,
    ),
  ]);
  // What is known of the machine stands before the table.
  expect(await page.locator('.title-line').innerText()).toBe('WEB01, 2026-11-23 19:01:35 UTC (cut off)');
  expect(await page.locator('.file').innerText()).not.toContain('no snapshot');
  // Nor do they leave the page as if they were all.
  const { name, text } = await exportFile(viewer, 'CSV');
  expect(name).toBe('cut-incomplete.csv');
  expect(text.trimEnd().split('\n')).toHaveLength(1 + 2);
  expect(viewer.errors).toEqual([]);
});

/** Two whole snapshots, and one that is cut off inside the second of its three rows. */
const first = snapshotOf([row(ESTABLISHED, '10.9.9.9:1', '10.0.0.1:443')]);
const second = snapshotOf([row(ESTABLISHED, '10.9.9.9:2', '10.0.0.1:443')]);
const cutOff = (bytes: Buffer): Buffer => bytes.subarray(0, bytes.lastIndexOf(RAW) + 4 + 28 + 13);
const CUT = cutOff(await fileOf(first, second, snapshotOf(ROWS)));

test('the snapshot in which a file ends stands behind the whole ones, and says where it is cut', async () => {
  const viewer = await openViewer();
  const { page } = viewer;
  await openFiles(viewer, { name: 'cut.tcpsnap', bytes: CUT });
  await settle(page);
  // What is whole is shown unasked.
  expect((await shownRows(page)).map((cells) => cells[4])).toEqual(['2']);
  expect(await page.locator('.damage').isVisible()).toBe(false);
  const names = await page.locator('.snapshot').allInnerTexts();
  expect(names[2]).toBe(`2  cut off at byte ${CUT.length}`);
  expect(names).toHaveLength(3);
  expect(await page.locator('.snapshot-choice label').innerText()).toMatch(/ of 2, and one that is cut off$/);
  await page.locator('.snapshot').last().click();
  await settle(page);
  expect((await shownRows(page)).map((cells) => cells[4])).toEqual(['50000']);
  expect(await page.locator('.findings').innerText()).not.toContain('behind its rows');
  expect(await page.locator('.damage p').innerText()).toMatch(
    /^The file ends inside this snapshot: it is incomplete\./,
  );
  expect(await page.locator('.damage li').first().innerText()).toMatch(
    new RegExp(`^the file ends inside snapshot 2: .* \\(at byte ${CUT.length}\\)$`),
  );
  expect(await page.title()).toContain('(cut off)');
  expect(await page.locator('.timeline .reading').innerText()).toBe(
    'snapshot 2 is cut off: the timeline ends before it',
  );
  // It is one that is there, and not one that somebody asked for in vain.
  expect(await page.locator('.file').innerText()).not.toContain('no snapshot');
  expect(viewer.errors).toEqual([]);
});

test('a file of which only a cut snapshot is left can be compared with', async () => {
  const viewer = await openViewer();
  const { page } = viewer;
  await openFiles(viewer, { name: 'cut.tcpsnap', bytes: cutOff(SNAPSHOT) });
  await openFiles(viewer, { name: 'whole.tcpsnap', bytes: SNAPSHOT });
  await page.locator('.file .name', { hasText: 'whole.tcpsnap' }).click();
  await settle(page);
  await page.getByRole('button', { name: 'Compare' }).first().click();
  expect(await page.locator('#compare-before').inputValue()).toBe('1');
  await page.locator('#popup-compare').getByRole('button', { name: 'Compare' }).click();
  await settle(page);
  const kinds = await page.locator('.compare .kind').allInnerTexts();
  expect(kinds.map((text) => text.replace(/\s+/, ' '))).toEqual([
    'Closed 0',
    'Opened 2',
    'Changed 0',
    'Unchanged 1',
  ]);
  expect(viewer.errors).toEqual([]);
});

test('the cut snapshot is reached by keys and by the address, and can be compared', async () => {
  const viewer = await openViewer({ fragment: 'snapshot=1' });
  const { page } = viewer;
  await openFiles(viewer, { name: 'cut.tcpsnap', bytes: cutOff(await fileOf(second, snapshotOf(ROWS))) });
  await settle(page);
  expect((await shownRows(page)).map((cells) => cells[4])).toEqual(['50000']);
  expect(new URL(page.url()).hash).toBe('#snapshot=1');
  await page.locator('.table').press('[');
  await settle(page);
  expect((await shownRows(page)).map((cells) => cells[4])).toEqual(['2']);
  await page.locator('.table').press(']');
  await settle(page);
  expect((await shownRows(page)).map((cells) => cells[4])).toEqual(['50000']);
  await page.getByRole('button', { name: 'Compare' }).first().click();
  await page.locator('#popup-compare').getByRole('button', { name: 'Compare' }).click();
  await settle(page);
  const comparison = async () =>
    (await page.locator('.compare .kind').allInnerTexts()).map((text) => text.replace(/\s+/, ' '));
  expect(await comparison()).toEqual(['Closed 1', 'Opened 1', 'Changed 0', 'Unchanged 0']);
  expect(await page.locator('.damage p').innerText()).toContain('Rows that are missing look as if');
  await page.getByRole('button', { name: 'Swap' }).click();
  await settle(page);
  expect(await page.locator('.damage li').first().innerText()).toContain('the file ends inside snapshot 1');
  expect(await page.locator('.file').innerText()).not.toContain('no snapshot');
  expect(viewer.errors).toEqual([]);
});

test.each([
  ['an empty file', new Uint8Array(), 'the file is empty (at byte 0)'],
  ['a file that ends in its header', SNAPSHOT.subarray(0, 20), 'it has 20 bytes of 32 (at byte 20)'],
  ['a snapshot that is cut off', SNAPSHOT.subarray(0, AT.payload + 100), 'the file ends inside frame 0'],
  ['a newer version', newerVersion(), 'use a newer tcpscope (at byte 12)'],
])('%s says what is wrong, and the file before stays', async (_what, bytes, problem) => {
  const viewer = await openViewer();
  const { page } = viewer;
  await openFiles(viewer, { name: 'good.tcpsnap', bytes: SNAPSHOT });
  await openFiles(viewer, { name: 'bad.tcpsnap', bytes });
  await settle(page);
  const text = await page.locator(fileText('bad.tcpsnap')).innerText();
  expect(text).toContain(problem);
  expect(text).toMatch(/at byte \d+\)/);
  expect(await shownRows(page)).toHaveLength(3);
  expect(viewer.errors).toEqual([]);
});

test('of a damaged file the snapshots that can be read are shown, and the damage is named', async () => {
  const other = snapshotOf([row(ESTABLISHED, '10.9.9.9:1', '10.0.0.1:443')]);
  const good = await fileOf(snapshotOf(ROWS), other);
  const viewer = await openViewer();
  const { page } = viewer;
  // In the raw table of the last snapshot.
  await openFiles(viewer, { name: 'damaged.tcpsnap', bytes: flipBit(good, good.length - 20) });
  await page.locator('.badge.damaged').waitFor();
  await settle(page);
  expect(await shownRows(page)).toHaveLength(3);
  const text = await page.locator(fileText('damaged.tcpsnap')).innerText();
  expect(text).toMatch(/table 0 .*damaged.* \(at byte \d+\)/s);
  expect(text).toMatch(/\n1 .* damaged$/);
  expect(new URL(page.url()).hash).toBe('#snapshot=0');
  expect(await page.locator('.damage').isVisible()).toBe(false);
  // Whoever wants the damaged one gets its rows as they stand.
  await page.locator('.snapshot.damaged').click();
  await settle(page);
  expect((await shownRows(page)).map((cells) => cells[4])).toEqual(['1']);
  expect(await page.locator('.damage li').innerText()).toMatch(
    /^table 0 \(tcp2\) is damaged: .* may be wrong/,
  );
});

test('of a large table the rows are shown before its digest is there, and as damaged where that is wrong', async () => {
  // More than 4 MiB.
  const good = await fileOf(snapshotOf(manyRows(160_000)));
  const viewer = await openViewer();
  const { page } = viewer;
  await openFiles(viewer, { name: 'good.tcpsnap', bytes: good });
  await page.locator('.badge.intact').waitFor();
  expect(await page.locator('.damage').isVisible()).toBe(false);
  // In its last row.
  await openFiles(viewer, { name: 'damaged.tcpsnap', bytes: flipBit(good, good.length - 20) });
  await page.locator('.damage li').waitFor();
  await settle(page);
  expect(await page.locator('.damage li').innerText()).toMatch(
    /^table 0 \(tcp2\) is damaged: .* may be wrong/,
  );
  expect(await page.locator('.total .count').innerText()).toBe('160,000 connections');
  expect(await page.locator(fileText('damaged.tcpsnap')).innerText()).toMatch(/table 0 .*damaged/s);
  expect(viewer.errors).toEqual([]);
});

test('nothing is exported of a large table before its digest has been found right', async () => {
  const good = await fileOf(snapshotOf(manyRows(160_000)));
  const viewer = await openViewer();
  const { page } = viewer;
  const worker = page.workers()[0] ?? (await page.waitForEvent('worker'));
  // Between two pieces that are hashed: time enough to ask for an export.
  await worker.evaluate(() => {
    globalThis.MessageChannel = class extends MessageChannel {
      constructor() {
        super();
        const post = this.port2.postMessage.bind(this.port2);
        this.port2.postMessage = (message: unknown) => void setTimeout(() => post(message), 200);
      }
    };
  });
  const downloads: string[] = [];
  page.on('download', (download) => downloads.push(download.suggestedFilename()));
  const bytes = flipBit(good, good.length - 20);
  await page.setInputFiles('#pick-files', {
    name: 'damaged.tcpsnap',
    mimeType: '',
    buffer: Buffer.from(bytes),
  });
  await page.locator('.row:not([hidden])').first().waitFor();
  await page.getByRole('button', { name: 'Export' }).click();
  await page.locator('#popup-export').getByRole('button', { name: /^CSV,/ }).click();
  expect(await page.locator('.damage').isVisible()).toBe(false);
  await page.locator('.damage li').waitFor();
  await settle(page);
  expect(downloads).toEqual([]);
  const { name } = await exportFile(viewer, 'CSV');
  expect(name).toBe('damaged-incomplete.csv');
  expect(viewer.errors).toEqual([]);
});

test('a file of several snapshots lists them, and any can be shown', async () => {
  const rows = [row(ESTABLISHED, '10.9.9.9:1', '10.0.0.1:443')];
  const bytes = await fileOf(snapshotOf(ROWS), snapshotOf(rows), snapshotOf([...rows, ...rows]));
  const viewer = await openViewer();
  const { page } = viewer;
  await openFiles(viewer, { name: 'several.tcpsnap', bytes });
  await settle(page);
  expect(await shownRows(page)).toHaveLength(2);
  await page.locator('.snapshot').first().click();
  await settle(page);
  expect(await shownRows(page)).toHaveLength(3);
  await page.locator('.table').press(']');
  await settle(page);
  expect(await shownRows(page)).toHaveLength(1);
  await page.getByLabel('Number of the snapshot').fill('2');
  await page.getByLabel('Number of the snapshot').press('Enter');
  await settle(page);
  expect(await shownRows(page)).toHaveLength(2);
});

test('tables of a class that is not known are missing, which is said', async () => {
  const snapshot = snapshotOf(ROWS, [], {
    tables: [tcp2Table(RAW), tcp2Table(RAW, { class: 'tcp9\u202e' })],
  });
  const viewer = await openViewer();
  await openFiles(viewer, { name: 'x.tcpsnap', bytes: await fileOf(snapshot) });
  await settle(viewer.page);
  expect(await viewer.page.locator('.notice').innerText()).toContain('class "tcp9\\u202e"');
});

test('a worker that dies is started again, with a message, and shows the same', async () => {
  const viewer = await openViewer();
  const { page } = viewer;
  await openFiles(viewer, { name: 'web01.tcpsnap', bytes: SNAPSHOT });
  await settle(page);
  const [worker] = page.workers();
  await worker!.evaluate(() =>
    setTimeout(() => {
      throw new Error('out of order');
    }, 0),
  );
  await page.locator('.notice').waitFor();
  expect(await page.locator('.notice').innerText()).toContain('out of order) and was started again');
  await settle(page);
  await page.fill('#filter', 'chrome');
  await settle(page);
  expect(await shownRows(page)).toHaveLength(1);
});

function newerVersion(): Buffer {
  const bytes = Buffer.from(SNAPSHOT);
  bytes.writeUInt16LE(2, AT.major);
  bytes.writeUInt32LE(crc(bytes.subarray(0, 28)), 28);
  return bytes;
}

function crc(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of bytes) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? 0xedb88320 : 0);
  }
  return (value ^ 0xffffffff) >>> 0;
}
