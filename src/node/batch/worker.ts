import { createDecoder } from '../createDecoder.js';
import { BatchError } from './failures.js';
import { Progress } from './progress.js';
import { UnitRunner } from './runUnit.js';
import type { UnitOutcome, UnitTask } from './unitPool.js';

/** A worker thread belongs to one batch. */
let runner: Promise<UnitRunner> | undefined;

/** What tinypool calls in a worker thread. */
export default async function runTask({ unit, options, progress, module }: UnitTask): Promise<UnitOutcome> {
  runner ??= createDecoder(module).then(
    (decoder) => new UnitRunner(options, decoder, new Progress(progress)),
  );
  try {
    return await (await runner).run(unit);
  } catch (error) {
    if (error instanceof BatchError) return { failure: error.message };
    throw error;
  }
}
