import { createDecoder } from '../createDecoder.js';
import { BatchError } from './failures.js';
import { Progress } from './progress.js';
import { runUnit } from './runUnit.js';
import type { UnitOutcome, UnitTask } from './unitPool.js';

const decoder = createDecoder();

/** What tinypool calls in a worker thread. */
export default async function runTask({ unit, options, progress }: UnitTask): Promise<UnitOutcome> {
  try {
    return await runUnit(unit, options, await decoder, new Progress(progress));
  } catch (error) {
    if (error instanceof BatchError) return { failure: error.message };
    throw error;
  }
}
