import { EXIT, failureText, warn } from './failure.js';
import { show, SHOW_DEFAULTS } from './show.js';
import { messagesWritten } from './standardError.js';

/** Runs the command line and sets the exit code. All that it writes has been handed to the system when this resolves. */
export async function run(argv: readonly string[]): Promise<void> {
  try {
    const files = filesToShow(argv.slice(2));
    if (files !== undefined) process.exitCode = await show(files, SHOW_DEFAULTS);
    else await (await import('./commandLine.js')).runCommandLine(argv);
  } catch (error) {
    warn(failureText(error));
    process.exitCode = EXIT.nothing;
  }
  await messagesWritten();
}

/**
 * The files of `show FILE...`, which is what most calls are: without options there is nothing to parse, and to load and make what parses them
 * would take longer than to show a small file. Undefined where anything begins as an option does, `-` included.
 */
function filesToShow([command, ...files]: readonly string[]): readonly string[] | undefined {
  const isPlain = command === 'show' && files.length > 0 && !files.some((file) => file.startsWith('-'));
  return isPlain ? files : undefined;
}
