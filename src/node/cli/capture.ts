import { hostname } from 'node:os';
import { Option, type Command } from 'commander';
import { encodeSnapshotFile, type Snapshot } from '../../core/index.js';
import {
  captureSnapshot,
  captureTime,
  createCapturer,
  type CaptureOptions,
} from '../capture/captureSnapshot.js';
import type { ProviderName } from '../capture/provider.js';
import { PROVIDER_NAMES } from '../capture/selectProvider.js';
import { BOUND_CLASSES, parseTableName, tableName, type TableName } from '../capture/tableRequest.js';
import { publishFile } from '../files/publish.js';
import { formatUtc } from '../../core/text/time.js';
import { EXIT, UsageError, warn } from './failure.js';
import { publishFailure } from './publishFailure.js';
import { orInvalid } from './options.js';
import { Output } from './output.js';
import {
  addRecordOptions,
  appendOne,
  checkRecordOptions,
  isRecording,
  recordTo,
  refuseRecorded,
  type RecordCommandOptions,
} from './recordCommand.js';
import { show } from './show.js';

interface CaptureCommandOptions extends RecordCommandOptions {
  readonly table?: TableList;
  readonly bound?: true;
  readonly commandLines?: true;
  readonly show?: true;
  readonly order: boolean;
  readonly color: boolean;
  readonly provider: ProviderName | 'auto';
  readonly note?: string;
}

/** What stands behind `--table`: classes, and perhaps the file, which an option that takes several values takes too. */
interface TableList {
  readonly names: readonly TableName[];
  readonly file?: string;
}

const STANDARD_OUTPUT = '-';

export function addCapture(program: Command): void {
  const captureCommand = program
    .command('capture')
    .summary("take a snapshot of this machine's connections, or record them")
    .description(
      "Takes a snapshot of this machine's TCP connection table, or one after another, and writes them to a file.",
    )
    .argument('[file]', 'the file to write; - is standard output (default: a name with host and UTC time)')
    .option('--show', 'print the snapshot too')
    .option('--force', 'replace an existing file')
    .addOption(
      new Option('--table <class...>', 'tables to take (default: those that tell most)').argParser(
        orInvalid(addTable),
      ),
    )
    .option('--bound', 'also take sockets that hold a port, but neither listen nor connect')
    .addOption(
      new Option('--provider <name>', 'where the tables come from')
        .choices(['auto', ...PROVIDER_NAMES])
        .default('auto'),
    )
    .option('--no-order', 'do not ask the system for ordered rows')
    .option('--command-lines', 'keep the command lines of processes: they may hold passwords')
    .option('--note <text>', 'keep this text with the snapshot');
  addRecordOptions(captureCommand)
    .addHelpText('after', HELP)
    .action(async (operand: string | undefined, _options, command: Command) => {
      const options = command.optsWithGlobals<CaptureCommandOptions>();
      process.exitCode = await capture(chooseFile(operand, options.table), options);
    });
}

const HELP = `
On Windows tables are what GetTcpTable2 and its family return, bit for bit; on Linux they are written in the
same layouts from what the kernel says (netlink). Owners of other users' sockets need administrator or root
rights.

Table classes: tcp, tcp2, tcp-owner-pid, tcp-owner-module, and the same of IPv6: tcp6, tcp6-2, tcp6-owner-pid,
tcp6-owner-module; udp, udp-owner-pid, udp-owner-module, udp6, udp6-owner-pid, udp6-owner-module. Linux has
tcp2, tcp6-2, udp-owner-pid and udp6-owner-pid. The owner classes of TCP, and tcp, can be had in part:
tcp-owner-pid:listeners, tcp-owner-pid:connections; without either, all sockets. FILE may stand behind the
classes; one whose name begins like a class needs a path (./tcp-monday) or stands before --table.
--bound calls functions that Windows does not document.

--interval, --count and --duration record: a snapshot at a steady interval, into one file, of which each takes
little more than what has changed. Ctrl-C ends a recording; whatever else ends it, what was taken is in the file.
With --max-size or --max-age, FILE.tcpsnap is followed by FILE.0002.tcpsnap, FILE.0003.tcpsnap, …

Examples:
  tcpscope capture
  tcpscope capture --show before-restart.tcpsnap
  tcpscope capture --table tcp2 udp-owner-pid web01.tcpsnap
  tcpscope capture --interval 5s --duration 1h leak.tcpsnap
  tcpscope capture --interval 1s --max-size 100MB --keep 10 web01.tcpsnap
  tcpscope capture --append hourly.tcpsnap
  tcpscope capture - | ssh analyst@desk 'cat > web01.tcpsnap'`;

async function capture(file: string | undefined, options: CaptureCommandOptions): Promise<number> {
  checkRecordOptions(options);
  if (file === STANDARD_OUTPUT) checkStandardOutput(options);
  if (!isRecording(options)) return captureOne(file, options);
  if (options.show) throw new UsageError('--show prints one snapshot: show the recording when it has ended');
  let exitCode: number = EXIT.done;
  const path = file ?? defaultName(captureTime().utcMicroseconds);
  const capturer = createCapturer(captureOptions(options));
  const onFirst = (snapshot: Snapshot): void => {
    warnOfUnreadable(snapshot);
    if (!isAllThere(snapshot, options)) exitCode = EXIT.partly;
  };
  const recorded = await recordTo(path, () => capturer.capture(), options, onFirst);
  return Math.max(recorded, exitCode);
}

async function captureOne(file: string | undefined, options: CaptureCommandOptions): Promise<number> {
  const snapshot = await captureSnapshot(captureOptions(options));
  warnOfUnreadable(snapshot);
  const exitCode = isAllThere(snapshot, options) ? EXIT.done : EXIT.partly;
  if (file === STANDARD_OUTPUT) {
    await new Output().writeBytes(await encodeSnapshotFile(snapshot));
    return exitCode;
  }
  const path = file ?? defaultName(snapshot.time!.utcMicroseconds);
  await (options.append ? appendOne(path, snapshot) : publish(path, snapshot, options.force === true));
  if (!options.show) return exitCode;
  const shown = await show([path], {
    format: 'table',
    header: true,
    color: options.color,
    snapshot: { number: -1 },
  });
  return Math.max(shown, exitCode);
}

function captureOptions(options: CaptureCommandOptions): CaptureOptions {
  return {
    provider: options.provider,
    order: options.order,
    arguments: process.argv.slice(2),
    ...(options.table && { tables: options.table.names }),
    ...(options.bound && { bound: true }),
    ...(options.commandLines && { commandLines: true }),
    ...(options.note !== undefined && { note: options.note }),
  };
}

async function publish(path: string, snapshot: Snapshot, replace: boolean): Promise<void> {
  const bytes = await encodeSnapshotFile(snapshot);
  if (replace) await refuseRecorded(path);
  await publishFile(path, bytes, { replace }).catch((error: unknown) => {
    throw publishFailure(path, error, 'give another name, --append to add to it, or --force to replace it');
  });
  warn(`wrote ${path} (${bytes.length} bytes)`);
}

/** What capture is for, or was asked for. The rest, of which some is missing on every system, is told by `info`. */
const TOLD = /^(table .*|processes|\/proc|command lines)$/;

function warnOfUnreadable({ unreadable = [] }: Snapshot): void {
  for (const { what, reason } of unreadable) {
    if (TOLD.test(what)) warn(`could not read ${what}: ${reason}`);
  }
}

/** Whether the tables that were asked for by name are there: of the others, a system need not have all. */
function isAllThere({ tables }: Snapshot, { table, bound }: CaptureCommandOptions): boolean {
  const wanted = (table?.names ?? [])
    .map((name) => parseTableName(name).class)
    .concat(bound ? BOUND_CLASSES : []);
  return wanted.every((name) => tables.some((taken) => taken.class === name));
}

/** Begins as classes do, and has nothing that only a path has: a class, if a mistaken one. */
const LIKE_CLASS = /^(tcp|udp)[^./\\]*$/i;

/** Takes one more value: a table, or behind tables the file. */
function addTable(value: string, before: TableList = { names: [] }): TableList {
  const { names, file } = before;
  if (file !== undefined) throw new Error(`"${value}" follows the file "${file}", which comes last`);
  if (names.length > 0 && !LIKE_CLASS.test(value)) return { names, file: value };
  const request = parseTableName(value);
  if (BOUND_CLASSES.includes(request.class)) throw new Error(`"${value}" is taken with --bound`);
  return { names: [...names, tableName(request)] };
}

function chooseFile(operand: string | undefined, table: TableList | undefined): string | undefined {
  if (operand !== undefined && table?.file !== undefined) {
    throw new UsageError(`two files are named: ${operand} and ${table.file}`);
  }
  return operand ?? table?.file;
}

function checkStandardOutput(options: CaptureCommandOptions): void {
  const { show: showToo, append } = options;
  if (append || isRecording(options)) {
    throw new UsageError('a recording needs a file: standard output takes one snapshot');
  }
  if (showToo) throw new UsageError('--show needs a file: the snapshot itself goes to standard output');
  if (new Output().isTTY) throw new UsageError('standard output is a terminal: name a file, or redirect it');
}

/** `web01-20261123T190135.123Z.tcpsnap`: valid on every system, sorted by time for each host. */
function defaultName(utcMicroseconds: number): string {
  const host =
    hostname()
      .replace(/[^A-Za-z0-9._-]/g, '_')
      .slice(0, 64) || 'host';
  const time = formatUtc(utcMicroseconds)
    .replace(/[-:]/g, '')
    .replace(/\d{3}Z$/, 'Z');
  return `${host}-${time}.tcpsnap`;
}
