import type { Tinypool } from 'tinypool';
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

/**
 * One job: in this thread. More: the others in a worker thread each, with a WebAssembly instance of its own. This thread has nothing else to do
 * meanwhile, and what it compiles for its units it would compile again for nothing in one worker more.
 */
export async function createUnitPool(
  jobs: number,
  options: UnitOptions,
  progress: Progress,
): Promise<UnitPool> {
  const workers = jobs === 1 ? undefined : await startWorkers(jobs - 1);
  const decoder: Decoder = await createDecoder();
  let isBusy = false;
  return {
    async run(unit) {
      if (isBusy) return runInWorker(workers!, { unit, options, progress: progress.buffer });
      isBusy = true;
      try {
        return await runUnit(unit, options, decoder, progress);
      } finally {
        isBusy = false;
      }
    },
    close: async () => workers?.destroy(),
  };
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

async function runInWorker(workers: Tinypool, task: UnitTask): Promise<UnitResult> {
  const outcome = (await workers.run(task)) as UnitOutcome;
  if ('failure' in outcome) throw new BatchError(outcome.failure);
  return outcome;
}
