import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { fleetSnapshot, writeFleet } from '../batch/fleet.js';
import { runCli } from '../cli/runCli.js';
import { fileOf, row } from '../cli/snapshotFiles.js';
import { makeTemporaryFolder } from '../cli/temporaryFolder.js';
import { HOSTILE_NAMES } from '../dataset/exampleFiles.js';
import { STYLES } from '../../src/node/batch/report/styles.js';
import { violations } from './axe.js';
import { useChromium } from './chromium.js';

const openPage = useChromium();
const folder = makeTemporaryFolder();
const report = join(folder.path, 'out', 'report.html');
const url = pathToFileURL(report).href;

beforeAll(async () => {
  await writeFleet(join(folder.path, 'fleet'), ['WEB01', 'WEB02', 'DB01'], 30);
  for (const [i, name] of HOSTILE_NAMES.entries()) {
    const own = row(2, `0.0.0.0:${7000 + i}`, '0.0.0.0:0', 900);
    const snapshot = fleetSnapshot(name, 20 + i, 0, [own]);
    const processes = [{ pid: 900, name }];
    folder.write(`${i}.tcpsnap`, await fileOf({ ...snapshot, processes }));
  }
  folder.write('<img src=x onerror=alert(1)>.tcpsnap', 'no snapshot');
  const { exitCode } = await runCli(['batch', '.', '--out', 'out', '--quiet'], { cwd: folder.path });
  expect(exitCode).toBe(1);
});

describe.each(['light', 'dark'] as const)('the report, %s', (colorScheme) => {
  test.each([400, 1400])('%d pixels wide: no request, no script, nothing beside the page', async (width) => {
    const { page, requests, errors } = await openPage({ url, colorScheme, viewport: { width, height: 900 } });
    expect(requests).toEqual([]);
    expect(errors).toEqual([]);
    expect(await violations(page)).toEqual([]);
    const seen = await page.evaluate(() => ({
      scripts: document.querySelectorAll('script, img, iframe, link, [onerror]').length,
      width: document.documentElement.scrollWidth,
      background: getComputedStyle(document.body).backgroundColor,
      strips: [...document.querySelectorAll<SVGPathElement>('path.area')].map((path) => path.getBBox().width),
    }));
    expect(seen).toMatchObject({ scripts: 0, width });
    expect(seen.background).toBe(colorScheme === 'light' ? 'rgb(245, 246, 248)' : 'rgb(27, 31, 36)');
    expect(seen.strips.length).toBeGreaterThan(3);
    expect(Math.max(...seen.strips)).toBeGreaterThan(900);
  });
});

test('names are text, whatever they are', async () => {
  const { page } = await openPage({ url });
  const text = (await page.locator('body').textContent()) ?? '';
  for (const name of HOSTILE_NAMES.filter((shown) => /^[\x20-\x7e]{1,100}$/.test(shown)))
    expect(text).toContain(name);
  expect(text).toContain('<img src=x onerror=alert(1)>.tcpsnap');
  expect(text).toContain('line\\u000abreak\\u202e\\u0000');
});

test('the colours are those of the viewer', () => {
  const viewer = readFileSync(join(import.meta.dirname, '../../web/styles/colours.css'), 'utf8');
  const colours = STYLES.match(/--[\w-]+: light-dark\([^)]+\);/g)!;
  expect(colours.length).toBeGreaterThan(10);
  for (const colour of colours) expect(viewer).toContain(colour);
});
