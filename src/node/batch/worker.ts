import type { Decoder } from '../../core/index.js';
import { createDecoder } from '../createDecoder.js';
import { BatchError } from './failures.js';
import { Progress } from './progress.js';
import { runUnit } from './runUnit.js';
import type { UnitOutcome, UnitTask } from './unitPool.js';

let decoder: Promise<Decoder> | undefined;

/** What tinypool calls in a worker thread. */
export default async function runTask({ unit, options, progress, module }: UnitTask): Promise<UnitOutcome> {
  decoder ??= createDecoder(module);
  try {
    return await runUnit(unit, options, await decoder, new Progress(progress));
  } catch (error) {
    if (error instanceof BatchError) return { failure: error.message };
    throw error;
  }
}
