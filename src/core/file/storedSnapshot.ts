import { equalBytes } from '../bytes.js';
import { SnapshotError } from '../errors.js';
import type { RawTable, Snapshot, TableInfo } from '../snapshot.js';
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
  table(index: number): { readonly bytes: Uint8Array; readonly offset: number };
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

/** A snapshot whose tables are being compared with their digests. */
export interface SnapshotInCheck {
  /** Nobody vouches for it yet. The bytes of its tables are lent: they must not change. */
  readonly snapshot: Snapshot;
  /** Rejects with SnapshotError `damaged` where a table does not have its digest. */
  readonly checked: Promise<void>;
}

/** @throws SnapshotError `damaged`, `unknown-encoding` */
export function snapshotInCheck(
  stored: StoredSnapshot,
  primitives: Pick<Primitives, 'sha256'>,
): SnapshotInCheck {
  const parts = stored.metadata.tables.map((table, i) => ({ table, ...stored.table(i) }));
  const checked = checkAll(parts, primitives);
  // Whoever asks for it is told; until then it is no failure of the host.
  checked.catch(() => {});
  return {
    snapshot: { ...stored.metadata, tables: parts.map(({ table, bytes }) => describedTable(table, bytes)) },
    checked,
  };
}

/** Begins with all of them, before it waits for one. */
async function checkAll(
  parts: readonly { readonly table: StoredTable; readonly bytes: Uint8Array; readonly offset: number }[],
  primitives: Pick<Primitives, 'sha256'>,
): Promise<void> {
  await Promise.all(parts.map((part, i) => checkBytes(part.table, i, part, primitives)));
}

/** @throws SnapshotError `damaged` */
export async function checkBytes(
  { class: tableClass, sha256: digest }: StoredTable,
  index: number,
  { bytes, offset }: { readonly bytes: Uint8Array; readonly offset: number },
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
const OF_STORAGE: ReadonlySet<string> = new Set<Exclude<keyof StoredTable, keyof RawTable>>([
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
): TableInfo & { readonly bytes: Bytes } {
  const described: Record<string, unknown> = {};
  // One by one: to leave keys out by a pattern takes V8 ten times as long.
  for (const key in table) if (!OF_STORAGE.has(key)) described[key] = table[key as keyof StoredTable];
  described['bytes'] = bytes;
  return described as unknown as TableInfo & { readonly bytes: Bytes };
}
