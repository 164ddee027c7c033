import type { Decoder } from '../../core/index.js';
import { createDecoder } from '../createDecoder.js';
import { batchWorkerUrl } from '../packaged.js';
import { BatchError } from './failures.js';
import type { Progress } from './progress.js';
import { runUnit, type Unit, type UnitOptions, type UnitResult } from './runUnit.js';

/** Where units are worked on. */
export interface UnitPool {
  run(unit: Unit): Promise<UnitResult>;
  close(): Promise<void>;
}

/** What a worker is told with each unit. */
export interface UnitTask {
  readonly unit: Unit;
  readonly options: UnitOptions;
  readonly progress: SharedArrayBuffer;
}

/** What comes back. An error would lose its class on the way. */
export type UnitOutcome = UnitResult | { readonly failure: string };

/** One job: in this thread. More: a worker thread for each, with a WebAssembly instance of its own. */
export async function createUnitPool(
  jobs: number,
  options: UnitOptions,
  progress: Progress,
): Promise<UnitPool> {
  if (jobs === 1) {
    const decoder: Decoder = await createDecoder();
    return { run: (unit) => runUnit(unit, options, decoder, progress), close: async () => {} };
  }
  // Loaded where it is needed: other commands start without it.
  const { Tinypool } = await import('tinypool');
  const pool = new Tinypool({
    filename: batchWorkerUrl(),
    minThreads: jobs,
    maxThreads: jobs,
    isolateWorkers: false,
    concurrentTasksPerWorker: 1,
    // What lives for a moment needs no more: the default would let each worker gather three times as much before it looks.
    resourceLimits: { maxYoungGenerationSizeMb: 16 },
  });
  return {
    async run(unit) {
      const task: UnitTask = { unit, options, progress: progress.buffer };
      const outcome = (await pool.run(task)) as UnitOutcome;
      if ('failure' in outcome) throw new BatchError(outcome.failure);
      return outcome;
    },
    close: () => pool.destroy(),
  };
}
