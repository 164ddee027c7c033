import { rowNumbers } from '../../table/diff.js';
import { PROTOCOL_NUMBERS, NO_VALUE } from '../../table/fields.js';
import { stateName, STATES, STATE_LISTEN } from '../../table/names.js';
import { formatUtc } from '../../text/time.js';
import type { DatasetChunk, DatasetOrigin } from '../datasetChunk.js';
import { numberRows } from '../numberRows.js';
import { countKey, countKeyOf, partText } from './countKey.js';
import { borrowEnds, type ChunkEnds, type EndCounts } from './endCounts.js';
import type { FoundRule } from './findRules.js';

/** Told each count; the same key may come several times. */
export type AddCount = (key: string, count: number) => void;

/** The state under which sockets without states are counted. */
const STATELESS = 'UDP';

/**
 * Counts what the snapshots of a chunk are, and what was found in them.
 *
 * @param found of each snapshot
 */
export function countSnapshots(
  origins: readonly DatasetOrigin[],
  found: readonly (readonly FoundRule[])[],
  add: AddCount,
): void {
  const hours = new Tally<string | null>();
  const hosts = new Tally<string | null>();
  const hourOf = hourReader();
  for (const [i, { host, timeUtcMicroseconds }] of origins.entries()) {
    hours.add(hourOf(timeUtcMicroseconds), 1);
    hosts.add(host, 1);
    const rules = new Map(found[i]!.map(({ rule, severity }) => [`${severity} ${rule}`, { rule, severity }]));
    for (const { rule, severity } of rules.values()) add(countKey('finding', severity, rule, host), 1);
  }
  for (const [hour, count] of hours.counts) add(countKey('snapshots', hour), count);
  for (const [host, count] of hosts.counts) add(countKey('hostSnapshots', host), count);
}

/**
 * Counts the given rows of a chunk, or all. A snapshot at a time: its rows have one host and one hour, and few rows again and again are what
 * code is soon compiled for.
 */
export function countChunk(
  chunk: DatasetChunk,
  selected: Uint32Array | undefined,
  add: AddCount,
  ends: EndCounts,
): void {
  const rows = selected ?? rowNumbers(chunk.table.rowCount);
  const counter = new ChunkCounter(chunk, add, ends);
  let first = 0;
  for (const [i, origin] of chunk.origins.entries()) {
    let end = first;
    const behind = chunk.firstRows[i + 1]!;
    while (end < rows.length && rows[end]! < behind) end++;
    if (end > first) counter.addRows(origin, rows.subarray(first, end));
    first = end;
  }
  counter.finish();
}

/** Numbers of states that have a counter: those with names, and one for sockets without states. */
const STATE_RANGE = Math.max(...STATES) + 1;
const STATELESS_SLOT = STATE_RANGE;

/** Borrows from the engine: valid until it allocates. */
class ChunkCounter {
  readonly #chunk: DatasetChunk;
  readonly #add: AddCount;
  readonly #ends: EndCounts;
  readonly #chunkEnds: ChunkEnds;
  readonly #states: Uint32Array;
  readonly #owners: Uint32Array;
  /** Only where not all rows are of TCP. */
  readonly #protocols: Uint32Array | undefined;
  readonly #hourOf = hourReader();
  readonly #stateCounts = new Map<string | null, Uint32Array>();
  readonly #hosts = new Tally<string | null>();
  /** By the numbers of processes' names. */
  readonly #processes: Uint32Array;
  /** Rows whose remote ends mean something. */
  readonly #connections: Uint32Array;
  readonly #listeners = new Rows();

  constructor(chunk: DatasetChunk, add: AddCount, ends: EndCounts) {
    const { columns } = chunk.data;
    this.#chunk = chunk;
    this.#add = add;
    this.#ends = ends;
    this.#chunkEnds = borrowEnds(chunk);
    this.#states = columns.borrow('state');
    this.#owners = columns.borrow('process');
    this.#protocols = columns.isWide ? columns.borrow('protocol') : undefined;
    this.#processes = new Uint32Array(chunk.table.processNames.length);
    this.#connections = new Uint32Array(columns.rowCount);
  }

  /** Counts rows of one snapshot. */
  addRows({ host, timeUtcMicroseconds }: DatasetOrigin, rows: Uint32Array): void {
    const hostNumber = this.#ends.hostNumber(host);
    this.#hosts.add(host, rows.length);
    this.#addStates(this.#hourOf(timeUtcMicroseconds), rows);
    for (let i = 0; i < rows.length; i++) this.#processes[this.#owners[rows[i]!]!]!++;
    const connections = this.#split(rows, hostNumber);
    this.#ends.add(this.#chunkEnds, hostNumber, rows, connections);
  }

  finish(): void {
    const { processNames } = this.#chunk.table;
    for (const [hour, counts] of this.#stateCounts) this.#tellStates(hour, counts);
    for (const [host, count] of this.#hosts.counts) this.#add(countKey('host', host), count);
    for (const [number, count] of this.#processes.entries())
      if (count > 0) this.#add(countKey('process', processNames[number] || null), count);
    this.#tellListeners();
  }

  #addStates(hour: string | null, rows: Uint32Array): void {
    let counts = this.#stateCounts.get(hour);
    if (counts === undefined) this.#stateCounts.set(hour, (counts = new Uint32Array(STATE_RANGE + 1)));
    const states = this.#states;
    const isWide = this.#protocols !== undefined;
    for (let i = 0; i < rows.length; i++) {
      const state = states[rows[i]!]!;
      if (state < STATE_RANGE) counts[state]!++;
      else if (isWide && state === NO_VALUE) counts[STATELESS_SLOT]!++;
      else this.#add(countKey('state', hour, stateName(state)), 1);
    }
  }

  #tellStates(hour: string | null, counts: Uint32Array): void {
    for (const [state, count] of counts.entries()) {
      const name = state === STATELESS_SLOT ? STATELESS : stateName(state);
      if (count > 0) this.#add(countKey('state', hour, name), count);
    }
  }

  /** Keeps the listeners of TCP. Returns the connections, which are lent. */
  #split(rows: Uint32Array, host: number): Uint32Array {
    const [states, protocols, connections] = [this.#states, this.#protocols, this.#connections];
    let connected = 0;
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!;
      if (protocols !== undefined && protocols[row] !== PROTOCOL_NUMBERS.TCP) continue;
      if (states[row] === STATE_LISTEN) this.#listeners.add(row, host);
      else connections[connected++] = row;
    }
    return connections.subarray(0, connected);
  }

  #tellListeners(): void {
    const { table, data } = this.#chunk;
    const port = data.columns.borrow('lport');
    const { rows, hosts } = this.#listeners;
    const [hostTexts, ownerTexts] = [this.#ends.hosts, table.processNames.map((name) => name || null)].map(
      (names) => names.map(partText),
    ) as [string[], string[]];
    const ports = Uint16Array.from(rows, (row) => port[row]!);
    const owners = Uint32Array.from(rows, (row) => this.#owners[row]!);
    const { numbers, members } = numberRows([ports, owners, Uint32Array.from(hosts)], rows.length);
    const counts = new Uint32Array(members.length);
    for (const number of numbers) counts[number]!++;
    for (const [number, member] of members.entries()) {
      const [owner, host] = [ownerTexts[owners[member]!]!, hostTexts[hosts[member]!]!];
      this.#add(countKeyOf('listener', TCP_TEXT, String(ports[member]), owner, host), counts[number]!);
    }
  }
}

const TCP_TEXT = partText('TCP');

/** Rows and their hosts' numbers. */
class Rows {
  readonly rows: number[] = [];
  readonly hosts: number[] = [];

  add(row: number, host: number): void {
    this.rows.push(row);
    this.hosts.push(host);
  }
}

/** How often there is each value. */
class Tally<Value> {
  readonly counts = new Map<Value, number>();

  add(value: Value, count: number): void {
    this.counts.set(value, (this.counts.get(value) ?? 0) + count);
  }
}

const HOUR_MICROSECONDS = 3_600_000_000;

/** Tells of a time `2026-11-23T19`, UTC; null where there is none that a calendar has. Most times are of few hours. */
function hourReader(): (timeUtcMicroseconds: number | null) => string | null {
  const known = new Map<number, string | null>();
  return (time) => {
    if (time === null) return null;
    const number = Math.floor(time / HOUR_MICROSECONDS);
    let hour = known.get(number);
    if (hour === undefined) {
      hour = /^\d{4}-\d\d-\d\dT\d\d(?=:)/.exec(formatUtc(time))?.[0] ?? null;
      known.set(number, hour);
    }
    return hour;
  };
}
