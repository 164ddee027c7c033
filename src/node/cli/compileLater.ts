import { setFlagsFromString } from 'node:v8';

/** Bytes of code that a function runs before V8 looks whether to compile it with all that it can; by default 66 KB. */
const BUDGET = 1_400_000;
/** The V8 of which it has been measured: later ones have further steps between, and other budgets. */
const MEASURED = /^11\./;

/**
 * Has this process compile less: a third of its processor time would otherwise go into compiling functions that are done soon after. For programs
 * that run for seconds and then end. All threads that are started later do the same.
 */
export function compileLater(): void {
  if (MEASURED.test(process.versions.v8)) setFlagsFromString(`--interrupt-budget=${BUDGET}`);
}
