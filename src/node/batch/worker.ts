import { createDecoder } from '../createDecoder.js';
import { BatchError } from './failures.js';
import { Progress } from './progress.js';
import { UnitRunner } from './runUnit.js';
import type { UnitOutcome, UnitSetup, UnitTask } from './unitThreads.js';

/** What this thread has for all its units. */
let runner: Promise<UnitRunner> | undefined;

/** What tinypool calls in a worker thread. */
export default async function runTask({ unit, ...setup }: UnitTask): Promise<UnitOutcome> {
  runner ??= newRunner(setup);
  try {
    return await (await runner).run(unit);
  } catch (error) {
    if (error instanceof BatchError) return { failure: error.message };
    throw error;
  }
}

async function newRunner({ options, progress, module }: UnitSetup): Promise<UnitRunner> {
  return new UnitRunner(options, await createDecoder(module), new Progress(progress));
}
