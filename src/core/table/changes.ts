import type { Connection } from './connection.js';
import type { TableDiff } from './diff.js';
import type { Table } from './table.js';

/** One difference between two tables, with its rows read. */
export type Change =
  | { readonly change: 'opened'; readonly connection: Connection }
  | { readonly change: 'closed'; readonly connection: Connection }
  | { readonly change: 'stateChanged'; readonly before: Connection; readonly after: Connection }
  | { readonly change: 'ownerChanged'; readonly before: Connection; readonly after: Connection };

/** The differences one after another: what closed, what opened, what changed. A row can have changed state and owner. */
export function* readChanges(diff: TableDiff, before: Table, after: Table): Generator<Change> {
  for (const row of diff.closed) yield { change: 'closed', connection: before.row(row) };
  for (const row of diff.opened) yield { change: 'opened', connection: after.row(row) };
  for (const change of ['stateChanged', 'ownerChanged'] as const) {
    for (const [a, b] of diff[change]) yield { change, before: before.row(a), after: after.row(b) };
  }
}
