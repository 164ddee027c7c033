import { ADDED_KEYS, type SnapshotInfo } from '../../src/core/index.js';
import { rowsIn } from '../../src/core/decodeRows.js';
import { primaryTables } from '../../src/core/primaryTables.js';
import type { Details, RawRow, Side as ShownSide } from '../protocol.js';
import { rowLayout } from '../rowLayout.js';
import type { Loaded } from './session.js';
import type { View } from './view.js';

/** Everything known of the row at a place. */
export async function detailsOf(view: View, place: number): Promise<Details> {
  const [row] = view.rows(place, 1);
  if (row === undefined) throw new RangeError(`no row at place ${place}`);
  const { change, number } = row;
  const loaded = view.loadedOf(row);
  const earlier = change === 'changed' ? view.comparison!.before(number) : undefined;
  return {
    change,
    number,
    now: await sideOf(loaded, number),
    ...(earlier !== undefined && { before: await sideOf(view.before!, earlier) }),
  };
}

async function sideOf(loaded: Loaded, number: number): Promise<ShownSide> {
  const { table, snapshot } = loaded;
  const connection = table.rows([number], ADDED_KEYS)[0]!;
  // Pid 0 stands for no owner, whatever process has that number.
  const owner = connection.pid === 0 ? undefined : processOf(snapshot, connection.pid);
  return { connection, process: owner, raw: await rawRow(loaded, number) };
}

function processOf({ processes }: SnapshotInfo, pid: number) {
  return processes?.findLast((process) => process.pid === pid);
}

/** Rows are numbered over the tables that they come from, in the order in which these are stored. */
async function rawRow({ snapshot, read }: Loaded, number: number): Promise<RawRow | undefined> {
  let row = number;
  for (const table of primaryTables(snapshot)) {
    const rows = rowsIn(table);
    if (row >= rows) {
      row -= rows;
      continue;
    }
    const { class: tableClass, function: source, synthesized } = table;
    const layout = rowLayout(tableClass);
    if (layout === undefined) return undefined;
    const offset = layout.firstRow + row * layout.rowBytes;
    const bytes = await read(table, offset, layout.rowBytes);
    return { tableClass, function: source, synthesized, row, offset, bytes };
  }
  return undefined;
}
