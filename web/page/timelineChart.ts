import uPlot from 'uplot';
import type { SnapshotSeries } from '../../src/core/index.js';
import { shortNumber, timeText } from './axisText.js';
import { element } from './element.js';
import type { SnapshotRange } from './snapshotRange.js';
import { CHANGE_COLOURS, resolveColour, stateColour } from './stateColours.js';
import { timeAxis, type TimeAxis } from './timeAxis.js';

interface ChartListener {
  /** The snapshot that the pointer is at. */
  onPoint(number: number | undefined): void;
  onPick(number: number): void;
  onBrush(range: SnapshotRange): void;
}

/** The charts' heights: the upper one takes a share of what there is. */
const ROWS_HEIGHT = { least: 96, share: 0.135, most: 260 };
const CHANGES_HEIGHT = 86;
const TIME_AXIS_HEIGHT = 26;
const AXIS_WIDTH = 56;
/** Half of the last time below it has room beside the chart. */
const LAST_TIME_WIDTH = 28;
/** Seconds between the marks of a time axis: closer to each other than uPlot's own, so that narrow charts have more than one. */
const TIME_STEPS = [
  ...[0.001, 0.01, 0.1, 1].flatMap((unit) => [unit, 2 * unit, 5 * unit]),
  10,
  15,
  30,
  60,
  120,
  300,
  600,
  1200,
  1800,
  3600,
  7200,
  14_400,
  21_600,
  43_200,
  ...[1, 2, 7, 14, 28].map((days) => days * 86_400),
];
/** Pixels between the marks of a time axis, and where they tell milliseconds. */
const TIME_SPACE = 76;
const FINE_TIME_SPACE = 112;
/** Pixels that a pointer moves before it brushes. */
const BRUSH_THRESHOLD = 5;

/** Rows by state, one upon another, and below it what was opened and closed, over the time of a recording. */
export class TimelineChart {
  readonly element = element('div', { class: 'charts' });
  readonly #listener: ChartListener;
  #series: SnapshotSeries | undefined;
  #axis: TimeAxis = { values: [], isTime: false };
  #charts: readonly uPlot[] = [];
  #range: SnapshotRange | undefined;
  #brush: SnapshotRange | undefined;
  #current: number | undefined;
  #before: number | undefined;
  /** The click that ends a brush picks nothing. */
  #hasBrushed = false;

  constructor(listener: ChartListener) {
    this.#listener = listener;
    new ResizeObserver(() => this.#fit()).observe(this.element);
    addEventListener('resize', () => this.#fit());
    // Canvases do not change their colours by themselves.
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#draw());
  }

  get isTime(): boolean {
    return this.#axis.isTime;
  }

  /** The canvases, the upper one first. */
  get canvases(): readonly HTMLCanvasElement[] {
    return this.#charts.map(({ ctx }) => ctx.canvas);
  }

  /** Does something while the charts have the colours of paper, whatever the screen's are. */
  onPaper<T>(use: () => T): T {
    this.element.style.colorScheme = 'light';
    this.#draw();
    try {
      // uPlot would draw in a microtask of its own, but a browser that prints does not wait.
      for (const chart of this.#charts) chart.batch(() => {});
      return use();
    } finally {
      this.element.style.colorScheme = '';
      this.#draw();
    }
  }

  show(series: SnapshotSeries | undefined): void {
    if (series === this.#series) return;
    this.#series = series;
    if (series !== undefined) this.#axis = timeAxis(series);
    this.#draw();
  }

  /** Marks the snapshot shown, and the one that it is compared with. */
  mark(current: number | undefined, before: number | undefined): void {
    this.#current = current;
    this.#before = before;
    for (const chart of this.#charts) chart.redraw(false);
  }

  setRange(range: SnapshotRange | undefined): void {
    this.#range = range;
    this.#setScales();
  }

  /** Marks what would be the range. */
  setBrush(brush: SnapshotRange | undefined): void {
    this.#brush = brush;
    for (const chart of this.#charts) chart.redraw(false);
  }

  #draw(): void {
    for (const chart of this.#charts) chart.destroy();
    this.#charts = [];
    const series = this.#series;
    if (series === undefined) return;
    this.#charts = [this.#rowsChart(series), this.#changesChart(series)];
    this.#setScales();
  }

  #rowsChart({ rowsByState }: SnapshotSeries): uPlot {
    const { values } = this.#axis;
    // From the bottom up: each line is the sum of the states up to its own, and is drawn before those below it.
    const sum = new Float64Array(values.length);
    const sums = rowsByState.map(({ rows }) => {
      for (let i = 0; i < sum.length; i++) sum[i]! += rows[i]!;
      return Array.from(sum);
    });
    const lines = rowsByState.map(({ state }): uPlot.Series => {
      const colour = this.#resolve(stateColour(state));
      return { label: state, stroke: colour, fill: colour, width: 0, points: { show: false } };
    });
    const data: uPlot.AlignedData = [[...values], ...sums.toReversed()];
    return this.#chart(rowsHeight(), data, lines.toReversed(), 'rows', false);
  }

  #changesChart({ opened, closed }: SnapshotSeries): uPlot {
    const bars = (label: string, colour: string): uPlot.Series => ({
      label,
      fill: this.#resolve(colour),
      width: 0,
      points: { show: false },
      ...(uPlot.paths.bars && { paths: uPlot.paths.bars({ size: [0.8, 14, 1] }) }),
    });
    const data: uPlot.AlignedData = [
      [...this.#axis.values],
      Array.from(opened),
      Array.from(closed, (count) => -count),
    ];
    const lines = [bars('opened', CHANGE_COLOURS.opened), bars('closed', CHANGE_COLOURS.closed)];
    return this.#chart(CHANGES_HEIGHT, data, lines, 'opened, closed', true);
  }

  #chart(
    height: number,
    data: uPlot.AlignedData,
    lines: readonly uPlot.Series[],
    label: string,
    hasTimes: boolean,
  ): uPlot {
    const axis = this.#axisStyle();
    const { isTime } = this.#axis;
    const options: uPlot.Options = {
      width: this.#width,
      height,
      padding: [8, LAST_TIME_WIDTH, hasTimes ? 0 : 8, 0],
      legend: { show: false },
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
      scales: { x: { time: isTime } },
      cursor: {
        sync: { key: 'timeline' },
        points: { show: false },
        y: false,
        drag: { x: true, y: false, setScale: false, dist: BRUSH_THRESHOLD },
      },
      series: [{}, ...lines],
      axes: [
        {
          ...axis,
          show: hasTimes,
          size: TIME_AXIS_HEIGHT,
          space: (_chart, _axis, from, to, pixels) =>
            isTime && ((to - from) * TIME_SPACE) / pixels < 1 ? FINE_TIME_SPACE : TIME_SPACE,
          ...(isTime && { incrs: TIME_STEPS }),
          values: (_chart, marks, _axis, _space, step) =>
            marks.map((mark) => (isTime ? timeText(mark, step) : String(mark))),
        },
        {
          ...axis,
          size: AXIS_WIDTH,
          // The chart of changes is low: with more room between its numbers it would have one.
          space: hasTimes ? 14 : 24,
          values: (_, marks) => marks.map((mark) => shortNumber(Math.abs(mark))),
        },
      ],
      hooks: {
        setCursor: [({ cursor }) => this.#listener.onPoint(cursor.idx ?? undefined)],
        setSelect: [(chart) => this.#onSelect(chart)],
        draw: [(chart) => this.#drawMarks(chart)],
      },
    };
    const chart = new uPlot(options, data, this.element);
    chart.root.dataset['chart'] = label;
    chart.over.addEventListener('click', () => {
      const { idx } = chart.cursor;
      const isBrush = this.#hasBrushed;
      this.#hasBrushed = false;
      if (!isBrush && idx !== null && idx !== undefined) this.#listener.onPick(idx);
    });
    return chart;
  }

  #onSelect(chart: uPlot): void {
    const { left, width } = chart.select;
    if (width < BRUSH_THRESHOLD) return;
    this.#hasBrushed = true;
    const first = chart.posToIdx(left);
    const last = chart.posToIdx(left + width);
    chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    if (first < last) this.#listener.onBrush({ first, last });
  }

  #drawMarks(chart: uPlot): void {
    const { ctx, bbox } = chart;
    const pixel = devicePixelRatio;
    const placeOf = (number: number): number => chart.valToPos(this.#axis.values[number]!, 'x', true);
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    this.#drawGaps(ctx, bbox, placeOf);
    if (this.#brush !== undefined) {
      const [from, to] = [placeOf(this.#brush.first), placeOf(this.#brush.last)];
      ctx.fillStyle = this.#resolve('color-mix(in srgb, var(--accent) 22%, transparent)');
      ctx.fillRect(from, bbox.top, to - from, bbox.height);
    }
    for (const [number, dash] of [
      [this.#before, [4 * pixel, 3 * pixel]],
      [this.#current, []],
    ] as const) {
      if (number === undefined || number >= this.#axis.values.length) continue;
      ctx.strokeStyle = this.#resolve('var(--text)');
      ctx.lineWidth = 1.5 * pixel;
      ctx.setLineDash([...dash]);
      ctx.beginPath();
      ctx.moveTo(placeOf(number), bbox.top);
      ctx.lineTo(placeOf(number), bbox.top + bbox.height);
      ctx.stroke();
    }
    ctx.restore();
  }

  /** Snapshots that cannot be read. */
  #drawGaps(
    ctx: CanvasRenderingContext2D,
    { top, height }: uPlot.BBox,
    placeOf: (number: number) => number,
  ): void {
    ctx.fillStyle = this.#resolve('var(--danger)');
    for (const [number, isReadable] of this.#series!.isReadable.entries()) {
      if (isReadable === 0)
        ctx.fillRect(placeOf(number) - devicePixelRatio, top, 2 * devicePixelRatio, height);
    }
  }

  #axisStyle(): uPlot.Axis {
    const line = { stroke: this.#resolve('var(--line)'), width: 1 };
    return {
      stroke: this.#resolve('var(--quiet)'),
      font: `11px ${getComputedStyle(document.body).fontFamily}`,
      grid: line,
      ticks: { ...line, size: 4 },
      border: { show: false },
    };
  }

  #setScales(): void {
    const { values } = this.#axis;
    if (values.length === 0) return;
    const min = values[this.#range?.first ?? 0]!;
    const max = values[this.#range?.last ?? values.length - 1]!;
    for (const chart of this.#charts) chart.setScale('x', { min, max });
  }

  get #width(): number {
    return Math.max(200, this.element.clientWidth);
  }

  #fit(): void {
    for (const chart of this.#charts) {
      const height = chart === this.#charts[0] ? rowsHeight() : CHANGES_HEIGHT;
      if (chart.width !== this.#width || chart.height !== height)
        chart.setSize({ width: this.#width, height });
    }
  }

  #resolve(colour: string): string {
    return resolveColour(this.element, colour);
  }
}

function rowsHeight(): number {
  const { least, share, most } = ROWS_HEIGHT;
  return Math.round(Math.min(most, Math.max(least, innerHeight * share)));
}
