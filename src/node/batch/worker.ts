import { parentPort, workerData } from 'node:worker_threads';
import { createDecoder } from '../createDecoder.js';
import { BatchError } from './failures.js';
import { Progress } from './progress.js';
import { UnitRunner, type Unit } from './runUnit.js';
import type { UnitOutcome, WorkerSetup } from './unitWorker.js';

// What a worker thread runs: units, as they are sent to it, and what came of each is sent back.

const { options, progress, module } = workerData as WorkerSetup;
const runner = createDecoder(module).then(
  (decoder) => new UnitRunner(options, decoder, new Progress(progress)),
);
// What fails otherwise than it may ends the thread, and is told by that.
parentPort!.on('message', (unit: Unit) => void outcomeOf(unit).then(tell));

async function outcomeOf(unit: Unit): Promise<UnitOutcome> {
  try {
    return await (await runner).run(unit);
  } catch (error) {
    if (error instanceof BatchError) return { failure: error.message };
    throw error;
  }
}

function tell(outcome: UnitOutcome): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- of pages
  parentPort!.postMessage(outcome);
}
