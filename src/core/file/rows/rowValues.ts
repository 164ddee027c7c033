import { wordsOf } from '../../bytes.js';
import { GrowingBytes } from '../../growingBytes.js';
import { DifferencesError, Varints } from '../varints.js';
import type { RowMap } from './rowMap.js';

// The values of rows, of which a map (rowMap.ts) tells what they are made from:
//
//   ┌─────────────┬────────┬────────┬─ ─┬──────────────┐      a word of all rows:  ┌───────────┬──────────┬─────────────┐
//   │ bytes before│ word 0 │ word 1 │ … │ bytes behind │                           │ changed c │ c gaps   │ c + n values│
//   │ the rows    │        │        │   │ the rows     │                           │ varint    │ varints  │ u32         │
//   └─────────────┴────────┴────────┴─ ─┴──────────────┘                           └───────────┴──────────┴─────────────┘
//
// Rows are taken apart into words of four bytes. Of each word: in how many of the rows that are kept it has changed, how many rows lie between
// each of these and the one before, and the values, those of changed rows before those of the n new ones. The first bytes of all values come first,
// then the second ones, and so on: what is alike stands together.

const WORD_BYTES = 4;

/** Where rows stand in their bytes, or values of a column beside a table: `words` words each. */
export interface RowPlaces {
  readonly firstByte: number;
  readonly words: number;
}

/**
 * The bytes that the values make of the earlier ones.
 *
 * @param length how many bytes they should be
 * @throws DifferencesError; where earlier bytes and values cannot make so many, nothing of that length is allocated
 */
export function applyRowValues(
  map: RowMap,
  values: Uint8Array,
  base: Uint8Array,
  { firstByte, words }: RowPlaces,
  length: number,
): Uint8Array<ArrayBuffer> {
  const rowBytes = words * WORD_BYTES;
  const behind = length - firstByte - map.rows * rowBytes;
  const earlierRows = Math.max(0, Math.floor((base.length - firstByte) / rowBytes));
  if (map.kept > earlierRows) {
    throw new DifferencesError(`it keeps ${map.kept} rows, the base has ${earlierRows}`, 0);
  }
  if (behind < 0 || length > base.length + values.length) {
    throw new DifferencesError(`the base and ${values.length} bytes of values do not make ${length}`, 0);
  }
  const result = new Uint8Array(length);
  result.set(values.subarray(0, firstByte));
  keepRows(map, base, result, firstByte, rowBytes, earlierRows);
  const reader = new WordReader(values, result, map);
  reader.skip(firstByte);
  for (let word = 0; word < words; word++) reader.word(firstByte + word * WORD_BYTES, rowBytes);
  if (values.length - reader.at !== behind) {
    const message = `${values.length - reader.at} bytes stand behind the values of rows, not ${behind}`;
    throw new DifferencesError(message, reader.at);
  }
  result.set(values.subarray(reader.at), length - behind);
  return result;
}

function keepRows(
  { runs }: RowMap,
  base: Uint8Array,
  result: Uint8Array,
  firstByte: number,
  rowBytes: number,
  earlierRows: number,
): void {
  for (let i = 0; i < runs.length; i += 3) {
    const [to, from, count] = [runs[i]!, runs[i + 1]!, runs[i + 2]!];
    if (from + count > earlierRows) {
      throw new DifferencesError(`row ${from + count - 1} is kept, the base has ${earlierRows}`, 0);
    }
    const start = firstByte + from * rowBytes;
    result.set(base.subarray(start, start + count * rowBytes), firstByte + to * rowBytes);
  }
}

class WordReader {
  readonly #values: Uint8Array;
  readonly #result: Uint8Array;
  readonly #map: RowMap;
  readonly #numbers: Varints;

  constructor(values: Uint8Array, result: Uint8Array, map: RowMap) {
    this.#values = values;
    this.#result = result;
    this.#map = map;
    this.#numbers = new Varints(values);
  }

  get at(): number {
    return this.#numbers.at;
  }

  skip(bytes: number): void {
    if (bytes > this.#values.length - this.at) throw new DifferencesError('the values end too soon', this.at);
    this.#numbers.at += bytes;
  }

  /** @param first where the word of the first row stands */
  word(first: number, rowBytes: number): void {
    const { fresh, rows } = this.#map;
    const start = this.at;
    const changed = this.#numbers.read();
    const places: number[] = [];
    for (let i = 0, row = -1; i < changed; i++) {
      row += this.#numbers.read() + 1;
      if (row >= rows) throw new DifferencesError(`a value of row ${row} has changed, of ${rows}`, start);
      places.push(row);
    }
    const from = this.at;
    const count = changed + fresh.length;
    this.skip(count * WORD_BYTES);
    for (let i = 0; i < count; i++) {
      const to = first + (i < changed ? places[i]! : fresh[i - changed]!) * rowBytes;
      for (let byte = 0; byte < WORD_BYTES; byte++) {
        this.#result[to + byte] = this.#values[from + byte * count + i]!;
      }
    }
  }
}

/**
 * The values that make some bytes of earlier ones.
 *
 * @param pairs for each row, the earlier row that it is, or −1
 */
export function encodeRowValues(
  base: Uint8Array,
  target: Uint8Array,
  { firstByte, words }: RowPlaces,
  pairs: Int32Array,
): Uint8Array<ArrayBuffer> {
  const [earlier, later] = [wordsOf(base), wordsOf(target)];
  const first = firstByte / WORD_BYTES;
  const writer = new GrowingBytes();
  writer.bytes(target.subarray(0, firstByte));
  const fresh = freshRows(pairs);
  // Of each word: the rows in which it has changed, and behind these the new ones.
  const rows = new Int32Array(pairs.length);
  for (let word = first; word < first + words; word++) {
    let changed = 0;
    for (let row = 0; row < pairs.length; row++) {
      const pair = pairs[row]!;
      if (pair !== -1 && earlier[word + pair * words] !== later[word + row * words]) rows[changed++] = row;
    }
    rows.set(fresh, changed);
    writer.varint(changed);
    for (let i = 0; i < changed; i++) writer.varint(rows[i]! - (i === 0 ? 0 : rows[i - 1]! + 1));
    writeValues(writer, later, word, words, rows.subarray(0, changed + fresh.length));
  }
  writer.bytes(target.subarray(firstByte + pairs.length * words * WORD_BYTES));
  return writer.take();
}

/** The values of a word in some rows: the first bytes of all, then the second ones, and so on. */
function writeValues(
  writer: GrowingBytes,
  later: Uint32Array,
  word: number,
  words: number,
  rows: Int32Array,
): void {
  const bytes = writer.reserve(rows.length * WORD_BYTES);
  let at = writer.length;
  for (let shift = 0; shift < 8 * WORD_BYTES; shift += 8) {
    for (let i = 0; i < rows.length; i++) bytes[at++] = later[word + rows[i]! * words]! >>> shift;
  }
  writer.advance(rows.length * WORD_BYTES);
}

function freshRows(pairs: Int32Array): Int32Array {
  const fresh = new Int32Array(pairs.length);
  let count = 0;
  for (let row = 0; row < pairs.length; row++) if (pairs[row] === -1) fresh[count++] = row;
  return fresh.subarray(0, count);
}
