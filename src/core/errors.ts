/**
 * What can be wrong with bytes that claim to be a snapshot file or a raw table.
 *
 * - `not-a-snapshot`: the bytes do not begin as a snapshot file does (or there are none)
 * - `text-mode-damage`: a snapshot file that a text-mode transfer has changed
 * - `newer-version`: a snapshot file of a version that this program does not know
 * - `truncated`: the file ends inside a frame
 * - `damaged`: a checksum, a digest or a chain value does not match
 * - `bad-metadata`: the metadata is not what docs/format.md describes
 * - `unknown-class`: a table class that this version cannot decode
 * - `unknown-encoding`: a table or frame encoding that this version cannot restore
 * - `bad-table`: the raw table does not hold the rows that it claims
 * - `no-such-snapshot`: the file holds no snapshot of that number or time
 * - `unknown-field`: a sort key or column that does not exist
 * - `bad-expression`: a select expression that cannot be understood; the offset is the place in it
 * - `not-comparable`: two tables that do not cover the same sockets
 * - `out-of-memory`: the table needs more memory than WebAssembly can have
 * - `engine-failed`: the WebAssembly module trapped, which is a bug in it
 */
export type SnapshotErrorCode =
  | 'not-a-snapshot'
  | 'text-mode-damage'
  | 'newer-version'
  | 'truncated'
  | 'damaged'
  | 'bad-metadata'
  | 'unknown-class'
  | 'unknown-encoding'
  | 'bad-table'
  | 'no-such-snapshot'
  | 'unknown-field'
  | 'bad-expression'
  | 'not-comparable'
  | 'out-of-memory'
  | 'engine-failed';

export interface SnapshotErrorPlace {
  /** Byte offset in the bytes that were given: the file, or the raw table. */
  readonly offset?: number;
  /** Number of the row, from 0. */
  readonly row?: number;
}

/** Thrown for every input that cannot be read as it claims to be. `message` says what is wrong and where. */
export class SnapshotError extends Error {
  override readonly name = 'SnapshotError';
  readonly code: SnapshotErrorCode;
  readonly offset: number | undefined;
  readonly row: number | undefined;

  constructor(code: SnapshotErrorCode, message: string, place: SnapshotErrorPlace = {}) {
    super(message);
    this.code = code;
    this.offset = place.offset;
    this.row = place.row;
  }
}
