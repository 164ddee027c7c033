import { Command, CommanderError } from 'commander';
import { packageVersion } from '../packaged.js';
import { addBatch } from './batch.js';
import { addCapture } from './capture.js';
import { EXIT, failureText, warn } from './failure.js';
import { addDiff } from './diff.js';
import { addExport } from './export.js';
import { addFindings } from './findings.js';
import { addImport } from './import.js';
import { addInfo } from './info.js';
import { watchStandardStreams } from './output.js';
import { addRaw } from './raw.js';
import { addShow } from './show.js';
import { addTimeline } from './timeline.js';
import { addVerify } from './verify.js';
import { addView } from './view.js';

function createProgram(): Command {
  const program = new Command('tcpscope')
    .description(
      "Captures a machine's TCP connection table as raw bytes and reads it later, anywhere, offline.",
    )
    .version(packageVersion(), '-V, --version', 'print the version')
    .option('--no-color', 'never use colours')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .configureOutput({ outputError: warnOfUsage })
    .showHelpAfterError('Try "tcpscope --help".')
    .exitOverride();
  for (const add of [
    addCapture,
    addShow,
    addInfo,
    addRaw,
    addImport,
    addDiff,
    addExport,
    addTimeline,
    addBatch,
    addFindings,
    addVerify,
    addView,
  ])
    add(program);
  for (const command of program.commands) {
    command
      .helpOption('-h, --help', 'print help')
      .copyInheritedSettings(program)
      .showHelpAfterError(`Try "tcpscope ${command.name()} --help".`);
  }
  program.addHelpText('after', HELP);
  return program;
}

/** Commander's own words: `error: unknown command 'shwo'`, and on the next line what may have been meant. */
function warnOfUsage(text: string): void {
  const [message = '', ...suggestions] = text
    .replace(/^error: /, '')
    .trimEnd()
    .split('\n');
  warn(message, ...suggestions);
}

const HELP = `
Exit codes: 0 done; 1 done, but some input failed or is damaged; 2 wrong usage, or nothing could be done.

Examples:
  tcpscope capture --show
  tcpscope show web01-20261123T190135.123Z.tcpsnap`;

/** Runs the command line and sets the exit code. */
export async function run(argv: readonly string[]): Promise<void> {
  watchStandardStreams();
  const program = createProgram();
  try {
    await program.parseAsync(argv);
  } catch (error) {
    process.exitCode = exitCodeOf(error);
  }
}

function exitCodeOf(error: unknown): number {
  // Commander has said what it has to say: help and version end with 0, everything else is wrong usage.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.nothing;
  warn(failureText(error));
  return EXIT.nothing;
}
