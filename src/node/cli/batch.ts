import { createReadStream } from 'node:fs';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { PARTITION_KEYS, type PartitionKey } from '../../core/dataset/partitions.js';
import type { TableClass } from '../../core/index.js';
import { BatchError } from '../batch/failures.js';
import { IDENTITIES, type Identity } from '../batch/planInputs.js';
import { runBatch, type BatchEvent, type BatchOptions } from '../batch/runBatch.js';
import { DATASET_FORMATS, type DatasetFormat } from '../dataset/rowsFile.js';
import { BatchReporter } from './batchReporter.js';
import { compileLater } from './compileLater.js';
import { expressionMistake } from './expressionMistake.js';
import { EXIT, UsageError, warn } from './failure.js';
import { STANDARD_INPUT } from './inputs.js';
import { countOption, splitList, tableOption } from './options.js';
import { standardError } from './standardError.js';

interface BatchCommandOptions {
  readonly out: string;
  readonly filesFrom?: string;
  readonly where?: string;
  readonly table?: TableClass;
  readonly format: DatasetFormat | 'none';
  readonly partitionBy: readonly PartitionKey[];
  readonly jobs?: number;
  readonly resumeBy: Identity;
  readonly strict?: true;
  readonly quiet?: true;
}

export function addBatch(program: Command): void {
  program
    .command('batch')
    .summary('turn many snapshot files into a dataset and a report')
    .description(
      'Reads many snapshot files, and writes their connections as a dataset that SQL engines read, with a summary and a report. ' +
        'Run again, it goes on where it stopped, and adds what is new.',
    )
    .argument(
      '[input...]',
      'snapshot files, folders with all that is in them, patterns like "logs/**/*.tcpsnap"',
    )
    .requiredOption('--out <folder>', 'the folder to write to; one of an earlier run is gone on with')
    .option('--files-from <file>', 'read more inputs from a file, one a line; - is standard input')
    .option('--where <expression>', 'take only the rows that match (see tcpscope show --help)')
    .addOption(tableOption('inputs are bare dumps of one raw table of this class'))
    .addOption(
      new Option('--format <format>', 'how to write rows; none: only summary and report')
        .choices([...DATASET_FORMATS, 'none'])
        .default('parquet'),
    )
    .addOption(
      new Option('--partition-by <keys>', `folders for the rows: ${PARTITION_KEYS.join(', ')}, both, or none`)
        .argParser(parsePartitionKeys)
        .default(PARTITION_KEYS, PARTITION_KEYS.join(',')),
    )
    .addOption(countOption('--jobs <n>', 'worker threads (default: as many as there are processors)'))
    .addOption(
      new Option(
        '--resume-by <how>',
        'how inputs that are done are recognised: by path, size and time, or by what is in them',
      )
        .choices(IDENTITIES)
        .default('time'),
    )
    .option('--strict', 'stop at the first input that fails')
    .option('--quiet', 'say nothing but what fails')
    .addHelpText('after', HELP)
    .action(async (inputs: string[], _options, command: Command) => {
      process.exitCode = await batch(inputs, command.optsWithGlobals<BatchCommandOptions>());
    });
}

const HELP = `
Writes into the folder:
  data/            the rows, in folders by date and host (docs/dataset.md)
  summary.json     files, hosts, states over time, processes, remotes, ports, findings, listeners, links between hosts
  report.html      the same to look at
  failures.ndjson  what could not be read: file, byte, reason

Ctrl-C stops it; what is done is kept. Exit codes: 0 done; 1 done, but something could not be read, or it was stopped;
2 wrong usage, or nothing could be written.

Examples:
  tcpscope batch /mnt/snapshots --out fleet
  find /mnt -name "*.tcpsnap" -mtime -1 | tcpscope batch --files-from - --out today
  tcpscope batch dumps/ --table tcp2 --where "state = CLOSE_WAIT" --format csv --out leaks
  duckdb -c "SELECT host, count(*) FROM 'fleet/data/**/*.parquet' GROUP BY ALL"`;

async function batch(inputs: readonly string[], options: BatchCommandOptions): Promise<number> {
  const { filesFrom, where, jobs } = options;
  const mistake = where === undefined ? undefined : expressionMistake(where);
  if (mistake !== undefined) {
    warn(...mistake);
    return EXIT.nothing;
  }
  if (inputs.length === 0 && filesFrom === undefined) throw new UsageError('give inputs, or --files-from');
  if (jobs === 0) throw new UsageError('--jobs needs at least 1');
  compileLater();
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  for (const signal of STOP_SIGNALS) process.on(signal, stop);
  const reporter = new BatchReporter(standardError(), options.quiet === true);
  try {
    return await follow(runBatch(batchOptions(inputs, options, controller.signal)), reporter, options.out);
  } catch (error) {
    throw error instanceof BatchError ? new UsageError(error.message) : error;
  } finally {
    reporter.end();
    for (const signal of STOP_SIGNALS) process.off(signal, stop);
  }
}

const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

async function follow(
  events: AsyncIterable<BatchEvent>,
  reporter: BatchReporter,
  out: string,
): Promise<number> {
  let exitCode: number = EXIT.nothing;
  for await (const event of events) {
    reporter.tell(event);
    if (event.type !== 'finished') continue;
    const { summary, isStopped } = event;
    exitCode = isStopped || summary.failures.total > 0 ? EXIT.partly : EXIT.done;
    if (summary.inputs.files === 0 && summary.failures.total > 0) exitCode = EXIT.nothing;
    reporter.summary(summary, isStopped, out);
  }
  return exitCode;
}

function batchOptions(
  inputs: readonly string[],
  { out, filesFrom, where, table, format, partitionBy, jobs, resumeBy, strict }: BatchCommandOptions,
  signal: AbortSignal,
): BatchOptions {
  return {
    inputs: allInputs(inputs, filesFrom),
    out,
    format,
    partitionBy,
    resumeBy,
    signal,
    ...(where !== undefined && { where }),
    ...(table !== undefined && { table }),
    ...(jobs !== undefined && { jobs }),
    ...(strict && { strict }),
  };
}

async function* allInputs(inputs: readonly string[], filesFrom: string | undefined): AsyncGenerator<string> {
  yield* inputs;
  if (filesFrom === undefined) return;
  // Loaded where it is needed: most are given folders.
  const { createInterface } = await import('node:readline');
  const stream = filesFrom === STANDARD_INPUT ? process.stdin : createReadStream(filesFrom);
  for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
    if (line !== '') yield line;
  }
}

function parsePartitionKeys(text: string): readonly PartitionKey[] {
  if (text === 'none') return [];
  return splitList(text).map((name) => {
    const key = PARTITION_KEYS.find((known) => known === name);
    if (key !== undefined) return key;
    throw new InvalidArgumentError(`Give ${PARTITION_KEYS.join(', ')}, both with a comma between, or none.`);
  });
}
