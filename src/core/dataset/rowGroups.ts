import { columnSources, type ColumnSource } from './columnSources.js';
import type { DatasetChunk } from './datasetChunk.js';
import { NO_INDEX, type ColumnValue, type ColumnValues, type RowIndices } from './parquet/columnValues.js';
import { DATASET_COLUMNS } from './schema.js';

/** Rows of a row group: enough that a reader has something to do, few enough that it can pass over some. */
export const ROW_GROUP_ROWS = 1 << 17;

/** Rows of a chunk, and the values of each column of the dataset for them. */
export interface RowGroup {
  readonly rows: number;
  readonly columns: readonly ColumnValues[];
}

/** The given rows of a chunk, in their order, as row groups of a Parquet file. */
export function* rowGroups(chunk: DatasetChunk, rows: Uint32Array): Generator<RowGroup> {
  for (let first = 0; first < rows.length; first += ROW_GROUP_ROWS) {
    const group = rows.subarray(first, first + ROW_GROUP_ROWS);
    const columns = new Map<string, ColumnValues>();
    // Anew for each row group: whoever asks for the next one may have used the engine.
    for (const source of columnSources(chunk)) addColumns(columns, source, group, chunk);
    yield { rows: group.length, columns: DATASET_COLUMNS.map(({ name }) => columns.get(name)!) };
  }
}

function addColumns(
  columns: Map<string, ColumnValues>,
  source: ColumnSource,
  rows: Uint32Array,
  chunk: DatasetChunk,
): void {
  const [name] = Object.keys(source.columns) as [string];
  const { indices, members } = chunk.indexMap(name, source.range).map(rows, source.numbers);
  const shared: RowIndices = { indices, size: members.length };
  /** Columns of a source mostly have a value of their own for each number, or the same repetitions. */
  const known: { readonly translation: Uint32Array; readonly rows: RowIndices }[] = [];
  for (const [column, valueOf] of Object.entries(source.columns)) {
    const { values, translation } = distinctValues(members, valueOf, source.hasRepetitions ?? false);
    let translated = shared;
    if (translation !== undefined) {
      const same = known.find((other) => equal(other.translation, translation));
      translated = same?.rows ?? { indices: translate(indices, translation), size: values.length };
      if (same === undefined) known.push({ translation, rows: translated });
    }
    columns.set(column, { rows: translated, values });
  }
}

/**
 * The values of a column: the different ones, where numbers have the same ones often. Where some are equal, or there are none,
 * `translation` says which index each becomes.
 */
function distinctValues(
  members: Uint32Array,
  valueOf: (number: number) => ColumnValue | null,
  hasRepetitions: boolean,
): { values: ColumnValue[]; translation: Uint32Array | undefined } {
  const values: ColumnValue[] = [];
  const translation = new Uint32Array(members.length);
  const indexes = new Map<unknown, number>();
  let isIdentity = true;
  for (let i = 0; i < members.length; i++) {
    const value = valueOf(members[i]!);
    let index = value === null ? NO_INDEX : hasRepetitions ? indexes.get(value) : undefined;
    if (index === undefined) {
      index = values.length;
      values.push(value!);
      if (hasRepetitions) indexes.set(value, index);
    }
    translation[i] = index;
    isIdentity &&= index === i;
  }
  return { values, translation: isIdentity ? undefined : translation };
}

function translate(indices: Uint32Array, translation: Uint32Array): Uint32Array {
  const translated = new Uint32Array(indices.length);
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i]!;
    translated[i] = index === NO_INDEX ? NO_INDEX : translation[index]!;
  }
  return translated;
}

function equal(a: Uint32Array, b: Uint32Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
