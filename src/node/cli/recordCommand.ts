import { Option, type Command } from 'commander';
import { SnapshotError, type Snapshot } from '../../core/index.js';
import { formatUtc } from '../../core/text/time.js';
import { captureTime } from '../capture/captureSnapshot.js';
import { monotonicMicroseconds } from '../capture/monotonicClock.js';
import { checkNotRecorded, createRecording, RecordingLockedError } from '../files/recording.js';
import { isSystemError } from '../files/systemError.js';
import { recordingStatus, recordingSummary } from '../print/recordingStatus.js';
import { record, type RecordProgress } from '../record/record.js';
import { EXIT, failureText, UsageError, warn } from './failure.js';
import { countOption, orInvalid } from './options.js';
import { publishFailure } from './publishFailure.js';
import { parseDuration, parseSize } from './quantities.js';
import { standardError } from './standardError.js';

/** What `capture` takes besides, to record. */
export interface RecordCommandOptions {
  readonly append?: true;
  readonly force?: true;
  readonly interval?: number;
  readonly count?: number;
  readonly duration?: number;
  readonly maxSize?: number;
  readonly maxAge?: number;
  readonly keep?: number;
}

const DEFAULT_INTERVAL_MICROSECONDS = 1_000_000;

export function addRecordOptions(command: Command): Command {
  const duration = (flags: string, description: string): Option =>
    new Option(flags, description).argParser(orInvalid(parseDuration));
  return command
    .option('--append', 'add to the file where it exists')
    .addOption(
      duration('--interval <time>', 'record: a snapshot every so often (500ms, 1s, 5m; default: 1s)'),
    )
    .addOption(countOption('--count <n>', 'record so many snapshots'))
    .addOption(duration('--duration <time>', 'record for so long'))
    .addOption(
      new Option('--max-size <size>', 'begin a new file when one has this size (100MB, 1GiB)').argParser(
        orInvalid(parseSize),
      ),
    )
    .addOption(duration('--max-age <time>', 'begin a new file when one is so old'))
    .addOption(countOption('--keep <n>', 'of these files, keep the newest n'));
}

/** Whether more than one snapshot may come of it. */
export function isRecording({
  interval,
  count,
  duration,
  maxSize,
  maxAge,
  keep,
}: RecordCommandOptions): boolean {
  return [interval, count, duration, maxSize, maxAge, keep].some((value) => value !== undefined);
}

/** @throws UsageError */
export function checkRecordOptions(options: RecordCommandOptions): void {
  const { append, force, count, maxSize, maxAge, keep } = options;
  if (append && force) throw new UsageError('--append adds to a file, --force replaces it: give one of them');
  if (count === 0) throw new UsageError('--count needs at least 1');
  if (keep === 0) throw new UsageError('--keep needs at least 1');
  if (keep !== undefined && maxSize === undefined && maxAge === undefined) {
    throw new UsageError('--keep needs --max-size or --max-age: without them there is one file');
  }
}

/** Before a file is replaced. @throws UsageError where another process records to it */
export async function refuseRecorded(path: string): Promise<void> {
  await checkNotRecorded(path).catch((error: unknown) => {
    throw writeFailure(path, error);
  });
}

/** Adds one snapshot to a file. */
export async function appendOne(path: string, snapshot: Snapshot): Promise<void> {
  try {
    const recording = await createRecording(path, { append: true });
    await recording.append(snapshot);
    const { count } = recording;
    await recording.close();
    warn(`wrote ${path} (snapshot ${count - 1}, ${recording.size} bytes)`);
  } catch (error) {
    throw writeFailure(path, error);
  }
}

/** Records until the end that was asked for, or a signal, and tells on standard error how it goes. */
export async function recordTo(
  path: string,
  capture: () => Promise<Snapshot>,
  options: RecordCommandOptions,
  onFirst: (snapshot: Snapshot) => void,
): Promise<number> {
  const signals = new EndSignals();
  const status = new StatusLine();
  let last: RecordProgress | undefined;
  const onTick = (progress: RecordProgress): void => {
    if (last === undefined && progress.snapshot) onFirst(progress.snapshot);
    if (progress.failure) {
      status.clear();
      warn(`no snapshot at ${formatUtc(captureTime().utcMicroseconds)}: ${progress.failure.message}`);
    }
    last = progress;
    status.show(progress);
  };
  try {
    const done = await record({
      path,
      capture,
      onTick,
      signal: signals.signal,
      append: options.append === true,
      replace: options.force === true,
      intervalMicroseconds: options.interval ?? DEFAULT_INTERVAL_MICROSECONDS,
      ...(options.count !== undefined && { count: options.count }),
      ...(options.duration !== undefined && { durationMicroseconds: options.duration }),
      ...(options.maxSize !== undefined && { maxBytes: options.maxSize }),
      ...(options.maxAge !== undefined && { maxAgeMicroseconds: options.maxAge }),
      ...(options.keep !== undefined && { keep: options.keep }),
    });
    status.clear();
    warn(done ? recordingSummary(done) : 'ended before the first snapshot: nothing was written');
    return EXIT.done;
  } catch (error) {
    status.clear();
    if (last === undefined) throw writeFailure(path, error);
    const failure = writeFailure(openedPath(error) ?? last.path, error);
    warn(
      `recording ends: ${failureText(failure)}`,
      `what was recorded before is safe: ${recordingSummary(last)}`,
      'to go on from there: --append',
    );
    return EXIT.partly;
  } finally {
    signals.release();
  }
}

/** The file that could not be opened: of a series, the next one. */
function openedPath(error: unknown): string | undefined {
  return isSystemError(error) && error.syscall === 'open' ? error.path : undefined;
}

function writeFailure(path: string, error: unknown): unknown {
  if (error instanceof RecordingLockedError)
    return new UsageError(`${path}: another process is recording to it`);
  if (error instanceof SnapshotError) return new UsageError(`${path}: ${failureText(error)}`);
  return publishFailure(path, error, 'give another name, --append to continue it, or --force to replace it');
}

const END_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK'] as const;

/** The first signal ends the recording properly; a second one ends the process, which costs no snapshot that was taken. */
class EndSignals {
  readonly #controller = new AbortController();
  readonly #listener = (): void => {
    this.#controller.abort();
    this.release();
  };

  constructor() {
    for (const name of END_SIGNALS) process.on(name, this.#listener);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  release(): void {
    for (const name of END_SIGNALS) process.removeListener(name, this.#listener);
  }
}

const CLEAR_LINE = '\r\x1b[K';

/** A line on standard error that is written over and over, where that is a terminal. */
class StatusLine {
  readonly #started = monotonicMicroseconds();
  readonly #stream = standardError();
  readonly #isTerminal = this.#stream.isTTY && process.env['TERM'] !== 'dumb';
  #shown = false;

  show(progress: RecordProgress): void {
    if (!this.#isTerminal) return;
    const elapsed = monotonicMicroseconds() - this.#started;
    // The last column is left free: some terminals wrap when it is written.
    const width = (this.#stream.columns || 80) - 1;
    this.#stream.write(CLEAR_LINE + recordingStatus(progress, elapsed, width));
    this.#shown = true;
  }

  clear(): void {
    if (this.#shown) this.#stream.write(CLEAR_LINE);
    this.#shown = false;
  }
}
