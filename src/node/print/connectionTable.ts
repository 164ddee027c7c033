import type { Connection, ConnectionKey, SnapshotInfo, Table } from '../../core/index.js';
import { BATCH_ROWS, rowBatches } from '../../core/table/rowBatches.js';
import { cellWidth, printable } from './cellText.js';
import { OWNER_KEYS, type ConnectionColumn } from './connectionColumns.js';
import type { Terminal } from './terminal.js';
import { wrapWords } from './wrapWords.js';
import { fitColumns, headerLine, lineFormatter } from './textColumns.js';
import { formatUtcSeconds } from '../../core/text/time.js';

export interface ConnectionTableOptions {
  readonly columns: readonly ConnectionColumn[];
  /** Without it, only rows are printed. */
  readonly header: boolean;
}

/**
 * Rows as aligned columns that fit the terminal, with a header and a closing line. Goes over the rows twice, once for
 * the widths, so that a table of any size takes the memory of one batch. Of what is no more than that, cells are made once.
 */
export function* connectionTable(
  table: Table,
  rows: Uint32Array,
  snapshot: SnapshotInfo,
  { columns, header }: ConnectionTableOptions,
  terminal: Terminal,
): Generator<string> {
  const read = (): Iterable<Line[]> => lineBatches(table, rows, columns);
  const kept = rows.length <= BATCH_ROWS ? [...read()] : undefined;
  const { natural, states } = measure(kept ?? read(), columns, header);
  const widths = fitColumns(columns, natural, terminal.width);
  const { colors, isColored } = terminal;
  if (header) yield headerLine(columns, widths, colors.bold) + '\n';
  const format = lineFormatter(columns, widths);
  const styleOf = (row: Connection) => (text: string, i: number) =>
    columns[i]!.style?.(text, row, colors) ?? text;
  for (const batch of kept ?? read()) {
    yield batch.map(({ row, cells }) => format(cells, isColored ? styleOf(row) : undefined) + '\n').join('');
  }
  if (header) yield closingLines(table, rows, snapshot, states, terminal);
}

/** What rows are read with: what the columns show, and whether a pid was another process's before, where that is told. */
function neededKeys(table: Table, columns: readonly ConnectionColumn[]): ConnectionKey[] {
  const shown = columns.flatMap(({ key }) => key ?? []);
  return [...shown, ...table.keys.filter((key) => OWNER_KEYS.includes(key))];
}

/** A row, and what its columns show. */
interface Line {
  readonly row: Connection;
  readonly cells: readonly string[];
}

function* lineBatches(
  table: Table,
  rows: Uint32Array,
  columns: readonly ConnectionColumn[],
): Generator<Line[]> {
  for (const batch of rowBatches(table, rows, neededKeys(table, columns))) {
    yield batch.map((row) => ({ row, cells: cellsOf(row, columns) }));
  }
}

/** Without a function made for each row, and in an array of the right size: rows are most of what a short command makes. */
function cellsOf(row: Connection, columns: readonly ConnectionColumn[]): string[] {
  const cells = Array<string>(columns.length);
  for (let i = 0; i < columns.length; i++) cells[i] = columns[i]!.cell(row);
  return cells;
}

function measure(
  batches: Iterable<readonly Line[]>,
  columns: readonly ConnectionColumn[],
  header: boolean,
): { natural: number[]; states: Map<string, number> } {
  const natural = columns.map((column) => (header ? cellWidth(column.title) : 1));
  const states = new Map<string, number>();
  for (const batch of batches) {
    for (let line = 0; line < batch.length; line++) {
      const { row, cells } = batch[line]!;
      const state = row.stateName ?? row.protocol;
      states.set(state, (states.get(state) ?? 0) + 1);
      for (let i = 0; i < cells.length; i++) natural[i] = Math.max(natural[i]!, cellWidth(cells[i]!));
    }
  }
  return { natural, states };
}

/** `31 connections on web01 at 2026-11-23 19:01:35 UTC: 12 ESTABLISHED, 10 LISTEN, 9 TIME_WAIT` */
function closingLines(
  table: Table,
  rows: Uint32Array,
  { host, time }: SnapshotInfo,
  states: ReadonlyMap<string, number>,
  { width, colors }: Terminal,
): string {
  const shown = rows.length === table.rowCount ? '' : `${rows.length} of `;
  const noun = table.rowCount === 1 ? 'connection' : 'connections';
  const where = host ? ` on ${printable(host.name)}` : '';
  const when = time ? ` at ${formatUtcSeconds(time.utcMicroseconds)}` : '';
  const counts = [...states]
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .map(([name, n]) => `${n} ${name}`);
  const colon = counts.length > 0 ? ':' : '';
  const sentence = `${shown}${table.rowCount} ${noun}${where}${when}${colon}`;
  // A count stays in one line with its state.
  const words = [
    ...sentence.split(' '),
    ...counts.map((count, i) => (i < counts.length - 1 ? `${count},` : count)),
  ];
  return (
    '\n' +
    wrapWords(words, width)
      .map((line) => colors.dim(line) + '\n')
      .join('')
  );
}
