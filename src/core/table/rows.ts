import { formatIPv4 } from './address.js';
import type { Connection } from './connection.js';
import { offloadName, stateName } from './names.js';
import type { TableData } from './tableData.js';

/**
 * The rows of the given numbers as plain objects, in that order.
 *
 * @throws RangeError for a number that is no row
 */
export function readRows({ columns, processNames }: TableData, numbers: ArrayLike<number>): Connection[] {
  const { rowCount } = columns;
  const state = columns.borrow('state');
  const local = columns.borrow('local');
  const localPort = columns.borrow('lport');
  const remote = columns.borrow('remote');
  const remotePort = columns.borrow('rport');
  const pid = columns.borrow('pid');
  const process = columns.borrow('process');
  const offload = columns.borrow('offload');
  return Array.from(numbers, (row): Connection => {
    checkRow(row, rowCount);
    return {
      protocol: 'TCP',
      family: 'IPv4',
      state: state[row]!,
      stateName: stateName(state[row]!),
      localAddress: formatIPv4(local[row]!),
      localPort: localPort[row]!,
      remoteAddress: formatIPv4(remote[row]!),
      remotePort: remotePort[row]!,
      pid: pid[row]!,
      process: processNames[process[row]!] || null,
      offload: offload[row]!,
      offloadName: offloadName(offload[row]!),
    };
  });
}

/** @throws RangeError for a number that is no row */
export function checkRow(row: number, rowCount: number): void {
  if (Number.isInteger(row) && row >= 0 && row < rowCount) return;
  throw new RangeError(`no row ${row}; the table has ${rowCount} rows`);
}
