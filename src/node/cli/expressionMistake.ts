import { SnapshotError } from '../../core/index.js';
import { parseExpression } from '../../core/query/parse.js';
import { cellWidth, printable, truncate, truncateStart } from '../print/cellText.js';

/** What is wrong with the expression, and where: under the expression a mark below the place. Undefined where nothing is. */
export function expressionMistake(where: string): [message: string, ...details: string[]] | undefined {
  try {
    parseExpression(where);
    return undefined;
  } catch (error) {
    if (!(error instanceof SnapshotError) || error.offset === undefined) throw error;
    const message = `--where: ${error.message}`;
    if (where.trim() === '') return [message];
    const line = where.replaceAll(/\s/g, ' ');
    // Of a long expression, what fits a terminal.
    const before = truncateStart(printable(line.slice(0, error.offset)), 50);
    const after = truncate(printable(line.slice(error.offset)), 76 - cellWidth(before));
    return [message, `  ${before}${after}`, `  ${' '.repeat(cellWidth(before))}^`];
  }
}
