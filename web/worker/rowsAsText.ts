import type { Change } from '../../src/core/table/changes.js';
import { changeJson, changeNdjson } from '../../src/core/text/changeJson.js';
import { snapshotJson, type SnapshotOrigin } from '../../src/core/text/snapshotJson.js';
import type { TextFormat } from '../protocol.js';
import type { Loaded } from './session.js';
import type { View } from './view.js';

const TYPES: Readonly<Record<TextFormat, string>> = {
  csv: 'text/csv',
  json: 'application/json',
  ndjson: 'application/x-ndjson',
};

/** The rows shown, exactly as the command line prints them: of one snapshot as `show`, of two as `diff`. */
export function rowsAsText(view: View, format: TextFormat): Blob {
  const pieces = view.comparison === undefined ? rowText(view, format) : changeText(view, format);
  return new Blob(gather(pieces), { type: TYPES[format] });
}

function rowText(view: View, format: TextFormat): Iterable<string | Uint8Array> {
  const loaded = view.now;
  const rows = view.segments[0]?.rows ?? new Uint32Array();
  switch (format) {
    case 'csv':
      return loaded.table.csvPieces(rows);
    case 'ndjson':
      return loaded.table.ndjsonPieces(rows);
    case 'json':
      return snapshotJson(loaded.snapshot, originOf(loaded), loaded.table, rows);
  }
}

function changeText(view: View, format: TextFormat): Iterable<string | Uint8Array> {
  const before = view.before!;
  const now = view.now;
  switch (format) {
    case 'csv':
      return changeCsv(view);
    case 'ndjson':
      return changeNdjson(changesShown(view));
    case 'json': {
      const snapshots = [before.snapshot, now.snapshot] as const;
      return changeJson([...changesShown(view)], snapshots, [originOf(before), originOf(now)]);
    }
  }
}

/** One row a line with what became of it in front. */
function* changeCsv({ segments }: View): Generator<string> {
  const decoder = new TextDecoder();
  let header = true;
  for (const { change, side, rows } of segments) {
    const text = decoder.decode(side.table.formatCsv(rows));
    const [titles, ...lines] = text.split('\n');
    if (header) yield `change,${titles}\n`;
    header = false;
    for (const line of lines) if (line !== '') yield `${change},${line}\n`;
  }
}

/** What `diff` would print, without the rows that the filter leaves out. */
function* changesShown({ segments, before, now, comparison }: View): Generator<Change> {
  const earlier = before!.table;
  const later = now.table;
  const shown = new Set(segments.find(({ change }) => change === 'changed')?.rows);
  for (const { change, side, rows } of segments) {
    if (change !== 'closed' && change !== 'opened') continue;
    for (const row of rows) yield { change, connection: side.table.row(row) };
  }
  for (const change of ['stateChanged', 'ownerChanged'] as const) {
    for (const [a, b] of comparison!.diff[change]) {
      if (shown.has(b)) yield { change, before: earlier.row(a), after: later.row(b) };
    }
  }
}

function originOf({ key, fileName }: Loaded): SnapshotOrigin {
  return { file: fileName, number: key.number };
}

/** Characters of small pieces that become one part of the blob. */
const PART_LENGTH = 1 << 20;

function gather(pieces: Iterable<string | Uint8Array>): BlobPart[] {
  const parts: BlobPart[] = [];
  let text = '';
  for (const piece of pieces) {
    if (typeof piece === 'string' && (text += piece).length < PART_LENGTH) continue;
    if (text !== '') parts.push(text);
    text = '';
    if (typeof piece !== 'string') parts.push(piece as Uint8Array<ArrayBuffer>);
  }
  if (text !== '') parts.push(text);
  return parts;
}
