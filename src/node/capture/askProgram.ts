import { execFile } from 'node:child_process';

export interface ProgramAnswer {
  readonly text: string;
  /** Why it could not be asked, did not answer in time, or failed. */
  readonly failure?: { readonly reason: string; readonly isLate: boolean };
}

/** Asks another program of the system, for a limited time. Never throws: a capture does not fail because of what stands beside it. */
export function askProgram(
  file: string,
  words: readonly string[],
  milliseconds: number,
): Promise<ProgramAnswer> {
  return new Promise((resolve) => {
    const options = {
      timeout: milliseconds,
      killSignal: 'SIGKILL',
      windowsHide: true,
      encoding: 'utf8',
    } as const;
    try {
      execFile(file, words, options, (error, text) => {
        resolve(error === null ? { text } : { text, failure: describe(error, error.killed === true) });
      });
    } catch (error) {
      // Node throws some of the reasons for which a program does not start (spawn UNKNOWN on Windows), and reports others.
      resolve({ text: '', failure: describe(error, false) });
    }
  });

  function describe(error: unknown, isLate: boolean): { reason: string; isLate: boolean } {
    const said = error instanceof Error ? error.message.split('\n')[0]! : String(error);
    return {
      reason: isLate ? `${file} did not answer within ${milliseconds} ms` : `${file} failed: ${said}`,
      isLate,
    };
  }
}
