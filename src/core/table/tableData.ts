import type { Engine } from '../engine/engine.js';
import type { AddedColumns } from './addedColumns.js';
import type { Columns } from './columns.js';
import type { DerivedColumns } from './derived.js';

/** What the operations on a table work with. Lives as long as the table is not freed. */
export interface TableData {
  readonly engine: Engine;
  readonly columns: Columns;
  readonly derived: DerivedColumns;
  readonly added: AddedColumns;
  /** Whether the rows are in order of connection key; undefined as long as nobody has looked. */
  isInKeyOrder?: boolean;
  /** Gives the memory of all columns back. */
  release(): void;
  /** What the numbers in the `process` column stand for; 0 is a row without a known owner. */
  readonly processNames: readonly string[];
}
