/** What differs between two tables, by a Map of string keys that it makes itself. */

import { LISTEN, TIME_WAIT } from '../tables/states.js';
import type { Row } from './rowObjects.js';

export interface MapDiff {
  readonly opened: number[];
  readonly closed: number[];
  readonly stateChanged: [before: number, after: number][];
  readonly ownerChanged: [before: number, after: number][];
}

/** Rows of one connection key, where either table has more than one: numbers of rows. */
interface Group {
  readonly before: number[];
  readonly after: number[];
}

const NONE = -1;
const GROUPED = -2;

export function diffByMap(before: readonly Row[], after: readonly Row[]): MapDiff {
  const diff: MapDiff = { opened: [], closed: [], stateChanged: [], ownerChanged: [] };
  const rowOf = new Map<string, number>();
  const groups = new Map<number, Group>();
  /** For each row before: its row after. */
  const partners = new Int32Array(before.length).fill(NONE);
  for (let i = 0; i < before.length; i++) {
    const key = keyOf(before[i]!);
    const first = rowOf.get(key);
    if (first === undefined) {
      rowOf.set(key, i);
    } else {
      groupOf(groups, partners, first).before.push(i);
      partners[i] = GROUPED;
    }
  }
  for (let j = 0; j < after.length; j++) {
    const i = rowOf.get(keyOf(after[j]!));
    if (i === undefined) diff.opened.push(j);
    else if (partners[i] === NONE) partners[i] = j;
    else groupOf(groups, partners, i).after.push(j);
  }
  for (let i = 0; i < before.length; i++) {
    const j = partners[i]!;
    if (j === NONE) diff.closed.push(i);
    else if (j !== GROUPED) compare(before, i, after, j, diff);
  }
  for (const group of groups.values()) matchGroup(before, after, group, diff);
  return diff;
}

function keyOf(row: Row): string {
  if (row.state === LISTEN) return `${row.localAddress}:${row.localPort}`;
  return `${row.localAddress}:${row.localPort}-${row.remoteAddress}:${row.remotePort}`;
}

function groupOf(groups: Map<number, Group>, partners: Int32Array, first: number): Group {
  let group = groups.get(first);
  if (group === undefined) {
    const partner = partners[first]!;
    group = { before: [first], after: partner === NONE ? [] : [partner] };
    groups.set(first, group);
    partners[first] = GROUPED;
  }
  return group;
}

/** Pairs rows of the same pid first, the others in the order of pid and state. */
function matchGroup(before: readonly Row[], after: readonly Row[], group: Group, diff: MapDiff): void {
  const restBefore: number[] = [];
  const restAfter = inOrder(after, group.after);
  for (const i of inOrder(before, group.before)) {
    const found = restAfter.findIndex((j) => after[j]!.pid === before[i]!.pid);
    if (found === -1) restBefore.push(i);
    else compare(before, i, after, restAfter.splice(found, 1)[0]!, diff);
  }
  const pairs = Math.min(restBefore.length, restAfter.length);
  for (let p = 0; p < pairs; p++) compare(before, restBefore[p]!, after, restAfter[p]!, diff);
  diff.closed.push(...restBefore.slice(pairs));
  diff.opened.push(...restAfter.slice(pairs));
}

function inOrder(rows: readonly Row[], numbers: readonly number[]): number[] {
  return numbers.toSorted((a, b) => rows[a]!.pid - rows[b]!.pid || rows[a]!.state - rows[b]!.state || a - b);
}

function compare(before: readonly Row[], i: number, after: readonly Row[], j: number, diff: MapDiff): void {
  const a = before[i]!;
  const b = after[j]!;
  if (a.state !== b.state) diff.stateChanged.push([i, j]);
  if (a.pid !== b.pid && a.state !== TIME_WAIT && b.state !== TIME_WAIT) diff.ownerChanged.push([i, j]);
}
