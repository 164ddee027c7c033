import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { CLI, runCli } from '../cli/runCli.js';
import { fileOf } from '../cli/snapshotFiles.js';
import { makeTemporaryFolder } from '../cli/temporaryFolder.js';
import { settle, shownRows, useChromium, VIEWER } from './chromium.js';
import { busySnapshot, laterSnapshot } from './manyRows.js';

const openViewer = useChromium();
const folder = makeTemporaryFolder();

const BUSY = await fileOf(busySnapshot());
folder.write('busy.tcpsnap', BUSY);
folder.write('later.tcpsnap', await fileOf(laterSnapshot()));
/** No file can have a slash in its name; this one looks like it. */
const EVIL = '"><script>window.hacked=1<\u2215script>&.tcpsnap';
folder.write(EVIL, BUSY);

interface Running {
  readonly url: string;
  readonly child: ChildProcess;
  readonly ended: Promise<{ code: number | null; stderr: string }>;
}

/** Starts `tcpscope view` with a folder of programs as its PATH, and waits for the address. */
function view(files: readonly string[], path = folder.path): Promise<Running> {
  const child = spawn(process.execPath, [CLI, 'view', ...files], {
    cwd: folder.path,
    env: { ...process.env, PATH: path },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let stderr = '';
  child.stderr.on('data', (piece: Buffer) => (stderr += piece.toString()));
  const ended = new Promise<{ code: number | null; stderr: string }>((resolve) => {
    child.once('close', (code) => resolve({ code, stderr }));
  });
  return new Promise((resolve, reject) => {
    child.stdout.once('data', (piece: Buffer) => resolve({ url: piece.toString().trim(), child, ended }));
    void ended.then(({ code }) => reject(new Error(`ended with ${code}: ${stderr}`)));
  });
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
}

function ask(url: string, { method = 'GET', ...headers }: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request(url, { method, headers }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('end', () => {
        resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(pieces) });
      });
    })
      .on('error', reject)
      .end();
  });
}

test('the page opens with the files, reads them from its own address, and from nowhere else', async () => {
  const { url, child, ended } = await view(['busy.tcpsnap', 'later.tcpsnap', EVIL]);
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}\/$/);
  const viewer = await openViewer({ url });
  const { page } = viewer;
  await page.locator('.badge.intact').nth(2).waitFor();
  await settle(page);
  expect(await page.locator('.total .count').innerText()).toBe('400 connections');
  expect((await shownRows(page)).length).toBeGreaterThan(20);
  expect(await page.locator('.file .label').allInnerTexts()).toEqual(['busy.tcpsnap', 'later.tcpsnap', EVIL]);
  expect(await page.evaluate(() => 'hacked' in window)).toBe(false);
  expect(viewer.requests.filter((address) => !address.startsWith(`${url}files/`))).toEqual([]);
  expect(viewer.errors).toEqual([]);
  child.kill('SIGINT');
  const { code, stderr } = await ended;
  expect(code).toBe(0);
  expect(stderr).toBe(
    'tcpscope: no browser was found; open the address in one\ntcpscope: press Ctrl-C to stop\n',
  );
});

test('the default browser is given the address', async () => {
  folder.makeFolder('bin');
  folder.write('bin/xdg-open', Buffer.from(`#!/bin/sh\necho "$1" > "${folder.path}/opened"\n`));
  chmodSync(join(folder.path, 'bin/xdg-open'), 0o755);
  const { url, child, ended } = await view(['busy.tcpsnap'], join(folder.path, 'bin'));
  await expect
    .poll(() => folder.list().includes('opened') && folder.read('opened').toString())
    .toBe(`${url}\n`);
  child.kill('SIGTERM');
  expect((await ended).stderr).toBe('tcpscope: press Ctrl-C to stop\n');
});

describe('the server', () => {
  test('answers nobody who asks by another name or path', async () => {
    const { url } = await view(['busy.tcpsnap']);
    const { port, host } = new URL(url);
    for (const name of [
      'evil.example',
      `evil.example:${port}`,
      'localhost',
      `127.0.0.1`,
      `127.0.0.2:${port}`,
    ]) {
      expect((await ask(url, { host: name })).status, name).toBe(403);
      expect((await ask(`${url}files/0`, { host: name })).status, name).toBe(403);
    }
    for (const path of ['', 'files/0', 'favicon.ico', `${'0'.repeat(32)}/`, `${'0'.repeat(32)}/files/0`]) {
      expect((await ask(`http://${host}/${path}`)).status, path).toBe(404);
    }
    for (const path of [
      'files/1',
      'files/',
      'files/00000000',
      'files/0/..',
      '../package.json',
      'files/0?x',
      'x',
    ]) {
      expect((await ask(url + path)).status, path).toBe(404);
    }
    expect((await ask(url, { method: 'POST' })).status).toBe(405);
  });

  test('gives the page one thing more than the file has: its own address', async () => {
    const { url } = await view(['busy.tcpsnap']);
    const { body, headers } = await ask(url);
    const page = readFileSync(VIEWER, 'utf8');
    const served = body.toString().replace(/<meta name="tcpscope-files"[^>]*>\n\s*/, '');
    expect(served).toBe(page.replace("connect-src 'none'", "connect-src 'self'"));
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
    expect((await ask(url, { method: 'HEAD' })).body).toHaveLength(0);
  });

  test('gives ranges of the files, byte for byte', async () => {
    const { url } = await view(['busy.tcpsnap']);
    const size = BUSY.length;
    const cases: readonly (readonly [
      range: string | undefined,
      status: number,
      start: number,
      end: number,
    ])[] = [
      [undefined, 200, 0, size],
      ['bytes=0-0', 206, 0, 1],
      ['bytes=0-31', 206, 0, 32],
      ['bytes=100-', 206, 100, size],
      ['bytes=-5', 206, size - 5, size],
      [`bytes=-${size + 5}`, 206, 0, size],
      [`bytes=10-${size + 100}`, 206, 10, size],
      ['bytes=5-4', 200, 0, size],
      ['bytes=-', 200, 0, size],
      ['bytes=0-1,4-5', 200, 0, size],
      ['lines=0-1', 200, 0, size],
      [`bytes=${size}-`, 416, 0, 0],
      ['bytes=-0', 416, 0, 0],
    ];
    for (const [range, status, start, end] of cases) {
      const answer = await ask(`${url}files/0`, range === undefined ? {} : { range });
      expect(answer.status, range).toBe(status);
      if (status === 416) expect(answer.headers['content-range']).toBe(`bytes */${size}`);
      else expect(answer.body.equals(BUSY.subarray(start, end)), range).toBe(true);
      if (status === 206) expect(answer.headers['content-range']).toBe(`bytes ${start}-${end - 1}/${size}`);
    }
    expect((await ask(`${url}files/0`, { method: 'HEAD' })).headers['content-length']).toBe(String(size));
  });
});

test('a file that is missing is told, the others are served; without any there is nothing to view', async () => {
  const { child, ended } = await view(['missing.tcpsnap', 'busy.tcpsnap', '--no-open']);
  child.kill('SIGINT');
  expect(await ended).toEqual({
    code: 1,
    stderr: 'tcpscope: missing.tcpsnap: no such file\ntcpscope: press Ctrl-C to stop\n',
  });
  const { exitCode, stdout } = await runCli(['view', 'missing.tcpsnap'], { cwd: folder.path });
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
});
