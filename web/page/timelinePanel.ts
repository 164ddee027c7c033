import type { SnapshotSeries } from '../../src/core/index.js';
import { formatUtcSeconds } from '../../src/core/text/time.js';
import type { RecordingSeries } from '../protocol.js';
import { button, element, setAttribute } from './element.js';
import { Player } from './player.js';
import type { SnapshotRange } from './snapshotRange.js';
import { missingText } from './missingText.js';
import { CHANGE_COLOURS, stateColour } from './stateColours.js';
import type { LegendEntry } from './timelineImage.js';
import { TimelineChart } from './timelineChart.js';

interface TimelineListener {
  /** Show another snapshot. */
  onSnapshot(number: number): Promise<unknown>;
  onRange(range: SnapshotRange | undefined): void;
  /** Compare the first snapshot of a range with its last. */
  onCompare(range: SnapshotRange): void;
  /** Go through the snapshots, where that has been cancelled. */
  onRead(): void;
}

/** Of the snapshots: they are gone through, have been, or somebody did not want to wait for that, or has to ask for it. */
export type ReadingStage = 'reading' | 'read' | 'unread';

/** Snapshots that Page Up and Page Down pass over, as a share of those seen. */
const PAGE_SHARE = 0.1;

/**
 * A recording over time. The table shows the snapshot that is chosen here: by a click, by keys as on a slider, or by playing. Dragging, or
 * arrows with Shift, choose a range.
 */
export class TimelinePanel {
  readonly element: HTMLElement;
  readonly #listener: TimelineListener;
  readonly #chart = new TimelineChart({
    onPoint: (number) => this.#read(number),
    onPick: (number) => void this.#show(number),
    onBrush: (range) => this.#listener.onRange(range),
  });
  readonly #player = new Player({
    show: (number) => this.#listener.onSnapshot(number),
    onChange: (isPlaying) => this.#setPlaying(isPlaying),
  });
  readonly #slider: HTMLElement;
  readonly #reading = element('p', { class: 'reading' });
  readonly #legend = element('ul', { class: 'legend', 'aria-label': 'Colours' });
  readonly #play = button('▶ Play', () => this.togglePlay(), { title: 'Play, or stop (p)' });
  readonly #whole = button('Whole recording', () => this.#listener.onRange(undefined), { hidden: true });
  readonly #compare = button('Compare its ends', () => this.#listener.onCompare(this.#shown), {
    title: 'What changed from the first snapshot of the range to the last',
    hidden: true,
  });
  readonly #missing = element('p', { class: 'missing', hidden: true });
  readonly #unreadText = element('span');
  readonly #unread = element('p', { class: 'unread', hidden: true }, [
    this.#unreadText,
    button('Read it', () => this.#listener.onRead(), { class: 'link' }),
  ]);
  readonly #content: HTMLElement;
  #series: SnapshotSeries | undefined;
  #range: SnapshotRange | undefined;
  #brush: SnapshotRange | undefined;
  #current = 0;

  constructor(listener: TimelineListener) {
    this.#listener = listener;
    this.#slider = element(
      'div',
      {
        role: 'slider',
        class: 'slider',
        tabindex: 0,
        'aria-label': 'Snapshot of the recording',
        title:
          'Click for a snapshot, drag for a range; keys: arrows, Page Up and Down, Home, End, Shift+arrows and Enter',
      },
      [this.#chart.element],
    );
    this.#slider.addEventListener('keydown', (event) => this.#onKey(event));
    const step = (by: number, sign: string, name: string, key: string): HTMLElement =>
      button(sign, () => void this.step(by), { 'aria-label': name, title: `${name} (${key})` });
    const controls = element('div', { class: 'controls' }, [
      step(-1, '◀', 'The snapshot before', '['),
      this.#play,
      step(1, '▶', 'The next snapshot', ']'),
      this.#reading,
      this.#compare,
      this.#whole,
    ]);
    this.#content = element('div', { class: 'content' }, [
      controls,
      this.#slider,
      this.#legend,
      this.#missing,
    ]);
    this.element = element('section', { class: 'timeline', 'aria-label': 'Timeline', hidden: true }, [
      this.#content,
      this.#unread,
    ]);
  }

  focus(): void {
    if (this.#series !== undefined) this.#slider.focus();
  }

  get hasTimeline(): boolean {
    return this.#series !== undefined;
  }

  get charts(): HTMLElement {
    return this.#chart.element;
  }

  onPaper<T>(use: () => T): T {
    return this.#chart.onPaper(use);
  }

  /** What the charts show, from the top down. */
  get canvases(): readonly HTMLCanvasElement[] {
    return this.#chart.canvases;
  }

  /** What their colours stand for, the states from the top of the chart down. */
  get legend(): readonly LegendEntry[] {
    const states = (this.#series?.rowsByState ?? []).map(({ state }) => state).toReversed();
    return [
      ...states.map((name) => ({ name, colour: stateColour(name) })),
      ...(['opened', 'closed'] as const).map((name) => ({ name, colour: CHANGE_COLOURS[name] })),
    ];
  }

  show(recording: RecordingSeries | undefined, stage: ReadingStage | undefined): void {
    const isUnread = stage === 'unread';
    this.setStage(stage);
    this.#series = recording?.snapshots;
    this.element.hidden = recording === undefined && !isUnread;
    this.#content.hidden = recording === undefined;
    this.#unread.hidden = !isUnread;
    this.#unreadText.textContent =
      recording === undefined
        ? 'The timeline has not been read. '
        : 'Drawn by counts that the recording holds: its snapshots have not been gone through. ';
    if (recording === undefined) this.#player.stop();
    this.#chart.show(recording?.snapshots);
    this.#showMissing(recording);
    this.#legend.replaceChildren(...this.legend.map(legendItem));
    setAttribute(this.#slider, 'aria-valuemin', 0);
    setAttribute(this.#slider, 'aria-valuemax', Math.max(0, (this.#series?.count ?? 0) - 1));
  }

  /** What is shown stays. */
  setStage(stage: ReadingStage | undefined): void {
    setAttribute(this.element, 'data-stage', stage);
  }

  /** Which snapshot is shown, and which one it is compared with. */
  mark(current: number, before: number | undefined): void {
    this.#current = current;
    const last = (this.#series?.count ?? 0) - 1;
    this.#chart.mark(current > last ? undefined : current, before);
    setAttribute(this.#slider, 'aria-valuenow', Math.max(0, Math.min(current, last)));
    this.#slider.setAttribute('aria-valuetext', this.#textOf(current));
    this.#read(undefined);
  }

  setRange(range: SnapshotRange | undefined): void {
    this.#range = range;
    this.#setBrush(undefined);
    this.#chart.setRange(range);
    this.#whole.hidden = this.#compare.hidden = range === undefined;
    this.#read(undefined);
  }

  async step(by: number): Promise<void> {
    await this.#show(this.#current + by);
  }

  togglePlay(): void {
    if (this.#series === undefined) return;
    if (this.#player.isPlaying) return this.#player.stop();
    const { first, last } = this.#shown;
    void this.#player.play(this.#current, first, last);
  }

  /** The snapshots that are seen. */
  get #shown(): SnapshotRange {
    return this.#range ?? { first: 0, last: Math.max(0, (this.#series?.count ?? 0) - 1) };
  }

  async #show(number: number): Promise<void> {
    this.#player.stop();
    const { first, last } = this.#shown;
    const wanted = Math.min(last, Math.max(first, number));
    if (wanted !== this.#current) await this.#listener.onSnapshot(wanted);
  }

  #onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { first, last } = this.#shown;
    const page = Math.max(1, Math.round((last - first) * PAGE_SHARE));
    const step = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -page, PageUp: page }[
      event.key
    ];
    if (step !== undefined && event.shiftKey) this.#extendBrush(step);
    else if (step !== undefined) void this.step(step);
    else if (event.key === 'Home') void this.#show(first);
    else if (event.key === 'End') void this.#show(last);
    else if (event.key === 'Enter' && this.#brush !== undefined) this.#listener.onRange(this.#brush);
    else if (event.key === 'Escape' && this.#brush !== undefined) this.#setBrush(undefined);
    else if (event.key === 'Escape' && this.#range !== undefined) this.#listener.onRange(undefined);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** The end of the brush that is not at the snapshot shown moves. */
  #extendBrush(step: number): void {
    const { first, last } = this.#shown;
    const current = Math.min(last, this.#current);
    const { first: from, last: to } = this.#brush ?? { first: current, last: current };
    const end = Math.min(last, Math.max(first, (from === current ? to : from) + step));
    this.#setBrush({ first: Math.min(end, current), last: Math.max(end, current) });
  }

  #setBrush(brush: SnapshotRange | undefined): void {
    this.#brush = brush !== undefined && brush.first < brush.last ? brush : undefined;
    this.#chart.setBrush(this.#brush);
    this.#read(undefined);
  }

  /** Tells of the snapshot that is pointed at; else of the range that is being chosen, or of the snapshot shown. */
  #read(pointed: number | undefined): void {
    const series = this.#series;
    if (series === undefined) return;
    const number = pointed ?? this.#current;
    const range = this.#brush ?? (pointed === undefined ? this.#range : undefined);
    const parts = [this.#textOf(number)];
    if (range !== undefined) parts.push(`range ${range.first} to ${range.last}`);
    this.#reading.textContent = parts.join(' · ');
    for (const entry of this.#legend.children) {
      const { state } = (entry as HTMLElement).dataset;
      const counts =
        state === 'opened' || state === 'closed'
          ? series[state]
          : series.rowsByState.find((one) => one.state === state)?.rows;
      const rows = counts?.[number] ?? 0;
      entry.querySelector('.count')!.textContent = rows.toLocaleString('en');
    }
  }

  #textOf(number: number): string {
    const series = this.#series;
    if (series === undefined) return '';
    if (number >= series.count) return `snapshot ${number} is cut off: the timeline ends before it`;
    const time = series.utcMicroseconds[number]!;
    const parts = [`snapshot ${number} of ${series.count}`];
    if (!Number.isNaN(time)) parts.push(formatUtcSeconds(time));
    if (series.isReadable[number] === 0) parts.push('cannot be read');
    else {
      const [rows, opened, closed] = [series.rows, series.opened, series.closed].map((list) => list[number]!);
      parts.push(`${rows!.toLocaleString('en')} rows, ${opened} opened, ${closed} closed`);
    }
    return parts.join(' · ');
  }

  #showMissing(recording: RecordingSeries | undefined): void {
    const text = recording === undefined ? '' : missingText(recording);
    this.#missing.hidden = text === '';
    this.#missing.textContent = text;
  }

  #setPlaying(isPlaying: boolean): void {
    this.#play.textContent = isPlaying ? '■ Stop' : '▶ Play';
  }
}

function legendItem({ name, colour }: LegendEntry): HTMLElement {
  const swatch = element('span', { class: 'swatch', 'aria-hidden': 'true' });
  swatch.style.background = colour;
  return element('li', { 'data-state': name }, [swatch, name, ' ', element('span', { class: 'count' })]);
}
