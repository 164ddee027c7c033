import { alignUp } from '../engine/blockAllocator.js';
import type { Engine } from '../engine/engine.js';
import {
  COLUMN_COUNTS,
  STORED_COLUMNS,
  type ColumnSet,
  type ColumnType,
  type StoredField,
  type U16Field,
} from './fields.js';

export const VALUE_BYTES: Readonly<Record<ColumnType, number>> = { u16: 2, u32: 4 };
/** Kernels read 16 values at a time, so up to 15 of four bytes behind the last one. */
export const READABLE_BYTES_AFTER = 60;

export type ColumnView = Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;

/** Values that are the same in rows side by side. */
interface Fill {
  readonly firstRow: number;
  rows: number;
  readonly value: number;
}

/** What is known of a column's values without looking at them. */
interface Known {
  /** Of how many rows. */
  rows: number;
  readonly value: number;
  /** The bits in which any of them differs from that. */
  varying: number;
}

/**
 * The stored columns of one table: a single block of WebAssembly memory, one column after the other. Each begins at a multiple of what a
 * column of u16 takes, so that no list of their addresses has to be made, which small tables notice.
 */
export class Columns {
  readonly rowCount: number;
  /** Whether rows can be anything but TCP over IPv4: then there are columns for all of an IPv6 address, protocol and family. */
  readonly isWide: boolean;
  readonly #engine: Engine;
  readonly #block: number;
  /** How many of STORED_COLUMNS there are. */
  readonly #count: number;
  /** Bytes that a column of u16 takes. */
  readonly #unit: number;
  /** In the order of STORED_COLUMNS. */
  readonly #known: (Known | undefined)[] = [];
  readonly #fills: (Fill[] | undefined)[] = [];

  constructor(engine: Engine, rowCount: number, set: ColumnSet) {
    const count = COLUMN_COUNTS[set];
    const unit = alignUp(rowCount * VALUE_BYTES.u16);
    this.rowCount = rowCount;
    this.isWide = set !== 'plain';
    this.#engine = engine;
    this.#block = engine.allocate(unit * UNITS_BEFORE[count]! + READABLE_BYTES_AFTER);
    this.#count = count;
    this.#unit = unit;
  }

  /** Whether the table has this column; what it does not have is the same in all rows. */
  has(field: string): field is StoredField {
    return isColumn(field) && COLUMN_NUMBERS[field] < this.#count;
  }

  /** As `has`, by the column's place in STORED_COLUMNS. */
  hasNumber(column: number): boolean {
    return column >= 0 && column < this.#count;
  }

  /**
   * Sets values that are the same in rows side by side, by the column's place in STORED_COLUMNS: written when the column is first asked
   * for, since few work with all columns.
   */
  fillLater(column: number, firstRow: number, rows: number, value: number): void {
    const fills = this.#fills[column];
    const last = fills?.at(-1);
    if (last?.value === value && last.firstRow + last.rows === firstRow) last.rows += rows;
    else if (fills === undefined) this.#fills[column] = [{ firstRow, rows, value }];
    else fills.push({ firstRow, rows, value });
  }

  /** Notes of further rows of a column that they have this value, but for some bits. */
  noteVarying(column: number, rows: number, value: number, varying: number): void {
    const known = (this.#known[column] ??= { rows: 0, value, varying: 0 });
    known.rows += rows;
    known.varying = (known.varying | varying | (value ^ known.value)) >>> 0;
  }

  /** The bits in which a column's values differ, where that is known without looking at them. */
  varyingBits(field: StoredField): number | undefined {
    return this.varyingBitsOfNumber(COLUMN_NUMBERS[field]);
  }

  /** As `varyingBits`, by the column's place in STORED_COLUMNS. */
  varyingBitsOfNumber(column: number): number | undefined {
    const known = this.#known[column];
    return known?.rows === this.rowCount ? known.varying : undefined;
  }

  /** The value that all rows have, where that is known without looking at them. */
  constantOf(field: string): number | undefined {
    if (!isColumn(field) || this.varyingBits(field) !== 0) return undefined;
    return this.#known[COLUMN_NUMBERS[field]]!.value;
  }

  /** The address of a column's value for `row`. */
  address(field: StoredField, row = 0): number {
    return this.addressOfNumber(COLUMN_NUMBERS[field]) + row * BYTES_BY_COLUMN[COLUMN_NUMBERS[field]]!;
  }

  /** As `address`, by the column's place in STORED_COLUMNS; 0 where the table does not have it. */
  addressOfNumber(column: number): number {
    this.#fill(column);
    return this.addressToWrite(column);
  }

  /** As `addressOfNumber`, for who writes all values of some rows. */
  addressToWrite(column: number): number {
    return this.hasNumber(column) ? this.#block + this.#unit * UNITS_BEFORE[column]! : 0;
  }

  /** A view of a column, valid until the engine allocates again. */
  borrow(field: U16Field): Uint16Array<ArrayBuffer>;
  borrow(field: Exclude<StoredField, U16Field>): Uint32Array<ArrayBuffer>;
  borrow(field: StoredField): ColumnView;
  borrow(field: StoredField): ColumnView {
    const address = this.address(field);
    return columnType(field) === 'u16'
      ? this.#engine.borrowU16(address, this.rowCount)
      : this.#engine.borrowU32(address, this.rowCount);
  }

  /** A function that returns a column's value for a row. Lasts as long as the table. */
  reader(field: StoredField): (row: number) => number {
    let view: ColumnView = this.borrow(field);
    return (row) => {
      // Where the memory has grown since, the view has lost it, and its length.
      if (view.length === 0) view = this.borrow(field);
      return view[row]!;
    };
  }

  release(): void {
    this.#engine.release(this.#block);
  }

  #fill(column: number): void {
    const fills = this.#fills[column];
    if (fills === undefined) return;
    this.#fills[column] = undefined;
    const valueBytes = BYTES_BY_COLUMN[column]!;
    for (const { firstRow, rows, value } of fills) {
      const start = this.addressToWrite(column) + firstRow * valueBytes;
      const values =
        valueBytes === VALUE_BYTES.u16
          ? this.#engine.borrowU16(start, rows)
          : this.#engine.borrowU32(start, rows);
      values.fill(value);
    }
  }
}

const COLUMN_NUMBERS = Object.fromEntries(STORED_COLUMNS.map(([field], i) => [field, i])) as Readonly<
  Record<StoredField, number>
>;
const BYTES_BY_COLUMN: readonly number[] = STORED_COLUMNS.map(([, type]) => VALUE_BYTES[type]);
/** What the columns before each take, and last what all take, in columns of u16. */
const UNITS_BEFORE: readonly number[] = unitsBefore();

function unitsBefore(): number[] {
  const units = [0];
  for (const [i, bytes] of BYTES_BY_COLUMN.entries()) units.push(units[i]! + bytes / VALUE_BYTES.u16);
  return units;
}

/** A column's place in STORED_COLUMNS. */
export function columnNumber(field: StoredField): number {
  return COLUMN_NUMBERS[field];
}

export function valueBytesOfNumber(column: number): number {
  return BYTES_BY_COLUMN[column]!;
}

export function columnType(field: StoredField): ColumnType {
  return STORED_COLUMNS[COLUMN_NUMBERS[field]]![1];
}

function isColumn(field: string): field is StoredField {
  return Object.hasOwn(COLUMN_NUMBERS, field);
}
