import type { SnapshotSeries, TimelineConnection } from '../../src/core/index.js';
import { formatUtcSeconds } from '../../src/core/text/time.js';
import type { Lane } from '../protocol.js';
import { COLUMNS, hasRemote } from './columns.js';
import { element } from './element.js';
import type { SnapshotRange } from './snapshotRange.js';
import { resolveColour, stateColour } from './stateColours.js';
import { stateKind, type StateKind } from '../../src/core/table/stateKind.js';
import { timeAxis } from './timeAxis.js';

/** Connections that have a lane at once. */
export const MAX_LANES = 40;
const LANE_HEIGHT = 16;

/** What a connection was over a part of the recording: in one state, without interruption. */
export interface Bar {
  readonly state: string;
  readonly first: number;
  readonly last: number;
}

/** The selected connections over time: a lane each, in which a bar's colour and height tell the state. */
export class LaneView {
  readonly element = element('section', {
    class: 'lanes',
    'aria-label': 'Selected connections over time',
    hidden: true,
  });
  readonly #list = element('ol', {});
  readonly #more = element('p', { class: 'quiet' });
  #lanes: readonly { readonly canvas: HTMLCanvasElement; readonly bars: readonly Bar[] }[] = [];
  #series: SnapshotSeries | undefined;
  #places: readonly number[] = [];
  #range: SnapshotRange | undefined;
  #current: number | undefined;

  constructor() {
    this.element.append(this.#list, this.#more);
    new ResizeObserver(() => this.#draw()).observe(this.#list);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#draw());
  }

  /** @param selected how many rows are selected: the first of them have lanes */
  show(lanes: readonly Lane[], selected: number, series: SnapshotSeries | undefined): void {
    this.element.hidden = lanes.length === 0 || series === undefined;
    if (series !== this.#series) {
      this.#series = series;
      this.#places = series === undefined ? [] : timeAxis(series).values;
    }
    const shown = series === undefined ? [] : lanes;
    this.#lanes = shown.map(({ history }) => ({
      canvas: element('canvas', {
        role: 'img',
        'aria-label': history ? historyText(history, series!) : 'not in the timeline',
      }),
      bars: history ? barsOf(history) : [],
    }));
    this.#list.replaceChildren(
      ...shown.map(({ connection }, i) =>
        element('li', {}, [
          element('span', { class: 'ends' }, [element('bdi', {}, [endsText(connection)])]),
          this.#lanes[i]!.canvas,
        ]),
      ),
    );
    this.#more.hidden = selected <= shown.length;
    this.#more.textContent = `The first ${shown.length} of ${selected.toLocaleString('en')} selected rows.`;
    this.#draw();
  }

  setRange(range: SnapshotRange | undefined): void {
    this.#range = range;
    this.#draw();
  }

  mark(current: number | undefined): void {
    this.#current = current;
    this.#draw();
  }

  #draw(): void {
    for (const { canvas, bars } of this.#lanes) this.#drawLane(canvas, bars);
  }

  #drawLane(canvas: HTMLCanvasElement, bars: readonly Bar[]): void {
    const width = canvas.clientWidth;
    const context = canvas.getContext('2d');
    if (width === 0 || context === null) return;
    canvas.width = width * devicePixelRatio;
    canvas.height = LANE_HEIGHT * devicePixelRatio;
    context.scale(devicePixelRatio, devicePixelRatio);
    const { first, last } = this.#range ?? { first: 0, last: this.#places.length - 1 };
    const [start, end] = [this.#places[first]!, this.#places[last]!];
    const scale = width / Math.max(Number.EPSILON, end - start);
    const placeOf = (number: number): number => (this.#places[number]! - start) * scale;
    for (const bar of bars) {
      if (bar.last < first || bar.first > last) continue;
      const from = placeOf(bar.first);
      // Until the next snapshot, since nobody knows when it ended in between.
      const to = placeOf(Math.min(this.#places.length - 1, bar.last + 1));
      this.#drawBar(context, bar.state, from, Math.max(2, to - from));
    }
    if (this.#current === undefined) return;
    context.fillStyle = resolveColour(this.element, 'var(--text)');
    context.fillRect(placeOf(this.#current) - 0.75, 0, 1.5, LANE_HEIGHT);
  }

  #drawBar(context: CanvasRenderingContext2D, state: string, left: number, width: number): void {
    const kind = state === 'UDP' ? 'none' : stateKind(state);
    const height = HEIGHTS[kind];
    const top = (LANE_HEIGHT - height) / 2;
    context.fillStyle = context.strokeStyle = resolveColour(this.element, stateColour(state));
    if (kind === 'listening') context.strokeRect(left + 0.5, top + 0.5, Math.max(1, width - 1), height - 1);
    else context.fillRect(left, top, width, height);
  }
}

/** Tells states apart where colours do not. */
const HEIGHTS: Readonly<Record<StateKind, number>> = {
  open: 12,
  listening: 12,
  opening: 8,
  closing: 5,
  ended: 2,
  none: 8,
  unknown: 14,
};

/** A connection's times and states, one after another. UDP has no states. */
export function barsOf({ protocol, spans, states }: TimelineConnection): Bar[] {
  return spans.flatMap(([first, last]): Bar[] => {
    const changes = states.filter(({ since }) => since >= first && since <= last);
    if (changes.length === 0) return [{ state: protocol, first, last }];
    return changes.map(({ stateName, since }, i) => ({
      state: stateName,
      first: since,
      last: (changes[i + 1]?.since ?? last + 1) - 1,
    }));
  });
}

function historyText(history: TimelineConnection, { utcMicroseconds }: SnapshotSeries): string {
  const when = (number: number): string => {
    const time = utcMicroseconds[number]!;
    return Number.isNaN(time) ? `snapshot ${number}` : formatUtcSeconds(time);
  };
  return barsOf(history)
    .slice(0, MAX_SPOKEN)
    .map(({ state, first, last }) => `${state} from ${when(first)} to ${when(last)}`)
    .join(', ');
}

const MAX_SPOKEN = 20;

function endsText(row: Lane['connection']): string {
  const remote = hasRemote(row) ? `${COLUMNS.remote.text(row)}:${COLUMNS.rport.text(row)}` : '*';
  return `${row.protocol} ${row.localAddress}:${row.localPort} → ${remote}`;
}
