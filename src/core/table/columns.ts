import type { Engine } from '../engine/engine.js';
import { STORED_COLUMNS, type ColumnType, type StoredField } from './fields.js';

export const VALUE_BYTES: Readonly<Record<ColumnType, number>> = { u16: 2, u32: 4 };
const ALIGNMENT = 16;
/** Kernels read 16 values at a time, so up to 15 of four bytes behind the last one. */
const READABLE_BYTES_AFTER = 60;

export type ColumnView = Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;

/** The stored columns of one table: a single block of WebAssembly memory, one column after the other. */
export class Columns {
  readonly rowCount: number;
  readonly #engine: Engine;
  readonly #block: number;
  readonly #addresses: ReadonlyMap<StoredField, number>;

  constructor(engine: Engine, rowCount: number) {
    const offsets = new Map<StoredField, number>();
    let byteLength = 0;
    for (const [field, type] of STORED_COLUMNS) {
      offsets.set(field, byteLength);
      byteLength += Math.ceil((rowCount * VALUE_BYTES[type]) / ALIGNMENT) * ALIGNMENT;
    }
    const block = engine.allocate(byteLength + READABLE_BYTES_AFTER);
    this.rowCount = rowCount;
    this.#engine = engine;
    this.#block = block;
    this.#addresses = new Map([...offsets].map(([field, offset]) => [field, block + offset]));
  }

  /** The address of a column's value for `row`. */
  address(field: StoredField, row = 0): number {
    return this.#addresses.get(field)! + row * VALUE_BYTES[columnType(field)];
  }

  /** A view of a column, valid until the engine allocates again. */
  borrow(field: 'lport' | 'rport'): Uint16Array<ArrayBuffer>;
  borrow(field: Exclude<StoredField, 'lport' | 'rport'>): Uint32Array<ArrayBuffer>;
  borrow(field: StoredField): ColumnView;
  borrow(field: StoredField): ColumnView {
    const address = this.address(field);
    return columnType(field) === 'u16'
      ? this.#engine.borrowU16(address, this.rowCount)
      : this.#engine.borrowU32(address, this.rowCount);
  }

  release(): void {
    this.#engine.release(this.#block);
  }
}

const columnTypes = new Map<StoredField, ColumnType>(STORED_COLUMNS);

export function columnType(field: StoredField): ColumnType {
  return columnTypes.get(field)!;
}

export function isStored(field: string): field is StoredField {
  return columnTypes.has(field as StoredField);
}
