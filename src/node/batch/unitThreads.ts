import type { Tinypool } from 'tinypool';
import { batchWorkerUrl } from '../packaged.js';
import { BatchError } from './failures.js';
import type { Unit, UnitOptions, UnitResult } from './runUnit.js';

/** What all units have in common. */
export interface UnitSetup {
  readonly options: UnitOptions;
  readonly progress: SharedArrayBuffer;
  /** What V8 compiles of it for one thread, it has for all. */
  readonly module: WebAssembly.Module;
}

/** What a worker thread is told with each unit. */
export interface UnitTask extends UnitSetup {
  readonly unit: Unit;
}

/** What comes back of a unit. An error would lose its class on the way. */
export type UnitOutcome = UnitResult | { readonly failure: string };

/** Worker threads that run units, each one at a time (worker.ts). Call `close` when done. */
export class UnitThreads {
  readonly #setup: UnitSetup;
  readonly #pool: Promise<Tinypool>;

  constructor(count: number, setup: UnitSetup) {
    this.#setup = setup;
    this.#pool = startThreads(count);
    // Who has a unit run is told, but nobody may be waiting yet.
    this.#pool.catch(() => {});
  }

  /** @throws BatchError where the output folder cannot be written */
  async run(unit: Unit): Promise<UnitResult> {
    const pool = await this.#pool;
    const task: UnitTask = { ...this.#setup, unit };
    const outcome = (await pool.run(task)) as UnitOutcome;
    if ('failure' in outcome) throw new BatchError(outcome.failure);
    return outcome;
  }

  async close(): Promise<void> {
    const pool = await this.#pool.catch(() => undefined);
    await pool?.destroy();
  }
}

async function startThreads(count: number): Promise<Tinypool> {
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
