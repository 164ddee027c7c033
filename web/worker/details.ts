import { ADDED_KEYS, type Snapshot } from '../../src/core/index.js';
import { primaryTables } from '../../src/core/primaryTables.js';
import type { Details, RawRow, Side as ShownSide } from '../protocol.js';
import { rowLayout } from '../rowLayout.js';
import type { Loaded } from './session.js';
import type { View } from './view.js';

/** Everything known of the row at a place. */
export function detailsOf(view: View, place: number): Details {
  const [row] = view.rows(place, 1);
  if (row === undefined) throw new RangeError(`no row at place ${place}`);
  const { change, number } = row;
  const loaded = view.loadedOf(row);
  const earlier = change === 'changed' ? view.comparison!.before(number) : undefined;
  return {
    change,
    number,
    now: sideOf(loaded, number),
    ...(earlier !== undefined && { before: sideOf(view.before!, earlier) }),
  };
}

function sideOf({ table, snapshot }: Loaded, number: number): ShownSide {
  const connection = table.rows([number], ADDED_KEYS)[0]!;
  // Pid 0 stands for no owner, whatever process has that number.
  const owner = connection.pid === 0 ? undefined : processOf(snapshot, connection.pid);
  return { connection, process: owner, raw: rawRow(snapshot, number) };
}

function processOf({ processes }: Snapshot, pid: number) {
  return processes?.findLast((process) => process.pid === pid);
}

/** Rows are numbered over the tables that they come from, in the order in which these are stored. */
function rawRow(snapshot: Snapshot, number: number): RawRow | undefined {
  let row = number;
  for (const { class: tableClass, function: source, synthesized, bytes } of primaryTables(snapshot)) {
    const rows = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
    if (row >= rows) {
      row -= rows;
      continue;
    }
    const layout = rowLayout(tableClass);
    if (layout === undefined) return undefined;
    const offset = layout.firstRow + row * layout.rowBytes;
    const own = bytes.slice(offset, offset + layout.rowBytes);
    return { tableClass, function: source, synthesized, row, offset, bytes: own };
  }
  return undefined;
}
