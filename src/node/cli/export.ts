import { extname } from 'node:path';
import type { Command } from 'commander';
import { ChunkBuffer } from '../../core/dataset/chunking.js';
import { DatasetChunk } from '../../core/dataset/datasetChunk.js';
import type { Decoder, TableClass } from '../../core/index.js';
import { selectedInOrder } from '../../core/table/selectedInOrder.js';
import { createDecoder } from '../createDecoder.js';
import { readSnapshots } from '../dataset/readSnapshots.js';
import { DATASET_FORMATS, RowsFile, type DatasetFormat } from '../dataset/rowsFile.js';
import { expressionMistake } from './expressionMistake.js';
import { EXIT, Outcome, OutputError, UsageError, warn } from './failure.js';
import { tableOption } from './options.js';
import { publishFailure } from './publishFailure.js';

interface ExportOptions {
  readonly output: string;
  readonly where?: string;
  readonly table?: TableClass;
  readonly force?: true;
}

export function addExport(program: Command): void {
  program
    .command('export')
    .summary('write the connections of snapshot files to one Parquet, CSV or NDJSON file')
    .description(
      'Writes the connections of all snapshots in the files to one file, each row with host, time, file, number and digest of its snapshot.',
    )
    .argument('<file...>', 'snapshot files')
    .requiredOption('-o, --output <file>', 'the file to write: its name ends with .parquet, .csv or .ndjson')
    .option('--where <expression>', 'write only the rows that match (see tcpscope show --help)')
    .addOption(tableOption('read bare dumps of one raw table of this class'))
    .option('--force', 'replace the file if it exists')
    .addHelpText('after', HELP)
    .action(async (files: string[], options: ExportOptions) => {
      process.exitCode = await exportFiles(files, options);
    });
}

const HELP = `
Examples:
  tcpscope export web01.tcpsnap -o web01.parquet
  tcpscope export --where "state = CLOSE_WAIT" *.tcpsnap -o leaks.csv
  duckdb -c "SELECT process, count(*) FROM 'web01.parquet' GROUP BY ALL"`;

async function exportFiles(paths: readonly string[], options: ExportOptions): Promise<number> {
  const { output, where } = options;
  const mistake = where === undefined ? undefined : expressionMistake(where);
  if (mistake !== undefined) {
    warn(...mistake);
    return EXIT.nothing;
  }
  const failed = (error: unknown): never => {
    throw publishFailure(output, error, 'use --force to replace it, or give another name');
  };
  const create = { replace: options.force === true };
  const file = await RowsFile.create(output, formatOf(output), create).catch(failed);
  const outcome = new Outcome();
  try {
    const writer = new ChunkWriter(await createDecoder(), file, where);
    for (const path of paths) await exportFile(path, options, writer, outcome);
    await writer.flush();
  } catch (error) {
    await file.abandon();
    return failed(error instanceof OutputError ? error.cause : error);
  }
  if (outcome.exitCode === EXIT.nothing) {
    await file.abandon();
    return EXIT.nothing;
  }
  await file.publish().catch(failed);
  warn(`wrote ${output}: ${file.rows} rows`);
  return outcome.exitCode;
}

async function exportFile(
  path: string,
  { table }: ExportOptions,
  writer: ChunkWriter,
  outcome: Outcome,
): Promise<void> {
  await outcome.attempt(path, async () => {
    const problems: { readonly place: string; readonly problem: unknown }[] = [];
    let snapshots = 0;
    for await (const result of readSnapshots(path, { name: path, ...(table && { table }) })) {
      if ('problem' in result) {
        const { problem, number } = result;
        problems.push({ place: number === undefined ? path : `${path}, snapshot ${number}`, problem });
        continue;
      }
      snapshots++;
      await writer.add(result);
    }
    // A file of which nothing can be used has failed, for the first reason.
    if (snapshots === 0 && problems.length > 0) throw problems[0]!.problem;
    for (const { place, problem } of problems) outcome.reportNotWhole(place, problem);
  });
}

/** Gathers snapshots, and writes their rows a chunk at a time. */
class ChunkWriter {
  readonly #decoder: Decoder;
  readonly #file: RowsFile;
  readonly #where: string | undefined;
  readonly #buffer = new ChunkBuffer();

  constructor(decoder: Decoder, file: RowsFile, where: string | undefined) {
    this.#decoder = decoder;
    this.#file = file;
    this.#where = where;
  }

  async add(snapshot: Parameters<ChunkBuffer['add']>[0]): Promise<void> {
    this.#buffer.add(snapshot);
    while (this.#buffer.isFull) await this.#writeChunk();
  }

  async flush(): Promise<void> {
    while (!this.#buffer.isEmpty) await this.#writeChunk();
  }

  async #writeChunk(): Promise<void> {
    const chunk = new DatasetChunk(this.#decoder, this.#buffer.take());
    try {
      const rows = selectedInOrder(chunk.table, chunk.select(this.#where));
      await this.#file.add(chunk, rows).catch((cause: unknown) => {
        throw new OutputError(cause);
      });
    } finally {
      chunk.free();
    }
  }
}

/** @throws UsageError */
function formatOf(path: string): DatasetFormat {
  const extension = extname(path).slice(1).toLowerCase();
  const format = DATASET_FORMATS.find((name) => name === extension);
  if (format !== undefined) return format;
  throw new UsageError(
    `${path}: give a name that ends with ${DATASET_FORMATS.map((name) => `.${name}`).join(', ')}`,
  );
}
