import { STATE_TIME_WAIT } from '../table/names.js';
import { addressWords, endsOf, hasRemoteEnd, keyPlace, remotePortAt } from './keyText.js';
import { median } from './median.js';
import { firstProcess } from './owners.js';
import type { SnapshotSeries } from './series.js';
import type { Timeline } from './timelineData.js';
import { WordIndex } from './wordIndex.js';

/**
 * Connections of one process to one remote end that are opened again and again at regular intervals. A recording sees a start only at the
 * next snapshot, so no time here is more exact than its resolution.
 */
export interface Beacon {
  /** Null where no owner is known. */
  readonly process: string | null;
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** How many connections were opened: more than starts, where several are opened at once. */
  readonly connections: number;
  /** Numbers of the snapshots that saw a start, ascending. */
  readonly starts: Uint32Array;
  /** The median of the time between two starts. */
  readonly periodMicroseconds: number;
  /** The median of how far these times are from the period, in either direction. */
  readonly deviationMicroseconds: number;
  /** 1: every start came in time; the deviation's share in the period is what is missing. */
  readonly regularity: number;
  /** The median of the time between two snapshots. */
  readonly resolutionMicroseconds: number;
}

/**
 * Fewer starts prove little. Of remote ends that are called at random times (a Poisson process), 6% look regular after six starts, 2% after
 * eight, and 0.2% after twelve.
 */
export const LEAST_STARTS = 8;

/** As a share of the period. Delays that are drawn evenly from up to 30% of it pass; times at random have 0.7. */
export const MOST_DEVIATION = 0.15;

/** What comes back sooner, in snapshots, cannot be told from what is always there. */
export const LEAST_PERIOD_SNAPSHOTS = 3;

type Input = Pick<Timeline, 'snapshots' | 'coverages' | 'connections' | 'owners'>;

/** A remote end, and the starts of connections to it by process. */
interface RemoteEnd {
  /** One of its connections. */
  readonly example: number;
  readonly startsOf: Map<string | null, number[]>;
}

/** The beacons of a recording: those with the most starts first. */
export function findBeacons(input: Input): Beacon[] {
  const resolution = resolutionOf(input.snapshots);
  if (resolution === undefined) return [];
  const order = readableOrder(input.snapshots);
  const beacons: Beacon[] = [];
  for (const { example, startsOf } of remoteEnds(input)) {
    for (const [process, opened] of startsOf) {
      if (opened.length < LEAST_STARTS) continue;
      const starts = joinBursts(Uint32Array.from(opened).sort(), order);
      const rhythm = rhythmOf(starts, input.snapshots, resolution);
      if (rhythm === undefined) continue;
      const { remoteAddress, remotePort } = endsOf(input.connections.keys.words, keyPlace(input, example));
      beacons.push({
        process,
        remoteAddress: remoteAddress!,
        remotePort: remotePort!,
        connections: opened.length,
        starts,
        ...rhythm,
        resolutionMicroseconds: resolution,
      });
    }
  }
  return beacons.sort(
    (a, b) => b.starts.length - a.starts.length || b.regularity - a.regularity || compareEnds(a, b),
  );
}

/** Stable from run to run. */
function compareEnds(a: Beacon, b: Beacon): number {
  const [x, y] = [a, b].map(
    ({ process, remoteAddress, remotePort }) => `${remoteAddress} ${remotePort} ${process}`,
  );
  return x! < y! ? -1 : 1;
}

/** The remote ends to which enough happened for a beacon. */
function remoteEnds(input: Input): RemoteEnd[] {
  const { count, keys, states } = input.connections;
  const index = new WordIndex();
  const words = new Uint32Array(8);
  const endOf = new Int32Array(count).fill(-1);
  const changes: number[] = [];
  for (let connection = 0; connection < count; connection++) {
    const place = keyPlace(input, connection);
    if (place.coverage.protocol !== 'TCP' || !hasRemoteEnd(keys.words, place)) continue;
    const length = addressWords(place.coverage);
    words[0] = remotePortAt(keys.words, place);
    words[1] = length;
    const first = place.at + 1 + length;
    for (let i = 0; i < length; i++) words[2 + i] = keys.words[first + i]!;
    const end = index.numberOf(words, 0, 2 + length);
    endOf[connection] = end;
    // Every start is the beginning of a state.
    changes[end] = (changes[end] ?? 0) + states.starts[connection + 1]! - states.starts[connection]!;
  }
  const ends = new Map<number, RemoteEnd>();
  for (let connection = 0; connection < count; connection++) {
    const number = endOf[connection]!;
    if (number === -1 || changes[number]! < LEAST_STARTS) continue;
    let end = ends.get(number);
    if (end === undefined) ends.set(number, (end = { example: connection, startsOf: new Map() }));
    addStarts(input, connection, end.startsOf);
  }
  for (const { startsOf } of ends.values()) adoptOrphans(startsOf);
  return [...ends.values()];
}

/** Adds the snapshots at which a connection was opened: it came, or was opened anew before the one before it was quite gone. */
function addStarts(input: Input, connection: number, startsOf: RemoteEnd['startsOf']): void {
  const { spans, states } = input.connections;
  const process = firstProcess(input, connection);
  let starts = startsOf.get(process);
  if (starts === undefined) startsOf.set(process, (starts = []));
  const { first } = keyPlace(input, connection).coverage;
  for (let span = spans.starts[connection]!; span < spans.starts[connection + 1]!; span++) {
    // What was there at the beginning was opened nobody knows when.
    if (spans.first[span] !== first) starts.push(spans.first[span]!);
  }
  for (let change = states.starts[connection]! + 1; change < states.starts[connection + 1]!; change++) {
    const reopened = states.state[change - 1] === STATE_TIME_WAIT && states.state[change] !== STATE_TIME_WAIT;
    if (reopened) starts.push(states.since[change]!);
  }
}

/** A connection that is only seen in TIME_WAIT has no owner. Where one process alone is known to call that end, it is taken for its own. */
function adoptOrphans(startsOf: RemoteEnd['startsOf']): void {
  const orphans = startsOf.get(null);
  const [process, ...others] = [...startsOf.keys()].filter((name) => name !== null);
  if (orphans === undefined || process === undefined || others.length > 0) return;
  startsOf.get(process)!.push(...orphans);
  startsOf.delete(null);
}

/** For each snapshot: how many could be read before it. */
function readableOrder({ count, isReadable }: SnapshotSeries): Uint32Array {
  const order = new Uint32Array(count);
  for (let i = 1; i < count; i++) order[i] = order[i - 1]! + isReadable[i - 1]!;
  return order;
}

/** Of starts in one snapshot, or in snapshots one after another, the first: a process opens several connections at a time. */
function joinBursts(starts: Uint32Array, order: Uint32Array): Uint32Array {
  return starts.filter((start, i) => i === 0 || order[start]! - order[starts[i - 1]!]! > 1);
}

type Rhythm = Pick<Beacon, 'periodMicroseconds' | 'deviationMicroseconds' | 'regularity'>;

/** Undefined where the starts are no rhythm. */
function rhythmOf(
  starts: Uint32Array,
  { elapsedMicroseconds }: SnapshotSeries,
  resolution: number,
): Rhythm | undefined {
  if (starts.length < LEAST_STARTS) return undefined;
  const times = Float64Array.from(starts, (start) => elapsedMicroseconds[start]!);
  const intervals = times.subarray(1).map((time, i) => time - times[i]!);
  const period = median(intervals);
  if (!(period >= LEAST_PERIOD_SNAPSHOTS * resolution)) return undefined;
  const deviation = median(intervals.map((interval) => Math.abs(interval - period)));
  if (deviation > MOST_DEVIATION * period) return undefined;
  return {
    periodMicroseconds: period,
    deviationMicroseconds: deviation,
    regularity: 1 - deviation / period,
  };
}

/** The median of the time between two snapshots that could be read; undefined where there are no two with times. */
export function resolutionOf({ elapsedMicroseconds }: SnapshotSeries): number | undefined {
  const times = elapsedMicroseconds.filter((time) => !Number.isNaN(time));
  if (times.length < 2) return undefined;
  return median(times.subarray(1).map((time, i) => time - times[i]!));
}
