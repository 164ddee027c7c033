import { wordsOf } from '../../bytes.js';
import { GrowingBytes } from '../../growingBytes.js';
import { RestoreError } from '../restoreError.js';
import { takeNew, type TakeBytes } from '../tableMemory.js';
import { Varints } from '../varints.js';
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

/** Where rows stand in their bytes, or values of a column beside a table, in words: the first one, and how many each has. */
export interface RowPlaces {
  readonly firstWord: number;
  readonly words: number;
}

/**
 * The bytes that the values make of the earlier ones.
 *
 * @param length how many bytes they should be
 * @param take gives memory, all of which is written
 * @throws RestoreError; where earlier bytes and values cannot make so many, nothing of that length is allocated
 */
export function applyRowValues(
  map: RowMap,
  values: Uint8Array,
  base: Uint8Array,
  places: RowPlaces,
  length: number,
  take: TakeBytes = takeNew,
): Uint8Array<ArrayBuffer> {
  const { firstWord, words } = places;
  const behind = length - (firstWord + map.rows * words) * WORD_BYTES;
  const earlierRows = Math.max(0, Math.floor((base.length / WORD_BYTES - firstWord) / words));
  if (map.kept > earlierRows) {
    throw new RestoreError(`it keeps ${map.kept} rows, the base has ${earlierRows}`);
  }
  if (behind < 0 || length > base.length + values.length) {
    throw new RestoreError(`the base and ${values.length} bytes of values do not make ${length}`);
  }
  const result = take(length);
  keepRows(map, wordsOf(base), wordsOf(result), places, earlierRows);
  const reader = new WordReader(values, wordsOf(result), map);
  result.set(values.subarray(0, reader.skip(firstWord * WORD_BYTES)));
  for (let word = firstWord; word < firstWord + words; word++) reader.word(word, words);
  if (values.length - reader.at !== behind) {
    const message = `${values.length - reader.at} bytes stand behind the values of rows, not ${behind}`;
    throw new RestoreError(message);
  }
  result.set(values.subarray(reader.at), length - behind);
  return result;
}

/** What takes longer to be made a view of than to be copied. */
const FEW_WORDS = 64;

function keepRows(
  { runs }: RowMap,
  base: Uint32Array,
  result: Uint32Array,
  { firstWord, words }: RowPlaces,
  earlierRows: number,
): void {
  for (let i = 0; i < runs.length; i += 3) {
    const rows = runs[i + 2]!;
    const end = runs[i + 1]! + rows;
    if (end > earlierRows) {
      throw new RestoreError(`row ${end - 1} is kept, the base has ${earlierRows}`);
    }
    let to = firstWord + runs[i]! * words;
    let from = firstWord + runs[i + 1]! * words;
    const count = rows * words;
    if (count > FEW_WORDS) result.set(base.subarray(from, from + count), to);
    else for (const last = from + count; from < last;) result[to++] = base[from++]!;
  }
}

class WordReader {
  readonly #values: Uint8Array;
  readonly #result: Uint32Array;
  readonly #map: RowMap;
  readonly #numbers: Varints;

  constructor(values: Uint8Array, result: Uint32Array, map: RowMap) {
    this.#values = values;
    this.#result = result;
    this.#map = map;
    this.#numbers = new Varints(values);
  }

  get at(): number {
    return this.#numbers.at;
  }

  /** Where what comes behind these bytes stands. */
  skip(bytes: number): number {
    if (bytes > this.#values.length - this.at) throw new RestoreError('the values end too soon');
    this.#numbers.at += bytes;
    return this.at;
  }

  /** @param first where the word of the first row stands */
  word(first: number, words: number): void {
    const { fresh } = this.#map;
    const changed = this.#changedRows();
    const count = changed.length + fresh.length;
    const from = this.at;
    this.skip(count * WORD_BYTES);
    this.#set(changed, first, words, from, count);
    this.#set(fresh, first, words, from + changed.length, count);
  }

  #changedRows(): readonly number[] {
    const rows: number[] = [];
    let row = -1;
    for (let left = this.#numbers.read(); left > 0; left--) {
      row += this.#numbers.read() + 1;
      if (row >= this.#map.rows) {
        throw new RestoreError(`a value of row ${row} has changed, of ${this.#map.rows}`);
      }
      rows.push(row);
    }
    return rows;
  }

  /** @param step how far the bytes of one value stand from each other */
  #set(rows: readonly number[], first: number, words: number, from: number, step: number): void {
    const [values, result] = [this.#values, this.#result];
    for (let i = 0, at = from; i < rows.length; i++, at++) {
      const high = (values[at + 2 * step]! << 16) | (values[at + 3 * step]! << 24);
      result[first + rows[i]! * words] = values[at]! | (values[at + step]! << 8) | high;
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
  { firstWord, words }: RowPlaces,
  pairs: Int32Array,
): Uint8Array<ArrayBuffer> {
  const [earlier, later] = [wordsOf(base), wordsOf(target)];
  const writer = new GrowingBytes();
  writer.bytes(target.subarray(0, firstWord * WORD_BYTES));
  const fresh = freshRows(pairs);
  // Of each word: the rows in which it has changed, and behind these the new ones.
  const rows = new Int32Array(pairs.length);
  for (let word = firstWord; word < firstWord + words; word++) {
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
  writer.bytes(target.subarray((firstWord + pairs.length * words) * WORD_BYTES));
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
