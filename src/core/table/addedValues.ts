import { fileTimeMicroseconds, formatFileTime } from '../fileTime.js';
import type { AddedKey } from './connection.js';
import { CREATED_COLUMNS, NO_VALUE, type AddedField } from './fields.js';
import { OWNERS } from './owners.js';
import type { TableData } from './tableData.js';

export const FIELD_OF_KEY = {
  owner: 'owner',
  module: 'module',
  uid: 'uid',
  inode: 'inode',
  interface: 'interface',
  lastPid: 'lastpid',
  lastProcess: 'lastprocess',
  lastSnapshot: 'lastsnapshot',
  localPortHigh: 'lporthigh',
  remotePortHigh: 'rporthigh',
} as const satisfies Record<Exclude<AddedKey, 'created'>, AddedField>;

/** What a value of an added field is shown as; null where there is none. */
export function addedValueReader(
  { added }: TableData,
  field: AddedField,
): (value: number) => string | number | null {
  switch (field) {
    case 'owner':
      return (value) => OWNERS[value] ?? null;
    case 'module':
    case 'lastprocess': {
      const names = added.namesOf(field);
      return (value) => names[value] || null;
    }
    default:
      return (value) => (value === NO_VALUE ? null : value);
  }
}

/** A function that returns a row's value of a key. Lasts until the engine's memory grows. */
export function addedValues(data: TableData, key: AddedKey): (row: number) => string | number | null {
  const { engine, columns, added } = data;
  if (key === 'created') return createdTexts(data);
  const field = FIELD_OF_KEY[key];
  const column = added.address(field);
  if (column === undefined) return () => null;
  const valueOf = addedValueReader(data, field);
  let values = engine.borrowU32(column, columns.rowCount);
  return (row) => {
    // Where the memory has grown since, the view has lost it, and its length.
    if (values.length === 0) values = engine.borrowU32(column, columns.rowCount);
    return valueOf(values[row]!);
  };
}

/** A function that returns the time at which a row's socket was created as text, or null. Lasts as long as the table. */
export function createdTexts({ columns, added }: TableData): (row: number) => string | null {
  if (added.created() === undefined) return () => null;
  const [highOf, lowOf] = CREATED_COLUMNS.map((field) => columns.reader(field)) as [
    (row: number) => number,
    (row: number) => number,
  ];
  return (row) => {
    const [high, low] = [highOf(row), lowOf(row)];
    return high === 0 && low === 0 ? null : formatFileTime(high, low);
  };
}

/** A copy of an added column; where the snapshot tells nothing of it, no row has a value. */
export function copyAdded({ engine, columns, added }: TableData, field: AddedField): Uint32Array {
  const column = added.address(field);
  if (column !== undefined) return engine.borrowU32(column, columns.rowCount).slice();
  return new Uint32Array(columns.rowCount).fill(field === 'module' || field === 'lastprocess' ? 0 : NO_VALUE);
}

/** Microseconds since 1970 at which each row's socket was created; 0 where it is not known. */
export function copyCreated({ columns, added }: TableData): BigInt64Array {
  const microseconds = new BigInt64Array(columns.rowCount);
  if (added.created() === undefined) return microseconds;
  const [high, low] = CREATED_COLUMNS.map((field) => columns.borrow(field)) as [Uint32Array, Uint32Array];
  for (let row = 0; row < microseconds.length; row++) {
    if (high[row] === 0 && low[row] === 0) continue;
    microseconds[row] = fileTimeMicroseconds(high[row]!, low[row]!);
  }
  return microseconds;
}
