import { Option, type Command } from 'commander';
import {
  connectionTable,
  orderConnections,
  timeline,
  TIMELINE_FIELDS,
  type Decoder,
  type SnapshotFile,
  type Timeline,
} from '../../core/index.js';
import { timelineCsv, timelineJson, timelineNdjson } from '../../core/text/timelineText.js';
import { parseConnectionSortKey } from '../../core/timeline/connectionOrder.js';
import { createDecoder } from '../createDecoder.js';
import { terminalOf } from '../print/terminal.js';
import { timelineConnections } from '../print/timelineConnections.js';
import { timelineOverview } from '../print/timelineOverview.js';
import { expressionMistake } from './expressionMistake.js';
import { EXIT, Outcome, UsageError, warn } from './failure.js';
import { inputName, openInput } from './inputs.js';
import { countOption, sortOption } from './options.js';
import { Output } from './output.js';

const FORMATS = ['table', 'json', 'ndjson', 'csv'] as const;
/** Of a recording's connections, which are mostly very many, a person wants to see some, and then to choose. */
const TABLE_LIMIT = 20;
/** Snapshots that cannot be read are named one by one, up to so many. */
const MOST_NAMED = 10;

interface TimelineCommandOptions {
  readonly format: (typeof FORMATS)[number];
  readonly header: boolean;
  readonly color: boolean;
  readonly sort: readonly string[];
  readonly where?: string;
  readonly limit?: number;
}

export function addTimeline(program: Command): void {
  program
    .command('timeline')
    .summary('tell what became of the connections of a recording')
    .description(
      'Tells what happened over a recording: rows, opened and closed connections, regular calls, counters; and of each connection when it was seen, in which states, and whose it was.',
    )
    .argument('<file...>', 'recordings; - is standard input')
    .addOption(
      sortOption(
        parseConnectionSortKey,
        'sort connections by these fields, "-" before one for descending (default: first seen first)',
      ).default([], 'first'),
    )
    .option('--where <expression>', 'only the connections that match (see below)')
    .addOption(
      countOption('--limit <n>', `print at most so many connections (default: in a table ${TABLE_LIMIT})`),
    )
    .addOption(new Option('--format <format>', 'how to print').choices(FORMATS).default('table'))
    .option('--no-header', 'print connections only, without overview, header and closing line')
    .addHelpText('after', HELP)
    .action(async (files: string[], _options, command: Command) => {
      process.exitCode = await printTimelines(files, command.optsWithGlobals<TimelineCommandOptions>());
    });
}

const HELP = `
Connections are the same if protocol, addresses and ports are; listeners, if their local end is.
Fields:      ${TIMELINE_FIELDS.join(' ')} to sort by, and those of rows to sort and select by:
             protocol family state local lport remote rport pid process
             State, pid and process are the last ones that a connection had.
Where:       as in "tcpscope show --help"
Formats:     json has the overview and all series too; csv and ndjson have connections only.

Examples:
  tcpscope timeline web01.tcpsnap
  tcpscope timeline --where "remote in 203.0.113.0/24" --limit 100 web01.tcpsnap
  tcpscope timeline --sort -gaps,-seen web01.tcpsnap
  tcpscope timeline --where CLOSE_WAIT --format csv web01.tcpsnap > stuck.csv`;

async function printTimelines(files: readonly string[], options: TimelineCommandOptions): Promise<number> {
  const mistake = options.where === undefined ? undefined : expressionMistake(options.where);
  if (mistake !== undefined) {
    warn(...mistake);
    return EXIT.nothing;
  }
  const decoder = await createDecoder();
  const output = new Output();
  const outcome = new Outcome();
  let printed = 0;
  for (const path of files) {
    const name = inputName(path);
    await outcome.attempt(name, async () => {
      const file = await openInput(path, decoder);
      try {
        const found = await readTimeline(file, decoder);
        await output.write(timelineText(name, found, decoder, options, output, printed++));
        reportDamage(name, file, found, outcome);
      } finally {
        await file.close();
      }
    });
  }
  return outcome.exitCode;
}

/** A file of which nothing can be read has failed. */
async function readTimeline(file: SnapshotFile, decoder: Decoder): Promise<Timeline> {
  const found = await timeline(file, decoder);
  // Asked for once more, so that the error says what is wrong with the file.
  if (!found.snapshots.isReadable.includes(1)) await file.at(0);
  return found;
}

function* timelineText(
  name: string,
  found: Timeline,
  decoder: Decoder,
  options: TimelineCommandOptions,
  output: Output,
  printed: number,
): Generator<string> {
  const { format, header, color } = options;
  const { matching, chosen } = choose(found, decoder, options);
  if (format === 'json') yield* timelineJson(name, found, chosen);
  if (format === 'ndjson') yield* timelineNdjson(found, chosen);
  if (format === 'csv') yield* timelineCsv(found, chosen, header && printed === 0);
  if (format !== 'table') return;
  const terminal = terminalOf(output, color, process.env);
  if (header) {
    if (printed > 0) yield '\n';
    yield* timelineOverview(name, found, terminal);
  }
  yield* timelineConnections(found, chosen, { header, matching }, terminal);
}

/** The connections that match, in order, as many as are wanted. */
function choose(
  found: Timeline,
  decoder: Decoder,
  { format, header, sort, where, limit }: TimelineCommandOptions,
): { readonly matching: number; readonly chosen: Uint32Array } {
  using table = connectionTable(found, decoder);
  let order = orderConnections(found, table, sort);
  if (where !== undefined) {
    const isSelected = new Uint8Array(table.rowCount);
    for (const row of table.select(where)) isSelected[row] = 1;
    order = order.filter((row) => isSelected[row] === 1);
  }
  const most = limit ?? (format === 'table' && header ? TABLE_LIMIT : order.length);
  return { matching: order.length, chosen: order.subarray(0, most) };
}

function reportDamage(
  name: string,
  file: SnapshotFile,
  { unreadable, undecoded }: Timeline,
  outcome: Outcome,
): void {
  for (const { snapshot, reason, offset } of unreadable.slice(0, MOST_NAMED)) {
    const what = snapshot === null ? 'a gap' : `snapshot ${snapshot}`;
    warn(`${name}, ${what}: ${reason}${offset === null ? '' : ` (at byte ${offset})`}`);
  }
  const more = unreadable.length - MOST_NAMED;
  if (more > 0) warn(`${name}: ${more} more could not be read; "tcpscope verify" names them`);
  if (unreadable.length > 0) outcome.notWhole();
  for (const tableClass of undecoded) {
    const message = `it has tables of class "${tableClass}", which this version cannot decode: their rows are missing`;
    outcome.reportNotWhole(name, new UsageError(message));
  }
  for (const problem of file.problems) outcome.reportNotWhole(name, problem);
}
