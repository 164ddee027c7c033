import type {
  JoinedTable,
  RawTable,
  Snapshot,
  SnapshotError,
  Statistics,
  TableCheck,
} from '../../core/index.js';
import { inspectionProblems, type FileInspection, type SnapshotInspection } from '../inspectFile.js';
import { printable } from './cellText.js';
import { describeSnapshot } from '../../core/text/snapshotJson.js';
import type { Terminal } from './terminal.js';
import { formatUtc } from '../../core/text/time.js';
import { rateLines, ratesObject } from './recordingRates.js';
import { section, type Line } from './section.js';

/** What `info --json` prints of a file. */
export function infoObject(
  name: string,
  { report, snapshots, rates }: FileInspection,
): Record<string, unknown> {
  return {
    file: name,
    size: report.size,
    version: report.version ? `${report.version.major}.${report.version.minor}` : null,
    fileId: report.fileId,
    ...(rates && { recording: ratesObject(rates) }),
    snapshots: snapshots.map((inspection) => snapshotObject(name, inspection)),
    problems: report.problems.map(problemObject),
  };
}

function problemObject({ code, offset, message }: SnapshotError): Record<string, unknown> {
  return { code, offset: offset ?? null, message };
}

function snapshotObject(name: string, inspection: SnapshotInspection): Record<string, unknown> {
  const { check, snapshot, rowCounts, joined, states, problems } = inspection;
  const {
    file: _,
    tables = [],
    ...description
  } = snapshot
    ? describeSnapshot(snapshot, { file: name, number: check.number })
    : { file: name, snapshot: check.number };
  return {
    ...description,
    tables: (tables as object[]).map((table, i) => ({
      ...table,
      bytes: check.tables[i]!.length,
      rows: rowCounts[i] ?? null,
      ...joinedObject(joined.find(({ place }) => place === i)),
      sha256: check.tables[i]!.sha256,
    })),
    states: Object.fromEntries(states),
    chain: check.chain ?? null,
    problems: problems.map(problemObject),
  };
}

function joinedObject(joined: JoinedTable | undefined): Record<string, unknown> {
  if (joined === undefined) return {};
  const { matched, stateDiffers, onlyHere, missingHere } = joined;
  return { joined: { matched, stateDiffers, onlyHere, missingHere } };
}

const MOST_TOLD = 3;

/** What `info` prints of a file for people. */
export function* infoText(name: string, inspection: FileInspection, { colors }: Terminal): Generator<string> {
  const { report, snapshots } = inspection;
  const version = report.version
    ? `version ${report.version.major}.${report.version.minor}`
    : 'version unknown';
  yield colors.bold(printable(name)) + '\n';
  yield* section([
    ['format', `${version}, ${bytes(report.size)}, ${plural(snapshots.length, 'snapshot')}`],
    ['file id', report.fileId],
    ['state', inspectionProblems(inspection).length === 0 ? 'intact' : colors.red('damaged (see below)')],
    ...problemLines(report.problems),
  ]);
  if (inspection.rates !== undefined) {
    yield `\n${colors.bold('recording')}\n`;
    yield* section(rateLines(inspection.rates));
  }
  for (const snapshot of told(snapshots)) {
    yield `\n${colors.bold(`snapshot ${snapshot.check.number}`)}\n`;
    yield* section(snapshotLines(snapshot));
  }
  const untold = snapshots.length - told(snapshots).length;
  if (untold > 0) yield `\nOf the other ${plural(untold, 'snapshot')}, --json tells as much.\n`;
}

/** Of a few snapshots all; of more, the first, the last, and what is wrong. */
function told(snapshots: readonly SnapshotInspection[]): readonly SnapshotInspection[] {
  if (snapshots.length <= MOST_TOLD) return snapshots;
  return snapshots.filter(({ problems }, i) => i === 0 || i === snapshots.length - 1 || problems.length > 0);
}

function snapshotLines(inspection: SnapshotInspection): Line[] {
  const { check, snapshot, rowCounts, joined, states, problems } = inspection;
  const counts = [...states].map(([name, count]) => `${count} ${name}`).join(', ');
  return [
    ...(snapshot ? originLines(snapshot) : []),
    ...(snapshot ? machineLines(snapshot) : []),
    ...(snapshot?.statistics ?? []).map(statisticsLine),
    ...(snapshot?.tables ?? []).flatMap((table, i) => [
      ...tableLines(table, rowCounts[i], check.tables[i]!),
      ...joinedLines(joined.find(({ place }) => place === i)),
    ]),
    ...(counts ? [['states', counts] as const] : []),
    ...(check.chain ? [['chain', check.chain] as const] : []),
    ...problemLines(problems),
  ];
}

function originLines(snapshot: Snapshot): Line[] {
  const { time, host, provider, tool, elevated, imported, note, processes, unreadable } = snapshot;
  const lines: Line[] = [];
  const add = (label: string, text: string): void => void lines.push([label, printable(text)]);
  if (time) add('time', formatUtc(time.utcMicroseconds));
  if (imported)
    add('imported', `${formatUtc(imported.utcMicroseconds)} from ${imported.fileName || 'standard input'}`);
  if (host) {
    add('host', `${host.name}, ${host.os} ${host.osRelease} ${host.architecture}`);
    add('system', host.osVersion);
    if (host.bootUtcMicroseconds !== undefined) add('booted', formatUtc(host.bootUtcMicroseconds));
  }
  const rights = {
    true: ', with administrator or root rights',
    false: ', without administrator or root rights',
    undefined: '',
  };
  add('taken by', `${tool.name} ${tool.version}, ${tool.runtime}${rights[`${elevated}`]}`);
  if (tool.arguments) add('command', tool.arguments.join(' '));
  add('provider', provider);
  if (processes) add('processes', String(processes.length));
  for (const { what, reason } of unreadable ?? []) add('unreadable', `${what}: ${reason}`);
  if (note !== undefined) add('note', note);
  return lines;
}

function machineLines({ machine }: Snapshot): Line[] {
  const { clock, portRanges = [], interfaces = [], network, virtualization = [] } = machine ?? {};
  const lines: Line[] = [];
  const add = (label: string, text: string): void => void lines.push([label, printable(text)]);
  if (clock) {
    const { source, synchronized, offsetMicroseconds: offset } = clock;
    const held = synchronized === undefined ? '' : `, ${synchronized ? '' : 'not '}synchronized`;
    add('clock', `${source}${held}${offset === undefined ? '' : `, ${offset} µs to correct`}`);
  }
  for (const { kind, first, last, protocol = '', family = '' } of portRanges) {
    add('ports', [`${first} to ${last}`, kind, protocol, family].filter(Boolean).join(' '));
  }
  for (const { name, address, prefixLength } of interfaces) {
    add('interface', `${name} ${address}${prefixLength === undefined ? '' : `/${prefixLength}`}`);
  }
  if (network !== undefined) add('network', network);
  if (virtualization.length > 0) add('virtual', virtualization.join('; '));
  return lines;
}

/** The counters that are not zero: most of the hundreds are. `--json` has all. */
function statisticsLine({ source, name, counters }: Statistics): Line {
  const counted = Object.entries(counters).filter(([, value]) => BigInt(value) !== 0n);
  const text = counted.map(([counter, value]) => `${counter} ${value}`).join(', ');
  return ['counters', printable(`${name} (${source}): ${text || 'all zero'}`)];
}

function tableLines(table: RawTable, rows: number | undefined, { length, sha256 }: TableCheck): Line[] {
  const size = rows === undefined ? 'rows unknown' : plural(rows, 'row');
  const lines: Line[] = [
    ['table', printable(`${table.class}, ${size}, ${bytes(length)}, ${table.scope}`)],
    ['', `SHA-256 ${sha256}`],
  ];
  const source = [
    table.function && `from ${printable(table.function)}`,
    table.calls !== undefined && `${plural(table.calls, 'call')}, ${table.retries ?? 0} repeated`,
    table.elapsedMicroseconds !== undefined && `${(table.elapsedMicroseconds / 1000).toFixed(1)} ms`,
    table.order !== undefined && (table.order ? 'order asked for' : 'order not asked for'),
  ].filter(Boolean);
  if (source.length > 0) lines.push(['', source.join(', ')]);
  if (table.undocumented) lines.push(['', 'the function is undocumented']);
  if (table.synthesized)
    lines.push(['', 'synthesized: written in this layout by the tool, not by the system']);
  if (table.ownersUnresolved) lines.push(['', `owner not known of ${plural(table.ownersUnresolved, 'row')}`]);
  return lines;
}

/** Of a table that is joined to the connections: how it agrees with them. */
function joinedLines(joined: JoinedTable | undefined): Line[] {
  if (joined === undefined) return [];
  const { matched, stateDiffers, onlyHere, missingHere } = joined;
  const differences = [
    stateDiffers > 0 && `${stateDiffers} of them in another state`,
    onlyHere > 0 && `${plural(onlyHere, 'row')} only here`,
    missingHere && `${plural(missingHere, 'connection')} not here`,
  ].filter(Boolean);
  const agreement = differences.length > 0 ? differences.join(', ') : 'no differences';
  return [['', `joined: ${plural(matched, 'connection')} matched, ${agreement}`]];
}

function problemLines(problems: readonly SnapshotError[]): Line[] {
  return problems.map(({ message, offset }) => [
    'problem',
    `${printable(message)} (at byte ${offset ?? '?'})`,
  ]);
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function bytes(count: number): string {
  return plural(count, 'byte');
}
