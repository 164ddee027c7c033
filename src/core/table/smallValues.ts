import type { StoredField } from './fields.js';
import type { TableData } from './tableData.js';

/** Columns of u32 of which nearly all values are few and small. */
const SMALL_FIELDS: ReadonlySet<StoredField> = new Set(['state', 'offload', 'protocol', 'family'] as const);
/** A byte tells the values below this; it stands for all others. */
export const NO_SMALL_VALUE = 255;

/** Columns of fewer rows are in a cache anyway. */
const LEAST_ROWS = 65_536;
/** The kernel writes 16 values at a time, and others read as many. */
const SLACK_BYTES = 16;

/**
 * The address of a byte for each value of a column, NO_SMALL_VALUE for all from there on: a test of it waits for a quarter of the memory.
 * Undefined where there is none, as when it is asked for the first time: to make it takes longer than to read the column once.
 */
export function smallValues({ engine, columns, derived }: TableData, field: StoredField): number | undefined {
  const { rowCount } = columns;
  if (rowCount < LEAST_ROWS || !SMALL_FIELDS.has(field)) return undefined;
  const name = `small ${field}`;
  if (!derived.isWorthMaking(name)) return undefined;
  return derived.get(name, rowCount + SLACK_BYTES, (block) => {
    const column = columns.address(field);
    engine.run((kernels) => kernels.writeSmallValues(column, rowCount, block));
    return block;
  });
}
