import { cellWidth, truncate, truncateStart } from './cellText.js';

/** A column of a table of text. */
export interface TextColumn {
  readonly title: string;
  readonly align: 'left' | 'right';
  /** Columns of the terminal that it needs to be of use; it is cut down to this before another column is given up. */
  readonly minWidth: number;
  /** Which end of a cell goes where it does not fit. Default: `end`. */
  readonly cut?: 'start' | 'end';
  /** The column with the highest value is given up first; 0 is never given up. */
  readonly dispensable: number;
}

const GAP = 2;

/**
 * The width of each column, 0 for one that is given up, so that a line fits into `limit`. `natural` holds the width of
 * the widest cell of each column, its title included.
 */
export function fitColumns(
  columns: readonly TextColumn[],
  natural: readonly number[],
  limit = Number.POSITIVE_INFINITY,
): number[] {
  const widths = [...natural];
  const least = columns.map((column, i) => Math.min(column.minWidth, natural[i]!));
  const dispensable = columns
    .map((column, i) => ({ i, value: column.dispensable }))
    .filter(({ value }) => value > 0)
    .sort((a, b) => b.value - a.value);
  const needed = (): number => lineWidth(widths.map((width, i) => Math.min(width, least[i]!)));
  for (const { i } of dispensable) {
    if (needed() <= limit) break;
    widths[i] = 0;
  }
  // What remains is cut down to its least useful width, and then, the widest first, to whatever is there.
  shrink(widths, least, limit);
  shrink(
    widths,
    widths.map(() => 1),
    limit,
  );
  return widths;
}

/** One line of cells, padded to their columns; nothing follows the last one's text. */
export function formatLine(
  cells: readonly string[],
  columns: readonly TextColumn[],
  widths: readonly number[],
  style: (cell: string, column: number) => string = (cell) => cell,
): string {
  let line = '';
  const last = widths.findLastIndex((width) => width > 0);
  for (let i = 0; i <= last; i++) {
    const width = widths[i]!;
    if (width === 0) continue;
    const { align, cut } = columns[i]!;
    const text = cut === 'start' ? truncateStart(cells[i]!, width) : truncate(cells[i]!, width);
    const padding = Math.max(0, width - cellWidth(text));
    if (align === 'right') line += spaces(padding);
    line += style(text, i);
    if (i < last) line += spaces(align === 'right' ? GAP : padding + GAP);
  }
  return line;
}

/** By their number, each made once: most lines have the same ones. */
const made: string[] = [];
const MOST_MADE = 64;

function spaces(count: number): string {
  return count < MOST_MADE ? (made[count] ??= ' '.repeat(count)) : ' '.repeat(count);
}

function lineWidth(widths: readonly number[]): number {
  const shown = widths.filter((width) => width > 0);
  return shown.reduce((sum, width) => sum + width, 0) + GAP * Math.max(0, shown.length - 1);
}

function shrink(widths: number[], least: readonly number[], limit: number): void {
  for (;;) {
    const excess = lineWidth(widths) - limit;
    if (excess <= 0) return;
    const shrinkable = widths.map((width, i) => (width > least[i]! ? width : 0));
    const width = Math.max(...shrinkable);
    if (width === 0) return;
    const widest = shrinkable.indexOf(width);
    // No further than the next widest, so that those of the same use end up with the same width.
    const next = Math.max(...shrinkable.filter((_, i) => i !== widest));
    widths[widest]! -= Math.min(excess, width - least[widest]!, Math.max(1, width - next));
  }
}
