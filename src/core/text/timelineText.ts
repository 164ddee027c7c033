import { csvValue } from '../table/text.js';
import { describeConnection, describeTimeline, stateNames } from '../timeline/describe.js';
import type { Timeline } from '../timeline/timelineData.js';
import { formatJsonLine } from './snapshotJson.js';

/** Columns of the csv format. `states` has names with spaces between them; `gaps` is how often the connection was gone and came back. */
const CSV_COLUMNS = [
  'protocol',
  'family',
  'localAddress',
  'localPort',
  'remoteAddress',
  'remotePort',
  'firstSeen',
  'firstSeenTime',
  'lastSeen',
  'lastSeenTime',
  'seen',
  'of',
  'gaps',
  'states',
  'state',
  'stateName',
  'pid',
  'process',
] as const;

/** The given connections as CSV (RFC 4180 with LF line ends). */
export function* timelineCsv(
  timeline: Timeline,
  connections: Uint32Array,
  header: boolean,
): Generator<string> {
  if (header) yield CSV_COLUMNS.join(',') + '\n';
  for (const number of connections) {
    const connection = describeConnection(timeline, number);
    const { length } = connection.spans;
    const values = { ...connection, gaps: length - 1, states: stateNames(connection).join(' ') };
    yield CSV_COLUMNS.map((column) => csvValue(values[column])).join(',') + '\n';
  }
}

/** One JSON object a line. */
export function* timelineNdjson(timeline: Timeline, connections: Uint32Array): Generator<string> {
  for (const number of connections) yield formatJsonLine(describeConnection(timeline, number)) + '\n';
}

/** One JSON object: what the recording says, in lists whose members stand on a line each, and last its `connections`. */
export function* timelineJson(file: string, timeline: Timeline, connections: Uint32Array): Generator<string> {
  yield `{\n  "file": ${formatJsonLine(file)},\n  "host": ${formatJsonLine(timeline.host)}`;
  for (const [name, members] of Object.entries(describeTimeline(timeline))) yield* jsonList(name, members);
  yield* jsonList('connections', describeAll(timeline, connections));
  yield '\n}\n';
}

function* describeAll(timeline: Timeline, connections: Uint32Array): Generator<object> {
  for (const number of connections) yield describeConnection(timeline, number);
}

function* jsonList(name: string, members: Iterable<object>): Generator<string> {
  yield `,\n  "${name}": [`;
  let separator = '\n    ';
  for (const member of members) {
    yield separator + formatJsonLine(member);
    separator = ',\n    ';
  }
  yield separator === '\n    ' ? ']' : '\n  ]';
}
