import { formatUtc } from '../text/time.js';
import type { DatasetChunk, DatasetOrigin } from './datasetChunk.js';

/** What a dataset can be partitioned by. */
export const PARTITION_KEYS = ['date', 'host'] as const;
export type PartitionKey = (typeof PARTITION_KEYS)[number];

/** How Hive writes a value that there is not. */
const NO_VALUE = '__HIVE_DEFAULT_PARTITION__';
/** Names of folders may have 255 bytes. */
const MAX_VALUE_LENGTH = 200;

/** Rows of one partition, in the order in which they were given. */
export interface Partition {
  /** Names of folders: `date=2026-11-23`, `host=WEB01`. */
  readonly folders: readonly string[];
  readonly rows: Uint32Array;
}

/** The given rows of a chunk, by partition. */
export function partitionRows(
  { origins, snapshotOf }: DatasetChunk,
  rows: Uint32Array,
  keys: readonly PartitionKey[],
): Partition[] {
  const numbers = new Map<string, number>();
  const folders: string[][] = [];
  const partitionOf = origins.map((origin) => {
    const names = partitionFolders(origin, keys);
    const path = names.join('/');
    let number = numbers.get(path);
    if (number === undefined) {
      number = folders.push(names) - 1;
      numbers.set(path, number);
    }
    return number;
  });
  return distributeRows(rows, folders.length, (row) => partitionOf[snapshotOf[row]!]!)
    .map((group, i) => ({ folders: folders[i]!, rows: group }))
    .filter((partition) => partition.rows.length > 0);
}

/** The rows of each group, in the order in which they were given. */
export function distributeRows(
  rows: Uint32Array,
  groups: number,
  groupOf: (row: number) => number,
): Uint32Array[] {
  if (groups === 1) return [rows];
  const ends = new Uint32Array(groups);
  for (const row of rows) ends[groupOf(row)]!++;
  for (let group = 1; group < groups; group++) ends[group]! += ends[group - 1]!;
  const starts = ends.map((_, group) => (group === 0 ? 0 : ends[group - 1]!));
  const next = starts.slice();
  const distributed = new Uint32Array(rows.length);
  for (const row of rows) distributed[next[groupOf(row)]!++] = row;
  return Array.from(ends, (end, group) => distributed.subarray(starts[group], end));
}

export function partitionFolders(origin: DatasetOrigin, keys: readonly PartitionKey[]): string[] {
  return keys.map((key) => `${key}=${escapeValue(key === 'host' ? origin.host : dateOf(origin))}`);
}

/** `2026-11-23`, where a calendar has the time. */
function dateOf({ timeUtcMicroseconds }: DatasetOrigin): string | null {
  if (timeUtcMicroseconds === null) return null;
  return /^(\d{4}-\d\d-\d\d)T/.exec(formatUtc(timeUtcMicroseconds))?.[1] ?? null;
}

/**
 * A value as it may stand in the name of a folder, on every system: whatever is not a letter, digit, `.`, `_` or `-` of ASCII is escaped
 * by `%` as readers of Hive partitions undo it. The name of a host is chosen by whoever made the file.
 */
function escapeValue(value: string | null): string {
  if (value === null || value === '') return NO_VALUE;
  const bytes = new TextEncoder().encode(value);
  let escaped = '';
  for (const byte of bytes) {
    const character = String.fromCharCode(byte);
    const next = /[\w.-]/.test(character)
      ? character
      : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    if (escaped.length + next.length > MAX_VALUE_LENGTH) break;
    escaped += next;
  }
  // Windows drops dots at the end of a name.
  return escaped.replace(/\.+$/, (dots) => '%2E'.repeat(dots.length));
}
