export type Protocol = 'TCP' | 'UDP';
export type Family = 'IPv4' | 'IPv6';

/** How the bytes of a table are divided into rows. */
export interface TableLayout {
  /** The structure that Microsoft's headers declare. */
  readonly structure: string;
  readonly protocol: Protocol;
  readonly family: Family;
  readonly rowBytes: number;
  /** Offset of the first row: behind the row count (u32), at 8 where rows have 64-bit members. */
  readonly firstRow: number;
}

/**
 * The Windows structures that the raw bytes of a table can be (tcpmib.h, udpmib.h, iprtrmib.h). Every name stands for one binary
 * layout. The classes of sockets that are only bound have the structures of `tcp2` and `tcp6-2`.
 */
const LAYOUTS = {
  tcp: layout('MIB_TCPTABLE', 'TCP', 'IPv4', 20, 4),
  tcp2: layout('MIB_TCPTABLE2', 'TCP', 'IPv4', 28, 4),
  'tcp-owner-pid': layout('MIB_TCPTABLE_OWNER_PID', 'TCP', 'IPv4', 24, 4),
  'tcp-owner-module': layout('MIB_TCPTABLE_OWNER_MODULE', 'TCP', 'IPv4', 160, 8),
  tcp6: layout('MIB_TCP6TABLE', 'TCP', 'IPv6', 52, 4),
  'tcp6-2': layout('MIB_TCP6TABLE2', 'TCP', 'IPv6', 60, 4),
  'tcp6-owner-pid': layout('MIB_TCP6TABLE_OWNER_PID', 'TCP', 'IPv6', 56, 4),
  'tcp6-owner-module': layout('MIB_TCP6TABLE_OWNER_MODULE', 'TCP', 'IPv6', 192, 8),
  'tcp2-bound': layout('MIB_TCPTABLE2', 'TCP', 'IPv4', 28, 4),
  'tcp6-2-bound': layout('MIB_TCP6TABLE2', 'TCP', 'IPv6', 60, 4),
  udp: layout('MIB_UDPTABLE', 'UDP', 'IPv4', 8, 4),
  'udp-owner-pid': layout('MIB_UDPTABLE_OWNER_PID', 'UDP', 'IPv4', 12, 4),
  'udp-owner-module': layout('MIB_UDPTABLE_OWNER_MODULE', 'UDP', 'IPv4', 160, 8),
  udp6: layout('MIB_UDP6TABLE', 'UDP', 'IPv6', 24, 4),
  'udp6-owner-pid': layout('MIB_UDP6TABLE_OWNER_PID', 'UDP', 'IPv6', 28, 4),
  'udp6-owner-module': layout('MIB_UDP6TABLE_OWNER_MODULE', 'UDP', 'IPv6', 176, 8),
} as const satisfies Record<string, TableLayout>;

export type TableClass = keyof typeof LAYOUTS;

/** A snapshot file may name a class that this version does not know: its bytes are kept and can be written back. */
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
  rowBytes: number,
  firstRow: number,
): TableLayout {
  return { structure, protocol, family, rowBytes, firstRow };
}
