import { parseExpression } from '../query/parse.js';
import { compile, encodeProgram, stackDepth } from '../query/program.js';
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
  const blocks: number[] = [];
  const allocate = (byteLength: number): number => {
    const block = engine.allocate(byteLength);
    blocks.push(block);
    return block;
  };
  try {
    const lookups = operations.filter((operation) => operation.kind === 'lookup');
    const tables = lookups.map(({ table }) => allocate(table.length));
    const program = allocate(operations.length * 16);
    const blockRows = engine.run((kernels) => kernels.SELECT_BLOCK_ROWS.value);
    const stack = allocate(stackDepth(operations) * blockRows);
    const selected = allocate(rowCount * 4);
    lookups.forEach(({ table }, i) => engine.borrowBytes(tables[i]!, table.length).set(table));
    const encoded = engine.run((kernels) => encodeProgram(operations, tables, kernels));
    engine.borrowU32(program, encoded.length).set(encoded);
    const count = engine.run((kernels) =>
      kernels.selectRows(program, operations.length, rowCount, stack, selected),
    );
    return engine.borrowU32(selected, count).slice();
  } finally {
    blocks.forEach((block) => engine.release(block));
  }
}
