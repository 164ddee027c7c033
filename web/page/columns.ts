import { FIELDS, type AddedKey, type Connection, type Field } from '../../src/core/index.js';
import { STATE_LISTEN } from '../../src/core/table/names.js';
import { escapeControls } from '../../src/core/text/escapeControls.js';

/** A column of the table: one for each field of the select language, under the same name. */
export interface Column {
  readonly field: Field;
  readonly title: string;
  /** In pixels, before anybody changes it. */
  readonly width: number;
  readonly align: 'start' | 'end';
  /** What its text needs of a row beyond what every row has. */
  readonly keys?: readonly AddedKey[];
  /** As the command line prints it. */
  text(row: Connection): string;
}

/** For a value that a row does not have. */
export const NONE = '-';
/** A listener has no remote end, whatever its bytes, and UDP has none. */
const ANY = '*';

export function hasRemote({ state, remoteAddress }: Connection): boolean {
  return state !== STATE_LISTEN && remoteAddress !== null;
}

/** In a recording also who owned a connection in TIME_WAIT last: inferred, as the brackets say. Other columns have the snapshot that tells. */
function processText({ process, lastProcess }: Connection): string {
  if (process === null && lastProcess) return `(was ${escapeControls(lastProcess)})`;
  return escapeControls(process ?? NONE);
}

export const COLUMNS: Readonly<Record<Field, Column>> = {
  protocol: { field: 'protocol', title: 'Proto', width: 68, align: 'start', text: (row) => row.protocol },
  family: { field: 'family', title: 'Family', width: 76, align: 'start', text: (row) => row.family },
  state: { field: 'state', title: 'State', width: 126, align: 'start', text: (row) => row.stateName ?? NONE },
  local: {
    field: 'local',
    title: 'Local address',
    width: 124,
    align: 'start',
    text: (row) => row.localAddress,
  },
  lport: {
    field: 'lport',
    title: 'Local port',
    width: 108,
    align: 'end',
    text: (row) => String(row.localPort),
  },
  remote: {
    field: 'remote',
    title: 'Remote address',
    width: 136,
    align: 'start',
    text: (row) => (hasRemote(row) ? (row.remoteAddress ?? NONE) : ANY),
  },
  rport: {
    field: 'rport',
    title: 'Remote port',
    width: 124,
    align: 'end',
    text: (row) => (hasRemote(row) ? String(row.remotePort) : ANY),
  },
  // Pid 0 owns no sockets: it stands for "no owner", or "not known".
  pid: {
    field: 'pid',
    title: 'PID',
    width: 68,
    align: 'end',
    text: (row) => (row.pid === 0 ? NONE : String(row.pid)),
  },
  process: {
    field: 'process',
    title: 'Process',
    width: 134,
    align: 'start',
    keys: ['lastProcess'],
    text: processText,
  },
  offload: {
    field: 'offload',
    title: 'Offload',
    width: 92,
    align: 'start',
    text: (row) => row.offloadName ?? NONE,
  },
  owner: {
    field: 'owner',
    title: 'Owner',
    width: 84,
    align: 'start',
    keys: ['owner'],
    text: (row) => row.owner ?? NONE,
  },
  created: {
    field: 'created',
    title: 'Created',
    width: 210,
    align: 'start',
    keys: ['created'],
    text: (row) => row.created ?? NONE,
  },
  module: {
    field: 'module',
    title: 'Module',
    width: 110,
    align: 'start',
    keys: ['module'],
    text: (row) => escapeControls(row.module ?? NONE),
  },
  uid: {
    field: 'uid',
    title: 'UID',
    width: 68,
    align: 'end',
    keys: ['uid'],
    text: (row) => String(row.uid ?? NONE),
  },
  inode: {
    field: 'inode',
    title: 'Inode',
    width: 84,
    align: 'end',
    keys: ['inode'],
    text: (row) => String(row.inode ?? NONE),
  },
  interface: {
    field: 'interface',
    title: 'Interface',
    width: 92,
    align: 'end',
    keys: ['interface'],
    text: (row) => String(row.interface ?? NONE),
  },
  lastpid: {
    field: 'lastpid',
    title: 'Last PID',
    width: 84,
    align: 'end',
    keys: ['lastPid'],
    text: (row) => String(row.lastPid ?? NONE),
  },
  lastprocess: {
    field: 'lastprocess',
    title: 'Last process',
    width: 130,
    align: 'start',
    keys: ['lastProcess'],
    text: (row) => escapeControls(row.lastProcess ?? NONE),
  },
  lastsnapshot: {
    field: 'lastsnapshot',
    title: 'In snapshot',
    width: 100,
    align: 'end',
    keys: ['lastSnapshot'],
    text: (row) => String(row.lastSnapshot ?? NONE),
  },
  lporthigh: {
    field: 'lporthigh',
    title: 'Local port, upper half',
    width: 180,
    align: 'end',
    keys: ['localPortHigh'],
    text: (row) => String(row.localPortHigh ?? NONE),
  },
  rporthigh: {
    field: 'rporthigh',
    title: 'Remote port, upper half',
    width: 190,
    align: 'end',
    keys: ['remotePortHigh'],
    text: (row) => String(row.remotePortHigh ?? NONE),
  },
};

export const MIN_WIDTH = 40;
const MAX_WIDTH = 1200;

/** A column as somebody arranged it. */
export interface ShownColumn {
  readonly field: Field;
  readonly width: number;
}

const DEFAULT_FIELDS: readonly Field[] = [
  'state',
  'process',
  'pid',
  'local',
  'lport',
  'remote',
  'rport',
  'protocol',
];

export const DEFAULT_COLUMNS: readonly ShownColumn[] = DEFAULT_FIELDS.map((field) => showColumn(field));

export function showColumn(field: Field, width = COLUMNS[field].width): ShownColumn {
  return { field, width: Math.round(Math.min(MAX_WIDTH, Math.max(MIN_WIDTH, width))) };
}

/** What rows have to tell for these columns. */
export function keysOf(columns: readonly ShownColumn[]): readonly AddedKey[] {
  return columns.flatMap(({ field }) => COLUMNS[field].keys ?? []);
}

/** `state,process:240`: a width where it is not the usual one. */
export function formatColumns(columns: readonly ShownColumn[]): string {
  return columns
    .map(({ field, width }) => (width === COLUMNS[field].width ? field : `${field}:${width}`))
    .join(',');
}

/** Whatever is no column is left out; without any, the usual ones. */
export function parseColumns(text: string): readonly ShownColumn[] {
  const columns = new Map<Field, ShownColumn>();
  for (const part of text.split(',')) {
    const [name, width] = part.split(':');
    const field = FIELDS.find((known) => known === name);
    if (field === undefined) continue;
    columns.set(field, /^\d{1,4}$/.test(width ?? '') ? showColumn(field, Number(width)) : showColumn(field));
  }
  return columns.size === 0 ? DEFAULT_COLUMNS : [...columns.values()];
}
