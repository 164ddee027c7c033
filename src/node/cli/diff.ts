import { existsSync } from 'node:fs';
import { Option, type Command } from 'commander';
import { diffTables, type Decoder, type SnapshotInfo, type Table } from '../../core/index.js';
import { decodeIntact } from '../../core/file/decodeStored.js';
import { readChanges } from '../../core/table/changes.js';
import { createDecoder } from '../createDecoder.js';
import { changeJson, changeNdjson } from '../../core/text/changeJson.js';
import { changeTable } from '../print/changeTable.js';
import type { SnapshotOrigin } from '../../core/text/snapshotJson.js';
import { terminalOf } from '../print/terminal.js';
import { EXIT, failureText, UsageError, warn } from './failure.js';
import { chooseSnapshots, inputName, openInput, parseSnapshotChoice, type SnapshotChoice } from './inputs.js';
import { Output } from './output.js';

const FORMATS = ['table', 'json', 'ndjson'] as const;

interface DiffOptions {
  readonly format: (typeof FORMATS)[number];
  readonly color: boolean;
}

export function addDiff(program: Command): void {
  program
    .command('diff')
    .summary('tell what changed between two snapshots')
    .description(
      'Tells which connections opened, closed, or changed their state or owner between two snapshots.',
    )
    .argument('<before>', 'a snapshot file, or FILE@N for one snapshot of it; - is standard input')
    .argument('<after>', 'likewise')
    .addOption(new Option('--format <format>', 'how to print').choices(FORMATS).default('table'))
    .addHelpText('after', HELP)
    .action(async (before: string, after: string, _options, command: Command) => {
      await diff(before, after, command.optsWithGlobals<DiffOptions>());
    });
}

const HELP = `
Connections are the same if protocol, addresses and ports are; listeners, if their local end is.
Exit codes: 0 no differences; 1 differences; 2 the snapshots could not be compared.

Examples:
  tcpscope diff before.tcpsnap after.tcpsnap
  tcpscope diff --format ndjson web01.tcpsnap@0 web01.tcpsnap@-1`;

async function diff(before: string, after: string, { format, color }: DiffOptions): Promise<void> {
  if (before === '-' && after === '-') throw new UsageError('only one of the two can be standard input');
  const decoder = await createDecoder();
  const [a, b] = [await load(before, decoder), await load(after, decoder)];
  const found = diffTables(a.table, b.table);
  const changes = [...readChanges(found, a.table, b.table)];
  // It holds for a reader that stops early too.
  process.exitCode = changes.length > 0 ? EXIT.partly : EXIT.done;
  const output = new Output();
  const snapshots = [a.snapshot, b.snapshot] as const;
  if (format === 'ndjson') await output.write(changeNdjson(changes));
  else if (format === 'json') await output.write(changeJson(changes, snapshots, [a.origin, b.origin]));
  else await output.write(changeTable(changes, snapshots, terminalOf(output, color, process.env)));
}

interface Loaded {
  readonly snapshot: SnapshotInfo;
  readonly origin: SnapshotOrigin;
  readonly table: Table;
}

async function load(argument: string, decoder: Decoder): Promise<Loaded> {
  const { path, choice } = parseArgument(argument);
  try {
    const { snapshot, table, number, problems } = await read(path, choice, decoder);
    for (const problem of problems) warn(`${inputName(path)}: ${failureText(problem)}`);
    if (table.undecoded.length > 0) {
      throw new UsageError(`it has tables that this version cannot decode: ${table.undecoded.join(', ')}`);
    }
    return { snapshot, origin: { file: inputName(path), number }, table };
  } catch (error) {
    throw new UsageError(`${inputName(argument)}: ${failureText(error)}`);
  }
}

async function read(path: string, choice: SnapshotChoice, decoder: Decoder) {
  const file = await openInput(path, decoder);
  try {
    const [number = 0] = await chooseSnapshots(file, choice);
    const { snapshot, table } = await decodeIntact(file, number, decoder);
    return { snapshot, table, number, problems: file.problems };
  } finally {
    await file.close();
  }
}

/** `FILE@N`, unless a file has that very name. */
function parseArgument(argument: string): { path: string; choice: SnapshotChoice } {
  const last = { number: -1 };
  const match = /^(.+)@([^@/\\]+)$/.exec(argument);
  if (match === null || existsSync(argument)) return { path: argument, choice: last };
  const choice = parseSnapshotChoice(match[2]!);
  if (choice === 'all') throw new UsageError(`${argument}: choose one snapshot, not all`);
  return { path: match[1]!, choice };
}
