import { parseExpression } from '../query/parse.js';
import { compile, programBytes, stackDepth, writeProgram } from '../query/program.js';
import { CONSTANT_FIELDS } from './fields.js';
import type { TableData } from './tableData.js';

/**
 * The numbers of the rows that match a select expression, ascending.
 *
 * @throws SnapshotError `bad-expression`
 */
export function selectRows(
  { engine, columns, processNames }: TableData,
  text: string,
): Uint32Array<ArrayBuffer> {
  const { rowCount } = columns;
  const operations = compile(parseExpression(text), columns, processNames, CONSTANT_FIELDS);
  const codeBytes = programBytes(operations);
  // One level more: the kernel unites the ranges of a test there.
  const levels = stackDepth(operations) + 1;
  const stackBytes = engine.run((kernels) => levels * kernels.SELECT_LEVEL_BYTES);
  return engine.withBlocks([codeBytes, stackBytes, rowCount * 4], ([program, stack, selected]) => {
    const code = engine.borrowBytes(program!, codeBytes);
    const count = engine.run((kernels) => {
      writeProgram(operations, code, program!, kernels);
      return kernels.selectRows(program!, operations.length, rowCount, stack!, selected!);
    });
    return engine.borrowU32(selected!, count).slice();
  });
}
