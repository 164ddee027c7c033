import type { Worker } from 'node:worker_threads';
import { batchWorkerPath } from '../packaged.js';
import { BatchError } from './failures.js';
import type { Unit, UnitOptions, UnitResult } from './runUnit.js';

/** What a worker thread is given when it starts. */
export interface WorkerSetup {
  readonly options: UnitOptions;
  readonly progress: SharedArrayBuffer;
  /** What V8 compiles of it for one thread, it has for all. */
  readonly module: WebAssembly.Module;
}

/** What comes back of a unit. An error would lose its class on the way. */
export type UnitOutcome = UnitResult | { readonly failure: string };

interface Waiting {
  readonly resolve: (result: UnitResult) => void;
  readonly reject: (error: unknown) => void;
}

/** A thread that runs units, one at a time (worker.ts). Call `close` when done. */
export class UnitWorker {
  readonly #worker: Worker;
  #waiting: Waiting | undefined;
  /** Why it runs none any more. */
  #end: { readonly error: unknown } | undefined;

  constructor(setup: WorkerSetup) {
    // Loaded where it is needed: other commands start without it.
    const { Worker } = process.getBuiltinModule('node:worker_threads');
    this.#worker = new Worker(batchWorkerPath(), {
      workerData: setup,
      // What lives for a moment needs no more: the default would let each worker gather three times as much before it looks.
      resourceLimits: { maxYoungGenerationSizeMb: 16 },
    });
    this.#worker.on('message', (outcome: UnitOutcome) => this.#settle(outcome));
    this.#worker.on('error', (error) => this.#fail(error));
    this.#worker.on('exit', () => this.#fail(new Error('a worker thread has ended')));
  }

  /** @throws BatchError where the output folder cannot be written */
  run(unit: Unit): Promise<UnitResult> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- of pages
      if (this.#end === undefined) this.#worker.postMessage(unit);
      else reject(this.#end.error);
    });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #settle(outcome: UnitOutcome): void {
    if ('failure' in outcome) this.#waiting?.reject(new BatchError(outcome.failure));
    else this.#waiting?.resolve(outcome);
  }

  #fail(error: unknown): void {
    this.#end ??= { error };
    this.#waiting?.reject(error);
  }
}
