import type { ColumnType, ParquetColumn } from './columnValues.js';
import { bool, byte, i32, struct, text, type ThriftStruct, type ThriftValue } from './thrift.js';

/** Numbers of parquet.thrift. */
export const PHYSICAL = { INT32: 1, INT64: 2, BYTE_ARRAY: 6 } as const;
const REPETITION = { required: 0, optional: 1 } as const;
const CONVERTED = { UTF8: 0, TIMESTAMP_MICROS: 10, UINT_8: 11, UINT_16: 12, UINT_32: 13 } as const;

interface TypeOf {
  readonly physical: number;
  /** For readers that know no logical types. */
  readonly converted?: number;
  /** A member of the union LogicalType. */
  readonly logical?: ThriftStruct;
}

const TYPES: Readonly<Record<ColumnType, TypeOf>> = {
  string: { physical: PHYSICAL.BYTE_ARRAY, converted: CONVERTED.UTF8, logical: [[1, struct([])]] },
  bytes: { physical: PHYSICAL.BYTE_ARRAY },
  u8: { physical: PHYSICAL.INT32, converted: CONVERTED.UINT_8, logical: unsigned(8) },
  u16: { physical: PHYSICAL.INT32, converted: CONVERTED.UINT_16, logical: unsigned(16) },
  u32: { physical: PHYSICAL.INT32, converted: CONVERTED.UINT_32, logical: unsigned(32) },
  timestamp: {
    physical: PHYSICAL.INT64,
    converted: CONVERTED.TIMESTAMP_MICROS,
    logical: [
      [
        8,
        struct([
          [1, bool(true)],
          [2, struct([[2, struct([])]])],
        ]),
      ],
    ],
  },
};

function unsigned(bits: number): ThriftStruct {
  return [
    [
      10,
      struct([
        [1, byte(bits)],
        [2, bool(false)],
      ]),
    ],
  ];
}

export function physicalType(type: ColumnType): number {
  return TYPES[type].physical;
}

/** The schema as a list of elements: the root, then its columns. */
export function schemaElements(columns: readonly ParquetColumn[]): ThriftValue[] {
  const root = struct([
    [4, text('tcpscope')],
    [5, i32(columns.length)],
  ]);
  const elements = columns.map(({ name, type, isNullable }) => {
    const { physical, converted, logical } = TYPES[type];
    return struct([
      [1, i32(physical)],
      [3, i32(isNullable ? REPETITION.optional : REPETITION.required)],
      [4, text(name)],
      [6, converted === undefined ? undefined : i32(converted)],
      [10, logical === undefined ? undefined : struct(logical)],
    ]);
  });
  return [root, ...elements];
}
