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

/** A column that is shown, and what its cells are brought to. */
interface ShownColumn {
  readonly index: number;
  readonly width: number;
  readonly cut: (cell: string, width: number) => string;
  readonly isRight: boolean;
  readonly isLast: boolean;
}

/** What a cell's text is printed as, in as many columns. */
type CellStyle = (text: string, column: number) => string;

/** A function that makes a line of cells, padded to their columns; nothing follows the last one's text. */
export function lineFormatter(
  columns: readonly TextColumn[],
  widths: readonly number[],
): (cells: readonly string[], style?: CellStyle) => string {
  const last = widths.findLastIndex((width) => width > 0);
  const shown = columns
    .map(({ align, cut }, index): ShownColumn => ({
      index,
      width: widths[index]!,
      cut: cut === 'start' ? truncateStart : truncate,
      isRight: align === 'right',
      isLast: index === last,
    }))
    .filter(({ width }) => width > 0);
  return (cells, style) => {
    let line = '';
    // By their numbers, here and where rows are read: an iterator makes an object for each.
    for (let i = 0; i < shown.length; i++) line += formatCell(cells[shown[i]!.index]!, shown[i]!, style);
    return line;
  };
}

/** Little to do for each: else V8 would begin to optimise this for a few hundred rows, and the process could not end before that is done. */
function formatCell(
  cell: string,
  { index, width, cut, isRight, isLast }: ShownColumn,
  style: CellStyle | undefined,
): string {
  let text = cell;
  let padding = width - cellWidth(cell);
  if (padding < 0) {
    text = cut(cell, width);
    padding = Math.max(0, width - cellWidth(text));
  }
  if (style !== undefined) text = style(text, index);
  if (isRight) return spaces(padding) + (isLast ? text : text + spaces(GAP));
  return isLast ? text : text + spaces(padding + GAP);
}

/** The titles, of which the beginning tells most where they do not fit. */
export function headerLine(
  columns: readonly TextColumn[],
  widths: readonly number[],
  style: CellStyle,
): string {
  const titleColumns = columns.map((column) => ({ ...column, cut: 'end' as const }));
  const titles = columns.map((column) => column.title);
  return lineFormatter(titleColumns, widths)(titles, style);
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
