import { expressionMistake } from './expressionMistake.js';
import { EXIT, Outcome, warn } from './failure.js';
import { inputName } from './inputs.js';
import { Showing, type ShowOptions } from './showing.js';

/** What is done without options. */
export const SHOW_DEFAULTS = {
  format: 'table',
  header: true,
  color: true,
  snapshot: { number: -1 },
} as const satisfies ShowOptions;

export async function show(files: readonly string[], options: ShowOptions): Promise<number> {
  const mistake = options.where === undefined ? undefined : expressionMistake(options.where);
  if (mistake !== undefined) {
    warn(...mistake);
    return EXIT.nothing;
  }
  const showing = new Showing(options, files.length > 1 || options.snapshot === 'all');
  const outcome = new Outcome();
  for (const file of files) {
    await outcome.attempt(inputName(file), () => showing.file(file, outcome));
  }
  return outcome.exitCode;
}
