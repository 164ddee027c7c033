import type { Expression } from '../query/expression.js';
import { parseExpression } from '../query/parse.js';
import { programBytes, stackDepth, writeProgram } from '../query/operations.js';
import { compile } from '../query/program.js';
import type { TableData } from './tableData.js';

/**
 * The numbers of the rows that match a select expression, ascending.
 *
 * @throws SnapshotError `bad-expression`
 */
export function selectRows(data: TableData, text: string): Uint32Array<ArrayBuffer> {
  const { engine, columns } = data;
  const { rowCount } = columns;
  const operations = compile(parsedExpression(text), data);
  const codeBytes = programBytes(operations);
  // One level more: the kernel unites the ranges of a test there.
  const levels = stackDepth(operations) + 1;
  const stackBytes = engine.run((kernels) => levels * kernels.SELECT_LEVEL_BYTES);
  return engine.withBlocks([codeBytes, stackBytes, rowCount * 4], ([program, stack, selected]) => {
    const count = engine.run((kernels) => {
      writeProgram(operations, engine, program!, kernels);
      return kernels.selectRows(program!, operations.length, rowCount, stack!, selected!);
    });
    return engine.borrowU32(selected!, count).slice();
  });
}

/** Expressions that are used again and again are parsed once: on small tables, parsing takes longer than selecting. */
const KNOWN_EXPRESSIONS = 64;
const known = new Map<string, Expression>();

export function parsedExpression(text: string): Expression {
  let expression = known.get(text);
  if (expression === undefined) {
    expression = parseExpression(text);
    if (known.size >= KNOWN_EXPRESSIONS) known.clear();
    known.set(text, expression);
  }
  return expression;
}
