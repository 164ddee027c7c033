import { programBytes, stackDepth, writeProgram } from '../query/operations.js';
import { compile } from '../query/program.js';
import { countListed, type Count } from './count.js';
import { parsedExpression } from './select.js';
import { Table } from './table.js';

/** The rows of a table that match an expression, without a list of their numbers: of a large table, that is new memory for each expression. */
export interface MarkedRows {
  /** A bit for each row, from the lowest of the first word on. */
  readonly marks: Uint32Array;
  readonly count: number;
  /** The states that they have. */
  readonly states: readonly Count[];
}

/**
 * Marks the rows that match a select expression.
 *
 * @throws SnapshotError `bad-expression`
 */
export function markRows(table: Table, expression: string): MarkedRows {
  const data = Table.dataOf(table);
  const { engine } = data;
  const { rowCount } = table;
  const operations = compile(parsedExpression(expression), data);
  const levelBytes = engine.run((kernels) => kernels.SELECT_LEVEL_BYTES);
  // The levels that the last block needs stand behind its own marks.
  const levels = Math.ceil(rowCount / (levelBytes * 8)) + stackDepth(operations);
  const lengths = [programBytes(operations), levels * levelBytes, rowCount * 4];
  return engine.withBlocks(lengths, ([program, marks, listed]) => {
    const count = engine.run((kernels) => {
      writeProgram(operations, engine, program!, kernels);
      kernels.markRows(program!, operations.length, rowCount, marks!);
      return kernels.listMarked(marks!, rowCount, listed!);
    });
    const copied = engine.borrowU32(marks!, Math.ceil(rowCount / 32)).slice();
    const states = countListed(data, 'state', { address: count === rowCount ? 0 : listed!, count });
    return { marks: copied, count, states };
  });
}
