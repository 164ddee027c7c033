import { cellWidth } from './cellText.js';
import type { Terminal } from './terminal.js';
import { fitColumns, headerLine, lineFormatter, type TextColumn } from './textColumns.js';

export interface TextTableOptions {
  /** Without it, only lines are printed. Default: true. */
  readonly header?: boolean;
  /** Added in front of every line. */
  readonly indent?: string;
  readonly style?: (cell: string, column: number, line: number) => string;
}

/** Lines of printable cells as aligned columns that fit the terminal, under a header. */
export function* textTable(
  columns: readonly TextColumn[],
  lines: readonly (readonly string[])[],
  { width, colors }: Terminal,
  { header = true, indent = '', style }: TextTableOptions = {},
): Generator<string> {
  const titles = columns.map((column) => column.title);
  const natural = titles.map((title, i) =>
    lines.reduce((most, line) => Math.max(most, cellWidth(line[i]!)), header ? cellWidth(title) : 1),
  );
  const widths = fitColumns(columns, natural, width === undefined ? undefined : width - indent.length);
  if (header) yield `${indent}${headerLine(columns, widths, colors.bold)}\n`;
  const format = lineFormatter(columns, widths);
  for (const [i, line] of lines.entries()) {
    yield `${indent}${format(line, style && ((cell, column) => style(cell, column, i)))}\n`;
  }
}
