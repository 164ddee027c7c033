import {
  busiestEnds,
  newListeners,
  timelineConnection,
  timelineIntervals,
  type Beacon,
  type BusyEnd,
  type CounterSeries,
  type SnapshotSeries,
  type Timeline,
} from '../../core/index.js';
import { formatUtcSeconds } from '../../core/text/time.js';
import { resolutionOf } from '../../core/timeline/beacons.js';
import { total } from '../../core/timeline/rates.js';
import { rangeOf } from '../../core/timeline/series.js';
import { printable } from './cellText.js';
import { ClockText } from './clockText.js';
import { endpointText } from './connectionColumns.js';
import { formatDuration, rangeText, short } from './duration.js';
import { plural } from './info.js';
import type { Terminal } from './terminal.js';
import type { TextColumn } from './textColumns.js';
import { textTable } from './textTable.js';
import { wrapWords } from './wrapWords.js';

const INDENT = '  ';
const MOST_INTERVALS = 12;
const MOST_STATES = 4;
const MOST_ENDS = 8;
const MOST_LISTENERS = 8;
const MOST_BEACONS = 10;

/** What tells most of how a network does, of hundreds of counters: the names of Linux and of Windows. */
const TELLING_COUNTERS: ReadonlySet<string> = new Set(
  (
    'ActiveOpens PassiveOpens AttemptFails EstabResets InSegs OutSegs RetransSegs InErrs OutRsts InCsumErrors ' +
    'ListenOverflows ListenDrops TCPTimeouts TCPSynRetrans TCPAbortOnData TCPAbortOnClose TCPAbortOnMemory ' +
    'TCPAbortOnTimeout TCPBacklogDrop InDatagrams OutDatagrams NoPorts InErrors RcvbufErrors SndbufErrors ' +
    'Udp6InDatagrams Udp6OutDatagrams Udp6InErrors'
  ).split(' '),
);

const left = { align: 'left', minWidth: 8, dispensable: 0 } as const;
const right = { align: 'right', minWidth: 5, dispensable: 0 } as const;

/** What a recording is of, and what happened in it, for people: over time, where most was opened, what is regular, counters. */
export function* timelineOverview(name: string, timeline: Timeline, terminal: Terminal): Generator<string> {
  const { colors, width } = terminal;
  yield colors.bold(printable(name)) + '\n';
  for (const sentence of summary(timeline)) {
    yield* wrapWords(sentence.split(' '), width).map((line) => `${line}\n`);
  }
  yield* overTime(timeline, terminal);
  yield* busyEnds(busiestEnds(timeline, MOST_ENDS), terminal);
  yield* listeners(timeline, terminal);
  yield* beacons(timeline.beacons, terminal);
  yield* counters(timeline, terminal);
  yield '\n';
}

/** Sentences about the whole of it. */
function* summary(timeline: Timeline): Generator<string> {
  const { host, snapshots, connections, unreadable, gaps } = timeline;
  yield `${plural(snapshots.count, 'snapshot')}${host === null ? '' : ` of ${printable(host)}`}${whenText(snapshots)}`;
  const [opened, closed, owners] = [snapshots.opened, snapshots.closed, snapshots.ownerChanged].map(total);
  const changed = owners! > 0 ? `, ${owners} changed the owner` : '';
  yield `${plural(connections.count, 'connection')}: ${opened} opened and ${closed} closed meanwhile${changed}`;
  const rows = rangeOf(snapshots, snapshots.rows);
  if (rows) yield `${rangeText(rows)} rows`;
  const damaged = new Set(unreadable.map(({ snapshot }) => snapshot)).size;
  if (damaged > 0) yield `${plural(damaged, 'snapshot')} could not be read, or not wholly`;
  if (gaps.length > 0) yield `${plural(gaps.length, 'gap')}: no snapshot could be taken`;
}

function whenText(snapshots: SnapshotSeries): string {
  const times = snapshots.utcMicroseconds.filter((time) => !Number.isNaN(time));
  if (times.length === 0) return '';
  if (times.length === 1) return ` at ${formatUtcSeconds(times[0]!)}`;
  const [from, to] = [times[0]!, times.at(-1)!].map(formatUtcSeconds);
  return ` from ${from} to ${to}, one every ${formatDuration(resolutionOf(snapshots)!)}`;
}

function heading(text: string, { colors }: Terminal): string {
  return `\n${colors.bold(text)}\n`;
}

/** Rows and changes in parts of equal length, and the rows in the states that most are in. */
function* overTime(timeline: Timeline, terminal: Terminal): Generator<string> {
  const { snapshots } = timeline;
  const intervals = timelineIntervals(snapshots, MOST_INTERVALS);
  const clock = new ClockText(timeline);
  const states = snapshots.rowsByState
    .map((series) => ({ ...series, most: rangeOf(snapshots, series.rows)?.highest ?? 0 }))
    .sort((a, b) => b.most - a.most)
    .slice(0, MOST_STATES);
  const columns: TextColumn[] = [
    { ...left, title: 'From' },
    ...['Rows', 'Opened', 'Closed'].map((title) => ({ ...right, title })),
    { ...right, title: 'State changes', minWidth: 13, dispensable: 9 },
    ...states.map(({ state }, i): TextColumn => ({
      ...right,
      title: state,
      minWidth: 11,
      dispensable: i + 1,
    })),
  ];
  const lines = intervals.map((interval) => [
    interval.utcMicroseconds === null ? `snapshot ${interval.first}` : clock.of(interval.utcMicroseconds),
    interval.readable === 0 ? '-' : String(interval.rows),
    ...[interval.opened, interval.closed, interval.stateChanged].map(String),
    ...states.map(({ rows }) => String(rows[lastReadable(snapshots, interval.last)] ?? '-')),
  ]);
  yield heading('Over time', terminal);
  yield* textTable(columns, lines, terminal, { indent: INDENT });
}

/** The last snapshot that could be read, from this one backwards; −1 where there is none. */
function lastReadable({ isReadable }: SnapshotSeries, number: number): number {
  return isReadable.lastIndexOf(1, number);
}

function* busyEnds(ends: readonly BusyEnd[], terminal: Terminal): Generator<string> {
  if (ends.length === 0) return;
  yield heading('Opened most', terminal);
  const columns: TextColumn[] = [
    { ...right, title: 'Opened' },
    { ...left, title: 'Process' },
    { ...left, title: 'Where', minWidth: 21 },
  ];
  const lines = ends.map(({ opened, process, direction, address, port }) => [
    String(opened),
    printable(process ?? '-'),
    direction === 'in' ? `in, to port ${port}` : `out, to ${endpointText(address!, port)}`,
  ]);
  yield* textTable(columns, lines, terminal, { indent: INDENT });
}

function* listeners(timeline: Timeline, terminal: Terminal): Generator<string> {
  const found = newListeners(timeline);
  if (found.length === 0) return;
  yield heading('Began to listen', terminal);
  const clock = new ClockText(timeline);
  const columns: TextColumn[] = [
    { ...left, title: 'First seen' },
    { ...left, title: 'Local address', minWidth: 15, cut: 'start' },
    { ...right, title: 'PID', dispensable: 1 },
    { ...left, title: 'Process' },
  ];
  const lines = found.slice(0, MOST_LISTENERS).map((number) => {
    const { firstSeen, localAddress, localPort, owners } = timelineConnection(timeline, number);
    return [
      clock.at(firstSeen),
      endpointText(localAddress, localPort),
      String(owners[0]?.pid ?? '-'),
      printable(owners[0]?.process ?? '-'),
    ];
  });
  yield* textTable(columns, lines, terminal, { indent: INDENT });
  yield* others(found.length - lines.length);
}

function* others(count: number): Generator<string> {
  if (count > 0) yield `${INDENT}and ${count} more\n`;
}

function* beacons(found: readonly Beacon[], terminal: Terminal): Generator<string> {
  const [first] = found;
  if (first === undefined) return;
  const resolution = formatDuration(first.resolutionMicroseconds);
  yield heading(`Comes back at regular intervals (seen every ${resolution}, no finer)`, terminal);
  const columns: TextColumn[] = [
    { ...right, title: 'Every' },
    { ...right, title: 'Give or take', dispensable: 2 },
    { ...right, title: 'Regular', dispensable: 1 },
    { ...right, title: 'Times' },
    { ...left, title: 'Process' },
    { ...left, title: 'Remote address', minWidth: 15, cut: 'start' },
  ];
  const lines = found
    .slice(0, MOST_BEACONS)
    .map((beacon) => [
      formatDuration(beacon.periodMicroseconds),
      formatDuration(beacon.deviationMicroseconds),
      `${Math.floor(beacon.regularity * 100)}%`,
      String(beacon.starts.length),
      printable(beacon.process ?? '-'),
      endpointText(beacon.remoteAddress, beacon.remotePort),
    ]);
  yield* textTable(columns, lines, terminal, { indent: INDENT });
  yield* others(found.length - lines.length);
}

/** How much the telling counters grew. A boot in between is no loss: what had been counted by then stays counted. */
function* counters({ counters: all, snapshots }: Timeline, terminal: Terminal): Generator<string> {
  const grown = all.filter(({ isLevel, change }) => !isLevel && change > 0);
  const telling = grown.filter(({ name }) => TELLING_COUNTERS.has(name));
  if (telling.length === 0) return;
  yield heading('Counters', terminal);
  const seconds = (rangeOf(snapshots, snapshots.elapsedMicroseconds)?.highest ?? 0) / 1e6;
  const columns: TextColumn[] = [
    { ...left, title: 'Counter' },
    { ...right, title: 'Grew by' },
    { ...right, title: 'A second', dispensable: 1 },
    { ...left, title: '', dispensable: 2 },
  ];
  const lines = telling.map((counter) => [
    printable(`${counter.group} ${counter.name}`),
    String(counter.change),
    seconds > 0 ? short(counter.change / seconds) : '-',
    resetText(counter),
  ]);
  yield* textTable(columns, lines, terminal, { indent: INDENT });
  const untold = grown.length - telling.length;
  if (untold > 0) yield `${INDENT}and ${untold} more, in --format json\n`;
}

function resetText({ resetAt }: CounterSeries): string {
  if (resetAt.length === 0) return '';
  return resetAt.length === 1 ? `began anew at snapshot ${resetAt[0]}` : `began anew ${resetAt.length} times`;
}
