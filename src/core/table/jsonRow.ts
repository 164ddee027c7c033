import { escapeControls } from '../text/escapeControls.js';
import type { Connection, ConnectionKey } from './connection.js';

/** One row as a JSON object with the given keys, or all that it has. Control characters in names are escaped, so a terminal can show it. */
export function formatJsonRow(
  row: Connection,
  keys: readonly ConnectionKey[] = Object.keys(row) as ConnectionKey[],
): string {
  return '{' + keys.map((key) => `"${key}":${jsonValue(row[key] ?? null)}`).join(',') + '}';
}

export function jsonValue(value: string | number | null): string {
  return typeof value === 'string' ? escapeControls(JSON.stringify(value)) : String(value);
}
