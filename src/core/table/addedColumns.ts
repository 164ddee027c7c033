import type { Engine } from '../engine/engine.js';
import { kindOf } from '../primaryTables.js';
import { rowsIn } from '../decodeRows.js';
import type { ProcessInfo, RawTable, TableInfo } from '../snapshot.js';
import { layoutOf, type RowWord, type TableClass } from '../tableClass.js';
import { READABLE_BYTES_AFTER, type Columns } from './columns.js';
import { CONNECTION_KEYS, TOLD_KEYS, type ConnectionKey } from './connection.js';
import type { DerivedColumns } from './derived.js';
import { CREATED_COLUMNS, NO_VALUE, type AddedField } from './fields.js';
import { joinTable, type Join, type JoinedTable, type RowRange } from './joinTables.js';
import { fillOwners } from './owners.js';
import { NO_PARTNER } from './pairRows.js';
import { lookUpPids, ownersOf } from './pidNumbers.js';
import type { ProcessLists } from './processNames.js';

/** A raw table, and the rows that it stands for. */
export interface PlacedTable extends RowRange {
  readonly table: TableInfo;
}

/** What the added columns of a snapshot's rows are made of. The bytes of its tables are read when a column is first asked for. */
export interface AddedSource extends RowRange {
  /** The tables that the rows come from, those of one kind side by side. */
  readonly primary: readonly PlacedTable[];
  /** Tables of the same sockets, and their places among the snapshot's tables. */
  readonly secondary: readonly { readonly table: RawTable; readonly place: number }[];
  readonly lists: ProcessLists;
}

/** Fields whose column holds places in a list of names. */
export type NamedField = 'module' | 'lastprocess';

const WORD_BYTES = 4;

/**
 * What one or several snapshots tell of their rows beyond their structure: from other tables of the same sockets, from columns that stand beside the tables,
 * from their processes. A snapshot that tells nothing of a field leaves its rows without a value. Nothing of this is looked at before somebody asks for it.
 */
export class AddedColumns {
  readonly #engine: Engine;
  readonly #columns: Columns;
  readonly #derived: DerivedColumns;
  /** The snapshots that the rows are of, in the order of these. */
  readonly sources: readonly AddedSource[];
  #joins: Map<AddedSource, readonly Join[]> | undefined;
  #moduleNames: readonly string[] | undefined;
  #lastOwnerNames: readonly string[] | undefined;

  constructor(engine: Engine, columns: Columns, derived: DerivedColumns, sources: readonly AddedSource[]) {
    this.#engine = engine;
    this.#columns = columns;
    this.#derived = derived;
    this.sources = sources;
  }

  /** What the numbers of the `module` column stand for; 0 is a row whose module is not known. */
  get moduleNames(): readonly string[] {
    this.#moduleNames ??= distinctNames(this.sources.flatMap(moduleNamesOf));
    return this.#moduleNames;
  }

  /** What the numbers of such a field's column stand for. */
  namesOf(field: NamedField): readonly string[] {
    if (field === 'module') return this.moduleNames;
    this.#lastOwnerNames ??= distinctNames(
      this.sources.flatMap((source) => lastOwners(source).map(({ name }) => name)),
    );
    return this.#lastOwnerNames;
  }

  /** Whether any snapshot tells anything of this field. */
  has(field: AddedField | 'created'): boolean {
    if (field === 'created') return this.#columns.has('created0');
    return this.sources.some((source) => tells(source, field));
  }

  /**
   * The keys of the rows: those that the snapshots tell anything of. Owners are worth a key of their own where it may be told that a pid
   * was another process's before; they and the upper halves of ports are there for whoever asks.
   */
  get keys(): readonly ConnectionKey[] {
    const told = TOLD_KEYS.filter((key) => {
      if (key === 'owner') return this.has('owner') && this.has('created');
      if (key === 'lastPid' || key === 'lastProcess' || key === 'lastSnapshot') return this.has('lastpid');
      return this.has(key);
    });
    return [...CONNECTION_KEYS, ...told];
  }

  /** The address of the field's column, a u32 a row; undefined where no snapshot tells anything of it. */
  address(field: AddedField): number | undefined {
    if (!this.has(field)) return undefined;
    const bytes = this.#columns.rowCount * 4 + READABLE_BYTES_AFTER;
    return this.#derived.get(`added ${field}`, bytes, (block) => {
      this.#fill(field, block);
      return block;
    });
  }

  /** The addresses of the two words of the time at which each row was created, the upper one first; undefined where no table tells. */
  created(): readonly [number, number] | undefined {
    if (!this.has('created')) return undefined;
    for (const source of this.sources) this.#join(source);
    const [high, low] = CREATED_COLUMNS;
    return [this.#columns.address(high), this.#columns.address(low)];
  }

  /** How the tables that are joined to the rows agree with them. */
  joinedTables(): JoinedTable[] {
    return this.sources.flatMap((source) => this.#join(source).map(({ report }) => report));
  }

  #join(source: AddedSource): readonly Join[] {
    let joins = this.#joins?.get(source);
    if (joins === undefined) {
      joins = source.secondary.map(({ table, place }) => {
        const ofKind = source.primary.filter((placed) => kindOf(placed.table) === kindOf(table));
        const firstRow = ofKind[0]?.firstRow ?? source.firstRow;
        const rows = ofKind.reduce((sum, placed) => sum + placed.rows, 0);
        return joinTable(this.#engine, this.#columns, { firstRow, rows }, table, place);
      });
      (this.#joins ??= new Map()).set(source, joins);
    }
    return joins;
  }

  #fill(field: AddedField, block: number): void {
    switch (field) {
      case 'owner':
        return this.#fillOwners(block);
      case 'lporthigh':
      case 'rporthigh':
        return this.#fillHighHalves(field === 'lporthigh' ? 'lport' : 'rport', block);
      case 'module':
        return this.#fillExtra(field, 0, block, (table) => this.#moduleNumbers(table));
      case 'lastpid':
      case 'lastsnapshot':
        return this.#fillLast(field, block);
      case 'lastprocess':
        return this.#fillLastProcess(block);
      default:
        return this.#fillExtra(field, NO_VALUE, block, () => undefined);
    }
  }

  #fillOwners(block: number): void {
    const created = this.created();
    for (const source of this.sources) {
      const { processes = [] } = source.lists;
      if (tells(source, 'owner')) fillOwners(this.#engine, this.#columns, created, processes, source, block);
      else this.#engine.borrowU32(block, this.#columns.rowCount).fill(NO_VALUE, ...ends(source));
    }
  }

  /** The upper 16 bits of the DWORD that a port stands in: they belong to no value, and are mostly zero. */
  #fillHighHalves(port: RowWord & ('lport' | 'rport'), block: number): void {
    const values = this.#engine.borrowU32(block, this.#columns.rowCount);
    for (const { table, firstRow, rows } of this.sources.flatMap(({ primary }) => primary)) {
      const { words, firstRow: start, rowBytes } = layoutOf(table.class as TableClass);
      const word = words.indexOf(port);
      const { bytes } = table;
      if (word < 0 || !(bytes instanceof Uint8Array)) {
        values.fill(word < 0 ? NO_VALUE : 0, firstRow, firstRow + rows);
        if ('upperHalves' in bytes) values.set(bytes.upperHalves?.[port] ?? [], firstRow);
        continue;
      }
      let at = start + word * 4 + 2;
      for (let row = firstRow; row < firstRow + rows; row++, at += rowBytes) {
        values[row] = bytes[at]! | (bytes[at + 1]! << 8);
      }
    }
  }

  /** Fills a column from those that stand beside the tables: where the table of the rows has none, from the tables joined to it. */
  #fillExtra(
    field: AddedField,
    none: number,
    block: number,
    numbersOf: (table: TableInfo) => Uint32Array | undefined,
  ): void {
    const joins = this.sources.flatMap((source) => (tells(source, field) ? this.#join(source) : []));
    const values = this.#engine.borrowU32(block, this.#columns.rowCount);
    values.fill(none);
    for (const { table, firstRow } of this.sources.flatMap(({ primary }) => primary)) {
      const own = translate(extraOf(table, EXTRA_OF_FIELD[field]), numbersOf(table));
      if (own !== undefined) values.set(own, firstRow);
    }
    for (const { table, range, partners } of joins) {
      const added = translate(extraOf(table, EXTRA_OF_FIELD[field]), numbersOf(table));
      if (added === undefined) continue;
      for (let i = 0; i < range.rows; i++) {
        const partner = partners[i]!;
        const row = range.firstRow + i;
        if (partner !== NO_PARTNER && values[row] === none) values[row] = added[partner]!;
      }
    }
  }

  /** A row without a last owner has pid 0 in the snapshot's column; and a snapshot's number only tells something beside a pid. */
  #fillLast(field: 'lastpid' | 'lastsnapshot', block: number): void {
    const { rowCount } = this.#columns;
    const pids = field === 'lastpid' ? undefined : this.address('lastpid');
    this.#fillExtra(field, NO_VALUE, block, () => undefined);
    const values = this.#engine.borrowU32(block, rowCount);
    const owners = pids === undefined ? values : this.#engine.borrowU32(pids, rowCount);
    for (let row = 0; row < rowCount; row++) {
      if (owners[row] === 0 || owners[row] === NO_VALUE) values[row] = NO_VALUE;
    }
  }

  #fillLastProcess(block: number): void {
    const places = new Map(this.namesOf('lastprocess').map((name, place) => [name, place]));
    const pids = this.address('lastpid')!;
    for (const source of this.sources) {
      const processes = lastOwners(source);
      const owners = ownersOf(processes, (place) => {
        const { pid, name } = processes[place]!;
        // Rows without a last owner have this in the place of its pid, which is also one that a process can have.
        return pid === NO_VALUE ? 0 : places.get(name)!;
      });
      const first = source.firstRow * WORD_BYTES;
      lookUpPids(this.#engine, owners, pids + first, source.rows, block + first);
    }
  }

  /** For the numbers of a table's modules, from 1, their names' places in moduleNames. */
  #moduleNumbers({ modules = [] }: TableInfo): Uint32Array {
    const places = new Map(this.moduleNames.map((name, place) => [name, place]));
    return Uint32Array.from([0, ...modules.map(({ name }) => places.get(name)!)]);
  }
}

/** Whether a snapshot tells anything of a field. */
function tells(source: AddedSource, field: AddedField): boolean {
  switch (field) {
    case 'owner':
      return (source.lists.processes ?? []).length > 0;
    case 'module':
      return moduleNamesOf(source).some((name) => name !== '');
    case 'lporthigh':
    case 'rporthigh':
      return source.primary.length > 0;
    case 'lastsnapshot':
      return tells(source, 'lastpid') && hasExtra(source, field);
    default:
      return hasExtra(source, field);
  }
}

function hasExtra(source: AddedSource, field: AddedField): boolean {
  return tablesOf(source).some((table) => extraOf(table, EXTRA_OF_FIELD[field]) !== undefined);
}

function tablesOf({ primary, secondary }: AddedSource): TableInfo[] {
  return [...primary, ...secondary].map(({ table }) => table);
}

function moduleNamesOf(source: AddedSource): string[] {
  return tablesOf(source).flatMap(({ modules = [] }) => modules.map(({ name }) => name));
}

/** Of two processes with one pid, the one that has ended comes last: it owned what has no owner any more. */
function lastOwners({ lists }: AddedSource): readonly ProcessInfo[] {
  const { processes = [], endedProcesses = [] } = lists;
  return [...processes, ...endedProcesses];
}

/** The first row, and the one behind the last. */
function ends({ firstRow, rows }: RowRange): [number, number] {
  return [firstRow, firstRow + rows];
}

/** The names of `extras` in which the values of fields stand. */
const EXTRA_OF_FIELD: Readonly<Record<AddedField, string>> = {
  owner: '',
  module: 'module',
  uid: 'uid',
  inode: 'inode',
  interface: 'interface',
  lastpid: 'lastOwnerPid',
  lastprocess: 'lastOwnerPid',
  lastsnapshot: 'lastOwnerSnapshot',
  lporthigh: '',
  rporthigh: '',
};

/** The names, each once, in ascending order behind the empty one. */
function distinctNames(names: readonly string[]): readonly string[] {
  return ['', ...[...new Set(names.filter((name) => name !== ''))].sort()];
}

/** A column that stands beside a table; undefined where there is none, or not a value for each row. */
function extraOf(table: TableInfo, field: string): Uint32Array | undefined {
  const { extras } = table;
  const extra = extras !== undefined && Object.hasOwn(extras, field) ? extras[field]! : undefined;
  return extra?.length === rowsIn(table) * WORD_BYTES ? new Uint32Array(extra.slice().buffer) : undefined;
}

/** The values by which a column's numbers are replaced, where there are any; a number that has none becomes 0. */
function translate(
  values: Uint32Array | undefined,
  numbers: Uint32Array | undefined,
): Uint32Array | undefined {
  return numbers === undefined ? values : values?.map((value) => numbers[value] ?? 0);
}
