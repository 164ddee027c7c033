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
import { encodeRowDifferences } from '../differences/encodeRows.js';
import { encodeMetadata, writtenMap } from '../messagePack/encode.js';
import { checkMetadata, TABLE_ENCODINGS, type StoredTable } from '../metadata.js';
import { makePatch } from '../patch/makePatch.js';
import type { ValueMap } from '../patch/values.js';
import type { Primitives } from '../primitives.js';
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
    const own = pair ? tableDifferences(base, table, pair) : bytes;
    stored.push(own);
    tables.push({
      ...description,
      encoding: pair ? TABLE_ENCODINGS.delta : TABLE_ENCODINGS.verbatim,
      length: bytes.length,
      storedLength: own.length,
      sha256: await primitives.sha256(bytes),
      ...(pair && { baseTable: pair.place }),
    });
  }
  if (total(stored) > worthwhileBytes(snapshot)) return undefined;
  // What no reader would accept is not written.
  const metadata = checkMetadata(writtenMap({ ...snapshot, tables }), 0);
  const columns = new ColumnDifferences(tables, pairs);
  const changes = makePatch(
    base.metadata as unknown as ValueMap,
    metadata as unknown as ValueMap,
    (from, to) => columns.encode(from, to),
  );
  if (changes === undefined) return undefined;
  const payload = await encodeDeltaPayload(primitives, previousChain, {
    base: frame,
    changes,
    tables,
    stored,
  });
  return { payload, base: { metadata, tables: snapshot.tables.map(({ bytes }) => bytes) } };
}

async function encodeDeltaPayload(
  primitives: Primitives,
  previousChain: Uint8Array,
  delta: { base: number; changes: ValueMap; tables: readonly StoredTable[]; stored: readonly Uint8Array[] },
): Promise<Uint8Array<ArrayBuffer>> {
  const changes = encodeMetadata({ base: delta.base, changes: delta.changes });
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

function tableDifferences(base: Base, { bytes }: RawTable, { place, later, rows }: TablePair): Uint8Array {
  const places = { first: later.firstWord, rowWords: later.rowWords };
  return encodeRowDifferences(base.tables[place]!, bytes, places, rows);
}

/** The columns beside the rows of tables change as these rows do. */
class ColumnDifferences {
  readonly #rowsOf = new Map<Uint8Array, Int32Array>();

  constructor(tables: readonly StoredTable[], pairs: readonly (TablePair | undefined)[]) {
    for (const [i, { extras = {} }] of tables.entries()) {
      const pair = pairs[i];
      if (pair === undefined) continue;
      for (const column of Object.values(extras)) this.#rowsOf.set(column, pair.rows);
    }
  }

  encode(base: Uint8Array, column: Uint8Array): Uint8Array | undefined {
    const rows = this.#rowsOf.get(column);
    if (rows === undefined || rows.length === 0) return undefined;
    const rowWords = column.length / WORD_BYTES / rows.length;
    if (!Number.isInteger(rowWords)) return undefined;
    return encodeRowDifferences(base, column, { first: 0, rowWords }, rows);
  }
}

function worthwhileBytes({ tables }: Snapshot): number {
  const share = total(tables.map(({ bytes }) => bytes)) * MAX_SHARE;
  return Math.min(Math.max(share, SMALL_BYTES), MAX_BODY_BYTES / 2);
}

function total(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}
