import { NO_VALUE, PROTOCOL_NUMBERS } from './fields.js';
import type { TableData } from './tableData.js';

/** Addresses of columns of a table with wide columns, in which rows of protocols without remote ends have NO_VALUE. */
export interface RemoteEnds {
  readonly families: number;
  readonly ports: number;
}

/** Kernels read 16 values at a time, so up to 15 of four bytes behind the last one. */
const READABLE_BYTES_AFTER = 60;

/** The remote ends' families and ports, with rows that have none told apart. Kept with the table. */
export function remoteEnds({ engine, columns, derived }: TableData): RemoteEnds {
  const { rowCount } = columns;
  const columnBytes = rowCount * 4;
  return derived.get('remote ends', 2 * columnBytes + READABLE_BYTES_AFTER, (block) => {
    const ends = { families: block, ports: block + columnBytes };
    const families = engine.borrowU32(ends.families, rowCount);
    const ports = engine.borrowU32(ends.ports, rowCount);
    const protocol = columns.borrow('protocol');
    const family = columns.borrow('family');
    const port = columns.borrow('rport');
    for (let row = 0; row < rowCount; row++) {
      const hasRemote = protocol[row] === PROTOCOL_NUMBERS.TCP;
      families[row] = hasRemote ? family[row]! : NO_VALUE;
      ports[row] = hasRemote ? port[row]! : NO_VALUE;
    }
    return ends;
  });
}
