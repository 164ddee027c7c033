import { Option, type Command } from 'commander';
import type { Decoder, Snapshot, Table, TableClass } from '../../core/index.js';
import { connectionKeys } from '../../core/table/connection.js';
import { createDecoder } from '../createDecoder.js';
import { importDump } from '../importDump.js';
import { connectionColumns } from '../print/connectionColumns.js';
import { connectionTable } from '../print/connectionTable.js';
import { printable } from '../print/cellText.js';
import { sampleText } from '../print/sample.js';
import { snapshotJson, type SnapshotOrigin } from '../print/snapshotJson.js';
import { terminalOf, type Terminal } from '../print/terminal.js';
import { Outcome, UsageError } from './failure.js';
import { chooseSnapshots, inputName, openInput, readInput, type SnapshotChoice } from './inputs.js';
import { countOption, orInvalid, snapshotOption, sortOption, splitList, tableOption } from './options.js';
import { Output } from './output.js';

const FORMATS = ['table', 'json', 'ndjson', 'csv', 'sample'] as const;

export interface ShowOptions {
  readonly format: (typeof FORMATS)[number];
  readonly header: boolean;
  readonly color: boolean;
  readonly snapshot: SnapshotChoice;
  readonly sort?: readonly string[];
  readonly columns?: readonly string[];
  readonly limit?: number;
  readonly table?: TableClass;
}

export function addShow(program: Command): void {
  program
    .command('show')
    .summary('print the connections of a snapshot')
    .description('Prints the connections that snapshot files hold.')
    .argument('<file...>', 'snapshot files; - is standard input')
    .addOption(sortOption())
    .addOption(new Option('--columns <names>', 'print these columns').argParser(orInvalid(splitList)))
    .addOption(
      snapshotOption('which snapshot: a number from 0, -1 for the last, a time, or all').default(
        { number: -1 },
        'the last',
      ),
    )
    .addOption(new Option('--format <format>', 'how to print').choices(FORMATS).default('table'))
    .addOption(countOption('--limit <n>', 'print at most so many rows'))
    .option('--no-header', 'print rows only, without header and closing line')
    .addOption(tableOption('read a bare dump of one raw table of this class'))
    .addHelpText('after', HELP)
    .action(async (files: string[], _options, command: Command) => {
      process.exitCode = await show(files, command.optsWithGlobals<ShowOptions>());
    });
}

const HELP = `
Sort fields: protocol family state local lport remote rport pid process offload
Columns:     protocol family state stateName localAddress localPort remoteAddress remotePort
             pid process offload offloadName; for the table also local and remote, with their ports

Examples:
  tcpscope show web01.tcpsnap
  tcpscope show --sort state,-rport --limit 20 web01.tcpsnap
  tcpscope show --format csv --columns localAddress,localPort,process *.tcpsnap > listeners.csv
  tcpscope show --table tcp2 gettcptable2.bin`;

export async function show(files: readonly string[], options: ShowOptions): Promise<number> {
  const showing = new Showing(await createDecoder(), options, files.length > 1 || options.snapshot === 'all');
  const outcome = new Outcome();
  for (const file of files) {
    await outcome.attempt(inputName(file), () => showing.file(file, outcome));
  }
  return outcome.exitCode;
}

/** One run of the command: what has been printed so far decides on headers and separators. */
class Showing {
  readonly #decoder: Decoder;
  readonly #options: ShowOptions;
  readonly #several: boolean;
  readonly #output = new Output();
  readonly #terminal: Terminal;
  #printed = 0;

  constructor(decoder: Decoder, options: ShowOptions, several: boolean) {
    checkColumns(options);
    this.#decoder = decoder;
    this.#options = options;
    this.#several = several;
    this.#terminal = terminalOf(this.#output.stream, options.color, process.env);
  }

  async file(file: string, outcome: Outcome): Promise<void> {
    const { table } = this.#options;
    const name = inputName(file);
    if (table !== undefined) {
      const snapshot = importDump(await readInput(file), table, { fileName: name });
      return this.#snapshot(snapshot, { file: name }, outcome);
    }
    const opened = await openInput(file);
    try {
      const numbers = await chooseSnapshots(opened, this.#options.snapshot);
      const failures: unknown[] = [];
      for (const number of numbers) {
        try {
          await this.#snapshot(await opened.at(number), { file: name, number }, outcome);
        } catch (error) {
          // One damaged snapshot takes no other with it, but a file of which none can be shown has failed.
          failures.push(error);
          if (failures.length === numbers.length) throw error;
          outcome.reportNotWhole(`${name}, snapshot ${number}`, error);
        }
      }
      for (const problem of opened.problems) outcome.reportNotWhole(name, problem);
    } finally {
      await opened.close();
    }
  }

  async #snapshot(snapshot: Snapshot, origin: SnapshotOrigin, outcome: Outcome): Promise<void> {
    const table = this.#decoder.decodeSnapshot(snapshot);
    try {
      const { sort, format, limit } = this.#options;
      const rows = table.order(sort ?? (format === 'sample' ? [] : undefined)).subarray(0, limit);
      await this.#output.write(this.#text(snapshot, origin, table, rows));
      this.#printed++;
    } finally {
      table.free();
    }
    for (const missing of table.undecoded) {
      const message = `snapshot ${origin.number ?? 0} has a table of class "${missing}", which this version cannot decode: its rows are missing`;
      outcome.reportNotWhole(origin.file, new UsageError(message));
    }
  }

  #text(
    snapshot: Snapshot,
    origin: SnapshotOrigin,
    table: Table,
    rows: Uint32Array,
  ): Iterable<string | Uint8Array> {
    const { format, columns, header } = this.#options;
    switch (format) {
      case 'json':
        return snapshotJson(snapshot, origin, table, rows, columns);
      case 'ndjson':
        return table.ndjsonPieces(rows, columns);
      case 'csv':
        return table.csvPieces(rows, columns, header && this.#printed === 0);
      case 'sample':
        return sampleText(table, rows);
      case 'table':
        return this.#table(snapshot, origin, table, rows);
    }
  }

  *#table(snapshot: Snapshot, origin: SnapshotOrigin, table: Table, rows: Uint32Array): Generator<string> {
    const { header, columns } = this.#options;
    if (this.#several && header) {
      const number = origin.number === undefined ? '' : `, snapshot ${origin.number}`;
      const separator = this.#printed > 0 ? '\n' : '';
      yield separator + this.#terminal.colors.bold(printable(origin.file) + number) + '\n\n';
    }
    const layout = { columns: connectionColumns(columns), header };
    yield* connectionTable(table, rows, snapshot, layout, this.#terminal);
  }
}

/** Wrong column names end the command before anything is read. */
function checkColumns({ format, columns }: ShowOptions): void {
  if (format === 'table') connectionColumns(columns);
  else if (format === 'sample' && columns)
    throw new UsageError('--columns has no meaning with --format sample');
  else connectionKeys(columns);
}
