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
  const lookups = operations.filter((operation) => operation.kind === 'lookup').map(({ table }) => table);
  const stackBytes = engine.run((kernels) => stackDepth(operations) * kernels.SELECT_BLOCK_ROWS.value);
  const lengths = [operations.length * 16, stackBytes, rowCount * 4, ...lookups.map((table) => table.length)];
  return engine.withBlocks(lengths, ([program, stack, selected, ...tables]) => {
    lookups.forEach((table, i) => engine.borrowBytes(tables[i]!, table.length).set(table));
    const encoded = engine.run((kernels) => encodeProgram(operations, tables, kernels));
    engine.borrowU32(program!, encoded.length).set(encoded);
    const count = engine.run((kernels) =>
      kernels.selectRows(program!, operations.length, rowCount, stack!, selected!),
    );
    return engine.borrowU32(selected!, count).slice();
  });
}
