/** One comparison in a process of its own: its memory and what its code is compiled for are those of this task alone. */

import { createDecoder } from 'tcpscope';
import { ResultMismatch, type Task } from './comparison.js';
import { makeComparison } from './comparisons/works.js';
import { measure, type Result, type Rounds } from './measure.js';
import { loadNativePeers } from './peers/native.js';
import { WasmRadix } from './peers/wasmRadix.js';

export interface Order {
  readonly task: Task;
  readonly rounds: Rounds;
}

/** What the process sends back. */
export type Answer = { readonly result: Result } | { readonly mismatch: string };

process.once('message', (order: Order) => {
  void answer(order);
});

async function answer({ task, rounds }: Order): Promise<void> {
  const context = { decoder: await createDecoder(), native: loadNativePeers(), radix: new WasmRadix() };
  const comparison = await makeComparison(context, task);
  let reply: Answer;
  try {
    // What differs is not measured: a wrong answer may take any time.
    comparison.check();
    reply = { result: await measure(task, comparison, rounds) };
  } catch (error) {
    if (!(error instanceof ResultMismatch)) throw error;
    reply = { mismatch: error.message };
  }
  process.send?.(reply, () => process.disconnect());
}
