import { Command, CommanderError } from 'commander';
import { packageVersion } from '../packaged.js';
import { EXIT, warn } from './failure.js';
import { Output } from './output.js';
import { addShow } from './showCommand.js';

type AddCommand = (program: Command) => void;

/** In the order in which help lists them. All but the first that anybody needs are loaded when they are needed. */
const COMMANDS: Readonly<Record<string, () => Promise<AddCommand>>> = {
  capture: async () => (await import('./capture.js')).addCapture,
  show: async () => addShow,
  info: async () => (await import('./info.js')).addInfo,
  raw: async () => (await import('./raw.js')).addRaw,
  import: async () => (await import('./import.js')).addImport,
  diff: async () => (await import('./diff.js')).addDiff,
  export: async () => (await import('./export.js')).addExport,
  timeline: async () => (await import('./timeline.js')).addTimeline,
  batch: async () => (await import('./batch.js')).addBatch,
  findings: async () => (await import('./findings.js')).addFindings,
  verify: async () => (await import('./verify.js')).addVerify,
  view: async () => (await import('./view.js')).addView,
};

/** The command that is meant, or all of them, to list them or to find what a wrong name may have meant. */
function commandsFor(argv: readonly string[]): Promise<AddCommand[]> {
  const name = argv.slice(2).find((argument) => !argument.startsWith('-'));
  const load = name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  return Promise.all((load ? [load] : Object.values(COMMANDS)).map((loadOne) => loadOne()));
}

function createProgram(commands: readonly AddCommand[], print: (text: string) => void): Command {
  const program = new Command('tcpscope')
    .description(
      "Captures a machine's TCP connection table as raw bytes and reads it later, anywhere, offline.",
    )
    .option('-V, --version', 'print the version')
    .on('option:version', () => printVersion(print))
    .option('--no-color', 'never use colours')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .configureOutput({ writeOut: print, outputError: warnOfUsage })
    .showHelpAfterError('Try "tcpscope --help".')
    .exitOverride();
  for (const add of commands) add(program);
  for (const command of program.commands) {
    command
      .helpOption('-h, --help', 'print help')
      .copyInheritedSettings(program)
      .showHelpAfterError(`Try "tcpscope ${command.name()} --help".`);
  }
  program.addHelpText('after', HELP);
  return program;
}

/** Only then is the version read: commander's own option asks for it at every start. */
function printVersion(print: (text: string) => void): never {
  print(`${packageVersion()}\n`);
  throw new CommanderError(EXIT.done, 'commander.version', 'the version was printed');
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

/**
 * Runs the command line and sets the exit code.
 *
 * @throws whatever a command throws
 */
export async function runCommandLine(argv: readonly string[]): Promise<void> {
  const printed: string[] = [];
  try {
    const program = createProgram(await commandsFor(argv), (text) => printed.push(text));
    await program.parseAsync(argv);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Commander has said what it has to say: help and version end with 0, everything else is wrong usage.
    process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.nothing;
  }
  if (printed.length > 0) await new Output().write(printed);
}
