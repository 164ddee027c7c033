import { encodeChunk, IndexPages } from './columnChunk.js';
import type { ColumnValues, ParquetColumn } from './columnValues.js';
import { schemaElements } from './schemaElements.js';
import { bool, encodeThrift, i32, i64, list, struct, text, type ThriftValue } from './thrift.js';

const MAGIC = new TextEncoder().encode('PAR1');
const FORMAT_VERSION = 2;

export interface ParquetOptions {
  readonly columns: readonly ParquetColumn[];
  /** Columns by which the rows of each row group are in ascending order. */
  readonly sortedBy: readonly string[];
  /** Key-value metadata of the file. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly createdBy: string;
}

/**
 * Writes a Parquet file: row groups as they come, then the footer. Each column chunk is dictionary-encoded in a single data page and
 * compressed by Snappy, which every reader knows. Returns bytes and writes nowhere.
 *
 * A row group is limited by what the caller gives; indices have at most 25 bits.
 */
export class ParquetWriter {
  readonly #options: ParquetOptions;
  readonly #groups: ThriftValue[] = [];
  #offset = MAGIC.length;
  #rows = 0;

  constructor(options: ParquetOptions) {
    this.#options = options;
  }

  /** What the file begins with. */
  begin(): Uint8Array {
    return MAGIC;
  }

  /** A row group, in pieces to be written one after another. */
  rowGroup(rows: number, columns: readonly ColumnValues[]): Uint8Array[] {
    const pages = new IndexPages();
    const start = this.#offset;
    const parts: Uint8Array[] = [];
    const chunks: ThriftValue[] = [];
    let uncompressed = 0;
    for (const [i, column] of this.#options.columns.entries()) {
      const chunk = encodeChunk(column, columns[i]!, pages);
      chunks.push(chunk.metadata(this.#offset));
      parts.push(...chunk.parts);
      this.#offset += chunk.byteLength;
      uncompressed += chunk.uncompressedBytes;
    }
    this.#groups.push(
      struct([
        [1, list('struct', chunks)],
        [2, i64(uncompressed)],
        [3, i64(rows)],
        [4, list('struct', this.#sortingColumns())],
        [5, i64(start)],
        [6, i64(this.#offset - start)],
      ]),
    );
    this.#rows += rows;
    return parts;
  }

  /** What the file ends with. */
  end(): Uint8Array[] {
    const { columns, metadata, createdBy } = this.#options;
    const footer = encodeThrift([
      [1, i32(FORMAT_VERSION)],
      [2, list('struct', schemaElements(columns))],
      [3, i64(this.#rows)],
      [4, list('struct', this.#groups)],
      [5, list('struct', Object.entries(metadata).map(keyValue))],
      [6, text(createdBy)],
      // Statistics are in the order that the types define: without this, readers do not trust them.
      [
        7,
        list(
          'struct',
          columns.map(() => struct([[1, struct([])]])),
        ),
      ],
    ]);
    const length = new Uint8Array(4);
    new DataView(length.buffer).setUint32(0, footer.length, true);
    return [footer, length, MAGIC];
  }

  #sortingColumns(): ThriftValue[] {
    const { columns, sortedBy } = this.#options;
    return sortedBy.map((name) =>
      struct([
        [1, i32(columns.findIndex((column) => column.name === name))],
        [2, bool(false)],
        [3, bool(true)],
      ]),
    );
  }
}

function keyValue([key, value]: readonly [string, string]): ThriftValue {
  return struct([
    [1, text(key)],
    [2, text(value)],
  ]);
}
