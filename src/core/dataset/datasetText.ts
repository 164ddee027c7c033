import { jsonValue } from '../table/jsonRow.js';
import { csvText, csvValue, ndjsonText } from '../table/text.js';
import { lendTextPieces, type RowText } from '../table/textKernel.js';
import { formatUtc } from '../text/time.js';
import type { DatasetChunk, DatasetOrigin } from './datasetChunk.js';
import { distributeRows } from './partitions.js';
import { ORIGIN_COLUMNS, ROW_COLUMNS, TEXT_COLUMNS } from './schema.js';

export type TextFormat = 'csv' | 'ndjson';

/** What a file of this format begins with. */
export function textHeader(format: TextFormat): string {
  return format === 'csv' ? `${TEXT_COLUMNS.join(',')}\n` : '';
}

/**
 * The given rows of a chunk as text, one snapshot after the other, each in the order given. Pieces are lent: each is valid until the next
 * is asked for.
 */
export function* borrowTextPieces(
  chunk: DatasetChunk,
  rows: Uint32Array,
  format: TextFormat,
): Generator<Uint8Array> {
  const { data, origins, snapshotOf } = chunk;
  for (const [i, group] of distributeRows(rows, origins.length, (row) => snapshotOf[row]!).entries()) {
    if (group.length > 0) yield* lendTextPieces(data, group, rowText(chunk, origins[i]!, format));
  }
}

/** What stands before the columns of `show` is the same in all rows of a snapshot. */
function rowText({ data }: DatasetChunk, origin: DatasetOrigin, format: TextFormat): RowText {
  const values = originValues(origin);
  if (format === 'csv') {
    const { segments } = csvText(data, ROW_COLUMNS, false);
    return { head: '', segments: [`${values.map(csvValue).join(',')},`, ...segments] };
  }
  const members = values.map((value, i) => `"${ORIGIN_COLUMNS[i]!}":${jsonValue(value)}`);
  // Their first segment opens the object.
  const [, ...segments] = ndjsonText(data, ROW_COLUMNS).segments;
  return { head: '', segments: [`{${members.join(',')},`, ...segments] };
}

/** In the order of ORIGIN_COLUMNS. */
function originValues(origin: DatasetOrigin): (string | number | null)[] {
  const { host, timeUtcMicroseconds: time, file, number, digest } = origin;
  return [host, time === null ? null : formatUtc(time), file, number, digest];
}
