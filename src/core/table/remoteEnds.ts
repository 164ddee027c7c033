import { NO_VALUE, PROTOCOL_NUMBERS } from './fields.js';
import { READABLE_BYTES_AFTER } from './columns.js';
import type { TableData } from './tableData.js';

/**
 * Of a table with wide columns, the address of a column of the remote ends' families, in which rows of protocols without remote ends
 * have NO_VALUE. Kept with the table.
 */
export function remoteFamilies(data: TableData): number {
  if (haveAllRemotes(data)) return data.columns.address('family');
  return withoutRemotes(data, 'family');
}

/** As remoteFamilies, of their ports, u32. */
export function remotePorts(data: TableData): number {
  return withoutRemotes(data, 'rport');
}

/** Whether every row has a remote end, as far as that is known without looking at them. */
export function haveAllRemotes({ columns }: TableData): boolean {
  return !columns.isWide || columns.constantOf('protocol') === PROTOCOL_NUMBERS.TCP;
}

function withoutRemotes({ engine, columns, derived }: TableData, field: 'family' | 'rport'): number {
  const { rowCount } = columns;
  return derived.get(`remote ${field}`, rowCount * 4 + READABLE_BYTES_AFTER, (block) => {
    const values = engine.borrowU32(block, rowCount);
    const protocol = columns.borrow('protocol');
    const value = columns.borrow(field);
    for (let row = 0; row < rowCount; row++) {
      values[row] = protocol[row] === PROTOCOL_NUMBERS.TCP ? value[row]! : NO_VALUE;
    }
    return block;
  });
}
