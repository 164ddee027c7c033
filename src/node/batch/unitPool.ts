import type { Decoder } from '../../core/index.js';
import type { Progress } from './progress.js';
import { UnitRunner, type Unit, type UnitOptions, type UnitResult } from './runUnit.js';
import type { UnitQueue } from './unitQueue.js';
import { UnitThreads } from './unitThreads.js';

/**
 * Those who do the units of a queue: worker threads, each with a WebAssembly instance of its own, and, when it has nothing else to do, this thread: what it
 * compiles for its units it would compile again for nothing in one worker more. Call `close` when done.
 */
export class UnitPool {
  readonly #options: UnitOptions;
  readonly #progress: Progress;
  readonly #units: UnitQueue;
  readonly #tell: (result: UnitResult) => void;
  readonly #module: WebAssembly.Module;
  readonly #decoder: Promise<Decoder>;
  #threads: UnitThreads | undefined;
  readonly #working: Promise<void>[] = [];

  /**
   * @param module of which worker threads make a decoder of their own
   * @param tell what has become of each unit
   */
  constructor(
    module: WebAssembly.Module,
    decoder: Promise<Decoder>,
    options: UnitOptions,
    progress: Progress,
    units: UnitQueue,
    tell: (result: UnitResult) => void,
  ) {
    this.#module = module;
    this.#decoder = decoder;
    this.#options = options;
    this.#progress = progress;
    this.#units = units;
    this.#tell = tell;
  }

  /** Has so many worker threads, unless some have been started, do the units that there are, and those that will be. */
  startWorkers(count: number): void {
    if (this.#threads !== undefined || count === 0) return;
    const { buffer } = this.#progress;
    const setup = { options: this.#options, progress: buffer, module: this.#module };
    const threads = new UnitThreads(count, setup);
    this.#threads = threads;
    // Each takes a unit when it is done with the one before.
    for (let number = 0; number < count; number++) this.#begin((unit) => threads.run(unit));
  }

  /**
   * Does units in this thread as well, until all are done.
   *
   * @throws BatchError where the output folder cannot be written
   */
  async finish(): Promise<void> {
    const runner = new UnitRunner(this.#options, await this.#decoder, this.#progress);
    this.#begin((unit) => runner.run(unit));
    const results = await Promise.allSettled(this.#working);
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  async close(): Promise<void> {
    await this.#threads?.close();
  }

  #begin(run: (unit: Unit) => Promise<UnitResult>): void {
    const work = this.#work(run);
    // Who waits for it is told, but nobody may be waiting yet.
    work.catch(() => {});
    this.#working.push(work);
  }

  async #work(run: (unit: Unit) => Promise<UnitResult>): Promise<void> {
    try {
      for (;;) {
        const unit = await this.#units.next();
        if (unit === undefined || this.#progress.isStopped) return;
        this.#tell(await run(unit));
      }
    } catch (error) {
      // Where one unit cannot be written, no other needs to be tried.
      this.#progress.stop();
      throw error;
    }
  }
}
