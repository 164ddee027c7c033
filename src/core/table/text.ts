import { SnapshotError } from '../errors.js';
import { escapeControls } from '../text/escapeControls.js';
import { CONNECTION_KEYS, isConnectionKey, type Connection, type ConnectionKey } from './connection.js';
import type { Table } from './table.js';

/** Rows turned into text at a time: their objects and lines stay in cache, and no string grows beyond measure. */
const BATCH_ROWS = 4096;

/** CSV, a batch of rows at a time, for those who write it as they go. */
export function* csvBatches(
  table: Table,
  rows?: Uint32Array,
  columns?: readonly string[],
  header = true,
): Generator<string> {
  const keys = connectionKeys(columns);
  if (header) yield keys.join(',') + '\n';
  for (const batch of rowBatches(table, rows)) {
    yield batch.map((row) => keys.map((key) => csvValue(row[key])).join(',') + '\n').join('');
  }
}

export function* ndjsonBatches(
  table: Table,
  rows?: Uint32Array,
  columns?: readonly string[],
): Generator<string> {
  const keys = connectionKeys(columns);
  for (const batch of rowBatches(table, rows)) {
    yield batch.map((row) => formatJsonRow(row, keys) + '\n').join('');
  }
}

export function formatCsv(table: Table, rows?: Uint32Array, columns?: readonly string[]): Uint8Array {
  return encodeAll(csvBatches(table, rows, columns));
}

export function formatNdjson(table: Table, rows?: Uint32Array, columns?: readonly string[]): Uint8Array {
  return encodeAll(ndjsonBatches(table, rows, columns));
}

/** One row as a JSON object with the given keys. Control characters in names are escaped, so a terminal can show it. */
export function formatJsonRow(row: Connection, keys: readonly ConnectionKey[]): string {
  return '{' + keys.map((key) => `"${key}":${jsonValue(row[key])}`).join(',') + '}';
}

/** @throws SnapshotError `unknown-field` */
export function connectionKeys(columns: readonly string[] = CONNECTION_KEYS): ConnectionKey[] {
  return columns.map((name) => {
    if (isConnectionKey(name)) return name;
    throw new SnapshotError('unknown-field', `no column "${name}"; there are ${CONNECTION_KEYS.join(', ')}`);
  });
}

export function* rowBatches(table: Table, rows?: Uint32Array): Generator<Connection[]> {
  const count = rows?.length ?? table.rowCount;
  for (let start = 0; start < count; start += BATCH_ROWS) {
    const length = Math.min(BATCH_ROWS, count - start);
    const batch = rows?.subarray(start, start + length) ?? Array.from({ length }, (_, i) => start + i);
    yield table.rows(batch);
  }
}

function encodeAll(batches: Iterable<string>): Uint8Array {
  const encoder = new TextEncoder();
  const pieces = Array.from(batches, (batch) => encoder.encode(batch));
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let offset = 0;
  for (const piece of pieces) {
    bytes.set(piece, offset);
    offset += piece.length;
  }
  return bytes;
}

function jsonValue(value: string | number | null): string {
  return typeof value === 'string' ? escapeControls(JSON.stringify(value)) : String(value);
}

/**
 * A field of CSV. CSV has no escape for control characters, so they are shown as JSON would escape them. A text that a
 * spreadsheet would take for a formula gets an apostrophe in front: process names are chosen by whoever named the file.
 */
function csvValue(value: string | number | null): string {
  if (typeof value !== 'string') return value === null ? '' : String(value);
  const text = escapeControls(/^[=+\-@]/.test(value) ? `'${value}` : value);
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
