import { equalBytes } from '../bytes.js';
import { SnapshotError } from '../errors.js';
import type { RawTable, Snapshot } from '../snapshot.js';
import type { SnapshotMetadata, StoredTable } from './metadata.js';
import type { Primitives } from './primitives.js';

/** A snapshot as it was read from its frame and the frames that it stands on. */
export interface StoredSnapshot {
  readonly previousChain: Uint8Array;
  readonly chain: Uint8Array;
  readonly metadata: SnapshotMetadata;
  /** Whether the chain value is that of the metadata and digests beside it. If so, the metadata is as it was written. */
  readonly isChained: boolean;
  /** Offset in the file of a byte in the frame that belongs to nothing: padding that is not zero, or what follows the last table. */
  readonly stray: number | undefined;
  /**
   * The bytes of a raw table, not compared with their digest yet.
   *
   * @throws SnapshotError `damaged`, `unknown-encoding`
   */
  table(index: number): { readonly bytes: Uint8Array; readonly offset: number };
}

/**
 * The raw bytes of a table, compared with their digest. They may belong to the snapshot.
 *
 * @throws SnapshotError `damaged`, `unknown-encoding`
 */
export async function checkedTable(
  stored: StoredSnapshot,
  index: number,
  { sha256 }: Pick<Primitives, 'sha256'>,
): Promise<Uint8Array> {
  const { class: tableClass, sha256: digest } = stored.metadata.tables[index]!;
  const { bytes, offset } = stored.table(index);
  if (equalBytes(await sha256(bytes), digest)) return bytes;
  throw new SnapshotError(
    'damaged',
    `table ${index} (${tableClass}) is damaged: its ${bytes.length} bytes do not have the SHA-256 that was stored with them`,
    { offset },
  );
}

/**
 * The snapshot, with all tables compared with their digests.
 *
 * @throws SnapshotError `damaged`, `unknown-encoding`
 */
export async function checkedSnapshot(
  stored: StoredSnapshot,
  primitives: Pick<Primitives, 'sha256'>,
): Promise<Snapshot> {
  const tables = stored.metadata.tables.map(async (table, i) =>
    describedTable(table, await checkedTable(stored, i, primitives)),
  );
  return { ...stored.metadata, tables: await Promise.all(tables) };
}

/** A table with its bytes, without what only tells how it is stored. */
export function describedTable(table: StoredTable, bytes: Uint8Array): RawTable {
  const {
    encoding: _,
    length: __,
    storedLength: ___,
    sha256: ____,
    baseTable: _____,
    ...description
  } = table;
  return { ...description, bytes };
}
