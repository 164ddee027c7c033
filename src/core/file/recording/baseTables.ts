import { primaryTables } from '../../primaryTables.js';
import type { RawTable, Snapshot } from '../../snapshot.js';
import type { Base } from '../deltaPayload.js';
import { pairRows } from '../rows/pairRows.js';
import { rawRows, type RawRows } from '../rows/rawRows.js';

/** A table and the one of an earlier snapshot that it is most like: what the same call returned then. */
export interface TablePair {
  /** Place of the earlier table in its snapshot. */
  readonly place: number;
  readonly earlier: RawRows;
  readonly later: RawRows;
  /** For each row, the earlier row of the same connection, or −1. */
  readonly rows: Int32Array;
}

/** For each table its pair, where there is one whose rows can be told. */
export function pairTables(base: Base, tables: readonly RawTable[]): readonly (TablePair | undefined)[] {
  const taken = new Set<number>();
  return tables.map((table) => {
    const place = base.metadata.tables.findIndex(
      (earlier, i) =>
        !taken.has(i) &&
        earlier.class === table.class &&
        earlier.scope === table.scope &&
        earlier.function === table.function,
    );
    if (place === -1) return undefined;
    taken.add(place);
    const earlier = rawRows(base.tables[place]!, table.class);
    const later = rawRows(table.bytes, table.class);
    if (earlier === undefined || later === undefined) return undefined;
    // What ends before its first row has none to tell of.
    if (later.words.length < later.firstWord) return undefined;
    return { place, earlier, later, rows: pairRows(earlier, later) };
  });
}

/** How many connections a snapshot has, and how many of them the one before did not have, and the other way round. */
export function countChange(
  snapshot: Snapshot,
  pairs: readonly (TablePair | undefined)[],
): { rows: number; opened: number; closed: number } {
  const change = { rows: 0, opened: 0, closed: 0 };
  const counted = new Set(primaryTables(snapshot));
  for (const [i, table] of snapshot.tables.entries()) {
    if (!counted.has(table)) continue;
    const pair = pairs[i];
    const rows = pair?.later.count ?? rawRows(table.bytes, table.class)?.count ?? 0;
    const kept = pair?.rows.reduce((sum, row) => sum + (row === -1 ? 0 : 1), 0) ?? 0;
    change.rows += rows;
    change.opened += rows - kept;
    change.closed += (pair?.earlier.count ?? 0) - kept;
  }
  return change;
}
