import type { SnapshotSeries, TimelineConnection } from '../../src/core/index.js';
import { escapeControls } from '../../src/core/text/escapeControls.js';
import { formatUtcSeconds } from '../../src/core/text/time.js';
import { button, element } from './element.js';
import { barsOf } from './laneView.js';
import { stateKind } from '../../src/core/table/stateKind.js';

const MAX_LISTED = 60;

/** What became of a connection over the recording: when it was seen, in which states, with which owners. */
export function historyList(
  history: TimelineConnection,
  series: SnapshotSeries,
  onSnapshot: (number: number) => void,
): HTMLElement {
  const snapshot = (number: number): HTMLElement =>
    button(whenText(series, number), () => onSnapshot(number), {
      class: 'link',
      title: `Show snapshot ${number}`,
    });
  const bars = barsOf(history);
  const entries = bars.slice(0, MAX_LISTED).map(({ state, first, last }) => {
    const name = element(
      'span',
      { class: 'state-count', 'data-kind': state === 'UDP' ? 'none' : stateKind(state) },
      [state],
    );
    const count = last - first + 1;
    const times = element('span', { class: 'count', title: `in ${count} snapshots` }, [`${count}×`]);
    return element('li', {}, [name, snapshot(first), times]);
  });
  if (bars.length > entries.length)
    entries.push(element('li', {}, [`and ${bars.length - entries.length} more`]));
  const facts: readonly (readonly [string, Node | string])[] = [
    ['First seen', snapshot(history.firstSeen)],
    ['Last seen', snapshot(history.lastSeen)],
    ['Seen in', `${history.seen} of ${history.of} snapshots`],
    ...(history.owners.length > 1
      ? [['Owners', history.owners.slice(0, MAX_LISTED).map(ownerText).join(', ')] as const]
      : []),
  ];
  return element('section', { class: 'history', 'aria-label': 'History' }, [
    element('h3', {}, ['History']),
    element(
      'dl',
      {},
      facts.flatMap(([name, value]) => [element('dt', {}, [name]), element('dd', {}, [value])]),
    ),
    element('ol', { class: 'states' }, entries),
  ]);
}

function ownerText({ pid, process }: TimelineConnection['owners'][number]): string {
  return process === null ? String(pid) : `${escapeControls(process)} (${pid})`;
}

function whenText({ utcMicroseconds }: SnapshotSeries, number: number): string {
  const time = utcMicroseconds[number]!;
  return Number.isNaN(time) ? `snapshot ${number}` : formatUtcSeconds(time);
}
