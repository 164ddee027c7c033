import { STATE_LISTEN } from '../table/names.js';
import { keyPlace } from './keyText.js';
import type { Timeline } from './timelineData.js';

/** The numbers of the listeners that were not there when the recording began, in the order in which they came. */
export function newListeners(timeline: Timeline): number[] {
  const { count, spans, states } = timeline.connections;
  const found: number[] = [];
  for (let connection = 0; connection < count; connection++) {
    const { first } = keyPlace(timeline, connection).coverage;
    if (spans.first[spans.starts[connection]!] === first) continue;
    const end = states.starts[connection + 1]!;
    const listened = states.state.subarray(states.starts[connection], end).includes(STATE_LISTEN);
    if (listened) found.push(connection);
  }
  return found;
}
