import type { Snapshot } from 'tcpscope/core';
import { decodeSockets, textOf, type ClassName, type SocketRow } from './mibTables.js';

const [LISTEN, TIME_WAIT] = [2, 11];
const NOTHING = { bytes: [] as number[], scope: 0, port: 0 };

/** What became of a connection, as a slow and obvious program says it. */
export interface SlowConnection {
  seen: number;
  of: number;
  readonly spans: [first: number, last: number][];
  readonly states: { state: number; since: number }[];
  readonly owners: { pid: number; process: string | null; since: number }[];
}

export interface SlowSnapshot {
  rows: number;
  opened: number;
  closed: number;
  stateChanged: number;
  ownerChanged: number;
  readonly rowsByState: Map<number | null, number>;
}

/**
 * The timeline of snapshots with one table of a class at most, all whole: Maps of strings over decoded rows, everything compared with
 * everything that was there before. `null` is a snapshot that cannot be read.
 */
export function slowTimeline(snapshots: readonly (Snapshot | null)[]): {
  connections: Map<string, SlowConnection>;
  snapshots: SlowSnapshot[];
} {
  const connections = new Map<string, SlowConnection>();
  const series = snapshots.map((): SlowSnapshot => ({
    rows: 0,
    opened: 0,
    closed: 0,
    stateChanged: 0,
    ownerChanged: 0,
    rowsByState: new Map(),
  }));
  const classes = new Set(
    snapshots.flatMap((snapshot) => snapshot?.tables.map((table) => table.class) ?? []),
  );
  for (const name of classes) {
    let before: Map<string, SocketRow[]> | undefined;
    const looks = snapshots.filter((snapshot) =>
      snapshot?.tables.some((table) => table.class === name),
    ).length;
    for (const [number, snapshot] of snapshots.entries()) {
      const table = snapshot?.tables.find((candidate) => candidate.class === name);
      if (!snapshot || !table) continue;
      const rows = decodeSockets(name as ClassName, table.bytes);
      const now = groupByKey(rows);
      const counted = series[number]!;
      counted.rows += rows.length;
      for (const { state } of rows) {
        counted.rowsByState.set(state, (counted.rowsByState.get(state) ?? 0) + 1);
      }
      for (const key of before?.keys() ?? []) if (!now.has(key)) counted.closed++;
      for (const [key, group] of now) {
        const was = before?.get(key);
        if (!connections.has(key)) {
          connections.set(key, { seen: 0, of: looks, spans: [], states: [], owners: [] });
        }
        const connection = connections.get(key)!;
        connection.seen++;
        if (was) connection.spans.at(-1)![1] = number;
        else connection.spans.push([number, number]);
        if (before && !was) counted.opened++;
        const state = lowestState(group);
        const isOther = was !== undefined && lowestState(was) !== state;
        if (isOther) counted.stateChanged++;
        if ((!was || isOther) && state !== null) connection.states.push({ state, since: number });
        if (was && haveOtherOwners(was, group)) counted.ownerChanged++;
        const pids = new Set(group.map(({ pid }) => pid).filter((pid) => pid !== 0));
        for (const pid of [...pids].sort((a, b) => a - b)) {
          if (was?.some((row) => row.pid === pid)) continue;
          const process = snapshot.processes?.find((candidate) => candidate.pid === pid)?.name || null;
          const isKnown = connection.owners.some((owner) => owner.pid === pid && owner.process === process);
          if (!isKnown) connection.owners.push({ pid, process, since: number });
        }
      }
      before = now;
    }
  }
  return { connections, snapshots: series };
}

function groupByKey(rows: readonly SocketRow[]): Map<string, SocketRow[]> {
  const groups = new Map<string, SocketRow[]>();
  for (const row of rows) groups.set(keyOf(row), [...(groups.get(keyOf(row)) ?? []), row]);
  return groups;
}

/** `TCP 10.0.0.1 80 10.0.0.2 1234`; what has no remote end has `- -` there. */
function keyOf({ protocol, state, local, remote }: SocketRow): string {
  const end = state === LISTEN || remote === null ? NOTHING : remote;
  const isNone = end.port === 0 && end.scope === 0 && end.bytes.every((byte) => byte === 0);
  const remoteText = isNone ? '- -' : `${textOf(end)} ${end.port}`;
  return `${protocol} ${textOf(local)} ${local.port} ${remoteText}`;
}

function lowestState(rows: readonly SocketRow[]): number | null {
  const states = rows.flatMap(({ state }) => (state === null ? [] : [state]));
  return states.length === 0 ? null : Math.min(...states);
}

function haveOtherOwners(before: readonly SocketRow[], now: readonly SocketRow[]): boolean {
  const [a, b] = [before, now].map((rows) =>
    rows
      .filter(({ state }) => state !== TIME_WAIT)
      .map(({ pid }) => pid)
      .sort((x, y) => x - y),
  );
  return a!.length > 0 && b!.length > 0 && a!.join() !== b!.join();
}
