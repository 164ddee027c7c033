import { NO_VALUE } from '../table/fields.js';
import { stateName } from '../table/names.js';
import type { Family, Protocol } from '../tableClass.js';
import { endsOf, keyPlace, type Ends } from './keyText.js';
import type { TimelineOwner } from './owners.js';
import type { Timeline } from './timelineData.js';

/** What became of one connection. Snapshots are given by their numbers. */
export interface TimelineConnection extends Ends {
  readonly protocol: Protocol;
  readonly family: Family;
  readonly firstSeen: number;
  readonly lastSeen: number;
  /** In how many snapshots it was seen, of how many that have sockets of its kind. */
  readonly seen: number;
  readonly of: number;
  /** Each time that it was there without interruption. Between them are gaps: it came back under the same key. */
  readonly spans: readonly (readonly [first: number, last: number])[];
  /** The state at the beginning of each span and after each change. UDP has none. */
  readonly states: readonly StateSince[];
  readonly owners: readonly (TimelineOwner & { readonly since: number })[];
}

export interface StateSince {
  readonly state: number;
  readonly stateName: string;
  readonly since: number;
}

/** Connection `number` of a timeline, from 0, as a plain object. */
export function timelineConnection(timeline: Timeline, number: number): TimelineConnection {
  const { connections, owners: allOwners } = timeline;
  if (!Number.isInteger(number) || number < 0 || number >= connections.count) {
    throw new RangeError(`no connection ${number}; the timeline has ${connections.count}`);
  }
  const place = keyPlace(timeline, number);
  const { protocol, family, snapshots: of } = place.coverage;
  const spans = listOf(connections.spans.starts, number, (i): [number, number] => [
    connections.spans.first[i]!,
    connections.spans.last[i]!,
  ]);
  const states = listOf(connections.states.starts, number, (i): StateSince => {
    const state = connections.states.state[i]!;
    return { state, stateName: stateName(state), since: connections.states.since[i]! };
  });
  const owners = listOf(connections.owners.starts, number, (i) => ({
    ...allOwners[connections.owners.owner[i]!]!,
    since: connections.owners.since[i]!,
  }));
  return {
    protocol,
    family,
    ...endsOf(connections.keys.words, place),
    firstSeen: spans[0]![0],
    lastSeen: spans.at(-1)![1],
    seen: connections.seen[number]!,
    of,
    spans,
    states: states.filter(({ state }) => protocol === 'TCP' || state !== NO_VALUE),
    owners,
  };
}

function listOf<Item>(starts: Uint32Array, number: number, itemAt: (i: number) => Item): Item[] {
  const items: Item[] = [];
  for (let i = starts[number]!; i < starts[number + 1]!; i++) items.push(itemAt(i));
  return items;
}
