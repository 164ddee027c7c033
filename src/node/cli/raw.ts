import type { Command } from 'commander';
import type { RawTable } from '../../core/index.js';
import { publishFile } from '../files/publish.js';
import { EXIT, failureText, UsageError, warn } from './failure.js';
import { chooseSnapshots, inputName, openInput, type SnapshotChoice } from './inputs.js';
import { snapshotOption } from './options.js';
import { Output } from './output.js';
import { publishFailure } from './publishFailure.js';

interface RawOptions {
  readonly output?: string;
  readonly snapshot?: SnapshotChoice;
  readonly table?: string;
}

interface FoundTable {
  readonly snapshot: number;
  readonly table: RawTable;
}

export function addRaw(program: Command): void {
  program
    .command('raw')
    .summary('write the bytes of a raw table back')
    .description('Writes the bytes of one raw table back, bit for bit as they were captured.')
    .argument('<file>', 'a snapshot file; - is standard input')
    .option('-o, --output <file>', 'write to this file (default: standard output)')
    .addOption(
      snapshotOption(
        'which snapshot: a number from 0, -1 for the last, or a time (default: all are looked at)',
      ),
    )
    // Any name: a table whose class this version cannot decode can still be written back.
    .option('--table <class>', 'the table class to write')
    .addHelpText('after', HELP)
    .action(async (file: string, options: RawOptions) => {
      process.exitCode = await raw(file, options);
    });
}

const HELP = `
Where several tables fit, they are listed and nothing is written.

Examples:
  tcpscope raw -o gettcptable2.bin web01.tcpsnap
  tcpscope raw web01.tcpsnap | sha256sum`;

async function raw(path: string, options: RawOptions): Promise<number> {
  if (options.output === undefined && process.stdout.isTTY) {
    throw new UsageError('standard output is a terminal: name a file with -o, or redirect it');
  }
  const found = await findTables(path, options).catch((error: unknown) => {
    throw new UsageError(`${inputName(path)}: ${failureText(error)}`);
  });
  const [only] = found;
  if (only === undefined || found.length > 1) {
    warn(`${inputName(path)}: ${describeChoice(found, options)}`);
    return EXIT.nothing;
  }
  const { bytes } = only.table;
  const { output } = options;
  if (output === undefined) {
    await new Output().writeBytes(bytes);
  } else {
    await publishFile(output, bytes, { replace: false }).catch((error: unknown) => {
      throw publishFailure(output, error, 'give another name');
    });
  }
  return EXIT.done;
}

async function findTables(path: string, options: RawOptions): Promise<FoundTable[]> {
  const file = await openInput(path);
  try {
    for (const problem of file.problems) {
      if (file.count > 0) warn(`${inputName(path)}: ${failureText(problem)}`);
    }
    const found: FoundTable[] = [];
    for (const number of await chooseSnapshots(file, options.snapshot ?? 'all')) {
      const { tables } = await file.at(number);
      found.push(...tables.map((table) => ({ snapshot: number, table })));
    }
    return found.filter(({ table }) => options.table === undefined || table.class === options.table);
  } finally {
    await file.close();
  }
}

function describeChoice(found: readonly FoundTable[], { table }: RawOptions): string {
  if (found.length === 0)
    return table === undefined ? 'it holds no table' : `it holds no table of class "${table}"`;
  const lines = found.map(
    ({ snapshot, table: { class: tableClass, function: name, scope, bytes } }) =>
      `  snapshot ${snapshot}  ${tableClass}  ${name ?? '-'}  ${scope}  ${bytes.length} bytes`,
  );
  return `it holds ${found.length} tables that fit; choose one with --snapshot and --table\n${lines.join('\n')}`;
}
