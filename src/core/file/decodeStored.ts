import { equalBytes } from '../bytes.js';
import { Decoder } from '../decoder.js';
import type { Engine } from '../engine/engine.js';
import { SnapshotError } from '../errors.js';
import { primaryTables } from '../primaryTables.js';
import type { Snapshot, SnapshotInfo, TableInfo } from '../snapshot.js';
import type { Table } from '../table/table.js';
import type { ByteSource } from './byteSource.js';
import { FRAME_TYPES } from './frame.js';
import type { Frame } from './frameList.js';
import { TABLE_ENCODINGS } from './metadata.js';
import type { SnapshotFile } from './snapshotFile.js';
import { chainParts, headBytes, parsePayloadHead, type PayloadHead } from './snapshotPayload.js';
import { setStoredProcesses, takeOutProcesses, type StoredProcesses } from './storedProcesses.js';
import { checkBytes, describedTable } from './storedSnapshot.js';
import { MoreThanRows, StreamedTable, type Pause } from './streamedTable.js';

/** A snapshot of a file, decoded. */
export interface DecodedSnapshot {
  readonly snapshot: SnapshotInfo;
  readonly table: Table;
  /**
   * Rejects where a table does not have its digest. Before that nobody vouches for its rows.
   *
   * @throws SnapshotError `damaged`
   */
  readonly check: () => Promise<void>;
  /** Bytes of one of the snapshot's tables, from `from` on, as they are stored. */
  readonly read: (table: TableInfo, from: number, length: number) => Promise<Uint8Array>;
}

/** Of smaller tables there is nothing to gain. */
const MIN_STREAMED_BYTES = 1 << 20;
/** Of a payload's begin: mostly all that stands before the tables, and not more than comes along with what stands before it in a file. */
const HEAD_BYTES = 48 << 10;

/**
 * Snapshot `number` of a file, decoded. Rows of large tables are decoded while they are read, so that their bytes take no memory; where there is
 * more in them than columns hold, and where anything is wrong, the snapshot is read first.
 *
 * @param pause lets other work pass, before each piece of what is hashed: digests of tables that were decoded while they were read
 * are then computed when somebody asks for them, and else while they are read
 * @throws SnapshotError as `SnapshotFile.at` and `Decoder.decodeSnapshot` do
 */
export async function decodeStored(
  file: SnapshotFile,
  number: number,
  decoder: Decoder,
  pause?: Pause,
): Promise<DecodedSnapshot> {
  return (await decodeWhileReading(file, number, decoder, pause)) ?? decodeRead(file, number, decoder);
}

/**
 * As decodeStored, where nothing is wanted of tables that do not have their digests.
 *
 * @throws SnapshotError as `SnapshotFile.at` and `Decoder.decodeSnapshot` do
 */
export async function decodeIntact(
  file: SnapshotFile,
  number: number,
  decoder: Decoder,
): Promise<DecodedSnapshot> {
  const decoded = await decodeStored(file, number, decoder);
  try {
    await decoded.check();
    return decoded;
  } catch (error) {
    decoded.table.free();
    throw error;
  }
}

async function decodeRead(file: SnapshotFile, number: number, decoder: Decoder): Promise<DecodedSnapshot> {
  const { snapshot, checked } = await file.begin(number);
  try {
    return decodedSnapshot(snapshot, decoder, checked);
  } catch (error) {
    // That its bytes are not those that were stored says more than what came of them.
    await checked;
    throw error;
  }
}

/**
 * A snapshot whose bytes are in memory, decoded.
 *
 * @throws SnapshotError as `Decoder.decodeSnapshot` does
 */
export function decodedSnapshot(
  snapshot: Snapshot,
  decoder: Decoder,
  checked: Promise<void> = Promise.resolve(),
): DecodedSnapshot {
  return {
    snapshot,
    table: decoder.decodeSnapshot(snapshot),
    check: () => checked,
    read: async ({ bytes }, from, length) => (bytes as Uint8Array).slice(from, from + length),
  };
}

/** undefined where that cannot be done, or something is not as it should be. */
async function decodeWhileReading(
  file: SnapshotFile,
  number: number,
  decoder: Decoder,
  pause: Pause | undefined,
): Promise<DecodedSnapshot | undefined> {
  const frame = file.scan.frames.snapshot(number);
  if (frame === undefined || !isSuited(file, frame)) return undefined;
  const { head, processes } = await readHead(file.source, frame, Decoder.engineOf(decoder));
  const chain = await file.primitives.sha256(...chainParts(head));
  if (!equalBytes(chain, head.chain)) return undefined;
  const parts = await storedTables(file, frame, head);
  if (parts === undefined) return undefined;
  // In its place: the map was made for this snapshot alone.
  const snapshot: SnapshotInfo = Object.assign(head.metadata, { tables: parts.map(({ info }) => info) });
  if (processes !== undefined) setStoredProcesses(snapshot, processes);
  const partOf = (table: TableInfo): StoredPart => parts.find(({ info }) => info === table)!;
  try {
    const table = await decoder.decodeIncoming(snapshot, (info, engine, columns, firstRow) =>
      (partOf(info) as StreamedTable).decode(engine, columns, firstRow, pause === undefined),
    );
    let checked: Promise<void> | undefined;
    return {
      snapshot,
      table,
      check: () => (checked ??= checkAll(parts, pause)),
      read: (info, from, length) => readPart(file.source, partOf(info), from, length),
    };
  } catch (error) {
    // Of a table that is not whole its digest says more, which the other way tells.
    const isBadTable = error instanceof SnapshotError && error.code === 'bad-table';
    if (error instanceof MoreThanRows || isBadTable) return undefined;
    throw error;
  }
}

function isSuited({ scan, source, primitives }: SnapshotFile, { type, payloadLength }: Frame): boolean {
  // In a recording, others are made from it.
  if (type !== FRAME_TYPES.snapshot || scan.frames.hasDeltas) return false;
  const canStream = source.stream !== undefined && primitives.hasher !== undefined;
  return canStream && payloadLength >= MIN_STREAMED_BYTES;
}

/** What stands before the tables; the processes are left as they are until somebody asks for them. */
async function readHead(
  source: ByteSource,
  { payloadOffset, payloadLength }: Frame,
  engine: Engine,
): Promise<{ readonly head: PayloadHead; readonly processes: StoredProcesses | undefined }> {
  const first = await source.read(payloadOffset, Math.min(payloadLength, HEAD_BYTES));
  const length = headBytes(first, payloadLength, payloadOffset);
  const bytes = length <= first.length ? first : await source.read(payloadOffset, length);
  const takeOut = takeOutProcesses(engine);
  const head = parsePayloadHead(bytes, payloadLength, payloadOffset, false, takeOut);
  return { head, processes: takeOut.taken };
}

/** A table of the snapshot: a streamed one, or one that was read. */
interface StoredPart {
  readonly info: TableInfo;
  /** In the file. */
  readonly offset: number;
  check(pause: Pause | undefined): Promise<void>;
}

/** All tables of a snapshot; undefined where one cannot be read here. */
async function storedTables(
  { source, primitives }: SnapshotFile,
  { payloadOffset }: Frame,
  { metadata, places }: PayloadHead,
): Promise<StoredPart[] | undefined> {
  const primary = new Set(primaryTables(metadata));
  const parts: StoredPart[] = [];
  for (const [index, stored] of metadata.tables.entries()) {
    if (stored.encoding !== TABLE_ENCODINGS.verbatim || stored.length !== stored.storedLength)
      return undefined;
    const offset = payloadOffset + places[index]!;
    // What is joined to the rows of others, is looked at again.
    if (primary.has(stored) && stored.length >= MIN_STREAMED_BYTES) {
      const streamed = await StreamedTable.at(source, { stored, index, offset }, primitives);
      if (streamed === undefined) return undefined;
      parts.push(streamed);
    } else {
      const bytes = await source.read(offset, stored.length);
      const check = (): Promise<void> => checkBytes(stored, index, { bytes, offset }, primitives);
      parts.push({ info: describedTable(stored, bytes), offset, check });
    }
  }
  return parts;
}

async function checkAll(parts: readonly StoredPart[], pause: Pause | undefined): Promise<void> {
  for (const part of parts) await part.check(pause);
}

async function readPart(
  source: ByteSource,
  { info, offset }: StoredPart,
  from: number,
  length: number,
): Promise<Uint8Array> {
  const { bytes } = info;
  if (bytes instanceof Uint8Array) return bytes.slice(from, from + length);
  return source.read(offset + from, Math.max(0, Math.min(length, bytes.length - from)));
}
