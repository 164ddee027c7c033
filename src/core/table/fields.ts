import { SnapshotError } from '../errors.js';

/** The columns of a table: what rows are sorted and selected by. */
export const FIELDS = [
  'protocol',
  'family',
  'state',
  'local',
  'lport',
  'remote',
  'rport',
  'pid',
  'process',
  'offload',
] as const;

export type Field = (typeof FIELDS)[number];

/** How a stored column lies in memory. Fields that are the same for every row of a table are not stored. */
export type ColumnType = 'u16' | 'u32';

/** The stored columns, the widest first so that each starts aligned. `process` holds indexes into the table's names. */
export const STORED_COLUMNS = [
  ['state', 'u32'],
  ['local', 'u32'],
  ['remote', 'u32'],
  ['pid', 'u32'],
  ['offload', 'u32'],
  ['process', 'u32'],
  ['lport', 'u16'],
  ['rport', 'u16'],
] as const satisfies readonly (readonly [Field, ColumnType])[];

export type StoredField = (typeof STORED_COLUMNS)[number][0];

/**
 * Fields that have the same value in every row of the tables there are, and so no column: `protocol` (IANA's number of
 * TCP) and `family`.
 */
export const CONSTANT_FIELDS: ReadonlyMap<string, number> = new Map([
  ['protocol', 6],
  ['family', 4],
]);

/** The documented order of GetTcpTable2: local address, local port, remote address, remote port. */
export const DOCUMENTED_ORDER: readonly string[] = ['local', 'lport', 'remote', 'rport'];

export interface SortKey {
  readonly field: Field;
  readonly descending: boolean;
}

const SORT_KEYS: ReadonlyMap<string, SortKey> = new Map(
  FIELDS.flatMap((field): [string, SortKey][] => [
    [field, { field, descending: false }],
    [`-${field}`, { field, descending: true }],
  ]),
);

/** `-remote` → `{ field: 'remote', descending: true }` */
export function parseSortKey(text: string): SortKey {
  const key = SORT_KEYS.get(text);
  if (key !== undefined) return key;
  const name = text.startsWith('-') ? text.slice(1) : text;
  throw new SnapshotError('unknown-field', `no field "${name}" to sort by; there are ${FIELDS.join(', ')}`);
}

export function isField(name: string): name is Field {
  return (FIELDS as readonly string[]).includes(name);
}
