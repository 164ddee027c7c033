import { equalBytes } from '../bytes.js';
import { decodeIncoming } from '../decodeIncoming.js';
import { rowCountIn } from '../decodeRows.js';
import type { Engine } from '../engine/engine.js';
import type { TableInfo, UnkeptBytes } from '../snapshot.js';
import type { Columns } from '../table/columns.js';
import { layoutOf, type TableClass, type TableLayout } from '../tableClass.js';
import type { ByteSource, ByteStream } from './byteSource.js';
import type { StoredTable } from './metadata.js';
import type { Hasher, Primitives } from './primitives.js';
import { describedTable, wrongDigest } from './storedSnapshot.js';

/** Lets other work pass. */
export type Pause = () => Promise<void>;

/** What stands behind the rows of a table is not only zeros. */
export class MoreThanRows extends Error {}

/** What is hashed between two pauses, and read of what stands behind the rows. */
const PIECE_BYTES = 1 << 19;

/** Where a table is stored verbatim. */
interface Place {
  readonly stored: StoredTable;
  readonly index: number;
  /** In the file. */
  readonly offset: number;
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** A table of a file that is decoded while it is read, so that its bytes never are in memory together. */
export class StreamedTable {
  readonly info: Omit<TableInfo, 'bytes'> & { readonly bytes: Writable<UnkeptBytes> };
  readonly offset: number;
  readonly #source: ByteSource;
  readonly #place: Place;
  readonly #newHash: () => Hasher;
  readonly #rows: number;
  readonly #layout: TableLayout;
  /** What stands before the rows. */
  readonly #head: Uint8Array;
  /** Where it was made on the way. */
  #digest: Uint8Array | undefined;

  /** undefined where the table does not hold the rows that it claims. */
  static async at(
    source: ByteSource,
    place: Place,
    { hasher }: Pick<Primitives, 'hasher'>,
  ): Promise<StreamedTable | undefined> {
    const { stored, offset } = place;
    const layout = layoutOf(stored.class as TableClass);
    const head = await source.read(offset, layout.firstRow);
    const rows = rowCountIn(head);
    if (layout.firstRow + rows * layout.rowBytes > stored.length) return undefined;
    return new StreamedTable(source, place, hasher!, rows, layout, head);
  }

  private constructor(
    source: ByteSource,
    place: Place,
    newHash: () => Hasher,
    rows: number,
    layout: TableLayout,
    head: Uint8Array,
  ) {
    this.#source = source;
    this.#place = place;
    this.#newHash = newHash;
    this.#rows = rows;
    this.#layout = layout;
    this.#head = head;
    this.offset = place.offset;
    this.info = describedTable(place.stored, { length: place.stored.length, rows });
  }

  /**
   * Decodes the rows into rows `firstRow` on of the columns.
   *
   * @param isHashed whether the digest is computed on the way
   * @throws MoreThanRows; SnapshotError `truncated`; what the source throws
   */
  async decode(engine: Engine, columns: Columns, firstRow: number, isHashed: boolean): Promise<void> {
    const { stored, offset } = this.#place;
    const { firstRow: start } = this.#layout;
    const hash = isHashed ? this.#newHash() : undefined;
    const see = hash && ((bytes: Uint8Array): unknown => hash.add(bytes));
    see?.(this.#head);
    const stream = this.#source.stream!(offset + start, stored.length - start);
    try {
      const tableClass = stored.class as TableClass;
      const rows = { tableClass, rows: this.#rows, stream, see };
      const upperHalves = await decodeIncoming(engine, columns, rows, firstRow);
      if (upperHalves !== undefined) this.info.bytes.upperHalves = upperHalves;
      for await (const slack of piecesOf(stream)) {
        if (slack.some((byte) => byte !== 0)) throw new MoreThanRows();
        see?.(slack);
      }
    } finally {
      await stream.close();
    }
    this.#digest = hash?.digest();
  }

  /** @throws SnapshotError `damaged`; what the source throws */
  async check(pause: Pause | undefined): Promise<void> {
    const { stored, index, offset } = this.#place;
    this.#digest ??= await this.#digestOf(this.#source.stream!(offset, stored.length), pause);
    if (!equalBytes(this.#digest, stored.sha256))
      throw wrongDigest(stored.class, index, stored.length, offset);
  }

  async #digestOf(stream: ByteStream, pause: Pause | undefined): Promise<Uint8Array> {
    const hash = this.#newHash();
    for await (const piece of piecesOf(stream)) {
      await pause?.();
      hash.add(piece);
    }
    return hash.digest();
  }
}

/** What is left of a stream, in pieces that are lent until the next. */
async function* piecesOf(stream: ByteStream): AsyncGenerator<Uint8Array> {
  let room: Uint8Array | undefined;
  for (;;) {
    const ready = await stream.ready(PIECE_BYTES);
    if (ready === 0) return;
    room ??= new Uint8Array(PIECE_BYTES);
    const piece = room.subarray(0, ready);
    stream.take(piece);
    yield piece;
  }
}
