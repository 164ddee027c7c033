import { SnapshotError } from '../../core/index.js';
import { escapeControls } from '../../core/text/escapeControls.js';
import { CaptureError } from '../capture/captureError.js';
import { isSystemError, systemReason } from '../files/systemError.js';
import { standardError } from './standardError.js';

/** What a command ends with. */
export const EXIT = {
  done: 0,
  /** Done, but some input failed, is damaged, or differs. */
  partly: 1,
  /** Wrong usage, or nothing could be done. */
  nothing: 2,
} as const;

/** The command line asks for something that cannot be. */
export class UsageError extends Error {}

/** What the command makes cannot be written: no other input is tried. `cause` is the reason. */
export class OutputError extends Error {
  constructor(cause: unknown) {
    super('the output cannot be written', { cause });
  }
}

/** What went wrong, in one line for a person. */
export function failureText(error: unknown): string {
  if (error instanceof SnapshotError) {
    return error.offset === undefined ? error.message : `${error.message} (at byte ${error.offset})`;
  }
  if (error instanceof CaptureError || error instanceof UsageError) return error.message;
  if (isSystemError(error)) return systemReason(error);
  const message = error instanceof Error ? error.message : String(error);
  return `internal error: ${message}; this is a bug in tcpscope, please report it`;
}

/**
 * Tells the user on standard error, with details on further lines. Names of files and other foreign text are made fit to be
 * shown: no line break in them begins a line that tcpscope did not write.
 */
export function warn(message: string, ...details: readonly string[]): void {
  const lines = [`tcpscope: ${message}`, ...details];
  standardError().write(lines.map((line) => `${escapeControls(line)}\n`).join(''));
}

/** The outcome of a command over several inputs: each is tried, and the exit code tells how many failed. */
export class Outcome {
  #done = 0;
  #failed = 0;

  /** Runs `work` for one input, and reports what goes wrong under its name. */
  async attempt(name: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.#done++;
    } catch (error) {
      if (error instanceof OutputError) throw error;
      warn(`${name}: ${failureText(error)}`);
      this.#failed++;
    }
  }

  /** An input was used, but something is wrong with it, which the output has told. */
  notWhole(): void {
    this.#failed++;
  }

  /** As `notWhole`, where the output does not tell what is wrong. */
  reportNotWhole(name: string, problem: unknown): void {
    warn(`${name}: ${failureText(problem)}`);
    this.notWhole();
  }

  get exitCode(): number {
    if (this.#failed === 0) return EXIT.done;
    return this.#done > 0 ? EXIT.partly : EXIT.nothing;
  }
}
