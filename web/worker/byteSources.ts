import { SnapshotError, type ByteSource } from '../../src/core/index.js';
import type { ByteStream } from '../../src/core/file/byteSource.js';
import { readableBytes } from '../../src/core/file/readableBytes.js';
import type { ServedFile } from '../protocol.js';

/** What a small read brings along: at first all that stands before the tables of most snapshots, and more where the next reads follow closely. */
const FIRST_WINDOW_BYTES = 64 << 10;
const LAST_WINDOW_BYTES = 1 << 20;
/** What it brings from before: the series of a recording stand before its indexes, which are read first. */
const BEFORE_BYTES = 8 << 10;
/** What is kept for later reads: the first windows of so many indexes. */
const KEPT_BYTES = 8 << 20;
/** After so many bytes of a large read it is told how far it is. */
const TOLD_BYTES = 64 << 20;

type OnProgress = (done: number, total: number) => void;

/** A file's bytes, read when they are asked for; large reads, and many small ones, tell how far they are. */
export function openSource(source: Blob | ServedFile, onProgress: OnProgress): ByteSource {
  const { size } = source;
  const { read: readPiece, open } = source instanceof Blob ? blobRanges(source) : servedRanges(source);
  const readSmall = withWindow(readPiece, size, (end) => onProgress(end, size));
  const stream = (offset: number, length: number): ByteStream => {
    const end = Math.max(offset, Math.min(size, offset + length));
    return withProgress(open(offset, end), (done) => onProgress(offset + done, size));
  };
  return {
    size,
    async read(offset, length) {
      const end = Math.max(offset, Math.min(size, offset + length));
      return end - offset <= LAST_WINDOW_BYTES
        ? readSmall(offset, end)
        : readWhole(stream(offset, length), end - offset);
    },
    stream,
    close: async () => {},
  };
}

/**
 * Asking a browser for bytes costs the same for a few and for many: those around the ones asked for are kept for other reads. So are
 * those of the times before, since opening a file means looking at its end as well as at its begin, and at indexes between.
 */
function withWindow(readPiece: ReadPiece, size: number, onRead: (end: number) => void): ReadPiece {
  let windows: readonly Window[] = [];
  let ahead = FIRST_WINDOW_BYTES;
  return async (from, to) => {
    const held = windows.find(({ start, bytes }) => from >= start && to <= start + bytes.length);
    if (held !== undefined) return held.bytes.slice(from - held.start, to - held.start);
    const isClose = windows.some(({ start, bytes }) => from >= start && from <= start + bytes.length + ahead);
    ahead = isClose ? Math.min(LAST_WINDOW_BYTES, ahead * 2) : FIRST_WINDOW_BYTES;
    const start = Math.max(0, from - (isClose ? 0 : BEFORE_BYTES));
    const bytes = await readPiece(start, Math.min(size, Math.max(to, from + ahead)));
    windows = latest([{ start, bytes }, ...windows]);
    onRead(start + bytes.length);
    return bytes.slice(from - start, to - start);
  };
}

/** Bytes that were read. */
interface Window {
  readonly start: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** As many as are kept. */
function latest(windows: readonly Window[]): readonly Window[] {
  let total = 0;
  return windows.filter(({ bytes }) => (total += bytes.length) <= KEPT_BYTES);
}

type ReadPiece = (start: number, end: number) => Promise<Uint8Array<ArrayBuffer>>;

/** All of a stream, or as much as there is. */
async function readWhole(stream: ByteStream, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const ready = await stream.ready(length - at);
    if (ready === 0) return bytes.slice(0, at);
    stream.take(bytes.subarray(at, at + ready));
    at += ready;
  }
  return bytes;
}

function withProgress(stream: ByteStream, onProgress: (done: number) => void): ByteStream {
  let [done, told] = [0, 0];
  return {
    ready: (most) => stream.ready(most),
    take(to) {
      stream.take(to);
      done += to.length;
      if (done - told < TOLD_BYTES) return;
      told = done;
      onProgress(done);
    },
    close: () => stream.close(),
  };
}

/** Ranges of bytes: few of them together, and many as they come. */
interface Ranges {
  readonly read: ReadPiece;
  readonly open: (start: number, end: number) => ByteStream;
}

function blobRanges(blob: Blob): Ranges {
  return {
    read: async (start, end) => new Uint8Array(await blob.slice(start, end).arrayBuffer()),
    open: (start, end) => readableBytes(blob.slice(start, end).stream()),
  };
}

function servedRanges({ url }: ServedFile): Ranges {
  return {
    async read(start, end) {
      if (start === end) return new Uint8Array();
      return new Uint8Array(await (await fetchRange(url, start, end)).arrayBuffer());
    },
    open(start, end) {
      // Asked for when the first of them are wanted.
      let opened: ByteStream | undefined;
      return {
        async ready(most) {
          if (start === end) return 0;
          opened ??= readableBytes((await fetchRange(url, start, end)).body!);
          return opened.ready(most);
        },
        take: (to) => opened!.take(to),
        close: async () => opened?.close(),
      };
    },
  };
}

async function fetchRange(url: string, start: number, end: number): Promise<Response> {
  const response = await fetch(url, { headers: { Range: `bytes=${start}-${end - 1}` } });
  if (response.status === 206) return response;
  throw new SnapshotError(
    'truncated',
    `tcpscope answered ${response.status} ${response.statusText}; is "tcpscope view" still running?`,
    { offset: start },
  );
}
