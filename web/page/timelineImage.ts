import { resolveColour } from './stateColours.js';

const PADDING = 12;
const LINE = 20;
const SWATCH = 10;
const GAP = 16;

/** What a colour stands for. */
export interface LegendEntry {
  readonly name: string;
  readonly colour: string;
}

/** The charts of a timeline as one picture, with what they are of above them and the legend below. */
export function timelineCanvas(
  within: HTMLElement,
  canvases: readonly HTMLCanvasElement[],
  legend: readonly LegendEntry[],
  title: string,
): HTMLCanvasElement {
  const scale = devicePixelRatio;
  const width = Math.max(...canvases.map((canvas) => canvas.width)) / scale + 2 * PADDING;
  const font = `12px ${getComputedStyle(document.body).fontFamily}`;
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('this browser cannot draw');
  context.font = font;
  const lines = breakLegend(legend, width - 2 * PADDING, (text) => context.measureText(text).width);
  const charts = canvases.reduce((sum, { height }) => sum + height / scale, 0);
  const height = LINE + charts + lines.length * LINE + 2 * PADDING;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  context.scale(scale, scale);
  context.fillStyle = resolveColour(within, 'var(--page)');
  context.fillRect(0, 0, width, height);
  const text = resolveColour(within, 'var(--text)');
  context.font = font;
  context.textBaseline = 'middle';
  context.fillStyle = text;
  context.fillText(title, PADDING, PADDING + LINE / 2, width - 2 * PADDING);
  let top = PADDING + LINE;
  for (const chart of canvases) {
    context.drawImage(chart, PADDING, top, chart.width / scale, chart.height / scale);
    top += chart.height / scale;
  }
  for (const line of lines) {
    for (const { name, colour, left } of line) {
      context.fillStyle = resolveColour(within, colour);
      context.fillRect(PADDING + left, top + (LINE - SWATCH) / 2, SWATCH, SWATCH);
      context.fillStyle = text;
      context.fillText(name, PADDING + left + SWATCH + 6, top + LINE / 2);
    }
    top += LINE;
  }
  canvas.style.width = `${width}px`;
  return canvas;
}

/** A canvas as a file. */
export function imageOf(canvas: HTMLCanvasElement): Promise<Blob> {
  return new Promise((resolve, reject) => {
    canvas.toBlob(
      (blob) => (blob === null ? reject(new Error('the picture is too large')) : resolve(blob)),
      'image/png',
    );
  });
}

/** Entries side by side, in as many lines as they need. */
function breakLegend(
  legend: readonly LegendEntry[],
  width: number,
  widthOf: (text: string) => number,
): (LegendEntry & { readonly left: number })[][] {
  const lines: (LegendEntry & { readonly left: number })[][] = [[]];
  let left = 0;
  for (const { name, colour } of legend) {
    const taken = SWATCH + 6 + widthOf(name) + GAP;
    if (left > 0 && left + taken > width) {
      lines.push([]);
      left = 0;
    }
    lines.at(-1)!.push({ name, colour, left });
    left += taken;
  }
  return lines;
}
