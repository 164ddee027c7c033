import type { Command } from 'commander';
import type { Decoder } from '../../core/index.js';
import { decodeIntact } from '../../core/file/decodeStored.js';
import { findingsIn } from '../../core/findings/findings.js';
import { createDecoder } from '../createDecoder.js';
import { findingsText } from '../print/findings.js';
import { formatJson, type SnapshotOrigin } from '../../core/text/snapshotJson.js';
import { terminalOf } from '../print/terminal.js';
import { Outcome } from './failure.js';
import { chooseSnapshots, inputName, openInput, type SnapshotChoice } from './inputs.js';
import { snapshotOption } from './options.js';
import { Output } from './output.js';

interface FindingsOptions {
  readonly json?: true;
  readonly color: boolean;
  readonly snapshot: SnapshotChoice;
}

export function addFindings(program: Command): void {
  program
    .command('findings')
    .summary('tell what an expert would see first')
    .description(
      'Looks for what is wrong or worth knowing: ports running out, connections that pile up, open ports, odd values.',
    )
    .argument('<file...>', 'snapshot files; - is standard input')
    .addOption(
      snapshotOption('look at this snapshot: a number from 0, -1 for the last, a UTC time, or all').default(
        { number: -1 },
        'the last',
      ),
    )
    .option('--json', 'print one JSON object for each snapshot')
    .addHelpText('after', HELP)
    .action(async (files: string[], _options, command: Command) => {
      process.exitCode = await findings(files, command.optsWithGlobals<FindingsOptions>());
    });
}

const HELP = `
Each finding names its rows as an expression for show --where.

Examples:
  tcpscope findings web01.tcpsnap
  tcpscope findings --json *.tcpsnap`;

async function findings(files: readonly string[], options: FindingsOptions): Promise<number> {
  const decoder = await createDecoder();
  const output = new Output();
  const outcome = new Outcome();
  let separator = '';
  for (const path of files) {
    await outcome.attempt(inputName(path), async () => {
      for await (const text of findingsOfFile(path, decoder, output, options)) {
        await output.write([separator, ...text]);
        separator = options.json ? '' : '\n';
      }
    });
  }
  return outcome.exitCode;
}

async function* findingsOfFile(
  path: string,
  decoder: Decoder,
  output: Output,
  { json, color, snapshot: choice }: FindingsOptions,
): AsyncGenerator<Iterable<string>> {
  const file = await openInput(path, decoder);
  try {
    for (const number of await chooseSnapshots(file, choice)) {
      const decoded = await decodeIntact(file, number, decoder);
      using table = decoded.table;
      const found = findingsIn(table, decoded.snapshot);
      const origin: SnapshotOrigin = { file: inputName(path), number };
      const name = file.count > 1 ? `${origin.file}, snapshot ${number}` : origin.file;
      yield json
        ? [formatJson({ file: origin.file, snapshot: number, findings: found }) + '\n']
        : findingsText(name, found, terminalOf(output, color, process.env));
    }
  } finally {
    await file.close();
  }
}
