import {
  ADDED_KEYS,
  CONNECTION_KEYS,
  SnapshotError,
  type AddedKey,
  type Connection,
  type ConnectionKey,
} from '../../core/index.js';
import type { Family } from '../../core/tableClass.js';
import { STATE_LISTEN, STATE_TIME_WAIT } from '../../core/table/names.js';
import { printable } from './cellText.js';
import type { Colors } from './terminal.js';
import type { TextColumn } from './textColumns.js';

export interface ConnectionColumn extends TextColumn {
  /** The key that rows need to have for it, where not all have it. */
  readonly key?: AddedKey;
  /** Text from the file made printable. */
  cell(row: Connection): string;
  style?(cell: string, row: Connection, colors: Colors): string;
}

type Style = NonNullable<ConnectionColumn['style']>;

/** Colours that differ in brightness too, and say nothing that the text does not. */
const styleState: Style = (cell, { stateName }, colors) => {
  switch (stateName) {
    case null:
      return cell;
    case 'ESTABLISHED':
      return colors.green(cell);
    case 'LISTEN':
    case 'BOUND':
      return colors.cyan(cell);
    case 'TIME_WAIT':
    case 'CLOSED':
    case 'DELETE_TCB':
      return colors.dim(cell);
    case 'SYN_SENT':
    case 'SYN_RECEIVED':
      return colors.bold(colors.magenta(cell));
    default:
      return stateName.startsWith('UNKNOWN') ? colors.red(cell) : colors.yellow(cell);
  }
};

/** For a value that a row does not have. */
const NONE = '-';
/** For an owner that there is, and that the snapshot does not tell. */
const UNKNOWN = '?';

const left = { align: 'left', minWidth: 8, dispensable: 0 } as const;
const right = { align: 'right', minWidth: 5, dispensable: 0 } as const;

/**
 * Whole endpoints (21 is the longest: `255.255.255.255:65535`) are worth more than further columns. Where even they do not
 * fit beside the state, the port and the end of the address tell most.
 */
const endpoint = { ...left, minWidth: 21, cut: 'start' } as const;

/** Addresses with their ports, as people read them. The remote end of a listener has no meaning, whatever its bytes. */
const ENDPOINTS = {
  local: {
    ...endpoint,
    title: 'Local address',
    cell: (row) => endpointOf(row.family, row.localAddress, row.localPort),
  },
  remote: {
    ...endpoint,
    title: 'Remote address',
    cell: ({ family, state, remoteAddress, remotePort }) =>
      state === STATE_LISTEN || remoteAddress === null || remotePort === null
        ? '*:*'
        : endpointOf(family, remoteAddress, remotePort),
  },
} satisfies Record<string, ConnectionColumn>;

/** To look for a colon, V8 would have to copy the text of the address, which it has put together of parts. */
function endpointOf(family: Family, address: string, port: number): string {
  return family === 'IPv4' ? `${address}:${port}` : endpointText(address, port);
}

/** `10.0.0.1:443`, `[::1]:443` */
export function endpointText(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

const KEYS: Readonly<Record<ConnectionKey, ConnectionColumn>> = {
  protocol: { ...left, title: 'Proto', dispensable: 4, cell: (row) => row.protocol },
  family: { ...left, title: 'Family', dispensable: 5, cell: (row) => row.family },
  state: { ...right, title: 'State', cell: (row) => String(row.state ?? NONE), style: styleState },
  stateName: { ...left, title: 'State', cell: (row) => row.stateName ?? NONE, style: styleState },
  localAddress: { ...left, title: 'Local address', cell: (row) => row.localAddress },
  localPort: { ...right, title: 'Local port', cell: (row) => String(row.localPort) },
  remoteAddress: { ...left, title: 'Remote address', cell: (row) => row.remoteAddress ?? NONE },
  remotePort: { ...right, title: 'Remote port', cell: (row) => String(row.remotePort ?? NONE) },
  // Pid 0 owns no sockets: it stands for "no owner", or "not known".
  pid: {
    ...right,
    title: 'PID',
    dispensable: 3,
    cell: (row) => (row.pid === 0 ? noOwner(row) : String(row.pid)),
  },
  process: { ...left, title: 'Process', dispensable: 2, cell: processText },
  offload: { ...right, title: 'Offload', dispensable: 6, cell: (row) => String(row.offload ?? NONE) },
  offloadName: { ...left, title: 'Offload', dispensable: 6, cell: (row) => row.offloadName ?? NONE },
  owner: { ...left, key: 'owner', title: 'Owner', cell: (row) => row.owner ?? NONE },
  created: { ...left, key: 'created', title: 'Created', cell: (row) => row.created ?? NONE },
  module: { ...left, key: 'module', title: 'Module', cell: (row) => printable(row.module ?? NONE) },
  uid: { ...right, key: 'uid', title: 'UID', cell: (row) => String(row.uid ?? NONE) },
  inode: { ...right, key: 'inode', title: 'Inode', cell: (row) => String(row.inode ?? NONE) },
  interface: { ...right, key: 'interface', title: 'Interface', cell: (row) => String(row.interface ?? NONE) },
  lastPid: { ...right, key: 'lastPid', title: 'Last PID', cell: (row) => String(row.lastPid ?? NONE) },
  lastProcess: {
    ...left,
    key: 'lastProcess',
    title: 'Last process',
    cell: (row) => printable(row.lastProcess ?? NONE),
  },
  lastSnapshot: {
    ...right,
    key: 'lastSnapshot',
    title: 'In snapshot',
    cell: (row) => String(row.lastSnapshot ?? NONE),
  },
  localPortHigh: {
    ...right,
    key: 'localPortHigh',
    title: 'Local port, upper half',
    cell: (row) => String(row.localPortHigh ?? NONE),
  },
  remotePortHigh: {
    ...right,
    key: 'remotePortHigh',
    title: 'Remote port, upper half',
    cell: (row) => String(row.remotePortHigh ?? NONE),
  },
};

/** A connection in TIME_WAIT has no owner any more; any other has one. */
function noOwner({ state }: Connection): string {
  return state === STATE_TIME_WAIT ? NONE : UNKNOWN;
}

/** Who owned it in an earlier snapshot of the recording: inferred, and said so. */
function lastOwner({ lastPid, lastProcess, lastSnapshot }: Connection): string | undefined {
  if (lastPid === undefined || lastPid === null) return undefined;
  const name = lastProcess ? printable(lastProcess) : `pid ${lastPid}`;
  return `(was ${name} in ${lastSnapshot === null ? 'an earlier file' : `snapshot ${lastSnapshot}`})`;
}

/** What the columns of pid and process need besides. */
export const OWNER_KEYS: readonly ConnectionKey[] = ['owner', 'lastPid', 'lastProcess', 'lastSnapshot'];

function processText(row: Connection): string {
  if (row.pid === 0) return lastOwner(row) ?? noOwner(row);
  const name = printable(row.process ?? NONE);
  return row.owner === 'reused' ? `${name} (pid reused)` : name;
}

const DEFAULT_COLUMNS = ['protocol', 'local', 'remote', 'stateName', 'pid', 'process'];

/** @throws SnapshotError `unknown-field` */
export function connectionColumns(names: readonly string[] = DEFAULT_COLUMNS): ConnectionColumn[] {
  return names.map((name) => {
    if (isOneOf(ENDPOINTS, name)) return ENDPOINTS[name];
    if (isOneOf(KEYS, name)) return KEYS[name];
    const columns = ['local', 'remote', ...CONNECTION_KEYS, ...ADDED_KEYS].join(', ');
    throw new SnapshotError('unknown-field', `no column "${name}"; there are ${columns}`);
  });
}

function isOneOf<T extends object>(columns: T, name: string): name is string & keyof T {
  return Object.hasOwn(columns, name);
}
