import { NO_VALUE } from '../../table/fields.js';
import { stateName } from '../../table/names.js';
import { formatUtc } from '../../text/time.js';
import type { DatasetChunk, DatasetOrigin } from '../datasetChunk.js';
import { countKey } from './countKey.js';
import type { EndCounts } from './endCounts.js';
import type { EndPorts } from './endRun.js';
import type { FoundRule } from './findRules.js';
import type { ListenerCounts } from './listenerCounts.js';
import { withRowLists, type RowLists } from './rowLists.js';

/** Told each count; the same key may come several times. */
export type AddCount = (key: string, count: number) => void;

/** What the rows of chunks are counted into. */
export interface ChunkCounts {
  readonly add: AddCount;
  readonly ends: EndCounts;
  readonly listeners: ListenerCounts;
}

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
 * Counts the given rows of a chunk, or all. The engine counts some thousand at a time, of as many snapshots as they belong to; only its
 * sums come here.
 */
export function countChunk(
  chunk: DatasetChunk,
  selected: Uint32Array | undefined,
  counts: ChunkCounts,
): void {
  withRowLists(chunk, (lists) => {
    const counter = new ChunkCounter(chunk, lists, counts);
    let first = 0;
    for (const [i, origin] of chunk.origins.entries()) {
      const behind = chunk.firstRows[i + 1]!;
      const end = selected === undefined ? behind : placeOf(behind, selected, first);
      counter.addRows(origin, selected, first, end);
      first = end;
    }
    counter.finish();
  });
}

/** The first place from `first` on whose row is not before this one. */
function placeOf(row: number, rows: Uint32Array, first: number): number {
  let place = first;
  while (place < rows.length && rows[place]! < row) place++;
  return place;
}

class ChunkCounter {
  readonly #chunk: DatasetChunk;
  readonly #lists: RowLists;
  readonly #counts: ChunkCounts;
  readonly #ports: EndPorts;
  readonly #hourOf = hourReader();
  readonly #hosts = new Tally<string | null>();
  /** Of the rows that are listed and not counted yet. */
  #hour: string | null = null;

  constructor(chunk: DatasetChunk, lists: RowLists, counts: ChunkCounts) {
    this.#chunk = chunk;
    this.#lists = lists;
    this.#counts = counts;
    this.#ports = counts.ends.borrowPorts(chunk.table.rowCount);
    lists.setPorts(this.#ports);
  }

  /** Counts rows of one snapshot: those at some places of a list of rows, or of these numbers. */
  addRows(
    { host, timeUtcMicroseconds }: DatasetOrigin,
    selected: Uint32Array | undefined,
    first: number,
    end: number,
  ): void {
    if (first === end) return;
    const hour = this.#hourOf(timeUtcMicroseconds);
    if (hour !== this.#hour) this.#countStates();
    this.#hour = hour;
    this.#hosts.add(host, end - first);
    const hostNumber = this.#counts.ends.hostNumber(host);
    for (let at = first; at < end;) {
      at = this.#lists.append(selected, at, end, hostNumber);
      if (this.#lists.isFull) this.#countListed();
    }
  }

  finish(): void {
    this.#countListed();
    const { processNames } = this.#chunk.table;
    for (const [host, count] of this.#hosts.counts) this.#counts.add(countKey('host', host), count);
    for (const [number, count] of this.#lists.processes.entries())
      if (count > 0) this.#counts.add(countKey('process', processNames[number] || null), count);
    this.#lists.copyPorts(this.#ports);
  }

  /** Counts the listed rows by all that is not of one hour, and begins a new list. */
  #countListed(): void {
    this.#countStates();
    this.#lists.count(this.#counts);
  }

  /** Counts the states of the listed rows that are of this hour. */
  #countStates(): void {
    const { isWide } = this.#chunk.data.columns;
    this.#lists.countStates((state, rows) => {
      const name = isWide && state === NO_VALUE ? STATELESS : stateName(state);
      this.#counts.add(countKey('state', this.#hour, name), rows);
    });
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
