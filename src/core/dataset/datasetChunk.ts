import type { Decoder, SnapshotShape } from '../decoder.js';
import type { Snapshot } from '../snapshot.js';
import { ADDRESS_COLUMNS, FAMILY_NUMBERS, PROTOCOL_NUMBERS, type AddressField } from '../table/fields.js';
import { remotePorts } from '../table/remoteEnds.js';
import { Table } from '../table/table.js';
import type { TableData } from '../table/tableData.js';
import { numberAdded, type AddedNumbers } from './addedSources.js';
import { IndexMap } from './indexMap.js';
import { numberRows, type Numbering } from './numberRows.js';
import type { AddedColumn } from './schema.js';

/** Where a snapshot of the dataset comes from. */
export interface DatasetOrigin {
  /** Name of the machine; null where the snapshot does not tell, as those of bare dumps. */
  readonly host: string | null;
  readonly timeUtcMicroseconds: number | null;
  readonly file: string;
  /** Number in the file, from 0. */
  readonly number: number;
  /** SHA-256 of the snapshot's raw tables, one after another, in hexadecimal digits. */
  readonly digest: string;
}

export interface DatasetSnapshot {
  readonly origin: DatasetOrigin;
  readonly snapshot: Snapshot;
  readonly shape: SnapshotShape;
}

/** Fields whose different values are numbered. */
export type NumberedField = AddressField | 'state' | 'pid' | 'offload';

/**
 * Some snapshots in one table: as many as are written and counted together, so that the work on many small ones is the work on a large
 * one. Call `free` when done.
 */
export class DatasetChunk {
  readonly table: Table;
  readonly snapshots: readonly Snapshot[];
  readonly origins: readonly DatasetOrigin[];
  /** The first row of each snapshot, and behind the last one how many rows there are. */
  readonly firstRows: Uint32Array;
  /** In tables with wide columns 0xffffffff where there is no remote port. */
  readonly #remotePorts: number | undefined;
  readonly #numberings = new Map<NumberedField, Numbering>();
  readonly #addedNumbers = new Map<AddedColumn, AddedNumbers>();
  readonly #indexMaps = new Map<string, IndexMap>();
  #snapshotOf: Uint32Array | undefined;
  #kinds: Uint8Array | undefined;

  /** @throws SnapshotError as `decodeSnapshots` does */
  constructor(decoder: Decoder, snapshots: readonly Omit<DatasetSnapshot, 'shape'>[]) {
    this.origins = snapshots.map(({ origin }) => origin);
    this.snapshots = snapshots.map(({ snapshot }) => snapshot);
    this.table = decoder.decodeSnapshots(this.snapshots);
    this.firstRows = new Uint32Array(snapshots.length + 1);
    for (const [i, { firstRow, rows }] of this.data.added.sources.entries())
      this.firstRows[i + 1] = firstRow + rows;
    this.#remotePorts = this.data.columns.isWide ? remotePorts(this.data) : undefined;
  }

  get data(): TableData {
    return Table.dataOf(this.table);
  }

  /** The place in `origins` of each row's snapshot. */
  get snapshotOf(): Uint32Array {
    if (this.#snapshotOf === undefined) {
      this.#snapshotOf = new Uint32Array(this.table.rowCount);
      for (let i = 0; i < this.origins.length; i++)
        this.#snapshotOf.fill(i, this.firstRows[i], this.firstRows[i + 1]);
    }
    return this.#snapshotOf;
  }

  /** The numbers of the rows that match, in table order; undefined, which stands for all, without an expression. */
  select(where: string | undefined): Uint32Array | undefined {
    return where === undefined ? undefined : this.table.select(where);
  }

  /** Views into the engine's memory: valid until it allocates. */
  borrowPorts(): { readonly local: Uint16Array; readonly remote: Uint16Array | Uint32Array } {
    const { columns, engine } = this.data;
    const remote =
      this.#remotePorts === undefined
        ? columns.borrow('rport')
        : engine.borrowU32(this.#remotePorts, columns.rowCount);
    return { local: columns.borrow('lport'), remote };
  }

  /** The different values of a field. Addresses count as different in rows of another protocol or family. */
  numbering(field: NumberedField): Numbering {
    let known = this.#numberings.get(field);
    if (known === undefined) {
      known = numberRows(this.#borrowColumns(field), this.table.rowCount);
      this.#numberings.set(field, known);
    }
    return known;
  }

  /** The different values of a column that not every snapshot tells. */
  addedNumbers(column: AddedColumn): AddedNumbers {
    let known = this.#addedNumbers.get(column);
    if (known === undefined) {
      known = numberAdded(this.data, column);
      this.#addedNumbers.set(column, known);
    }
    return known;
  }

  /** Of a source of columns: one for all row groups and files that the chunk goes into, since there can be many small ones. */
  indexMap(source: string, range: number): IndexMap {
    let known = this.#indexMaps.get(source);
    if (known === undefined) {
      known = new IndexMap(range);
      this.#indexMaps.set(source, known);
    }
    return known;
  }

  /** Protocol and family of each row as one number: a bit for UDP above one for IPv6. */
  get kinds(): Uint8Array {
    this.#kinds ??= numberKinds(this.data);
    return this.#kinds;
  }

  free(): void {
    this.table.free();
  }

  #borrowColumns(field: NumberedField): Uint32Array[] {
    const { columns } = this.data;
    if (field !== 'local' && field !== 'remote') return [columns.borrow(field)];
    if (!columns.isWide) return [columns.borrow(field)];
    const { words, scope } = ADDRESS_COLUMNS[field];
    return [words[3], words[2], words[1], words[0], scope, 'protocol' as const, 'family' as const].map(
      (word) => columns.borrow(word),
    );
  }
}

function numberKinds({ columns }: TableData): Uint8Array {
  const kinds = new Uint8Array(columns.rowCount);
  if (!columns.isWide) return kinds;
  const protocol = columns.borrow('protocol');
  const family = columns.borrow('family');
  for (let row = 0; row < kinds.length; row++) {
    kinds[row] =
      (protocol[row] === PROTOCOL_NUMBERS.TCP ? 0 : 2) + (family[row] === FAMILY_NUMBERS.IPv4 ? 0 : 1);
  }
  return kinds;
}
