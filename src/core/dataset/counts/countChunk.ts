import { rowNumbers } from '../../table/diff.js';
import { PROTOCOL_NUMBERS, NO_VALUE } from '../../table/fields.js';
import { stateName, STATE_LISTEN } from '../../table/names.js';
import { formatUtc } from '../../text/time.js';
import type { DatasetChunk, DatasetOrigin } from '../datasetChunk.js';
import { numberRows, type NumberedColumn } from '../numberRows.js';
import { countKey } from './countKey.js';
import type { EndCounts } from './endCounts.js';
import type { FoundRule } from './findRules.js';

/** Told each count; the same key may come several times. */
export type AddCount = (key: string, count: number) => void;

/** The state under which sockets without states are counted. */
const STATELESS = 'UDP';

/** Counts what a snapshot is, and what was found in it. */
export function countSnapshot(
  { host, timeUtcMicroseconds }: DatasetOrigin,
  findings: readonly FoundRule[],
  add: AddCount,
): void {
  add(countKey('snapshots', hourOf(timeUtcMicroseconds)), 1);
  add(countKey('hostSnapshots', host), 1);
  const rules = new Map(findings.map(({ rule, severity }) => [`${severity} ${rule}`, { rule, severity }]));
  for (const { rule, severity } of rules.values()) add(countKey('finding', severity, rule, host), 1);
}

/** Counts the given rows of a chunk, or all. */
export function countChunk(
  chunk: DatasetChunk,
  selected: Uint32Array | undefined,
  add: AddCount,
  ends: EndCounts,
): void {
  const rows = selected ?? rowNumbers(chunk.table.rowCount);
  const numbers = chunk.origins.map(({ host }) => ends.hostNumber(host));
  const hosts = { groupOf: ofRows(chunk, numbers), values: ends.hosts };
  const { connections, listeners } = splitRows(chunk, rows);
  countStates(chunk, rows, add);
  countProcesses(chunk, rows, add);
  tally(hosts.groupOf, hosts.values.length, rows, (host, count) =>
    add(countKey('host', hosts.values[host]!), count),
  );
  countListeners(chunk, listeners, hosts, add);
  ends.add(chunk, hosts.groupOf, rows, connections);
}

/** The snapshots of a chunk by something that they have in common. */
interface Groups<Value> {
  /** One a row of the chunk. */
  readonly groupOf: Uint32Array;
  readonly values: readonly Value[];
}

function groupOrigins<Value>(chunk: DatasetChunk, valueOf: (origin: DatasetOrigin) => Value): Groups<Value> {
  const numbers = new Map<Value, number>();
  const groups = chunk.origins.map((origin) => {
    const value = valueOf(origin);
    let number = numbers.get(value);
    if (number === undefined) numbers.set(value, (number = numbers.size));
    return number;
  });
  return { groupOf: ofRows(chunk, groups), values: [...numbers.keys()] };
}

/** For each row, what there is for its snapshot. */
function ofRows({ snapshotOf }: DatasetChunk, numbers: readonly number[]): Uint32Array {
  const ofRow = new Uint32Array(snapshotOf.length);
  for (let row = 0; row < ofRow.length; row++) ofRow[row] = numbers[snapshotOf[row]!]!;
  return ofRow;
}

/** `2026-11-23T19`, UTC; null where there is no time that a calendar has. */
function hourOf(timeUtcMicroseconds: number | null): string | null {
  if (timeUtcMicroseconds === null) return null;
  return /^\d{4}-\d\d-\d\dT\d\d(?=:)/.exec(formatUtc(timeUtcMicroseconds))?.[0] ?? null;
}

/** Connections have a remote end with a meaning; listeners are those of TCP. */
function splitRows(
  { data: { columns } }: DatasetChunk,
  rows: Uint32Array,
): { connections: Uint32Array; listeners: Uint32Array } {
  const connections = new Uint32Array(rows.length);
  const listeners = new Uint32Array(rows.length);
  const state = columns.borrow('state');
  const protocol = columns.isWide ? columns.borrow('protocol') : undefined;
  let [connected, listening] = [0, 0];
  for (const row of rows) {
    if (protocol !== undefined && protocol[row] !== PROTOCOL_NUMBERS.TCP) continue;
    if (state[row] === STATE_LISTEN) listeners[listening++] = row;
    else connections[connected++] = row;
  }
  return { connections: connections.subarray(0, connected), listeners: listeners.subarray(0, listening) };
}

function countStates(chunk: DatasetChunk, rows: Uint32Array, add: AddCount): void {
  const hours = groupOrigins(chunk, ({ timeUtcMicroseconds }) => hourOf(timeUtcMicroseconds));
  const { columns } = chunk.data;
  const { numbers, members } = chunk.numbering('state');
  const state = columns.reader('state');
  const nameOf = (number: number): string => {
    const value = state(members[number]!);
    return columns.isWide && value === NO_VALUE ? STATELESS : stateName(value);
  };
  const second = { of: numbers, range: members.length };
  tallyPairs({ of: hours.groupOf, range: hours.values.length }, second, rows, (hour, number, count) =>
    add(countKey('state', hours.values[hour]!, nameOf(number)), count),
  );
}

function countProcesses({ data, table }: DatasetChunk, rows: Uint32Array, add: AddCount): void {
  const { processNames } = table;
  tally(data.columns.borrow('process'), processNames.length, rows, (number, count) =>
    add(countKey('process', processNames[number] || null), count),
  );
}

function countListeners(
  { data: { columns }, table }: DatasetChunk,
  listeners: Uint32Array,
  hosts: Groups<string | null>,
  add: AddCount,
): void {
  const port = columns.borrow('lport');
  const process = columns.borrow('process');
  const kinds = [port, process, hosts.groupOf].map((column) => gather(column, listeners));
  const { numbers, members } = numberRows(kinds, listeners.length);
  const all = Uint32Array.from(listeners, (_, i) => i);
  tally(numbers, members.length, all, (number, count) => {
    const row = listeners[members[number]!]!;
    const name = table.processNames[process[row]!] || null;
    add(countKey('listener', 'TCP', port[row]!, name, hosts.values[hosts.groupOf[row]!]!), count);
  });
}

/** Tells how many of the rows have each number below `range`, of those that there are. */
function tally(
  numbers: NumberedColumn,
  range: number,
  rows: Uint32Array,
  tell: (number: number, count: number) => void,
): void {
  const counts = new Uint32Array(range);
  for (const row of rows) {
    const number = numbers[row]!;
    if (number < range) counts[number]!++;
  }
  for (let number = 0; number < range; number++) if (counts[number]! > 0) tell(number, counts[number]!);
}

interface RowNumbers {
  readonly of: NumberedColumn;
  readonly range: number;
}

/** So many counters are looked through for each chunk without a thought. */
const DIRECT_PAIRS = 1 << 18;

function tallyPairs(
  first: RowNumbers,
  second: RowNumbers,
  rows: Uint32Array,
  tell: (first: number, second: number, count: number) => void,
): void {
  const range = first.range * second.range;
  if (range <= DIRECT_PAIRS) {
    const counts = new Uint32Array(range);
    for (const row of rows) counts[first.of[row]! * second.range + second.of[row]!]!++;
    for (let pair = 0; pair < range; pair++) {
      const count = counts[pair]!;
      if (count > 0) tell(Math.floor(pair / second.range), pair % second.range, count);
    }
    return;
  }
  const pairs = [gather(first.of, rows), gather(second.of, rows)] as const;
  const { numbers, members } = numberRows(pairs, rows.length);
  const counts = new Uint32Array(members.length);
  for (const number of numbers) counts[number]!++;
  for (const [number, member] of members.entries())
    tell(pairs[0][member]!, pairs[1][member]!, counts[number]!);
}

function gather(column: NumberedColumn, rows: Uint32Array): Uint32Array {
  const gathered = new Uint32Array(rows.length);
  for (let i = 0; i < rows.length; i++) gathered[i] = column[rows[i]!]!;
  return gathered;
}
