import type { Snapshot, Statistics } from '../snapshot.js';
import { GrowingColumn } from './growing.js';

/** What a counter of the machine's network did while it was recorded. */
export interface CounterSeries {
  /** Where it comes from, what it is of, and its name: `/proc/net/snmp`, `Tcp`, `RetransSegs`. */
  readonly source: string;
  readonly group: string;
  readonly name: string;
  /** A level that goes up and down, or a setting; all others count events, and only go up. */
  readonly isLevel: boolean;
  readonly first: number;
  readonly last: number;
  /** By how much it grew from the first snapshot to the last, whatever it was set back to in between; of a level it may be negative. */
  readonly change: number;
  /** The snapshots at which it was not what it had been, ascending, and by how much: since the snapshot before that has it. */
  readonly changedAt: Uint32Array;
  readonly changes: Float64Array;
  /** The snapshots at which it had begun anew: after the machine had booted, or for reasons unknown. */
  readonly resetAt: Uint32Array;
}

/** Of /proc/net/snmp and GetTcpStatisticsEx: what is no count of events. */
const LEVELS: ReadonlySet<string> = new Set([
  'RtoAlgorithm',
  'RtoMin',
  'RtoMax',
  'MaxConn',
  'CurrEstab',
  'NumConns',
  'NumAddrs',
  'Forwarding',
  'DefaultTTL',
]);

/** More than any system has; a file may not make us keep more. */
const MOST_COUNTERS = 16_384;

/** Counters of 32 bits begin at 0 again after this. */
const WRAP = 2 ** 32;

interface Counter {
  readonly source: string;
  readonly group: string;
  readonly name: string;
  readonly first: number | bigint;
  last: number | bigint;
  change: number;
  readonly changedAt: GrowingColumn;
  readonly changes: number[];
  readonly resetAt: number[];
}

/** What tells whether a machine has booted meanwhile. */
type Moment = Pick<Snapshot, 'host' | 'time'>;

/** Takes the counters of one snapshot after another. */
export class CounterLog {
  readonly #groups = new Map<string, Group>();
  #count = 0;
  #before: Moment | undefined;

  add(number: number, snapshot: Snapshot): void {
    if (snapshot.statistics === undefined) return;
    const booted = this.#before !== undefined && hasBooted(this.#before, snapshot);
    for (const statistics of snapshot.statistics) this.#addGroup(number, statistics, booted);
    const { host, time } = snapshot;
    this.#before = { ...(host && { host }), ...(time && { time }) };
  }

  /** In the order in which they were first seen. */
  toSeries(): CounterSeries[] {
    return [...this.#groups.values()].flatMap(({ counters }) => counters.map(seriesOf));
  }

  #addGroup(number: number, { source, name: groupName, counters }: Statistics, booted: boolean): void {
    const key = `${source}\n${groupName}`;
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = { counters: [], places: new Map<string, number>() };
      this.#groups.set(key, group);
    }
    let place = 0;
    for (const name of Object.keys(counters)) {
      const value = counters[name]!;
      // Nearly always they come in the order in which they came before.
      if (group.counters[place]?.name !== name) place = group.places.get(name) ?? group.counters.length;
      const counter = group.counters[place];
      if (counter !== undefined) {
        advance(counter, number, value, booted);
      } else if (this.#count++ < MOST_COUNTERS) {
        group.places.set(name, place);
        group.counters.push(newCounter(source, groupName, name, value));
      }
      place++;
    }
  }
}

/** Counters in the order in which they were first seen, and the place of each. */
interface Group {
  readonly counters: Counter[];
  readonly places: Map<string, number>;
}

function newCounter(source: string, group: string, name: string, value: number | bigint): Counter {
  const changedAt = new GrowingColumn();
  return { source, group, name, first: value, last: value, change: 0, changedAt, changes: [], resetAt: [] };
}

function advance(counter: Counter, number: number, value: number | bigint, booted: boolean): void {
  const before = counter.last;
  if (value === before && !booted) return;
  counter.last = value;
  let change = difference(value, before);
  if (!LEVELS.has(counter.name) && (booted || change < 0)) {
    const wrapped = !booted && before >= WRAP / 2 && before < WRAP;
    if (wrapped) change += WRAP;
    else change = Number(value);
    if (!wrapped) counter.resetAt.push(number);
  }
  if (change === 0) return;
  counter.change += change;
  counter.changedAt.push(number);
  counter.changes.push(change);
}

function difference(a: number | bigint, b: number | bigint): number {
  return typeof a === 'number' && typeof b === 'number' ? a - b : Number(BigInt(a) - BigInt(b));
}

function seriesOf(counter: Counter): CounterSeries {
  return {
    source: counter.source,
    group: counter.group,
    name: counter.name,
    isLevel: LEVELS.has(counter.name),
    first: Number(counter.first),
    last: Number(counter.last),
    change: counter.change,
    changedAt: counter.changedAt.toArray(),
    changes: Float64Array.from(counter.changes),
    resetAt: Uint32Array.from(counter.resetAt),
  };
}

/**
 * Whether the machine has booted between two snapshots: its boot lies after the one before, or its monotonic clock has gone back. That
 * the boot time is another alone proves nothing, since it moves with a clock that is set.
 */
export function hasBooted(before: Moment, after: Moment): boolean {
  const boot = after.host?.bootUtcMicroseconds;
  if (boot !== undefined && before.time !== undefined && boot > before.time.utcMicroseconds) return true;
  if (before.time === undefined || after.time === undefined) return false;
  return after.time.monotonicMicroseconds < before.time.monotonicMicroseconds;
}
