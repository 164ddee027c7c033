import type { Count, FieldValue } from '../../src/core/index.js';
import { markRows } from '../../src/core/table/markedRows.js';
import type { FacetValue } from '../protocol.js';
import { keepMarked } from './rowOrder.js';
import type { Segment } from './segment.js';
import type { View } from './view.js';

/** True of exactly the rows whose remote end means something: listeners have none, whatever their bytes. */
const HAS_REMOTE = 'rport in 0..65535';
const REMOTE = /^(remote|rport)\b/;

/** The most frequent values in the rows shown. */
export function countFacet(view: View, by: string, limit: number): FacetValue[] {
  const parts = view.segments
    .filter(({ rowCount }) => rowCount > 0)
    .map((segment) => segment.side.table.countBy(by, rowsWith(segment, by), limit + 1));
  // No expression selects what has no value, but for processes.
  const values = merge(parts).filter(({ value }) => value !== null || by === 'process');
  return values.slice(0, limit);
}

/** The most frequent values of a field in all rows of the snapshot shown. */
export function countValues(view: View, field: string, limit: number): FacetValue[] {
  return view.now.table.countBy(field, undefined, limit);
}

const remotes = new WeakMap<object, Uint32Array>();

/** The rows of a segment that have a value to count; undefined where they are all of the table. */
function rowsWith(segment: Segment, by: string): Uint32Array | undefined {
  if (!REMOTE.test(by)) return segment.rowsToCount;
  const { table } = segment.side;
  let marks = remotes.get(table);
  if (marks === undefined) {
    marks = markRows(table, HAS_REMOTE).marks;
    remotes.set(table, marks);
  }
  const rows = keepMarked(segment.rows, marks);
  return rows.length === table.rowCount ? undefined : rows;
}

function merge(parts: readonly (readonly Count[])[]): FacetValue[] {
  if (parts.length === 1) return [...parts[0]!];
  const counts = new Map<string, FacetValue>();
  for (const { value, count } of parts.flat()) {
    const name = nameOf(value);
    counts.set(name, { value, count: (counts.get(name)?.count ?? 0) + count });
  }
  return [...counts.values()].sort((a, b) => b.count - a.count);
}

/** Tells values apart that look alike: the number 6, the text "6", and nothing. */
function nameOf(value: FieldValue | readonly [FieldValue, FieldValue]): string {
  return JSON.stringify(value);
}

/** Resolves after the messages that are waiting have been answered. */
export function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener('message', () => {
      port1.close();
      resolve();
    });
    port1.start();
    port2.postMessage(undefined);
  });
}
