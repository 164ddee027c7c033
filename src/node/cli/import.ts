import { basename } from 'node:path';
import type { Command } from 'commander';
import { encodeSnapshotFile, type TableClass } from '../../core/index.js';
import { createDecoder } from '../createDecoder.js';
import { publishFile } from '../files/publish.js';
import { importDump } from '../importDump.js';
import { EXIT, failureText, UsageError, warn } from './failure.js';
import { inputName, readInput, STANDARD_INPUT } from './inputs.js';
import { tableOption } from './options.js';
import { publishFailure } from './publishFailure.js';

interface ImportOptions {
  readonly table: TableClass;
  readonly output: string;
}

export function addImport(program: Command): void {
  program
    .command('import')
    .summary('make a snapshot file of a bare dump')
    .description('Makes a snapshot file of a bare dump of one raw table, keeping its bytes as they are.')
    .argument('<raw>', 'the dump; - is standard input')
    .addOption(tableOption('the class of the table that was dumped').makeOptionMandatory())
    .requiredOption('-o, --output <file>', 'the snapshot file to write')
    .addHelpText('after', HELP)
    .action(async (file: string, options: ImportOptions) => {
      process.exitCode = await importFile(file, options);
    });
}

const HELP = `
Example:
  tcpscope import gettcptable2.bin --table tcp2 -o web01.tcpsnap`;

async function importFile(path: string, { table, output }: ImportOptions): Promise<number> {
  const bytes = await readTable(path, table).catch((error: unknown) => {
    throw new UsageError(`${inputName(path)}: ${failureText(error)}`);
  });
  const fileName = path === STANDARD_INPUT ? '' : basename(path);
  const snapshot = importDump(bytes, table, { fileName, arguments: process.argv.slice(2) });
  await publishFile(output, await encodeSnapshotFile(snapshot), { replace: false }).catch(
    (error: unknown) => {
      throw publishFailure(output, error, 'give another name');
    },
  );
  warn(`wrote ${output}`);
  return EXIT.done;
}

/** The dump, once the decoder has found that it is one. */
async function readTable(path: string, table: TableClass): Promise<Uint8Array> {
  const [bytes, decoder] = await Promise.all([readInput(path), createDecoder()]);
  decoder.decode(bytes, table).free();
  return bytes;
}
