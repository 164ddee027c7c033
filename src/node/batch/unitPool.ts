import type { Tinypool } from 'tinypool';
import type { Decoder } from '../../core/index.js';
import { createDecoder } from '../createDecoder.js';
import { batchWorkerUrl, readPackagedWasm } from '../packaged.js';
import { BatchError } from './failures.js';
import type { Progress } from './progress.js';
import { UnitRunner, type Unit, type UnitOptions, type UnitResult } from './runUnit.js';

/** What a worker is told with each unit. */
export interface UnitTask {
  readonly unit: Unit;
  readonly options: UnitOptions;
  readonly progress: SharedArrayBuffer;
  /** What V8 compiles of it for one thread, it has for all. */
  readonly module: WebAssembly.Module;
}

/** What comes back. An error would lose its class on the way. */
export type UnitOutcome = UnitResult | { readonly failure: string };

/**
 * Where units are worked on: one at a time in this thread, others in a worker thread each, with a WebAssembly instance of its own. This thread has
 * nothing else to do meanwhile, and what it compiles for its units it would compile again for nothing in one worker more. Call `close` when done.
 */
export class UnitPool {
  readonly #progress: Progress;
  readonly #module = new WebAssembly.Module(readPackagedWasm());
  readonly #decoder: Promise<Decoder> = createDecoder(this.#module);
  #workers: Promise<Tinypool> | undefined;
  #runner: UnitRunner | undefined;
  #isBusy = false;

  constructor(progress: Progress) {
    this.#progress = progress;
  }

  /** Starts so many worker threads, unless some have been started: as soon as it is known that they will be needed, since that takes them a while. */
  startWorkers(count: number): void {
    if (count > 0) this.#workers ??= startWorkers(count);
  }

  /** As many at a time as there are workers, and one more. */
  async run(unit: Unit, options: UnitOptions): Promise<UnitResult> {
    if (this.#isBusy) return this.#runInWorker(unit, options);
    this.#isBusy = true;
    try {
      this.#runner ??= new UnitRunner(options, await this.#decoder, this.#progress);
      return await this.#runner.run(unit);
    } finally {
      this.#isBusy = false;
    }
  }

  async close(): Promise<void> {
    await (await this.#workers)?.destroy();
  }

  async #runInWorker(unit: Unit, options: UnitOptions): Promise<UnitResult> {
    const workers = await this.#workers!;
    const task: UnitTask = { unit, options, progress: this.#progress.buffer, module: this.#module };
    const outcome = (await workers.run(task)) as UnitOutcome;
    if ('failure' in outcome) throw new BatchError(outcome.failure);
    return outcome;
  }
}

async function startWorkers(count: number): Promise<Tinypool> {
  // Loaded where it is needed: other commands start without it.
  const { Tinypool } = await import('tinypool');
  return new Tinypool({
    filename: batchWorkerUrl(),
    minThreads: count,
    maxThreads: count,
    isolateWorkers: false,
    concurrentTasksPerWorker: 1,
    // What lives for a moment needs no more: the default would let each worker gather three times as much before it looks.
    resourceLimits: { maxYoungGenerationSizeMb: 16 },
  });
}
