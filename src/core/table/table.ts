import type { Engine } from '../engine/engine.js';
import { SnapshotError } from '../errors.js';
import { formatIPv4 } from './address.js';
import { columnType, isStored, type Columns } from './columns.js';
import type { Connection } from './connection.js';
import { DOCUMENTED_ORDER, FIELDS, isField, parseSortKey, type SortKey } from './fields.js';
import { offloadName, stateName } from './names.js';
import type { ProcessNames } from './processNames.js';
import { formatCsv, formatNdjson } from './text.js';

/** IANA protocol number of TCP, the value of the `protocol` column. */
const PROTOCOL_TCP = 6;
/** The value of the `family` column for IPv4. */
const FAMILY_IPV4 = 4;

/**
 * The rows of one raw table or one snapshot, as columns in WebAssembly memory. Rows keep the numbers they have in the
 * raw table, from 0. Call `free` when done: the memory is the decoder's, not the garbage collector's.
 */
export class Table {
  readonly rowCount: number;
  /** What the `process` column's numbers stand for; 0 is a row without a known owner. */
  readonly processNames: readonly string[];
  /** Table classes of the snapshot that this version cannot decode: their rows are missing here. */
  readonly undecoded: readonly string[];
  readonly #engine: Engine;
  #columns: Columns | undefined;

  /** Made by a Decoder. */
  constructor(engine: Engine, columns: Columns, processes: ProcessNames, undecoded: readonly string[]) {
    this.rowCount = columns.rowCount;
    this.processNames = processes.names;
    this.undecoded = undecoded;
    this.#engine = engine;
    this.#columns = columns;
  }

  /**
   * A copy of a column, one value a row, in host byte order. `state`, `local`, `remote`, `pid`, `offload` and
   * `process` (an index into `processNames`) are Uint32Array, `lport` and `rport` Uint16Array, `protocol` (IANA
   * number: 6) and `family` (4) Uint8Array.
   *
   * @throws SnapshotError `unknown-field`
   */
  copyColumn(field: string): Uint32Array | Uint16Array | Uint8Array {
    if (isStored(field)) return this.#live().borrow(field).slice();
    if (!isField(field)) {
      throw new SnapshotError('unknown-field', `no column "${field}"; there are ${FIELDS.join(', ')}`);
    }
    return new Uint8Array(this.rowCount).fill(field === 'protocol' ? PROTOCOL_TCP : FAMILY_IPV4);
  }

  /**
   * The row numbers in the order of `keys`: field names, with `-` before one to descend. Stable. Without keys: the
   * documented order of GetTcpTable2, that is local address, local port, remote address, remote port, as numbers.
   *
   * @throws SnapshotError `unknown-field`
   */
  order(keys: readonly string[] = DOCUMENTED_ORDER): Uint32Array {
    const columns = this.#live();
    const sortKeys = keys.map(parseSortKey).reverse();
    const byteLength = this.rowCount * 4;
    const order = this.#engine.allocate(byteLength);
    const scratch = this.#engine.allocate(byteLength);
    try {
      this.#engine.run((kernels) => kernels.identityOrder(order, this.rowCount));
      const sorted = sortKeys.reduce((from, key) => {
        return this.#sortBy(columns, key, from, from === order ? scratch : order);
      }, order);
      return this.#engine.borrowU32(sorted, this.rowCount).slice();
    } finally {
      this.#engine.release(order);
      this.#engine.release(scratch);
    }
  }

  #sortBy(columns: Columns, { field, descending }: SortKey, order: number, scratch: number): number {
    if (!isStored(field)) return order;
    const column = columns.address(field);
    return this.#engine.run((kernels) =>
      columnType(field) === 'u16'
        ? kernels.sortByU16(order, scratch, this.rowCount, column, descending)
        : kernels.sortByU32(order, scratch, this.rowCount, column, descending),
    );
  }

  /** Row `number` as a plain object. */
  row(number: number): Connection {
    return this.rows([number])[0]!;
  }

  /** The rows of the given numbers as plain objects, in that order. */
  rows(numbers: ArrayLike<number>): Connection[] {
    const columns = this.#live();
    const state = columns.borrow('state');
    const local = columns.borrow('local');
    const localPort = columns.borrow('lport');
    const remote = columns.borrow('remote');
    const remotePort = columns.borrow('rport');
    const pid = columns.borrow('pid');
    const process = columns.borrow('process');
    const offload = columns.borrow('offload');
    return Array.from(numbers, (row): Connection => {
      if (!Number.isInteger(row) || row < 0 || row >= this.rowCount) {
        throw new RangeError(`no row ${row}; the table has ${this.rowCount} rows`);
      }
      return {
        protocol: 'TCP',
        family: 'IPv4',
        state: state[row]!,
        stateName: stateName(state[row]!),
        localAddress: formatIPv4(local[row]!),
        localPort: localPort[row]!,
        remoteAddress: formatIPv4(remote[row]!),
        remotePort: remotePort[row]!,
        pid: pid[row]!,
        process: this.processNames[process[row]!] || null,
        offload: offload[row]!,
        offloadName: offloadName(offload[row]!),
      };
    });
  }

  /** CSV (RFC 4180 with LF line ends, a header line) of the given rows, or of all, in UTF-8. Columns: keys of a row. */
  formatCsv(rows?: Uint32Array, columns?: readonly string[]): Uint8Array {
    return formatCsv(this, rows, columns);
  }

  /** One JSON object a line, of the given rows, or of all, in UTF-8. Columns: keys of a row. */
  formatNdjson(rows?: Uint32Array, columns?: readonly string[]): Uint8Array {
    return formatNdjson(this, rows, columns);
  }

  /** Gives the memory back. The table cannot be used afterwards; freeing it again does nothing. */
  free(): void {
    this.#columns?.release();
    this.#columns = undefined;
  }

  [Symbol.dispose](): void {
    this.free();
  }

  #live(): Columns {
    if (this.#columns === undefined) throw new Error('this table has been freed');
    return this.#columns;
  }
}
