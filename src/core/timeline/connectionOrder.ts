import { SnapshotError } from '../errors.js';
import { rowNumbers } from '../table/diff.js';
import { FIELDS, isField, type Field } from '../table/fields.js';
import type { Table } from '../table/table.js';
import type { Timeline } from './timelineData.js';

/** What connections are ordered by beside the fields of rows: when they were first and last seen, how often, and how often they were gone. */
export const TIMELINE_FIELDS = ['first', 'last', 'seen', 'gaps'] as const;
export type TimelineField = (typeof TIMELINE_FIELDS)[number];

export interface ConnectionSortKey {
  readonly field: Field | TimelineField;
  readonly descending: boolean;
}

/**
 * `-last` → `{ field: 'last', descending: true }`
 *
 * @throws SnapshotError `unknown-field`
 */
export function parseConnectionSortKey(text: string): ConnectionSortKey {
  const descending = text.startsWith('-');
  const field = descending ? text.slice(1) : text;
  if (isField(field) || isTimelineField(field)) return { field, descending };
  const known = [...TIMELINE_FIELDS, ...FIELDS].join(', ');
  throw new SnapshotError('unknown-field', `no field "${field}" to sort by; there are ${known}`);
}

/**
 * The numbers of a timeline's connections in the order of the keys, stably; those of which all keys are equal in the order in which they
 * were first seen.
 *
 * @param table of the same timeline (connectionTable)
 * @throws SnapshotError `unknown-field`
 */
export function orderConnections(timeline: Timeline, table: Table, keys: readonly string[]): Uint32Array {
  const { count } = timeline.connections;
  const columns = keys.map(parseConnectionSortKey).map(({ field, descending }) => ({
    ranks: isTimelineField(field) ? valuesOf(timeline, field) : ranksOf(table, field),
    sign: descending ? -1 : 1,
  }));
  const order = rowNumbers(count);
  if (columns.length === 0) return order;
  return order.sort((a, b) => {
    for (const { ranks, sign } of columns) {
      if (ranks[a] !== ranks[b]) return ranks[a]! < ranks[b]! ? -sign : sign;
    }
    return a - b;
  });
}

function isTimelineField(name: string): name is TimelineField {
  return (TIMELINE_FIELDS as readonly string[]).includes(name);
}

/** A value for each connection. */
function valuesOf({ connections }: Timeline, field: TimelineField): Uint32Array {
  const { count, seen, spans } = connections;
  if (field === 'seen') return seen;
  return Uint32Array.from({ length: count }, (_, number) => {
    const [start, end] = [spans.starts[number]!, spans.starts[number + 1]!];
    if (field === 'gaps') return end - start - 1;
    return field === 'first' ? spans.first[start]! : spans.last[end - 1]!;
  });
}

/** For each row the place of its value among all values of a column. */
function ranksOf(table: Table, field: Field): Uint32Array {
  const column = table.copyColumn(field);
  const width = column.length / Math.max(1, table.rowCount);
  const ranks = new Uint32Array(table.rowCount);
  let rank = 0;
  let before: number | undefined;
  for (const row of table.order([field])) {
    if (before !== undefined && !areEqual(column, before * width, row * width, width)) rank++;
    ranks[row] = rank;
    before = row;
  }
  return ranks;
}

function areEqual(values: ArrayLike<number | bigint>, a: number, b: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (values[a + i] !== values[b + i]) return false;
  return true;
}
