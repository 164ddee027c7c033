import {
  ADDED_KEYS,
  CONNECTION_KEYS,
  type ConnectionKey,
  type Decoder,
  type SnapshotInfo,
  type Table,
  type TableClass,
} from '../../core/index.js';
import { decodeIntact } from '../../core/file/decodeStored.js';
import { connectionKeys } from '../../core/table/connection.js';
import { selectedInOrder } from '../../core/table/selectedInOrder.js';
import { printable } from '../print/cellText.js';
import { connectionColumns } from '../print/connectionColumns.js';
import { connectionTable } from '../print/connectionTable.js';
import { countCsv, countJson, countNdjson, countTable, type Counted } from '../print/counts.js';
import { sampleText } from '../print/sample.js';
import { snapshotJson, type SnapshotOrigin } from '../../core/text/snapshotJson.js';
import { createDecoder } from '../createDecoder.js';
import { terminalOf, type Terminal } from '../print/terminal.js';
import { type Outcome, UsageError } from './failure.js';
import { chooseSnapshots, inputName, openInput, readInput, type SnapshotChoice } from './inputs.js';
import { Output } from './output.js';

export const FORMATS = ['table', 'json', 'ndjson', 'csv', 'sample'] as const;

export interface ShowOptions {
  readonly format: (typeof FORMATS)[number];
  readonly header: boolean;
  readonly color: boolean;
  readonly snapshot: SnapshotChoice;
  readonly sort?: readonly string[];
  readonly where?: string;
  readonly countBy?: string;
  readonly columns?: readonly string[];
  readonly limit?: number;
  readonly table?: TableClass;
}

/** One run of the command: what has been printed so far decides on headers and separators. */
export class Showing {
  readonly #options: ShowOptions;
  readonly #several: boolean;
  readonly #output = new Output();
  readonly #terminal: Terminal;
  #decoder: Promise<Decoder> | undefined;
  #printed = 0;

  constructor(options: ShowOptions, several: boolean) {
    checkOptions(options);
    this.#options = options;
    this.#several = several;
    this.#terminal = terminalOf(this.#output, options.color, process.env);
  }

  async file(file: string, outcome: Outcome): Promise<void> {
    const { table } = this.#options;
    const name = inputName(file);
    if (table !== undefined) {
      const { importDump } = await import('../importDump.js');
      const snapshot = importDump(await readInput(file), table, { fileName: name });
      const decoder = await this.#prepared();
      return this.#snapshot(snapshot, decoder.decodeSnapshot(snapshot), { file: name }, outcome);
    }
    const decoder = await this.#prepared();
    const opened = await openInput(file, decoder);
    try {
      const numbers = await chooseSnapshots(opened, this.#options.snapshot);
      const failures: unknown[] = [];
      for (const number of numbers) {
        try {
          const decoded = await decodeIntact(opened, number, decoder);
          await this.#snapshot(decoded.snapshot, decoded.table, { file: name, number }, outcome);
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

  #prepared(): Promise<Decoder> {
    this.#decoder ??= createDecoder();
    return this.#decoder;
  }

  async #snapshot(
    snapshot: SnapshotInfo,
    table: Table,
    origin: SnapshotOrigin,
    outcome: Outcome,
  ): Promise<void> {
    try {
      const { countBy } = this.#options;
      const text =
        countBy === undefined
          ? this.#text(snapshot, origin, table, this.#rows(table))
          : this.#countText(snapshot, origin, this.#counts(table, countBy));
      await this.#output.write(text);
      this.#printed++;
    } finally {
      table.free();
    }
    for (const missing of table.undecoded) {
      const message = `snapshot ${origin.number ?? 0} has a table of class "${missing}", which this version cannot decode: its rows are missing`;
      outcome.reportNotWhole(origin.file, new UsageError(message));
    }
  }

  /** The numbers of the rows to print, in order. */
  #rows(table: Table): Uint32Array {
    const { sort, format, where, limit } = this.#options;
    const selected = where === undefined ? undefined : table.select(where);
    const keys = sort ?? (format === 'sample' ? [] : undefined);
    return selectedInOrder(table, selected, keys, limit);
  }

  #counts(table: Table, by: string): Counted {
    const { where, limit } = this.#options;
    const rows = where === undefined ? undefined : table.select(where);
    return { by, counts: table.countBy(by, rows, limit), total: rows?.length ?? table.rowCount };
  }

  #text(
    snapshot: SnapshotInfo,
    origin: SnapshotOrigin,
    table: Table,
    rows: Uint32Array,
  ): Iterable<string | Uint8Array> {
    const { format, columns, header } = this.#options;
    switch (format) {
      case 'json':
        return snapshotJson(snapshot, origin, table, rows, columns);
      case 'ndjson':
        return table.borrowNdjsonPieces(rows, columns);
      case 'csv':
        return table.borrowCsvPieces(rows, columns ?? this.#csvColumns(), header && this.#printed === 0);
      case 'sample':
        return sampleText(table, rows);
      case 'table':
        return this.#table(snapshot, origin, table, rows);
    }
  }

  /** Of several snapshots, which need not tell the same, all columns stand under the one header; of one, those that it tells. */
  #csvColumns(): readonly ConnectionKey[] | undefined {
    return this.#several ? [...CONNECTION_KEYS, ...ADDED_KEYS] : undefined;
  }

  #countText(snapshot: SnapshotInfo, origin: SnapshotOrigin, counted: Counted): Iterable<string> {
    const { format, header } = this.#options;
    switch (format) {
      case 'json':
        return countJson(snapshot, origin, counted);
      case 'ndjson':
        return countNdjson(counted);
      case 'csv':
        return countCsv(counted, header && this.#printed === 0);
      default:
        return this.#titled(origin, countTable(counted, header, this.#terminal));
    }
  }

  /** Where there are several tables, each has a line that says what it is. */
  *#titled(origin: SnapshotOrigin, lines: Iterable<string>): Generator<string> {
    if (this.#several && this.#options.header) {
      const number = origin.number === undefined ? '' : `, snapshot ${origin.number}`;
      const separator = this.#printed > 0 ? '\n' : '';
      yield separator + this.#terminal.colors.bold(printable(origin.file) + number) + '\n\n';
    }
    yield* lines;
  }

  #table(snapshot: SnapshotInfo, origin: SnapshotOrigin, table: Table, rows: Uint32Array): Iterable<string> {
    const { header, columns } = this.#options;
    const layout = { columns: connectionColumns(columns), header };
    return this.#titled(origin, connectionTable(table, rows, snapshot, layout, this.#terminal));
  }
}

/** Wrong names, and options that do not go together, end the command before anything is read. */
function checkOptions({ format, columns, countBy, sort }: ShowOptions): void {
  if (countBy !== undefined) {
    if (sort) throw new UsageError('--sort has no meaning with --count-by: the most frequent come first');
    if (columns) throw new UsageError('--columns has no meaning with --count-by');
    if (format === 'sample') throw new UsageError('--count-by has no meaning with --format sample');
  }
  if (format === 'table') connectionColumns(columns);
  else if (format === 'sample' && columns)
    throw new UsageError('--columns has no meaning with --format sample');
  else if (columns) connectionKeys(columns);
}
