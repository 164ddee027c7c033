import type { Row } from '../protocol.js';
import { COLUMNS, type ShownColumn } from './columns.js';

/** What became of a row; of a changed one, what it was. */
export function changeText({ change, connection, before }: Row): string {
  if (change === 'same') return '';
  if (before === undefined) return change;
  if (before.state !== connection.state) return `was ${COLUMNS.state.text(before)}`;
  return `was ${COLUMNS.process.text(before)} (${before.pid})`;
}

/** How rows are written where they leave the page: the columns shown, and of a comparison first what became of each. */
export interface WrittenAs {
  readonly columns: readonly ShownColumn[];
  readonly isComparison: boolean;
}

export function titlesOf({ columns, isComparison }: WrittenAs): string[] {
  return [...(isComparison ? ['Change'] : []), ...columns.map(({ field }) => COLUMNS[field].title)];
}

export function textsOf(row: Row, { columns, isComparison }: WrittenAs): string[] {
  const texts = columns.map(({ field }) => COLUMNS[field].text(row.connection));
  return isComparison ? [changeText(row), ...texts] : texts;
}
