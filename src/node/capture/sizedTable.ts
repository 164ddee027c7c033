import { setTimeout as pause } from 'node:timers/promises';
import type { TableLayout } from '../../core/index.js';
import { CaptureError } from './captureError.js';
import { monotonicMicroseconds } from './monotonicClock.js';
import {
  ERROR_ACCESS_DENIED,
  ERROR_INSUFFICIENT_BUFFER,
  ERROR_NOT_SUPPORTED,
  type MessageSource,
  NO_ERROR,
  STATUS_UNSUCCESSFUL,
  describeCode,
} from './windowsErrors.js';

/**
 * The protocol that GetTcpTable2 and its whole family share: a call with too small a buffer (or none) answers
 * ERROR_INSUFFICIENT_BUFFER and the size that would have done, and by the next call the table may have grown.
 */
export interface SizedTableFunction {
  /** The function's name, for messages. */
  readonly name: string;
  readonly layout: TableLayout;
  /** Calls the function with this buffer and its length; null asks for the size alone. */
  call(table: Buffer | null): TableAnswer;
  readonly messageOf: MessageSource;
}

export interface TableAnswer {
  readonly code: number;
  /** What the function left in the size: bytes needed, or bytes of the table. Unsigned 32-bit. */
  readonly size: number;
}

/** The table and how it was had; the fields are those of RawTable. */
export interface SizedTable {
  readonly calls: number;
  readonly retries: number;
  readonly sizeAllocated: number;
  readonly sizeReported: number;
  readonly monotonicMicroseconds: number;
  readonly elapsedMicroseconds: number;
  /** An exact copy with a buffer of its own. */
  readonly bytes: Uint8Array;
}

/** Room for 19 million connections, and still one buffer on 32-bit systems. More is nobody's real table. */
const MAX_BYTES = 2 ** 29;
/** Each growth at least doubles: this many lead from 1 KB to 4 MB where no size that is told suffices. */
const MAX_GROWTHS = 12;
/** The pauses double from 4 ms: about one second together. */
const MAX_RETRIES = 8;
const FIRST_PAUSE_MILLISECONDS = 4;

/** @throws CaptureError */
export async function readSizedTable(source: SizedTableFunction): Promise<SizedTable> {
  const started = monotonicMicroseconds();
  let calls = 0;
  let growths = 0;
  let retries = 0;
  let allocated = 0;
  let table: Buffer | null = null;

  for (;;) {
    const answer = source.call(table);
    const ended = monotonicMicroseconds();
    calls += 1;

    if (answer.code === NO_ERROR && table !== null) {
      return {
        calls,
        retries,
        sizeAllocated: table.length,
        sizeReported: answer.size,
        monotonicMicroseconds: ended,
        elapsedMicroseconds: ended - started,
        bytes: copyTable(source, table, answer.size),
      };
    }
    if (answer.code === STATUS_UNSUCCESSFUL) {
      if (retries === MAX_RETRIES) throw alwaysUnsuccessful(source, calls);
      await pause(FIRST_PAUSE_MILLISECONDS * 2 ** retries);
      retries += 1;
      // This status does not say what size is needed, and the table may have outgrown the buffer: ask again.
      table = null;
    } else if (answer.code === ERROR_INSUFFICIENT_BUFFER || answer.code === NO_ERROR) {
      if (table !== null) {
        if (growths === MAX_GROWTHS || allocated === MAX_BYTES) throw alwaysGrowing(source, allocated, calls);
        growths += 1;
      }
      allocated = nextSize(source, table, answer.size, allocated);
      // Zero-filled, since slack is kept too: no bytes of this process may end up in a file that people mail.
      table = Buffer.alloc(allocated);
    } else {
      throw callFailed(source.name, answer.code, source.messageOf);
    }
  }
}

/** Room for what was asked and for what may open meanwhile; at least double what has been found too small. */
function nextSize(source: SizedTableFunction, refused: Buffer | null, asked: number, before: number): number {
  if (asked > MAX_BYTES) {
    throw new CaptureError(
      'inconsistent',
      `${source.name} asked for a buffer of ${asked} bytes; more than ${MAX_BYTES} is no real table. ` +
        'Capture again; if it stays so, something else answers in place of the operating system.',
    );
  }
  const withSlack = asked + Math.max(1024, asked >> 3);
  const wanted = refused === null ? Math.max(withSlack, before) : Math.max(withSlack, refused.length * 2);
  return Math.min(wanted, MAX_BYTES);
}

/**
 * The bytes up to the size reported. What follows the last row is slack, legal and kept; a size that leaves out
 * rows that were written is corrected, since the rows are what the call is for.
 */
function copyTable(source: SizedTableFunction, table: Buffer, reported: number): Uint8Array {
  if (reported > table.length) {
    throw new CaptureError(
      'inconsistent',
      `${source.name} reported a table of ${reported} bytes in a buffer of ${table.length} bytes, and no error. ` +
        'Nothing was kept. Capture again.',
    );
  }
  const count = table.readUInt32LE(0);
  const needed = source.layout.firstRow + count * source.layout.rowBytes;
  if (needed > table.length) {
    throw new CaptureError(
      'inconsistent',
      `${source.name} returned a table that claims ${count} rows, which need ${needed} bytes, ` +
        `in a buffer of ${table.length} bytes. Nothing was kept. Capture again.`,
    );
  }
  return Uint8Array.from(table.subarray(0, Math.max(reported, needed)));
}

export function callFailed(name: string, systemCode: number, messageOf: MessageSource): CaptureError {
  const what = `${name} failed with ${describeCode(systemCode, messageOf(systemCode))}.`;
  switch (systemCode) {
    case ERROR_NOT_SUPPORTED:
      return new CaptureError('not-supported', `${what} This system has no such table to capture.`, {
        systemCode,
      });
    case ERROR_ACCESS_DENIED:
      return new CaptureError('no-permission', `${what} Capture again as administrator.`, { systemCode });
    default:
      return new CaptureError(
        'call-failed',
        `${what} It was not retried: this code is not a passing one. If it comes again, report this message.`,
        { systemCode },
      );
  }
}

function alwaysUnsuccessful(source: SizedTableFunction, calls: number): CaptureError {
  const text = describeCode(STATUS_UNSUCCESSFUL, source.messageOf(STATUS_UNSUCCESSFUL));
  return new CaptureError(
    'unstable',
    `${source.name} failed with ${text} until tcpscope gave up after ${calls} calls. ` +
      'Busy machines answer so for a moment: capture again.',
    { systemCode: STATUS_UNSUCCESSFUL },
  );
}

function alwaysGrowing(source: SizedTableFunction, allocated: number, calls: number): CaptureError {
  const text = describeCode(ERROR_INSUFFICIENT_BUFFER, source.messageOf(ERROR_INSUFFICIENT_BUFFER));
  return new CaptureError(
    'unstable',
    `${source.name} failed with ${text} for a buffer of ${allocated} bytes, and tcpscope gave up after ` +
      `${calls} calls. The table grows faster than it can be read: capture again.`,
    { systemCode: ERROR_INSUFFICIENT_BUFFER },
  );
}
