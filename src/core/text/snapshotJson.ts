import { toHex } from '../bytes.js';
import { storedProcessesOf } from '../file/storedProcesses.js';
import type { SnapshotInfo, Table } from '../index.js';
import { escapeControls } from './escapeControls.js';
import { connectionKeys } from '../table/connection.js';
import { formatJsonRow } from '../table/jsonRow.js';
import { rowBatches } from '../table/rowBatches.js';
import { formatUtc } from './time.js';

/** Where a snapshot was read from. */
export interface SnapshotOrigin {
  readonly file: string;
  /** Number in the file, from 0; absent for a bare dump. */
  readonly number?: number;
}

/**
 * Everything that a snapshot says of itself, for JSON: times as text, bytes as lengths. Keys that this version does not
 * know are passed on as they are. The processes are counted; the connections name those that matter.
 */
export function describeSnapshot(snapshot: SnapshotInfo, origin: SnapshotOrigin): Record<string, unknown> {
  const { time, host, imported, tables, ...rest } = withoutProcesses(snapshot);
  const processes = storedProcessesOf(snapshot)?.count ?? snapshot.processes?.length;
  return {
    file: origin.file,
    ...(origin.number !== undefined && { snapshot: origin.number }),
    ...(time && { time: formatUtc(time.utcMicroseconds), monotonicMicroseconds: time.monotonicMicroseconds }),
    ...(host && { host: withTime(host, 'bootUtcMicroseconds', 'bootTime') }),
    ...(imported && { imported: withTime(imported, 'utcMicroseconds', 'time') }),
    ...rest,
    tables: tables.map(({ bytes, extras, ...table }) => ({
      ...table,
      ...(extras && { extras: Object.keys(extras) }),
      bytes: bytes.length,
    })),
    ...(processes !== undefined && { processes }),
  };
}

/** The processes need not have been decoded, and are not looked at. */
function withoutProcesses(snapshot: SnapshotInfo): Omit<SnapshotInfo, 'processes'> {
  const keys = Object.keys(snapshot).filter((key) => key !== 'processes') as (keyof SnapshotInfo)[];
  return Object.fromEntries(keys.map((key) => [key, snapshot[key]])) as unknown as SnapshotInfo;
}

/** One JSON object: the snapshot's metadata and its `connections`, each on a line of its own. */
export function* snapshotJson(
  snapshot: SnapshotInfo,
  origin: SnapshotOrigin,
  table: Table,
  rows: Uint32Array,
  columns?: readonly string[],
): Generator<string> {
  const keys = connectionKeys(columns ?? table.keys);
  yield formatJson(describeSnapshot(snapshot, origin)).replace(/\n\}$/, ',\n  "connections": [');
  let separator = '\n    ';
  for (const batch of rowBatches(table, rows, keys)) {
    yield separator + batch.map((row) => formatJsonRow(row, keys)).join(',\n    ');
    separator = ',\n    ';
  }
  yield rows.length > 0 ? '\n  ]\n}\n' : ']\n}\n';
}

/** Indented JSON that a terminal can show: control characters in strings are escaped. */
export function formatJson(value: unknown): string {
  // The line ends are JSON's own: within strings they stand escaped already.
  return JSON.stringify(value, shownMember, 2).split('\n').map(escapeControls).join('\n');
}

/** As formatJson, in one line. */
export function formatJsonLine(value: unknown): string {
  return escapeControls(JSON.stringify(value, shownMember));
}

function shownMember(_key: string, member: unknown): unknown {
  if (typeof member === 'bigint') return member.toString();
  return isBytes(member) ? toHex(Uint8Array.from(member)) : member;
}

function withTime<T extends object>(object: T, key: keyof T & string, name: string): Record<string, unknown> {
  const { [key]: microseconds, ...rest } = object;
  return { ...rest, ...(typeof microseconds === 'number' && { [name]: formatUtc(microseconds) }) };
}

/** A Uint8Array, or what Node's Buffer turns itself into for JSON. */
function isBytes(value: unknown): value is Iterable<number> {
  return value instanceof Uint8Array;
}
