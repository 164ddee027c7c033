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
  'owner',
  'created',
  'module',
  'uid',
  'inode',
  'interface',
  'lastpid',
  'lastprocess',
  'lastsnapshot',
  'lporthigh',
  'rporthigh',
] as const;

export type Field = (typeof FIELDS)[number];

/** How a stored column lies in memory. */
export type ColumnType = 'u16' | 'u32';

/**
 * The columns of every table. `local` and `remote` hold an IPv4 address, or the last four bytes of an IPv6 address, as a number.
 * `process` holds indexes into the table's names.
 */
const PLAIN_COLUMNS = [
  ['state', 'u32'],
  ['local', 'u32'],
  ['remote', 'u32'],
  ['pid', 'u32'],
  ['offload', 'u32'],
  ['process', 'u32'],
  ['lport', 'u16'],
  ['rport', 'u16'],
] as const;

/**
 * Further columns of tables that are not TCP over IPv4 throughout. Words 0 to 2 of an address are zero in rows of IPv4.
 * `protocol` holds IANA's number, `family` 4 or 6.
 */
const WIDE_COLUMNS = [
  ['local0', 'u32'],
  ['local1', 'u32'],
  ['local2', 'u32'],
  ['lscope', 'u32'],
  ['remote0', 'u32'],
  ['remote1', 'u32'],
  ['remote2', 'u32'],
  ['rscope', 'u32'],
  ['protocol', 'u32'],
  ['family', 'u32'],
] as const;

/** Further columns where a table tells when sockets were created: a FILETIME in two words, the upper one first; 0 where it is not known. */
const TIME_COLUMNS = [
  ['created0', 'u32'],
  ['created1', 'u32'],
] as const;

export const STORED_COLUMNS = [...PLAIN_COLUMNS, ...WIDE_COLUMNS, ...TIME_COLUMNS] as const;

/** Which columns a table has: those of TCP over IPv4, those of all sockets, or these and times. */
export type ColumnSet = 'plain' | 'wide' | 'timed';

export const COLUMN_COUNTS: Readonly<Record<ColumnSet, number>> = {
  plain: PLAIN_COLUMNS.length,
  wide: PLAIN_COLUMNS.length + WIDE_COLUMNS.length,
  timed: STORED_COLUMNS.length,
};

export const CREATED_COLUMNS = ['created0', 'created1'] as const satisfies readonly StoredField[];

export type StoredField = (typeof STORED_COLUMNS)[number][0];
export type U16Field = Extract<(typeof STORED_COLUMNS)[number], readonly [string, 'u16']>[0];

/** Fields whose column is made when it is first asked for (addedColumns.ts), a u32 a row. */
export const ADDED_FIELDS = [
  'owner',
  'module',
  'uid',
  'inode',
  'interface',
  'lastpid',
  'lastprocess',
  'lastsnapshot',
  'lporthigh',
  'rporthigh',
] as const satisfies readonly Field[];

export type AddedField = (typeof ADDED_FIELDS)[number];

export function isAddedField(field: string): field is AddedField {
  return (ADDED_FIELDS as readonly string[]).includes(field);
}

/**
 * An added field that a row has no value for. In tables with wide columns: `state` of a row whose protocol has none, and `offload` of a row whose table does not tell. A number that
 * no system gives a meaning; should a raw table hold it, it is taken for this.
 */
export const NO_VALUE = 0xffffffff;

export const PROTOCOL_NUMBERS = { TCP: 6, UDP: 17 } as const;
export const FAMILY_NUMBERS = { IPv4: 4, IPv6: 6 } as const;

/** Fields that have the same value in every row of a table without wide columns. */
export const CONSTANT_FIELDS: ReadonlyMap<string, number> = new Map([
  ['protocol', PROTOCOL_NUMBERS.TCP],
  ['family', FAMILY_NUMBERS.IPv4],
]);

/** The four words of an address, the most significant first, and its scope id: what a column of addresses consists of. */
export const ADDRESS_COLUMNS = {
  local: { words: ['local0', 'local1', 'local2', 'local'], scope: 'lscope' },
  remote: { words: ['remote0', 'remote1', 'remote2', 'remote'], scope: 'rscope' },
} as const satisfies Record<
  string,
  { words: readonly [StoredField, StoredField, StoredField, StoredField]; scope: StoredField }
>;

export type AddressField = keyof typeof ADDRESS_COLUMNS;

export function isAddressField(field: string): field is AddressField {
  return Object.hasOwn(ADDRESS_COLUMNS, field);
}

/**
 * The documented order of GetTcpTable2 and GetTcp6Table2: local address and scope, local port, remote address and scope,
 * remote port. Of tables of several kinds TCP comes before UDP, and IPv4 before IPv6.
 */
export const DOCUMENTED_ORDER: readonly string[] = [
  'protocol',
  'family',
  'local',
  'lport',
  'remote',
  'rport',
];

export interface SortKey {
  readonly field: Field;
  /** The place of its column in STORED_COLUMNS; -1 for a field that is not stored. */
  readonly column: number;
  readonly descending: boolean;
}

/** What has been asked for: to make all of them takes longer than to sort a small table. */
const SORT_KEYS = new Map<string, SortKey>();

/** `-remote` → `{ field: 'remote', column: 2, descending: true }` */
export function parseSortKey(text: string): SortKey {
  const known = SORT_KEYS.get(text);
  if (known !== undefined) return known;
  const descending = text.startsWith('-');
  const field = descending ? text.slice(1) : text;
  if (!isField(field)) {
    throw new SnapshotError(
      'unknown-field',
      `no field "${field}" to sort by; there are ${FIELDS.join(', ')}`,
    );
  }
  const key = { field, column: STORED_COLUMNS.findIndex(([name]) => name === field), descending };
  SORT_KEYS.set(text, key);
  return key;
}

export function isField(name: string): name is Field {
  return (FIELDS as readonly string[]).includes(name);
}
