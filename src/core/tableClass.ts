const HEADER_BYTES = 4;
const WORD_BYTES = 4;
/** What the _OWNER_MODULE rows end with: 16 numbers of 64 bits (TCPIP_OWNING_MODULE_SIZE). */
const MODULE_BYTES = 16 * 8;

/**
 * The Windows structures that the raw bytes of a table can be (iphlpapi.h, tcpmib.h, udpmib.h). Every name stands for one binary
 * layout: a row count (u32), rows of equal size from a fixed offset on, and perhaps bytes behind them. All integers are
 * little-endian u32, but addresses and ports are in network byte order.
 */
const LAYOUTS = {
  tcp: tcp4('MIB_TCPTABLE', []),
  tcp2: tcp4('MIB_TCPTABLE2', ['pid', 'offload']),
  'tcp-owner-pid': tcp4('MIB_TCPTABLE_OWNER_PID', ['pid']),
  'tcp-owner-module': withModules(tcp4('MIB_TCPTABLE_OWNER_MODULE', ['pid', 'created', 'created'])),
  tcp6: layout('MIB_TCP6TABLE', 'TCP', 'IPv6', ['state', ...local6(), ...remote6()]),
  'tcp6-2': tcp6('MIB_TCP6TABLE2', ['pid', 'offload']),
  'tcp6-owner-pid': tcp6('MIB_TCP6TABLE_OWNER_PID', ['pid']),
  'tcp6-owner-module': withModules(tcp6('MIB_TCP6TABLE_OWNER_MODULE', ['pid', 'created', 'created'])),
  'tcp2-bound': tcp4('MIB_TCPTABLE2', ['pid', 'offload']),
  'tcp6-2-bound': tcp6('MIB_TCP6TABLE2', ['pid', 'offload']),
  udp: layout('MIB_UDPTABLE', 'UDP', 'IPv4', ['local', 'lport']),
  'udp-owner-pid': layout('MIB_UDPTABLE_OWNER_PID', 'UDP', 'IPv4', ['local', 'lport', 'pid']),
  'udp-owner-module': withModules(
    layout('MIB_UDPTABLE_OWNER_MODULE', 'UDP', 'IPv4', ['local', 'lport', 'pid', null, ...udpModule()]),
  ),
  udp6: layout('MIB_UDP6TABLE', 'UDP', 'IPv6', local6()),
  'udp6-owner-pid': layout('MIB_UDP6TABLE_OWNER_PID', 'UDP', 'IPv6', [...local6(), 'pid']),
  'udp6-owner-module': withModules(
    layout('MIB_UDP6TABLE_OWNER_MODULE', 'UDP', 'IPv6', [...local6(), 'pid', null, ...udpModule()]),
  ),
} as const satisfies Record<string, TableLayout>;

export type TableClass = keyof typeof LAYOUTS;

/**
 * What a word of a row holds. Addresses of IPv6 are four words, times (FILETIME: 100 ns since 1601) two, the lower one first. null: padding,
 * flags and module information, which are kept but not decoded.
 */
export type RowWord =
  | 'state'
  | 'local'
  | 'lscope'
  | 'lport'
  | 'remote'
  | 'rscope'
  | 'rport'
  | 'pid'
  | 'offload'
  | 'created'
  | null;

export type Protocol = 'TCP' | 'UDP';
export type Family = 'IPv4' | 'IPv6';

export interface TableLayout {
  /** The structure that Microsoft's headers declare. */
  readonly structure: string;
  readonly protocol: Protocol;
  readonly family: Family;
  /** Offset of the first row: 4, or 8 where rows have 64-bit members. */
  readonly firstRow: number;
  readonly rowBytes: number;
  /** The words of a row, from its first on; those behind the last are not decoded. */
  readonly words: readonly RowWord[];
}

/**
 * A snapshot file may name a class that this version does not know: its bytes are kept and can be written back.
 */
export const TABLE_CLASSES = Object.keys(LAYOUTS) as readonly TableClass[];

export function isTableClass(name: string): name is TableClass {
  return Object.hasOwn(LAYOUTS, name);
}

export function layoutOf(tableClass: TableClass): TableLayout {
  return LAYOUTS[tableClass];
}

function layout(
  structure: string,
  protocol: Protocol,
  family: Family,
  words: readonly RowWord[],
): TableLayout {
  return {
    structure,
    protocol,
    family,
    firstRow: HEADER_BYTES,
    rowBytes: words.length * WORD_BYTES,
    words,
  };
}

function tcp4(structure: string, owner: readonly RowWord[]): TableLayout {
  return layout(structure, 'TCP', 'IPv4', ['state', 'local', 'lport', 'remote', 'rport', ...owner]);
}

/** All but MIB_TCP6TABLE have the state behind the ends. */
function tcp6(structure: string, owner: readonly RowWord[]): TableLayout {
  return layout(structure, 'TCP', 'IPv6', [...local6(), ...remote6(), 'state', ...owner]);
}

function local6(): RowWord[] {
  return ['local', 'local', 'local', 'local', 'lscope', 'lport'];
}

function remote6(): RowWord[] {
  return ['remote', 'remote', 'remote', 'remote', 'rscope', 'rport'];
}

/** A time and flags. */
function udpModule(): RowWord[] {
  return ['created', 'created', null, null];
}

/** Rows with 64-bit members are aligned to 8 bytes, and so is the first of them. */
function withModules(words: TableLayout): TableLayout {
  return { ...words, firstRow: 2 * HEADER_BYTES, rowBytes: words.rowBytes + MODULE_BYTES };
}
