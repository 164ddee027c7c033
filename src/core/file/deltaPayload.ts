import { SnapshotError } from '../errors.js';
import { applyDifferences } from './differences.js';
import { decodeMessagePack, MAX_METADATA_BYTES, MAX_VALUES } from './messagePack/decode.js';
import { TABLE_ENCODINGS, type SnapshotMetadata, type StoredTable } from './metadata.js';
import { applyPatch, PatchError } from './patch/applyPatch.js';
import { sizeOf } from './patch/sizeOf.js';
import { isMap, type ValueMap } from './patch/values.js';
import { inflateFailure, type Primitives } from './primitives.js';
import { checkTableRows, restoreColumn, restoreRows, type TableRows } from './rows/tableRows.js';
import { alignUp, CHAIN_AT, CHAIN_BYTES } from './snapshotPayload.js';
import { RestoreError } from './restoreError.js';
import type { TakeBytes } from './tableMemory.js';

// The payload of a delta frame: a snapshot as differences to an earlier one of the file, its base. Integers are little-endian.
//
//   0             32            64       68       72              72+c
//   ┌─────────────┬─────────────┬────────┬────────┬───────────────┬─────┐
//   │ previous    │ chain value │ c      │ u      │ body          │ pad │
//   │ chain value │             │ u32    │ u32    │ raw deflate   │     │
//   └─────────────┴─────────────┴────────┴────────┴───────────────┴─────┘
//
// The body, u bytes when it is inflated:
//
//   0       4                  4+m
//   ┌───────┬──────────────────┬─────────┬─────────┬─ ─
//   │ m     │ metadata changes │ table 0 │ table 1 │ …
//   │ u32   │ MessagePack      │         │         │
//   └───────┴──────────────────┴─────────┴─────────┴─ ─
//
// Chain value: SHA-256 over previous chain value, the m bytes, and the SHA-256 of each raw table of this snapshot, in order.

export const COMPRESSED_AT = 64;
export const BODY_LENGTH_AT = 68;
export const BODY_AT = 72;
export const CHANGES_AT = 4;
/** A delta of that size would be no gain over a keyframe. */
export const MAX_BODY_BYTES = 256 << 20;
/** All raw tables of one snapshot: rows of tens of millions of sockets. */
const MAX_RESTORED_BYTES = 1 << 30;

/** What a delta is made from: a snapshot as it was written, its tables restored. */
export interface Base {
  readonly metadata: SnapshotMetadata;
  readonly tables: readonly Uint8Array[];
}

/** The same as it was read: of a table that cannot be restored, the reason. Of the metadata, only the tables need be right. */
export interface RestoredBase {
  readonly metadata: Pick<SnapshotMetadata, 'tables'>;
  readonly tables: readonly (Uint8Array | SnapshotError)[];
}

/** A delta frame's payload taken apart, before it meets its base. Nothing in it has been compared with a digest yet. */
export interface DeltaPayload {
  readonly previousChain: Uint8Array;
  readonly chain: Uint8Array;
  /** Number of the base's frame. */
  readonly base: number;
  readonly changes: ValueMap;
  /** For each table that is made of another one's rows: which they are. */
  readonly rows: readonly (TableRows | null)[];
  readonly changesBytes: Uint8Array;
  /** The stored bytes of all tables, one after another. */
  readonly stored: Uint8Array;
  /** Offset in the payload of a byte that belongs to nothing. */
  readonly stray: number | undefined;
}

/**
 * Takes a delta frame's payload apart, checking every length before it is used.
 *
 * @throws SnapshotError `damaged`, `bad-metadata`, with the offset in the file
 */
export async function parseDeltaPayload(
  primitives: Primitives,
  payload: Uint8Array<ArrayBuffer>,
  fileOffset: number,
): Promise<DeltaPayload> {
  const fail = (message: string, at: number): never => {
    throw new SnapshotError('bad-metadata', message, { offset: fileOffset + at });
  };
  if (payload.length < BODY_AT) {
    fail(`a delta needs ${BODY_AT} bytes before its body, the frame has ${payload.length}`, 0);
  }
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const compressed = view.getUint32(COMPRESSED_AT, true);
  const remaining = payload.length - BODY_AT;
  if (compressed > remaining) {
    fail(`the body claims ${compressed} compressed bytes, ${remaining} remain in the frame`, COMPRESSED_AT);
  }
  const length = view.getUint32(BODY_LENGTH_AT, true);
  if (length < CHANGES_AT || length > MAX_BODY_BYTES) {
    fail(
      `the body claims ${length} bytes, from ${CHANGES_AT} to ${MAX_BODY_BYTES} are allowed`,
      BODY_LENGTH_AT,
    );
  }
  const end = BODY_AT + compressed;
  const body = await inflateBody(primitives, payload.subarray(BODY_AT, end), length, fileOffset + BODY_AT);
  const changesLength = new DataView(body.buffer, body.byteOffset).getUint32(0, true);
  if (changesLength > length - CHANGES_AT) {
    fail(`the metadata claims ${changesLength} bytes, ${length - CHANGES_AT} remain in the body`, BODY_AT);
  }
  const changesBytes = body.subarray(CHANGES_AT, CHANGES_AT + changesLength);
  // Offsets inside the body mean nothing in the file: the body's own is told.
  const { base, changes, rows = [] } = decodeMessagePack(changesBytes, fileOffset + BODY_AT);
  if (!Number.isInteger(base) || (base as number) < 0 || !isMap(changes)) {
    return fail('the metadata of a delta has no base, or no changes', BODY_AT);
  }
  if (!checkTableRows(rows)) return fail('a delta does not tell rows as it should', BODY_AT);
  return {
    previousChain: payload.slice(0, CHAIN_BYTES),
    chain: payload.slice(CHAIN_AT, CHAIN_AT + CHAIN_BYTES),
    base: base as number,
    changes,
    rows,
    changesBytes,
    stored: body.subarray(CHANGES_AT + changesLength),
    stray: findStray(payload, end),
  };
}

async function inflateBody(
  primitives: Primitives,
  compressed: Uint8Array,
  length: number,
  offset: number,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await primitives.inflate(compressed, length);
  } catch (error) {
    throw inflateFailure(error, offset);
  }
}

function findStray(payload: Uint8Array, end: number): number | undefined {
  if (payload.length !== alignUp(end)) return Math.min(payload.length, alignUp(end));
  const index = payload.subarray(end).findIndex((byte) => byte !== 0);
  return index === -1 ? undefined : end + index;
}

/**
 * The metadata of a delta's snapshot, but for the columns that are made as its rows are. Not checked yet.
 *
 * @throws SnapshotError `bad-metadata`
 */
export function patchMetadata(
  delta: DeltaPayload,
  base: RestoredBase,
  fileOffset: number,
): Record<string, unknown> {
  try {
    return applyPatch(base.metadata, delta.changes) as Record<string, unknown>;
  } catch (error) {
    if (!(error instanceof PatchError)) throw error;
    const message = `the metadata does not fit its base: ${error.message}`;
    throw new SnapshotError('bad-metadata', message, { offset: fileOffset });
  }
}

/** Many small deltas could make what no file may hold. */
function sized<Metadata extends object>(metadata: Metadata, fileOffset: number): Metadata {
  const { values, bytes } = sizeOf(metadata);
  if (values <= MAX_VALUES && bytes <= MAX_METADATA_BYTES) return metadata;
  const message = `the metadata has ${values} values and ${bytes} bytes or more; at most ${MAX_VALUES} values and ${MAX_METADATA_BYTES} bytes are allowed`;
  throw new SnapshotError('bad-metadata', message, { offset: fileOffset });
}

/**
 * The raw tables of a delta's snapshot, not compared with their digests yet; of one that cannot be restored, the reason.
 *
 * @throws SnapshotError `damaged`, `bad-metadata`, where it cannot be told which bytes are whose
 */
export function patchTables(
  delta: DeltaPayload,
  tables: readonly StoredTable[],
  base: RestoredBase,
  fileOffset: number,
  take: TakeBytes,
): (Uint8Array | SnapshotError)[] {
  const place = { offset: fileOffset };
  const claimed = tables.reduce((sum, { length }) => sum + length, 0);
  if (claimed > MAX_RESTORED_BYTES) {
    const message = `the tables claim ${claimed} bytes, at most ${MAX_RESTORED_BYTES} are allowed`;
    throw new SnapshotError('bad-metadata', message, place);
  }
  let at = 0;
  const restored = tables.map((table, i) => {
    const stored = delta.stored.subarray(at, at + table.storedLength);
    if (stored.length !== table.storedLength) {
      const message = `table ${i} claims ${table.storedLength} bytes, ${stored.length} remain in the body`;
      throw new SnapshotError('bad-metadata', message, place);
    }
    at += table.storedLength;
    try {
      return patchTable(table, stored, base, delta.rows[i], take);
    } catch (error) {
      if (error instanceof SnapshotError) return new SnapshotError(error.code, error.message, place);
      if (!(error instanceof RestoreError)) throw error;
      const message = `table ${i} (${table.class}) cannot be restored: ${error.message}`;
      return new SnapshotError('damaged', message, place);
    }
  });
  if (at !== delta.stored.length) {
    const message = `${delta.stored.length - at} bytes of the body belong to no table`;
    throw new SnapshotError('damaged', message, place);
  }
  return restored;
}

function patchTable(
  table: StoredTable,
  stored: Uint8Array,
  base: RestoredBase,
  rows: TableRows | null | undefined,
  take: TakeBytes,
): Uint8Array {
  const { encoding, length } = table;
  switch (encoding) {
    case TABLE_ENCODINGS.verbatim:
      if (stored.length !== length) throw new RestoreError(`it has ${stored.length} bytes, not ${length}`);
      return stored.slice();
    case TABLE_ENCODINGS.differences:
      return applyDifferences(stored, baseTable(table, base), length);
    case TABLE_ENCODINGS.rows:
      if (!rows) throw new RestoreError('it is not told which rows it has');
      return restoreRows(rows, stored, baseTable(table, base), length, take);
    default:
      throw new SnapshotError(
        'unknown-encoding',
        `a table (${table.class}) is stored with encoding ${encoding}, which this version cannot restore; use a newer tcpscope`,
      );
  }
}

function baseTable({ baseTable: place }: StoredTable, { tables }: RestoredBase): Uint8Array {
  const from = place === undefined ? undefined : tables[place];
  if (from === undefined) throw new RestoreError('its base has no such table');
  if (from instanceof SnapshotError)
    throw new RestoreError(`nor can the one that it is made from: ${from.message}`);
  return from;
}

/**
 * The metadata with the columns beside its tables that are made from those of the base, as their rows are; all of it no larger than a file may have.
 *
 * @throws SnapshotError `bad-metadata`
 */
export function withColumns<Metadata extends RestoredBase['metadata']>(
  { rows }: DeltaPayload,
  metadata: Metadata,
  base: RestoredBase,
  fileOffset: number,
  take: TakeBytes,
): Metadata {
  if (!rows.some((told) => told?.columns !== undefined)) return sized(metadata, fileOffset);
  const tables = metadata.tables.map((table, i) => {
    const { columns } = rows[i] ?? {};
    if (columns === undefined) return table;
    try {
      return {
        ...table,
        extras: { ...table.extras, ...restoredColumns(table, rows[i]!, columns, base, take) },
      };
    } catch (error) {
      if (!(error instanceof RestoreError)) throw error;
      const message = `the columns of table ${i} (${table.class}) cannot be restored: ${error.message}`;
      throw new SnapshotError('bad-metadata', message, { offset: fileOffset });
    }
  });
  return sized({ ...metadata, tables }, fileOffset);
}

function restoredColumns(
  { baseTable: place }: StoredTable,
  rows: TableRows,
  columns: NonNullable<TableRows['columns']>,
  { metadata }: RestoredBase,
  take: TakeBytes,
): Record<string, Uint8Array> {
  const { extras = {} } = (place === undefined ? undefined : metadata.tables[place]) ?? {};
  const restored: Record<string, Uint8Array> = {};
  for (const [name, values] of Object.entries(columns)) {
    const from = Object.hasOwn(extras, name) ? extras[name] : undefined;
    if (from === undefined) throw new RestoreError(`the base has no column ${JSON.stringify(name)}`);
    restored[name] = restoreColumn(rows, values, from, take);
  }
  return restored;
}
