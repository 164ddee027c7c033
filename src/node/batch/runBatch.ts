import { availableParallelism } from 'node:os';
import type { Summary } from '../../core/dataset/summary/summary.js';
import { PARTITION_KEYS } from '../../core/dataset/partitions.js';
import { parseExpression } from '../../core/query/parse.js';
import { escapeControls } from '../../core/text/escapeControls.js';
import { formatJson } from '../../core/text/snapshotJson.js';
import { createDecoder } from '../createDecoder.js';
import { FileLock, LockedError } from '../files/fileLock.js';
import { readPackagedWasm } from '../packaged.js';
import { EventQueue } from './eventQueue.js';
import { expandInputs } from './expandInputs.js';
import { BatchError, type Failure } from './failures.js';
import { OutputFolder, type DatasetOptions, type FinishedInput, type UnitRecord } from './outputFolder.js';
import { fileDigest, planInputs, type Identity, type Plan } from './planInputs.js';
import { Progress } from './progress.js';
import { reportHtml } from './report/report.js';
import { batchError, type UnitOptions, type UnitResult } from './runUnit.js';
import { summarize } from './summarize.js';
import { LEAST_UNIT_INPUTS, UnitMaker } from './unitMaker.js';
import { UnitPool } from './unitPool.js';
import { UnitQueue } from './unitQueue.js';

export interface BatchOptions extends Partial<DatasetOptions> {
  /** Files, folders and patterns. */
  readonly inputs: Iterable<string> | AsyncIterable<string>;
  /** The output folder. It is made where it does not exist, and gone on with where it does. */
  readonly out: string;
  /** Worker threads; 1: none. Default: what the machine has. */
  readonly jobs?: number;
  /** Stop at the first failure. */
  readonly strict?: boolean;
  /** How finished inputs are recognised; default: by path, size and time. */
  readonly resumeBy?: Identity;
  /** Stops the batch. What is done is kept. */
  readonly signal?: AbortSignal;
}

export interface BatchCounts {
  readonly files: number;
  readonly bytes: number;
  readonly snapshots: number;
  readonly rows: number;
  readonly failures: number;
}

export type BatchEvent =
  /** What there is to do. */
  | { readonly type: 'planned'; readonly files: number; readonly bytes: number; readonly skipped: number }
  /** How much of that is done, five times a second at most. */
  | ({ readonly type: 'progress' } & BatchCounts)
  /** A file, or one of its snapshots, that cannot be used. */
  | { readonly type: 'failed'; readonly failure: Failure }
  /** The dataset is whole, or as far as it got. */
  | { readonly type: 'finished'; readonly summary: Summary; readonly isStopped: boolean };

const PROGRESS_MS = 200;

/**
 * Turns files of snapshots into a dataset and a summary (docs/dataset.md). Inputs that an earlier run into the same folder has finished are
 * passed over. Leaving the iteration stops the batch.
 *
 * @throws BatchError where the folder cannot be written, is in use, or was made with other options; SnapshotError `bad-expression`
 */
export async function* runBatch(options: BatchOptions): AsyncGenerator<BatchEvent> {
  if (options.where !== undefined) parseExpression(options.where);
  const queue = new EventQueue<BatchEvent>();
  const batch = new Batch(options, queue);
  const work = batch.run().then(
    () => queue.end(),
    (error: unknown) => queue.end({ error }),
  );
  try {
    yield* queue;
  } finally {
    batch.stop();
    await work;
  }
}

class Batch {
  readonly #options: BatchOptions;
  readonly #dataset: DatasetOptions;
  readonly #folder: OutputFolder;
  readonly #queue: EventQueue<BatchEvent>;
  readonly #progress = new Progress();
  readonly #module = new WebAssembly.Module(readPackagedWasm());
  readonly #decoder = createDecoder(this.#module);
  /** Of this run: inputs that are no part of the dataset. */
  readonly #failures: Failure[] = [];
  readonly #records = new Map<string, UnitRecord>();
  #seed = 0;

  constructor(options: BatchOptions, queue: EventQueue<BatchEvent>) {
    this.#options = options;
    this.#queue = queue;
    this.#folder = new OutputFolder(options.out);
    this.#dataset = {
      format: options.format ?? 'parquet',
      partitionBy: options.partitionBy ?? PARTITION_KEYS,
      ...(options.where !== undefined && { where: options.where }),
      ...(options.table !== undefined && { table: options.table }),
    };
  }

  stop(): void {
    this.#progress.stop();
  }

  async run(): Promise<void> {
    const { out, signal } = this.#options;
    const stop = (): void => this.stop();
    signal?.addEventListener('abort', stop);
    if (signal?.aborted) stop();
    try {
      await this.#folder.make();
      const lock = await this.#lock();
      try {
        await this.#runLocked();
      } finally {
        await lock.release();
      }
    } catch (error) {
      throw batchError(error, out);
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }

  async #lock(): Promise<FileLock> {
    try {
      return await FileLock.take(this.#folder.lock);
    } catch (error) {
      throw error instanceof LockedError ? new BatchError(`${this.#options.out}: ${error.message}`) : error;
    }
  }

  async #runLocked(): Promise<void> {
    this.#seed = await this.#folder.settle(this.#dataset);
    const records = await this.#folder.readUnits();
    await this.#folder.removeLeftovers(records);
    for (const record of records) this.#records.set(record.id, record);
    await this.#runUnits(records);
    const isStopped = this.#progress.isStopped;
    const summary = await this.#publish();
    this.#queue.push({ type: 'finished', summary, isStopped });
  }

  /** Worker threads begin with the first units while this thread still looks for inputs. */
  async #runUnits(records: readonly UnitRecord[]): Promise<void> {
    const { out, strict = false } = this.#options;
    const options: UnitOptions = { ...this.#dataset, out, strict, seed: this.#seed };
    const units = new UnitQueue();
    const pool = new UnitPool(this.#module, this.#decoder, options, this.#progress, units, (result) =>
      this.#tellUnit(result),
    );
    const timer = setInterval(() => this.#tellProgress(), PROGRESS_MS);
    try {
      await this.#findUnits(records, units, pool);
      units.end();
      if (units.count > 0) {
        pool.startWorkers(Math.min(this.#jobs, units.count) - 1);
        await pool.finish();
      }
    } finally {
      units.end();
      clearInterval(timer);
      await pool.close();
    }
    this.#tellProgress();
  }

  async #findUnits(records: readonly UnitRecord[], units: UnitQueue, pool: UnitPool): Promise<void> {
    const { resumeBy = 'time' } = this.#options;
    const maker = new UnitMaker(this.#dataset, this.#jobs);
    // Where nothing has been done before, and inputs are different ones by their paths, all of them are to be done.
    const isNew = records.length === 0 && resumeBy === 'time';
    const found: FinishedInput[] = [];
    for await (const inputs of this.#findInputs(resumeBy)) {
      for (const input of inputs) found.push(input);
      if (!isNew) continue;
      maker.add(inputs);
      if (this.#jobs === 1) continue;
      units.push(maker.early());
      if (found.length >= this.#jobs * LEAST_UNIT_INPUTS) pool.startWorkers(this.#jobs - 1);
    }
    const { inputs, skipped }: Pick<Plan, 'inputs' | 'skipped'> = isNew
      ? { inputs: found, skipped: [] }
      : await this.#plan(found, records, resumeBy);
    if (!isNew) maker.add(inputs);
    units.push(maker.last());
    const bytes = inputs.reduce((sum, { size }) => sum + size, 0);
    this.#queue.push({
      type: 'planned',
      files: inputs.length,
      bytes,
      skipped: skipped.length,
    });
  }

  async *#findInputs(resumeBy: Identity): AsyncGenerator<FinishedInput[]> {
    const { inputs, out, table } = this.#options;
    for await (const some of expandInputs(inputs, { everyFile: table !== undefined, except: out })) {
      const found: FinishedInput[] = [];
      for (const input of some) {
        if (this.#progress.isStopped) return;
        if ('code' in input) this.#fail(input);
        else found.push(resumeBy === 'digest' ? { ...input, digest: await this.#digest(input.path) } : input);
      }
      yield found;
    }
  }

  /** What is left to do, once units with inputs that have changed are gone. */
  async #plan(
    found: readonly FinishedInput[],
    records: readonly UnitRecord[],
    resumeBy: Identity,
  ): Promise<Plan> {
    const plan = planInputs(found, records, resumeBy);
    for (const record of plan.outdated) {
      this.#records.delete(record.id);
      await this.#folder.removeUnit(record);
    }
    return plan;
  }

  /** Of a file that cannot be read, something that no file has: it will fail when it is its turn. */
  async #digest(path: string): Promise<string> {
    return fileDigest(path).catch(() => `unreadable: ${path}`);
  }

  get #jobs(): number {
    return this.#options.jobs ?? availableParallelism();
  }

  #tellUnit({ record, unreadable }: UnitResult): void {
    if (record !== undefined) this.#records.set(record.id, record);
    for (const failure of record?.failures ?? []) this.#queue.push({ type: 'failed', failure });
    for (const failure of unreadable) this.#fail(failure);
  }

  #fail(failure: Failure): void {
    this.#failures.push(failure);
    this.#queue.push({ type: 'failed', failure });
    if (this.#options.strict === true) this.stop();
  }

  #tellProgress(): void {
    const get = this.#progress.get.bind(this.#progress);
    this.#queue.push({
      type: 'progress',
      files: get('files'),
      bytes: get('bytes'),
      snapshots: get('snapshots'),
      rows: get('rows'),
      failures: get('failures'),
    });
  }

  /** What is told of the dataset as a whole, of all runs. */
  async #publish(): Promise<Summary> {
    const records = [...this.#records.values()];
    const failures = [...records.flatMap((record) => record.failures), ...this.#failures];
    failures.sort((a, b) =>
      a.file < b.file ? -1 : a.file > b.file ? 1 : (a.snapshot ?? -1) - (b.snapshot ?? -1),
    );
    const summary = await summarize(this.#folder, records, failures, this.#seed, await this.#decoder);
    await this.#folder.publish('failures.ndjson', failures.map(failureLine).join(''));
    await this.#folder.publish('summary.json', `${formatJson(summary)}\n`);
    await this.#folder.publish('report.html', reportHtml(summary, failures));
    return summary;
  }
}

/** One line that a terminal can show. */
function failureLine(failure: Failure): string {
  return `${escapeControls(JSON.stringify(failure))}\n`;
}
