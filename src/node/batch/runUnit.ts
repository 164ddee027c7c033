import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ChunkBuffer, COUNTED_ROWS, isLarge } from '../../core/dataset/chunking.js';
import { countChunk, countSnapshots } from '../../core/dataset/counts/countChunk.js';
import { DatasetChunk, type DatasetSnapshot } from '../../core/dataset/datasetChunk.js';
import { partitionRows, type Partition } from '../../core/dataset/partitions.js';
import { findRules, type FoundRule } from '../../core/dataset/counts/findRules.js';
import type { Decoder } from '../../core/index.js';
import { SnapshotError } from '../../core/index.js';
import { selectedInOrder } from '../../core/table/selectedInOrder.js';
import { FileMemory } from '../dataset/fileMemory.js';
import { readSnapshots, readSmallFile, type ReadResult } from '../dataset/readSnapshots.js';
import { RowsFile } from '../dataset/rowsFile.js';
import { makeFolder } from '../files/newFile.js';
import { isSystemError, systemReason } from '../files/systemError.js';
import { collectGarbage } from './collectGarbage.js';
import { BatchError, describeFailure, type Failure } from './failures.js';
import { OutputFolder, type DatasetOptions, type FinishedInput, type UnitRecord } from './outputFolder.js';
import type { Progress } from './progress.js';
import { UnitCounts } from './unitCounts.js';

/** Inputs that are worked on together. */
export interface Unit {
  readonly id: string;
  readonly inputs: readonly FinishedInput[];
}

export interface UnitOptions extends DatasetOptions {
  /** The output folder. */
  readonly out: string;
  /** Stop at the first failure. */
  readonly strict: boolean;
  /** Of the folder's counts. */
  readonly seed: number;
}

export interface UnitResult {
  /** Of the inputs that could be opened; undefined where there are none, or the unit was stopped, and nothing is left of it. */
  readonly record: UnitRecord | undefined;
  /** What failed and is not in the record: these inputs are no part of the dataset, and are tried again by the next run. */
  readonly unreadable: readonly Failure[];
}

/** How long a thread works without looking up: workers wait so long at most until the first one hears that they are done. */
const PAUSE_MS = 10;
/** Shards that are synced at the same time. */
const SHARDS_AT_ONCE = 8;

/** Runs units of one batch, one after another, in memory that it keeps from one to the next. */
export class UnitRunner {
  readonly options: UnitOptions;
  readonly decoder: Decoder;
  readonly progress: Progress;
  readonly folder: OutputFolder;
  readonly counts: UnitCounts;
  /** Of the snapshots that are gathered. */
  readonly memory = new FileMemory();

  constructor(options: UnitOptions, decoder: Decoder, progress: Progress) {
    this.options = options;
    this.decoder = decoder;
    this.progress = progress;
    this.folder = new OutputFolder(options.out);
    this.counts = new UnitCounts(this.folder.counts, decoder, options.seed);
  }

  /**
   * A unit of work: a list of inputs becomes shards and counts. It depends on nothing but its inputs and options, and can be done again: the
   * same files are written anew. Where it fails or is stopped, it removes what it wrote.
   *
   * @throws BatchError where the output folder cannot be written
   */
  async run(unit: Unit): Promise<UnitResult> {
    const run = new UnitRun(unit, this);
    try {
      return await run.run();
    } catch (error) {
      await run.remove();
      throw batchError(error instanceof OutputFailure ? error.cause : error, this.options.out);
    } finally {
      this.progress.share();
    }
  }
}

class UnitRun {
  readonly #unit: Unit;
  readonly #options: UnitOptions;
  readonly #decoder: Decoder;
  readonly #progress: Progress;
  readonly #folder: OutputFolder;
  readonly #counts: UnitCounts;
  readonly #buffer: ChunkBuffer;
  readonly #memory: FileMemory;
  readonly #shards: string[] = [];
  readonly #failures: Failure[] = [];
  readonly #unreadable: Failure[] = [];
  #lastPause = performance.now();
  #snapshots = 0;
  #rows = 0;
  #firstTime = Number.POSITIVE_INFINITY;
  #lastTime = Number.NEGATIVE_INFINITY;

  constructor(unit: Unit, { options, decoder, progress, folder, counts, memory }: UnitRunner) {
    this.#unit = unit;
    this.#options = options;
    this.#decoder = decoder;
    this.#progress = progress;
    this.#folder = folder;
    this.#counts = counts;
    this.#memory = memory;
    this.#buffer = new ChunkBuffer(options.format === 'none' ? COUNTED_ROWS : undefined);
    counts.begin(unit.id);
    memory.reuse();
  }

  async run(): Promise<UnitResult> {
    const finished: FinishedInput[] = [];
    for (const input of this.#unit.inputs) {
      if (performance.now() - this.#lastPause >= PAUSE_MS) await this.#letSignalsThrough();
      if (await this.#readInput(input)) finished.push(input);
      if (this.#mustStop) break;
      this.#progress.add('files', 1);
      this.#progress.add('bytes', input.size);
    }
    if (!this.#mustStop) await this.#writeChunks();
    // Of a unit that was stopped, nothing is kept: the next run does it again.
    if (this.#mustStop || finished.length === 0) {
      await this.remove();
      return { record: undefined, unreadable: [...this.#failures, ...this.#unreadable] };
    }
    const record: UnitRecord = {
      id: this.#unit.id,
      inputs: finished,
      snapshots: this.#snapshots,
      rows: this.#rows,
      ...(Number.isFinite(this.#firstTime) && {
        firstUtcMicroseconds: this.#firstTime,
        lastUtcMicroseconds: this.#lastTime,
      }),
      shards: this.#shards,
      ...this.#counts.finish(),
      failures: this.#failures,
    };
    await this.#folder.writeUnit(record);
    // Counting alone leaves little behind.
    if (this.#options.format !== 'none') collectGarbage();
    return { record, unreadable: this.#unreadable };
  }

  /** Removes all that this unit has written. */
  async remove(): Promise<void> {
    for (const shard of this.#shards) await rm(join(this.#folder.path, shard), { force: true });
    for (const name of this.#counts.files) await rm(join(this.#folder.counts, name), { force: true });
  }

  /** Small files are read without waiting: without this, a thread that does nothing else would never hear that it is to stop. */
  async #letSignalsThrough(): Promise<void> {
    this.#progress.share();
    await new Promise(setImmediate);
    this.#lastPause = performance.now();
  }

  get #mustStop(): boolean {
    return (
      this.#progress.isStopped ||
      (this.#options.strict && this.#failures.length + this.#unreadable.length > 0)
    );
  }

  /** Whether the input could be opened. */
  async #readInput({ path, size }: FinishedInput): Promise<boolean> {
    const { table } = this.#options;
    let isOpen = false;
    try {
      // What can be read only once, as a pipe, has no size.
      const known = { size, decoder: this.#decoder, memory: this.#memory };
      const small = table === undefined && size > 0 ? readSmallFile(path, path, known) : undefined;
      if (small?.sole !== undefined) {
        for (const result of small.sole) {
          const writing = this.#addResult(path, result);
          // To wait for nothing, file by file, takes longer than it looks.
          if (writing !== undefined) await writing;
        }
        return true;
      }
      const given = { ...(table && { table }), ...(small && { bytes: small.bytes }) };
      for await (const result of readSnapshots(path, { name: path, ...given })) {
        isOpen = true;
        await this.#addResult(path, result);
        this.#progress.share();
        if (this.#mustStop) break;
      }
      return true;
    } catch (error) {
      if (error instanceof OutputFailure) throw error;
      // What the system does not let us read today, it may tomorrow; what is no snapshot stays none.
      const isPassing = isSystemError(error) && !isOpen;
      this.#addFailure(isPassing ? this.#unreadable : this.#failures, describeFailure(path, error));
      return !isPassing;
    }
  }

  /** What it returns has to be waited for, where it returns anything: chunks are being written. */
  #addResult(path: string, result: ReadResult): Promise<void> | undefined {
    if (!('problem' in result)) return this.#addSnapshot(result);
    this.#addFailure(this.#failures, describeFailure(path, result.problem, result.number));
    return undefined;
  }

  #addFailure(list: Failure[], failure: Failure): void {
    list.push(failure);
    this.#progress.add('failures', 1);
  }

  #addSnapshot(result: DatasetSnapshot): Promise<void> | undefined {
    // A very large snapshot is a chunk of its own: should it not fit into memory, it is alone in that.
    if (isLarge(result)) return this.#writeChunks().then(() => this.#gather(result));
    return this.#gather(result);
  }

  #gather(result: DatasetSnapshot): Promise<void> | undefined {
    this.#buffer.add(result);
    this.#snapshots++;
    this.#progress.add('snapshots', 1);
    const { timeUtcMicroseconds: time } = result.origin;
    if (time !== null) {
      this.#firstTime = Math.min(this.#firstTime, time);
      this.#lastTime = Math.max(this.#lastTime, time);
    }
    return this.#buffer.isFull ? this.#writeFullChunks() : undefined;
  }

  async #writeFullChunks(): Promise<void> {
    while (this.#buffer.isFull) await this.#writeChunk();
    if (this.#buffer.isEmpty) this.#memory.reuse();
  }

  /** Writes what has been gathered. */
  async #writeChunks(): Promise<void> {
    while (!this.#buffer.isEmpty) await this.#writeChunk();
  }

  async #writeChunk(): Promise<void> {
    const { where, format, partitionBy } = this.#options;
    const snapshots = this.#buffer.take();
    const decoded = this.#decode(snapshots);
    if (decoded === undefined) return;
    const { chunk, found } = decoded;
    try {
      countSnapshots(chunk.origins, found, this.#counts.add);
      const selected = chunk.select(where);
      countChunk(chunk, selected, this.#counts);
      const rows = selected?.length ?? chunk.table.rowCount;
      this.#rows += rows;
      this.#progress.add('rows', rows);
      if (format === 'none') return;
      const partitions = partitionRows(chunk, selectedInOrder(chunk.table, selected), partitionBy);
      for (let first = 0; first < partitions.length; first += SHARDS_AT_ONCE) {
        const some = partitions.slice(first, first + SHARDS_AT_ONCE);
        const written = some.map((partition) => this.#writeShard(chunk, partition, format));
        // All of them, so that none is still being written when the unit is removed.
        for (const { reason } of (await Promise.allSettled(written)).filter(isRejected)) throw reason;
      }
    } catch (error) {
      throw new OutputFailure(error);
    } finally {
      chunk.free();
    }
  }

  /** A chunk, and what was found in each snapshot. Undefined, and a failure more, where a single snapshot is too large. */
  #decode(
    snapshots: readonly DatasetSnapshot[],
  ): { readonly chunk: DatasetChunk; readonly found: readonly FoundRule[][] } | undefined {
    let chunk: DatasetChunk | undefined;
    try {
      chunk = new DatasetChunk(this.#decoder, snapshots);
      return { chunk, found: findRules(chunk, this.#decoder) };
    } catch (error) {
      chunk?.free();
      const [only, ...others] = snapshots;
      if (!(error instanceof SnapshotError) || others.length > 0) throw new OutputFailure(error);
      const { file, number } = only!.origin;
      this.#addFailure(this.#failures, describeFailure(file, error, number));
      return undefined;
    }
  }

  async #writeShard(chunk: DatasetChunk, { folders, rows }: Partition, format: RowsFormat): Promise<void> {
    const name = ['data', ...folders, `${this.#unit.id}-${this.#shards.length}.${format}`].join('/');
    this.#shards.push(name);
    const path = join(this.#folder.path, name);
    await makeFolder(join(path, '..'));
    const file = await RowsFile.create(path, format, { replace: true });
    try {
      await file.add(chunk, rows);
    } catch (error) {
      await file.abandon();
      throw error;
    }
    await file.publish();
  }
}

type RowsFormat = Exclude<DatasetOptions['format'], 'none'>;

/** The output cannot be written: no fault of the input that is being read. */
class OutputFailure extends Error {
  constructor(cause: unknown) {
    super('the output cannot be written', { cause });
  }
}

/** What the user can do something about, in words; a bug as it is. */
export function batchError(error: unknown, out: string): unknown {
  if (isSystemError(error)) return new BatchError(`${out}: cannot be written: ${systemReason(error)}`);
  return error instanceof SnapshotError ? new BatchError(error.message) : error;
}

function isRejected(result: PromiseSettledResult<void>): result is PromiseRejectedResult {
  return result.status === 'rejected';
}
