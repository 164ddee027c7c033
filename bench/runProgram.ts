import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** In seconds: by the clock, and of processors, all threads together. */
export interface Times {
  readonly seconds: number;
  readonly processor: number;
}

/**
 * Runs a program of Node's to its end, from its start to when nothing is left of it. On Linux.
 *
 * @throws Error where it fails
 */
export function runProgram(args: readonly string[]): Times {
  const start = performance.now();
  const before = processorOfChildren();
  const { status } = spawnSync(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  const processor = processorOfChildren() - before;
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}`);
  return { seconds: (performance.now() - start) / 1000, processor };
}

/** `USER_HZ`, which is the same on all machines that Node runs on. */
const TICKS_A_SECOND = 100;

/** Seconds of user and system time that this process's ended children took: the 16th and 17th field (proc(5)), of which a name in brackets is the second. */
function processorOfChildren(): number {
  const text = readFileSync('/proc/self/stat', 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) / TICKS_A_SECOND;
}
