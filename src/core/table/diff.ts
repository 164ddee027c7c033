import type { Engine } from '../engine/engine.js';
import { columnType, VALUE_BYTES } from './columns.js';
import { orderByColumns } from './order.js';
import type { TableData } from './tableData.js';

/** A row of the table before, and the row of the table after that is the same connection. */
export type RowPair = readonly [before: number, after: number];

/** What differs between two tables, as row numbers, in the order of connection keys. */
export interface TableDiff {
  /** Rows of the table after that the table before does not have. */
  readonly opened: Uint32Array;
  /** Rows of the table before that the table after does not have. */
  readonly closed: Uint32Array;
  readonly stateChanged: readonly RowPair[];
  readonly ownerChanged: readonly RowPair[];
}

/** The columns that a comparison needs. */
const DIFF_FIELDS = ['local', 'lport', 'pid', 'state', 'remote', 'rport'] as const;

/** One table in the memory of the engine that compares. */
interface Side {
  readonly rows: number;
  readonly order: number;
  readonly local: number;
  readonly lport: number;
  readonly maskedRemote: number;
  readonly maskedPort: number;
  readonly pid: number;
  readonly state: number;
}

/** Compares two tables by connection key (see Table.ts): what was opened, closed, or changed. */
export function diffData(before: TableData, after: TableData): TableDiff {
  const { engine } = before;
  return withSide(engine, before, (a) => withSide(engine, after, (b) => diffSides(engine, a, b)));
}

/** Brings a table in order of connection key, pid and state, and lends it to `use`. */
function withSide<Result>(engine: Engine, data: TableData, use: (side: Side) => Result): Result {
  const rows = data.columns.rowCount;
  return withColumns(engine, data, (columns) =>
    engine.withBlocks([rows * 4, rows * 4, rows * 2], ([order, maskedRemote, maskedPort]) => {
      const { local, lport, remote, rport, pid, state } = columns;
      engine.run((kernels) => kernels.maskRemotes(state, remote, rport, rows, maskedRemote!, maskedPort!));
      const keys = [
        [local, 4],
        [lport, 2],
        [maskedRemote!, 4],
        [maskedPort!, 2],
        [pid, 4],
        [state, 4],
      ] as const;
      const columnKeys = keys.map(([address, valueBytes]) => ({ address, valueBytes, descending: false }));
      orderByColumns(engine, columnKeys, rows, order!);
      return use({
        rows,
        order: order!,
        local,
        lport,
        maskedRemote: maskedRemote!,
        maskedPort: maskedPort!,
        pid,
        state,
      });
    }),
  );
}

type ColumnAddresses = Readonly<Record<(typeof DIFF_FIELDS)[number], number>>;

/** The addresses of a table's columns in `engine`: its own, or those of copies where another engine holds it. */
function withColumns<Result>(
  engine: Engine,
  { engine: own, columns }: TableData,
  use: (columns: ColumnAddresses) => Result,
): Result {
  const addressOf = (addresses: readonly number[]): ColumnAddresses =>
    Object.fromEntries(DIFF_FIELDS.map((field, i) => [field, addresses[i]!])) as ColumnAddresses;
  if (own === engine) return use(addressOf(DIFF_FIELDS.map((field) => columns.address(field))));
  const lengths = DIFF_FIELDS.map((field) => columns.rowCount * VALUE_BYTES[columnType(field)]);
  return engine.withBlocks(lengths, (blocks) => {
    DIFF_FIELDS.forEach((field, i) => {
      const { buffer, byteOffset, byteLength } = columns.borrow(field);
      engine.borrowBytes(blocks[i]!, byteLength).set(new Uint8Array(buffer, byteOffset, byteLength));
    });
    return use(addressOf(blocks));
  });
}

function diffSides(engine: Engine, a: Side, b: Side): TableDiff {
  const pairs = Math.min(a.rows, b.rows) * 8;
  const { sideBytes, changesBytes } = engine.run((kernels) => ({
    sideBytes: kernels.DIFF_SIDE_BYTES.value,
    changesBytes: kernels.DIFF_CHANGES_BYTES.value,
  }));
  const lengths = [sideBytes, sideBytes, changesBytes, b.rows * 4, a.rows * 4, pairs, pairs];
  return engine.withBlocks(lengths, ([before, after, changes, opened, closed, states, owners]) => {
    writeSide(engine, before!, a);
    writeSide(engine, after!, b);
    const lists = engine.borrowU32(changes!, 8);
    lists.set([opened!, 0, closed!, 0, states!, 0, owners!, 0]);
    engine.run((kernels) => kernels.diffOrdered(before!, after!, changes!));
    return {
      opened: engine.borrowU32(opened!, lists[1]!).slice(),
      closed: engine.borrowU32(closed!, lists[3]!).slice(),
      stateChanged: readPairs(engine.borrowU32(states!, lists[5]! * 2)),
      ownerChanged: readPairs(engine.borrowU32(owners!, lists[7]! * 2)),
    };
  });
}

/** As `Side` in assembly/diff.ts. */
function writeSide(engine: Engine, block: number, side: Side): void {
  const { rows, order, local, lport, maskedRemote, maskedPort, pid, state } = side;
  engine.borrowU32(block, 8).set([rows, order, local, lport, maskedRemote, maskedPort, pid, state]);
}

function readPairs(rows: Uint32Array): RowPair[] {
  return Array.from({ length: rows.length / 2 }, (_, i) => [rows[2 * i]!, rows[2 * i + 1]!]);
}
