import { concatBytes } from '../../bytes.js';
import type { RawTable, Snapshot } from '../../snapshot.js';
import {
  BODY_AT,
  BODY_LENGTH_AT,
  CHANGES_AT,
  COMPRESSED_AT,
  MAX_BODY_BYTES,
  type Base,
} from '../deltaPayload.js';
import { encodeMetadata, writtenMap } from '../messagePack/encode.js';
import { checkMetadata, TABLE_ENCODINGS, type SnapshotMetadata, type StoredTable } from '../metadata.js';
import { makePatch } from '../patch/makePatch.js';
import type { ValueMap } from '../patch/values.js';
import type { Primitives } from '../primitives.js';
import { encodeRowMap } from '../rows/rowMap.js';
import { encodeRowValues } from '../rows/rowValues.js';
import type { ColumnValues, TableRows } from '../rows/tableRows.js';
import { CHAIN_AT, padding } from '../snapshotPayload.js';
import type { TablePair } from './baseTables.js';

const WORD_BYTES = 4;
/** Above that part of its raw tables, a delta is not worth that it takes others to restore it. Of small ones, its size decides. */
const MAX_SHARE = 0.5;
const SMALL_BYTES = 1 << 16;

/** A snapshot made ready to be written as a delta, and what later ones can be made from. */
export interface Delta {
  readonly payload: Uint8Array<ArrayBuffer>;
  readonly base: Base;
}

/**
 * Encodes a snapshot as differences to an earlier one, or returns undefined where that is not worth while or cannot be done: then
 * it becomes a keyframe.
 */
export async function encodeDelta(
  primitives: Primitives,
  previousChain: Uint8Array,
  { base, frame }: { base: Base; frame: number },
  snapshot: Snapshot,
  pairs: readonly (TablePair | undefined)[],
): Promise<Delta | undefined> {
  const stored: Uint8Array[] = [];
  const tables: StoredTable[] = [];
  for (const [i, table] of snapshot.tables.entries()) {
    const { bytes, ...description } = table;
    const pair = pairs[i];
    const own = pair ? rowValues(base, table, pair) : bytes;
    stored.push(own);
    tables.push({
      ...description,
      encoding: pair ? TABLE_ENCODINGS.rows : TABLE_ENCODINGS.verbatim,
      length: bytes.length,
      storedLength: own.length,
      sha256: await primitives.sha256(bytes),
      ...(pair && { baseTable: pair.place }),
    });
  }
  if (total(stored) > MAX_BODY_BYTES / 2) return undefined;
  // What no reader would accept is not written.
  const metadata = checkMetadata(writtenMap({ ...snapshot, tables }), 0);
  const rows = tables.map((table, i) => tableRows(table, base, pairs[i]));
  const changes = makePatch(
    base.metadata as unknown as ValueMap,
    withBaseColumns(metadata, base, rows) as unknown as ValueMap,
  );
  if (changes === undefined) return undefined;
  const payload = await encodeDeltaPayload(primitives, previousChain, {
    base: frame,
    changes,
    rows,
    tables,
    stored,
  });
  if (payload.length > worthwhileBytes(snapshot)) return undefined;
  return { payload, base: { metadata, tables: snapshot.tables.map(({ bytes }) => bytes) } };
}

async function encodeDeltaPayload(
  primitives: Primitives,
  previousChain: Uint8Array,
  delta: {
    base: number;
    changes: ValueMap;
    rows: readonly (TableRows | null)[];
    tables: readonly StoredTable[];
    stored: readonly Uint8Array[];
  },
): Promise<Uint8Array<ArrayBuffer>> {
  const changes = encodeMetadata({ base: delta.base, changes: delta.changes, rows: delta.rows });
  const digests = delta.tables.map(({ sha256 }) => sha256);
  const chain = await primitives.sha256(previousChain, changes, ...digests);
  const length = new Uint8Array(CHANGES_AT);
  new DataView(length.buffer).setUint32(0, changes.length, true);
  const body = concatBytes([length, changes, ...delta.stored]);
  const compressed = await primitives.deflate(body);
  const head = new Uint8Array(BODY_AT);
  head.set(previousChain);
  head.set(chain, CHAIN_AT);
  const view = new DataView(head.buffer);
  view.setUint32(COMPRESSED_AT, compressed.length, true);
  view.setUint32(BODY_LENGTH_AT, body.length, true);
  return concatBytes([head, compressed, padding(BODY_AT + compressed.length)]);
}

function rowValues(base: Base, { bytes }: RawTable, { place, later, rows }: TablePair): Uint8Array {
  const places = { firstWord: later.firstWord, words: later.rowWords };
  return encodeRowValues(base.tables[place]!, bytes, places, rows);
}

/** What is told of a table's rows and of the columns beside them; null where the base has no table to tell it by. */
function tableRows(table: StoredTable, base: Base, pair: TablePair | undefined): TableRows | null {
  if (pair === undefined) return null;
  const { firstWord, rowWords } = pair.later;
  const columns = columnValues(table, base, pair);
  return {
    first: firstWord * WORD_BYTES,
    size: rowWords * WORD_BYTES,
    map: encodeRowMap(pair.rows),
    ...(Object.keys(columns).length > 0 && { columns }),
  };
}

/** The columns that change as the rows do. */
function columnValues(
  { extras = {} }: StoredTable,
  { metadata }: Base,
  { place, earlier, rows }: TablePair,
): Record<string, ColumnValues> {
  const { extras: before = {} } = metadata.tables[place]!;
  const told: Record<string, ColumnValues> = {};
  for (const [name, column] of Object.entries(extras)) {
    const from = Object.hasOwn(before, name) ? before[name]! : undefined;
    const words = column.length / WORD_BYTES / rows.length;
    // Without rows this is no integer either.
    if (words === 0 || !Number.isInteger(words) || from?.length !== earlier.count * words * WORD_BYTES)
      continue;
    told[name] = [words, encodeRowValues(from, column, { firstWord: 0, words }, rows)];
  }
  return told;
}

/** The metadata with the columns of the base where they are told as values of rows: of these nothing is to be patched. */
function withBaseColumns(
  metadata: SnapshotMetadata,
  base: Base,
  rows: readonly (TableRows | null)[],
): SnapshotMetadata {
  const tables = metadata.tables.map((table, i) => {
    const { columns } = rows[i] ?? {};
    if (columns === undefined) return table;
    const { extras: before = {} } = base.metadata.tables[table.baseTable!]!;
    const extras = { ...table.extras };
    for (const name of Object.keys(columns)) extras[name] = before[name]!;
    return { ...table, extras };
  });
  return { ...metadata, tables };
}

function worthwhileBytes({ tables }: Snapshot): number {
  const share = total(tables.map(({ bytes }) => bytes)) * MAX_SHARE;
  return Math.max(share, SMALL_BYTES);
}

function total(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}
