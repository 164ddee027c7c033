import { timelineConnection, type Timeline, type TimelineConnection } from '../../core/index.js';
import { stateNames } from '../../core/timeline/describe.js';
import { printable } from './cellText.js';
import { endpointText } from './connectionColumns.js';
import type { Terminal } from './terminal.js';
import type { TextColumn } from './textColumns.js';
import { textTable } from './textTable.js';
import { ClockText } from './clockText.js';

interface Column extends TextColumn {
  cell(connection: TimelineConnection, timeline: Timeline, clock: ClockText): string;
}

const left = { align: 'left', minWidth: 8, dispensable: 0 } as const;
const right = { align: 'right', minWidth: 3, dispensable: 0 } as const;

const COLUMNS: readonly Column[] = [
  {
    ...left,
    title: 'First',
    cell: ({ firstSeen, of }, timeline, clock) =>
      of > 1 && firstSeen === firstReadable(timeline) ? 'at start' : clock.at(firstSeen),
  },
  {
    ...left,
    title: 'Last',
    cell: ({ lastSeen, of }, timeline, clock) =>
      of > 1 && lastSeen === lastReadable(timeline) ? 'at end' : clock.at(lastSeen),
  },
  { ...left, title: 'Seen', dispensable: 4, cell: ({ seen, of }) => `${seen} of ${of}` },
  { ...right, title: 'Gaps', dispensable: 5, cell: ({ spans }) => String(spans.length - 1) },
  { ...left, title: 'Proto', dispensable: 6, cell: ({ protocol }) => protocol },
  {
    ...left,
    title: 'Local address',
    minWidth: 21,
    cut: 'start',
    cell: ({ localAddress, localPort }) => endpointText(localAddress, localPort),
  },
  {
    ...left,
    title: 'Remote address',
    minWidth: 21,
    cut: 'start',
    cell: ({ remoteAddress, remotePort }) =>
      remoteAddress === null || remotePort === null ? '*:*' : endpointText(remoteAddress, remotePort),
  },
  { ...left, title: 'States', minWidth: 11, dispensable: 1, cut: 'start', cell: (row) => statesText(row) },
  {
    ...right,
    title: 'PID',
    minWidth: 7,
    dispensable: 3,
    cell: ({ owners }) => owners.map(({ pid }) => pid).join(', ') || '-',
  },
  {
    ...left,
    title: 'Process',
    minWidth: 7,
    dispensable: 2,
    cell: ({ owners }) =>
      printable([...new Set(owners.map(({ process }) => process ?? '-'))].join(', ')) || '-',
  },
];

/** Connections as aligned columns, with a closing line that says how many there are. */
export function* timelineConnections(
  timeline: Timeline,
  connections: Uint32Array,
  { header, matching }: { readonly header: boolean; readonly matching: number },
  terminal: Terminal,
): Generator<string> {
  const clock = new ClockText(timeline);
  const lines = Array.from(connections, (number) => {
    const connection = timelineConnection(timeline, number);
    return COLUMNS.map((column) => column.cell(connection, timeline, clock));
  });
  if (lines.length > 0) yield* textTable(COLUMNS, lines, terminal, { header });
  if (header) yield terminal.colors.dim(closingLine(lines.length, matching, timeline)) + '\n';
}

function closingLine(shown: number, matching: number, { connections }: Timeline): string {
  const noun = connections.count === 1 ? 'connection' : 'connections';
  const all =
    matching === connections.count ? `${matching} ${noun}` : `${matching} of ${connections.count} ${noun}`;
  if (shown === 0 && matching > 0) return `${all}; none are shown, --limit shows some`;
  return shown === matching ? all : `${all}; the first ${shown} are shown, --limit shows more`;
}

/** `ESTABLISHED → TIME_WAIT` */
function statesText(connection: TimelineConnection): string {
  return stateNames(connection).join(' → ') || '-';
}

function firstReadable({ snapshots }: Timeline): number {
  return snapshots.isReadable.indexOf(1);
}

function lastReadable({ snapshots }: Timeline): number {
  return snapshots.isReadable.lastIndexOf(1);
}
