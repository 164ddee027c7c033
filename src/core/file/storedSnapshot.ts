import { equalBytes } from '../bytes.js';
import { SnapshotError } from '../errors.js';
import type { RawTable, Snapshot, TableInfo } from '../snapshot.js';
import { without } from '../without.js';
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
   * The bytes of a raw table, not compared with their digest yet. In a recording they may be the base of what is read next: they are lent.
   *
   * @throws SnapshotError `damaged`, `unknown-encoding`
   */
  table(index: number): StoredBytes;
}

/** The bytes of a table, and the offset in the file of what they come from. */
export interface StoredBytes {
  readonly bytes: Uint8Array;
  readonly offset: number;
}

/**
 * Compares the raw bytes of a table with their digest.
 *
 * @throws SnapshotError `damaged`, `unknown-encoding`
 */
export async function checkTable(
  stored: StoredSnapshot,
  index: number,
  primitives: Pick<Primitives, 'sha256'>,
): Promise<void> {
  await checkBytes(stored.metadata.tables[index]!, index, stored.table(index), primitives);
}

/** A snapshot and the bytes of its tables, which nobody has compared with their digests yet. */
export interface UncheckedSnapshot {
  readonly metadata: SnapshotMetadata;
  readonly tables: readonly StoredBytes[];
}

/** @throws SnapshotError `damaged`, `unknown-encoding` where one of the tables cannot be restored */
export function withTables(stored: StoredSnapshot): UncheckedSnapshot {
  const { metadata } = stored;
  return { metadata, tables: metadata.tables.map((_, i) => stored.table(i)) };
}

/** A snapshot whose tables are being compared with their digests. */
export interface SnapshotInCheck {
  /** Nobody vouches for it yet. The bytes of its tables are lent: they must not change. */
  readonly snapshot: Snapshot;
  /** Rejects with SnapshotError `damaged` where a table does not have its digest. */
  readonly checked: Promise<void>;
}

export function snapshotInCheck(
  { metadata, tables }: UncheckedSnapshot,
  primitives: Pick<Primitives, 'sha256'>,
): SnapshotInCheck {
  const parts = metadata.tables.map((table, i) => ({ table, ...tables[i]! }));
  const checked = checkAll(parts, primitives);
  // Whoever asks for it is told; until then it is no failure of the host.
  checked.catch(() => {});
  return {
    snapshot: { ...metadata, tables: parts.map(({ table, bytes }) => describedTable(table, bytes)) },
    checked,
  };
}

/** Begins with all of them, before it waits for one. */
async function checkAll(
  parts: readonly ({ readonly table: StoredTable } & StoredBytes)[],
  primitives: Pick<Primitives, 'sha256'>,
): Promise<void> {
  await Promise.all(parts.map((part, i) => checkBytes(part.table, i, part, primitives)));
}

/** @throws SnapshotError `damaged` */
export async function checkBytes(
  { class: tableClass, sha256: digest }: StoredTable,
  index: number,
  { bytes, offset }: StoredBytes,
  { sha256 }: Pick<Primitives, 'sha256'>,
): Promise<void> {
  if (!equalBytes(await sha256(bytes), digest)) throw wrongDigest(tableClass, index, bytes.length, offset);
}

/** @param offset of the table in the file, or of what it was restored from */
export function wrongDigest(
  tableClass: string,
  index: number,
  length: number,
  offset: number,
): SnapshotError {
  const message = `table ${index} (${tableClass}) is damaged: its ${length} bytes do not have the SHA-256 that was stored with them`;
  return new SnapshotError('damaged', message, { offset });
}

/** What of a table only tells how it is stored. */
const OF_STORAGE: ReadonlySet<Exclude<keyof StoredTable, keyof RawTable>> = new Set([
  'encoding',
  'length',
  'storedLength',
  'sha256',
  'baseTable',
]);

/** A table with its bytes, without what only tells how it is stored. */
export function describedTable<Bytes extends TableInfo['bytes']>(
  table: StoredTable,
  bytes: Bytes,
): Omit<TableInfo, 'bytes'> & { readonly bytes: Bytes } {
  return Object.assign(without(table, OF_STORAGE), { bytes });
}
