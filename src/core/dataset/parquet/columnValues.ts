/** Stands in `indices` for a row without a value. */
export const NO_INDEX = 0xffffffff;

/** Which of a few values each row has: what a dictionary-encoded column consists of, apart from the values. */
export interface RowIndices {
  /** One a row: a number below `size`, or NO_INDEX. */
  readonly indices: Uint32Array;
  readonly size: number;
}

/** How a column's values are stored. Numbers are unsigned. */
export type ColumnType = 'string' | 'bytes' | 'u8' | 'u16' | 'u32' | 'timestamp';

export interface ParquetColumn {
  readonly name: string;
  readonly type: ColumnType;
  readonly isNullable: boolean;
}

/** A string, bytes, a number; for `timestamp` microseconds since 1970 (UTC). */
export type ColumnValue = string | number | bigint | Uint8Array;

/** A column of a row group. Columns that share `rows` share the work and the bytes of encoding it. */
export interface ColumnValues {
  readonly rows: RowIndices;
  readonly values: readonly ColumnValue[];
}
