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

interface FoundTables {
  /** Those of the chosen snapshots, of whatever class. */
  readonly tables: readonly FoundTable[];
  /** Whether something else in the file is damaged, which has been reported. */
  readonly damaged: boolean;
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
  if (options.output === undefined && new Output().isTTY) {
    throw new UsageError('standard output is a terminal: name a file with -o, or redirect it');
  }
  const { tables, damaged } = await findTables(path, options).catch((error: unknown) => {
    throw new UsageError(`${inputName(path)}: ${failureText(error)}`);
  });
  const fitting = tables.filter(({ table }) => options.table === undefined || table.class === options.table);
  const [only] = fitting;
  if (only === undefined) throw new UsageError(`${inputName(path)}: ${describeLack(tables, options)}`);
  if (fitting.length > 1) {
    const advice = 'choose one with --snapshot and --table';
    warn(
      `${inputName(path)}: it holds ${fitting.length} tables that fit; ${advice}`,
      ...fitting.map(choiceLine),
    );
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
  return damaged ? EXIT.partly : EXIT.done;
}

async function findTables(path: string, options: RawOptions): Promise<FoundTables> {
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
    return { tables: found, damaged: file.problems.length > 0 };
  } finally {
    await file.close();
  }
}

function describeLack(found: readonly FoundTable[], { table }: RawOptions): string {
  if (table === undefined || found.length === 0) return 'it holds no table';
  const classes = new Set(found.map((held) => held.table.class));
  return `it holds no table of class "${table}", only ${[...classes].join(', ')}`;
}

function choiceLine({ snapshot, table }: FoundTable): string {
  const { class: tableClass, function: name = '-', scope, bytes } = table;
  return `  snapshot ${snapshot}  ${tableClass}  ${name}  ${scope}  ${bytes.length} bytes`;
}
