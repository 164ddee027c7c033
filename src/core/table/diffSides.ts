import type { Engine } from '../engine/engine.js';
import { columnType, VALUE_BYTES, type Columns } from './columns.js';
import { CONSTANT_FIELDS, type StoredField } from './fields.js';
import type { Family } from '../tableClass.js';
import type { TableData } from './tableData.js';

/** The columns that a comparison needs, in the order of `Side` in assembly/diff/side.ts. */
export const SIDE_FIELDS = ['local', 'lport', 'remote', 'rport', 'pid', 'state'] as const;
/** What else belongs to the key in tables with wide columns. */
export const FURTHER_FIELDS = [
  'protocol',
  'family',
  'local0',
  'local1',
  'local2',
  'lscope',
  'remote0',
  'remote1',
  'remote2',
  'rscope',
] as const;
export type FurtherField = (typeof FURTHER_FIELDS)[number];
/** Kernels read 16 values at a time, so up to 15 of four bytes behind the last one. */
const READABLE_BYTES_AFTER = 64;
const WORD_BYTES = 4;

/** Rows of a table, as columns in one engine's memory. */
export interface Side {
  readonly rows: number;
  /** Addresses of the columns, in the order of SIDE_FIELDS. */
  readonly addresses: readonly number[];
  /** Of FURTHER_FIELDS those in which the tables may differ, */
  readonly furtherFields: readonly FurtherField[];
  /** and the addresses of their columns. */
  readonly further: readonly number[];
}

/** Rows of one protocol and family, from `firstRow` on, as they lie in a table's columns. */
export function sideOf(columns: Columns, firstRow: number, rows: number, family: Family): Side {
  const furtherFields =
    family === 'IPv4' ? [] : FURTHER_FIELDS.filter((field) => !CONSTANT_FIELDS.has(field));
  const addressesOf = (fields: readonly StoredField[]): number[] =>
    fields.map((field) => columns.address(field, firstRow));
  return { rows, addresses: addressesOf(SIDE_FIELDS), furtherFields, further: addressesOf(furtherFields) };
}

/** Lends two tables as sides, in one engine's memory. */
export function withSides<Result>(
  engine: Engine,
  before: TableData,
  after: TableData,
  use: (a: Side, b: Side) => Result,
): Result {
  const further = FURTHER_FIELDS.filter((field) => {
    const constant = constantOf(before.columns, field);
    return constant === undefined || constant !== constantOf(after.columns, field);
  });
  return withSide(engine, before, further, (a) => withSide(engine, after, further, (b) => use(a, b)));
}

/** The value that a field has in all rows, where it is known. */
function constantOf(columns: Columns, field: FurtherField): number | undefined {
  return columns.has(field) ? columns.constantOf(field) : (CONSTANT_FIELDS.get(field) ?? 0);
}

/** A table's own columns, or copies where another engine has them; one that it does not have is the same in all rows. */
function withSide<Result>(
  engine: Engine,
  { engine: own, columns }: TableData,
  further: readonly FurtherField[],
  use: (side: Side) => Result,
): Result {
  const rows = columns.rowCount;
  const fields = [...SIDE_FIELDS, ...further];
  const isLent = (field: StoredField): boolean => own === engine && columns.has(field);
  const lengths = fields.map((field) => (isLent(field) ? 0 : columnBytes(field, rows)));
  return engine.withBlocks(lengths, (blocks) => {
    const addresses = fields.map((field, i) => {
      if (isLent(field)) return columns.address(field);
      copyColumn(engine, columns, field, blocks[i]!);
      return blocks[i]!;
    });
    return use({
      rows,
      addresses: addresses.slice(0, SIDE_FIELDS.length),
      furtherFields: further,
      further: addresses.slice(SIDE_FIELDS.length),
    });
  });
}

function copyColumn(engine: Engine, columns: Columns, field: StoredField, to: number): void {
  if (columns.has(field)) {
    const { buffer, byteOffset, byteLength } = columns.borrow(field);
    engine.bytes.set(new Uint8Array(buffer, byteOffset, byteLength), to);
  } else {
    engine.borrowU32(to, columns.rowCount).fill(CONSTANT_FIELDS.get(field) ?? 0);
  }
}

function columnBytes(field: StoredField, rows: number): number {
  return rows * VALUE_BYTES[columnType(field)] + READABLE_BYTES_AFTER;
}

/** Lends columns for so many rows, whose values are not set. */
export function withColumns<Result>(engine: Engine, rows: number, use: (side: Side) => Result): Result {
  const lengths = SIDE_FIELDS.map((field) => columnBytes(field, rows));
  return engine.withBlocks(lengths, (addresses) => use({ rows, addresses, furtherFields: [], further: [] }));
}

/** Lends two sides as assembly/diff/side.ts has them. */
export function withSideBlocks<Result>(
  engine: Engine,
  a: Side,
  b: Side,
  use: (a: number, b: number) => Result,
): Result {
  const bytes = engine.run((kernels) => kernels.DIFF_SIDE_BYTES);
  const listBytes = FURTHER_FIELDS.length * WORD_BYTES;
  return engine.withBlocks([bytes, bytes, listBytes, listBytes], ([blockA, blockB, listA, listB]) => {
    writeSide(engine, a, blockA!, listA!);
    writeSide(engine, b, blockB!, listB!);
    return use(blockA!, blockB!);
  });
}

function writeSide(engine: Engine, { rows, addresses, further }: Side, block: number, list: number): void {
  engine.words.set(further, list / WORD_BYTES);
  engine.words.set([rows, ...addresses, list, further.length], block / WORD_BYTES);
}
