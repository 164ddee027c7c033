import type { Family, Protocol } from '../tableClass.js';
import { addressReader } from './address.js';
import type { Columns } from './columns.js';
import { addedValues } from './addedValues.js';
import { isAddedKey, type AddedKey, type Connection, type ConnectionKey } from './connection.js';
import { FAMILY_NUMBERS, NO_VALUE, PROTOCOL_NUMBERS } from './fields.js';
import { offloadName, stateName } from './names.js';
import type { TableData } from './tableData.js';

/**
 * The rows of the given numbers as plain objects, in that order.
 *
 * @param keys of ADDED_KEYS, those that the objects have; the others they have always
 * @throws RangeError for a number that is no row
 */
export function readRows(
  data: TableData,
  numbers: ArrayLike<number>,
  keys: readonly ConnectionKey[],
): Connection[] {
  const { columns, processNames } = data;
  const { rowCount } = columns;
  // Before views are taken: columns that are made now take memory.
  const added = addedReader(data, keys.filter(isAddedKey));
  const state = columns.borrow('state');
  const localAddress = addressReader(columns, 'local');
  const localPort = columns.borrow('lport');
  const remoteAddress = addressReader(columns, 'remote');
  const remotePort = columns.borrow('rport');
  const pid = columns.borrow('pid');
  const process = columns.borrow('process');
  const offload = columns.borrow('offload');
  const kindOf = kindReader(columns);
  const known = (value: number): number | null => (columns.isWide && value === NO_VALUE ? null : value);
  const read = (row: number): Connection => {
    checkRow(row, rowCount);
    const { protocol, family } = kindOf(row);
    const hasRemote = protocol === 'TCP';
    const stateValue = known(state[row]!);
    const offloadValue = known(offload[row]!);
    const connection: Connection = {
      protocol,
      family,
      state: stateValue,
      stateName: stateValue === null ? null : stateName(stateValue),
      localAddress: localAddress(row),
      localPort: localPort[row]!,
      remoteAddress: hasRemote ? remoteAddress(row) : null,
      remotePort: hasRemote ? remotePort[row]! : null,
      pid: pid[row]!,
      process: processNames[process[row]!] || null,
      offload: offloadValue,
      offloadName: offloadValue === null ? null : offloadName(offloadValue),
    };
    return added === undefined ? connection : { ...connection, ...added(row) };
  };
  // By their numbers: an iterator would make an object for each.
  const rows = Array<Connection>(numbers.length);
  for (let i = 0; i < numbers.length; i++) rows[i] = read(numbers[i]!);
  return rows;
}

/** A function that returns a row's values of these keys; undefined where there are none. */
function addedReader(
  data: TableData,
  keys: readonly AddedKey[],
): ((row: number) => Partial<Connection>) | undefined {
  if (keys.length === 0) return undefined;
  const readers = keys.map((key) => [key, addedValues(data, key)] as const);
  return (row) => Object.fromEntries(readers.map(([key, read]) => [key, read(row)]));
}

interface Kind {
  readonly protocol: Protocol;
  readonly family: Family;
}

const PLAIN: Kind = { protocol: 'TCP', family: 'IPv4' };

/** A function that returns the protocol and family of a row. */
function kindReader(columns: Columns): (row: number) => Kind {
  if (!columns.isWide) return () => PLAIN;
  const protocol = columns.borrow('protocol');
  const family = columns.borrow('family');
  return (row) => ({
    protocol: protocol[row] === PROTOCOL_NUMBERS.TCP ? 'TCP' : 'UDP',
    family: family[row] === FAMILY_NUMBERS.IPv4 ? 'IPv4' : 'IPv6',
  });
}

/** @throws RangeError for a number that is no row */
export function checkRow(row: number, rowCount: number): void {
  if (Number.isInteger(row) && row >= 0 && row < rowCount) return;
  throw new RangeError(`no row ${row}; the table has ${rowCount} rows`);
}

/** @throws RangeError for a number that is no row */
export function checkRows(rows: Uint32Array, rowCount: number): void {
  for (let i = 0; i < rows.length; i++) {
    if (rows[i]! >= rowCount) checkRow(rows[i]!, rowCount);
  }
}
