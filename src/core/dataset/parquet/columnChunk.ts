import { NO_INDEX, type ColumnValues, type ParquetColumn, type RowIndices } from './columnValues.js';
import { encodeValues, type EncodedValues } from './dictionary.js';
import { GrowingBytes } from '../../growingBytes.js';
import { bitWidth, writeHybrid } from './hybrid.js';
import { physicalType } from './schemaElements.js';
import { compressSnappy } from './snappy.js';
import { binary, encodeThrift, i32, i64, list, struct, text, type ThriftValue } from './thrift.js';

/** Numbers of parquet.thrift. */
const PAGE = { data: 0, dictionary: 2 } as const;
const ENCODING = { PLAIN: 0, RLE: 3, RLE_DICTIONARY: 8 } as const;
const SNAPPY = 1;
/** Statistics longer than this are left out: they would stand in the footer. */
const MAX_STATISTIC_BYTES = 256;

/** A column of a row group as it stands in the file, and what the footer says of it. */
export interface EncodedChunk {
  readonly parts: readonly Uint8Array[];
  readonly byteLength: number;
  /** ColumnChunk, once it is known where in the file the parts begin. */
  metadata(offset: number): ThriftValue;
  readonly uncompressedBytes: number;
}

/** A page's bytes before and after compression. */
interface Page {
  readonly uncompressed: number;
  readonly compressed: Uint8Array;
}

interface IndexPage {
  readonly page: Page;
  readonly nulls: number;
}

/** The pages of row indices: columns that share these share their page. */
export class IndexPages {
  readonly #required = new Map<RowIndices, IndexPage>();
  readonly #nullable = new Map<RowIndices, IndexPage>();

  get(rows: RowIndices, isNullable: boolean): IndexPage {
    const pages = isNullable ? this.#nullable : this.#required;
    let known = pages.get(rows);
    if (known === undefined) {
      known = encodeIndices(rows, isNullable);
      pages.set(rows, known);
    }
    return known;
  }
}

/** A column chunk: a page with its dictionary, and one with the place of each row's value in it. */
export function encodeChunk(
  { name, type, isNullable }: ParquetColumn,
  { rows, values }: ColumnValues,
  pages: IndexPages,
): EncodedChunk {
  const dictionary = encodeValues(type, values);
  const dictionaryPage = compressed(dictionary.bytes);
  const dictionaryHeader = pageHeader(PAGE.dictionary, dictionaryPage, [
    7,
    struct([
      [1, i32(values.length)],
      [2, i32(ENCODING.PLAIN)],
    ]),
  ]);
  const { page, nulls } = pages.get(rows, isNullable);
  const dataHeader = pageHeader(PAGE.data, page, [
    5,
    struct([
      [1, i32(rows.indices.length)],
      [2, i32(ENCODING.RLE_DICTIONARY)],
      [3, i32(ENCODING.RLE)],
      [4, i32(ENCODING.RLE)],
    ]),
  ]);
  const parts = [dictionaryHeader, dictionaryPage.compressed, dataHeader, page.compressed];
  const byteLength = parts.reduce((sum, part) => sum + part.length, 0);
  const headerBytes = dictionaryHeader.length + dataHeader.length;
  const uncompressedBytes = headerBytes + dictionaryPage.uncompressed + page.uncompressed;
  return {
    parts,
    byteLength,
    uncompressedBytes,
    metadata: (offset) =>
      struct([
        [2, i64(0)],
        [
          3,
          struct([
            [1, i32(physicalType(type))],
            [2, list('i32', [ENCODING.PLAIN, ENCODING.RLE, ENCODING.RLE_DICTIONARY].map(i32))],
            [3, list('binary', [text(name)])],
            [4, i32(SNAPPY)],
            [5, i64(rows.indices.length)],
            [6, i64(uncompressedBytes)],
            [7, i64(byteLength)],
            [9, i64(offset + dictionaryHeader.length + dictionaryPage.compressed.length)],
            [11, i64(offset)],
            [12, statistics(dictionary, nulls)],
          ]),
        ],
      ]),
  };
}

function statistics({ least, greatest }: EncodedValues, nulls: number): ThriftValue {
  const fits = least !== undefined && Math.max(least.length, greatest!.length) <= MAX_STATISTIC_BYTES;
  return struct([
    [3, i64(nulls)],
    // Copies: the footer is written last, and must not keep every dictionary until then.
    [5, fits ? binary(greatest!.slice()) : undefined],
    [6, fits ? binary(least.slice()) : undefined],
  ]);
}

function pageHeader(type: number, page: Page, details: readonly [number, ThriftValue]): Uint8Array {
  return encodeThrift([
    [1, i32(type)],
    [2, i32(page.uncompressed)],
    [3, i32(page.compressed.length)],
    details,
  ]);
}

function compressed(bytes: Uint8Array): Page {
  return { uncompressed: bytes.length, compressed: compressSnappy(bytes) };
}

/** Which rows have a value, where a row may have none; then the width of an index, and the indices of those that have one. */
function encodeIndices({ indices, size }: RowIndices, isNullable: boolean): IndexPage {
  const bytes = new GrowingBytes(indices.length * 2 + 64);
  let present = indices;
  let nulls = 0;
  if (isNullable) {
    const levels = new Uint32Array(indices.length);
    const kept = new Uint32Array(indices.length);
    let count = 0;
    for (let i = 0; i < indices.length; i++) {
      const index = indices[i]!;
      if (index === NO_INDEX) continue;
      levels[i] = 1;
      kept[count++] = index;
    }
    nulls = indices.length - count;
    present = kept.subarray(0, count);
    const encoded = new GrowingBytes();
    writeHybrid(encoded, levels, levels.length, 1);
    bytes.u32(encoded.length);
    bytes.bytes(encoded.take());
  }
  const width = bitWidth(size);
  bytes.byte(width);
  writeHybrid(bytes, present, present.length, width);
  return { page: compressed(bytes.take()), nulls };
}
