import type { Summary } from '../../core/dataset/summary/summary.js';
import type { BatchCounts, BatchEvent } from '../batch/runBatch.js';
import type { Failure } from '../batch/failures.js';
import { groupDigits } from '../../core/text/groupDigits.js';
import { printable } from '../print/cellText.js';
import { warn } from './failure.js';

const LINE_INTERVAL_MS = 60_000;
const BAR_WIDTH = 24;
/** Failures that are told one by one; failures.ndjson has all. */
const TOLD_FAILURES = 20;
const CLEAR_LINE = '\r\u001b[2K';

/** Tells the user how far a batch is: a bar on a terminal, a line a minute elsewhere. */
export class BatchReporter {
  readonly #stream: Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'write'>;
  readonly #isTerminal: boolean;
  readonly #isQuiet: boolean;
  readonly #now: () => number;
  readonly #start: number;
  #lastLine: number;
  #planned = { files: 0, bytes: 0 };
  #failures = 0;
  #hasBar = false;

  /** @param now milliseconds */
  constructor(
    stream: Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'write'>,
    isQuiet: boolean,
    now: () => number = Date.now,
  ) {
    this.#stream = stream;
    this.#isQuiet = isQuiet;
    this.#now = now;
    this.#start = now();
    this.#lastLine = this.#start;
    this.#isTerminal = stream.isTTY === true;
  }

  tell(event: BatchEvent): void {
    switch (event.type) {
      case 'planned':
        this.#planned = event;
        if (!this.#isQuiet && event.skipped > 0) this.#warn(`${count(event.skipped, 'file')} done already`);
        return;
      case 'progress':
        return this.#progress(event);
      case 'failed':
        return this.#fail(event.failure);
      case 'finished':
        return this.#clearBar();
    }
  }

  summary({ inputs, snapshots, rows, failures }: Summary, isStopped: boolean, out: string): void {
    if (failures.total > TOLD_FAILURES)
      this.#warn(`${out}/failures.ndjson lists all ${failures.total} failures`);
    if (isStopped) this.#warn(`stopped; run it again to go on`);
    if (this.#isQuiet) return;
    this.#warn(
      `${out}: ${count(inputs.files, 'file')}, ${count(snapshots, 'snapshot')}, ${count(rows, 'row')}`,
    );
  }

  /** Leaves nothing of the bar behind. */
  end(): void {
    this.#clearBar();
  }

  #fail({ file, snapshot, byte, reason }: Failure): void {
    if (++this.#failures > TOLD_FAILURES) return;
    const place = snapshot === undefined ? file : `${file}, snapshot ${snapshot}`;
    this.#warn(`${place}: ${reason}${byte === undefined ? '' : ` (at byte ${byte})`}`);
  }

  #progress(counts: BatchCounts): void {
    if (this.#isQuiet) return;
    if (this.#isTerminal) {
      this.#stream.write(
        `${CLEAR_LINE}${this.#bar(counts).slice(0, Math.max(20, this.#stream.columns - 1))}`,
      );
      this.#hasBar = true;
    } else if (this.#now() - this.#lastLine >= LINE_INTERVAL_MS) {
      this.#lastLine = this.#now();
      this.#warn(this.#text(counts));
    }
  }

  #bar(counts: BatchCounts): string {
    const filled = Math.round(BAR_WIDTH * this.#share(counts));
    return `[${'#'.repeat(filled)}${'.'.repeat(BAR_WIDTH - filled)}] ${this.#text(counts)}`;
  }

  /** `1,200 of 10,000 files (12%), 3,600,000 rows, 1,100 files/s, 8 s left` */
  #text(counts: BatchCounts): string {
    const seconds = Math.max(0.001, (this.#now() - this.#start) / 1000);
    const share = this.#share(counts);
    const rate = counts.files / seconds;
    const parts = [
      `${groupDigits(counts.files)} of ${count(this.#planned.files, 'file')} (${Math.floor(share * 100)}%)`,
      count(counts.rows, 'row'),
      `${rate < 10 ? Number(rate.toFixed(1)) : groupDigits(Math.round(rate))} files/s`,
    ];
    if (share > 0.01 && share < 1) parts.push(`${duration((seconds * (1 - share)) / share)} left`);
    if (counts.failures > 0) parts.push(count(counts.failures, 'failure'));
    return printable(parts.join(', '));
  }

  /** By bytes, since files are of different sizes. */
  #share({ bytes, files }: BatchCounts): number {
    if (this.#planned.bytes > 0) return Math.min(1, bytes / this.#planned.bytes);
    return this.#planned.files > 0 ? files / this.#planned.files : 1;
  }

  #warn(message: string): void {
    this.#clearBar();
    warn(message);
  }

  #clearBar(): void {
    if (this.#hasBar) this.#stream.write(CLEAR_LINE);
    this.#hasBar = false;
  }
}

function count(value: number, noun: string): string {
  return `${groupDigits(value)} ${noun}${value === 1 ? '' : 's'}`;
}

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return seconds < 5400 ? `${Math.ceil(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
