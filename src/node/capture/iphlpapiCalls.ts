import { layoutOf, type TableClass } from '../../core/index.js';
import type { TableRequest, TableScope } from './tableRequest.js';

/** A call of iphlpapi.dll that fills a buffer of the caller's. */
export interface SizedCall {
  readonly function: string;
  /** What stands behind the buffer, its size and the order flag: for the functions that serve several tables. */
  readonly extended?: { readonly family: number; readonly class: number };
}

const AF_INET = 2;
const AF_INET6 = 23;

const PLAIN_FUNCTIONS: Partial<Record<TableClass, string>> = {
  tcp: 'GetTcpTable',
  tcp2: 'GetTcpTable2',
  tcp6: 'GetTcp6Table',
  'tcp6-2': 'GetTcp6Table2',
};

/** TCP_TABLE_CLASS (iprtrmib.h): for each structure three numbers, for listeners, connections and all. */
const TCP_STRUCTURES: Partial<Record<TableClass, number>> = {
  tcp: 0,
  'tcp-owner-pid': 3,
  'tcp6-owner-pid': 3,
  'tcp-owner-module': 6,
  'tcp6-owner-module': 6,
};
const TCP_SCOPES: Readonly<Record<TableScope, number>> = { listeners: 0, connections: 1, all: 2 };

/** UDP_TABLE_CLASS. */
const UDP_STRUCTURES: Partial<Record<TableClass, number>> = {
  udp: 0,
  udp6: 0,
  'udp-owner-pid': 1,
  'udp6-owner-pid': 1,
  'udp-owner-module': 2,
  'udp6-owner-module': 2,
};

/** System Informer's declarations: they allocate the table from a heap of the caller's. */
export const BOUND_FUNCTIONS: Partial<Record<TableClass, string>> = {
  'tcp2-bound': 'InternalGetBoundTcpEndpointTable',
  'tcp6-2-bound': 'InternalGetBoundTcp6EndpointTable',
};

/**
 * The call for a table; undefined for the tables of BOUND_FUNCTIONS. `tcp` comes from GetTcpTable, and with a scope, `all` included, from
 * GetExtendedTcpTable.
 */
export function sizedCallFor({ class: tableClass, scope }: TableRequest): SizedCall | undefined {
  const plain = PLAIN_FUNCTIONS[tableClass];
  if (plain !== undefined && scope === undefined) return { function: plain };
  const family = layoutOf(tableClass).family === 'IPv6' ? AF_INET6 : AF_INET;
  const tcp = TCP_STRUCTURES[tableClass];
  if (tcp !== undefined) {
    return {
      function: 'GetExtendedTcpTable',
      extended: { family, class: tcp + TCP_SCOPES[scope ?? 'all'] },
    };
  }
  const udp = UDP_STRUCTURES[tableClass];
  if (udp !== undefined) return { function: 'GetExtendedUdpTable', extended: { family, class: udp } };
  return undefined;
}
