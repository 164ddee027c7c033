import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ByteSource } from '../../core/index.js';
import { parseByteRange, type ByteRange } from './byteRange.js';

/** A file that the page may read. */
export interface ViewedFile {
  readonly name: string;
  readonly source: ByteSource;
}

const LOOPBACK = '127.0.0.1';
/** Bytes that are read of a file and written at a time. */
const PIECE_BYTES = 1 << 20;

/**
 * Serves the viewer and some files to this machine alone. The path is random, so another user's program, or a page that guesses the
 * port, finds nothing; the Host header is checked, so a name that somebody points at this address (DNS rebinding) gets nothing either.
 */
export class ViewerServer {
  readonly #server: Server;
  readonly #page: string;
  readonly #files: readonly ViewedFile[];
  /** `/5f…/` */
  readonly #root = `/${randomBytes(16).toString('hex')}/`;

  constructor(page: string, files: readonly ViewedFile[]) {
    this.#files = files;
    this.#page = servedPage(page, files);
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  /** Begins to listen on a free port. */
  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, LOOPBACK, resolve);
    });
  }

  get url(): string {
    return `http://${this.#host}${this.#root}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  get #host(): string {
    return `${LOOPBACK}:${(this.#server.address() as AddressInfo).port}`;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
      await this.#route(request, response);
    } catch {
      // The file cannot be read any more, or the page has gone: the page is told by the missing bytes.
      response.destroy();
    }
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url = '', headers } = request;
    if (headers.host !== this.#host) return refuse(response, 403, 'Forbidden: wrong Host header');
    if (!url.startsWith(this.#root)) return refuse(response, 404, 'Not found');
    if (method !== 'GET' && method !== 'HEAD') return refuse(response, 405, 'Only GET and HEAD');
    const path = url.slice(this.#root.length);
    if (path === '') {
      response.setHeader('Content-Type', 'text/html; charset=utf-8');
      response.end(method === 'HEAD' ? undefined : this.#page);
      return;
    }
    const [, number] = /^files\/(\d{1,6})$/.exec(path) ?? [];
    const file = number === undefined ? undefined : this.#files[Number(number)];
    if (file === undefined) return refuse(response, 404, 'Not found');
    await sendFile(file.source, request, response);
  }
}

const HEADERS: Readonly<Record<string, string>> = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

function refuse(response: ServerResponse, status: number, reason: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain' }).end(`${reason}\n`);
}

async function sendFile(
  source: ByteSource,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { size } = source;
  const range = parseByteRange(request.headers.range, size);
  if (range === undefined) {
    response.setHeader('Content-Range', `bytes */${size}`);
    return refuse(response, 416, 'The file has no such bytes');
  }
  const { start, end }: ByteRange = range === 'all' ? { start: 0, end: size } : range;
  if (range !== 'all') response.setHeader('Content-Range', `bytes ${start}-${end - 1}/${size}`);
  response.writeHead(range === 'all' ? 200 : 206, {
    'Accept-Ranges': 'bytes',
    'Content-Length': end - start,
    'Content-Type': 'application/octet-stream',
  });
  for (let at = start; at < end && request.method === 'GET' && !response.destroyed; at += PIECE_BYTES) {
    const length = Math.min(PIECE_BYTES, end - at);
    const bytes = await source.read(at, length);
    if (bytes.length < length) throw new Error('the file has been shortened');
    if (!response.write(bytes)) await drained(response);
  }
  response.end();
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    response.once('drain', resolve);
    response.once('close', resolve);
  });
}

/** The page as it is, but it may read from its own address, and knows which files there are. */
function servedPage(page: string, files: readonly ViewedFile[]): string {
  const list = files.map(({ name, source }, number) => ({ name, url: `files/${number}`, size: source.size }));
  const closed = "connect-src 'none'";
  const mark = '<meta name="referrer"';
  if (!page.includes(closed) || !page.includes(mark))
    throw new Error('viewer.html is not what the build makes');
  const meta = `<meta name="tcpscope-files" content="${escapeAttribute(JSON.stringify(list))}" />`;
  return page.replace(closed, "connect-src 'self'").replace(mark, () => `${meta}\n    ${mark}`);
}

function escapeAttribute(text: string): string {
  return text.replaceAll(/[&"<>]/g, (character) => `&#${character.charCodeAt(0)};`);
}
